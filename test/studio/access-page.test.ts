import { expect, it } from 'vitest';
import { describeInChromium } from '../movable-ink/browsers.ts';
import { copyTemplates, openStudio } from '../support/studio.ts';
import { writeFiles } from '../support/versions.ts';
import { DESKTOP, openViewer, PHONE } from './browser.ts';
import { seriousFaults } from './pages.ts';

const HERO = '/studio/placements/home-hero';

/** What axe does not ask for. */
const SHAPE = `[
  document.documentElement.scrollWidth > innerWidth ? 'scrolls sideways' : [],
  document.querySelectorAll('h1').length === 1 ? [] : 'has not one main heading',
  [...document.querySelectorAll('nav, section, [role=region]')]
    .filter((part) => !part.ariaLabel && !document.getElementById(part.getAttribute('aria-labelledby')))
    .map((part) => 'has a part without a name: ' + part.outerHTML.slice(0, 80)),
].flat()`;

const TITLES = [
  'Placements',
  'Status',
  'Home page hero',
  'Home page hero in Braze',
  'Home page hero in Movable Ink',
  'There is no such placement',
];

describeInChromium('every page', (browser) => {
  /** A service with something to tell: calls, an outage, names that nobody has, and a fault in its folder. */
  async function openBusyStudio() {
    const templates = copyTemplates();
    const studio = await openStudio({ templates });
    const call = (path: string) => studio.service.get(`/v1/placements/${path}`);
    for (const id of ['ann', 'carl', '']) await call(`home-hero?user_id=${id}`);
    await call('home-herro?user_id=x');
    studio.amplitude.planForAll({ status: 500, body: 'broken' });
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) await call(`reading-list?user_id=${id}`);
    studio.allowLookUps(studio.amplitude.calls.length);
    writeFiles(templates, { 'home-hero/message.hbs': '<p>{{nothing_like_it}}</p>\n' });
    await studio.service.app.lookForChanges();
    return studio;
  }

  const PAGES: readonly (readonly [string, string])[] = [
    ['the list', '/studio'],
    ['the list without a match', '/studio?q=nothing'],
    ['the status', '/studio/status'],
    ['previews', `${HERO}?who=treatment,control,outage,long`],
    ['plain text', `${HERO}?show=text`],
    ['HTML source', `${HERO}?show=source`],
    ['JSON keys', `${HERO}?show=keys`],
    ['previews of nobody', `${HERO}?who=`],
    ['Braze', `${HERO}/braze?campaign=5f0e9c2a8b7d6e5f4a3b2c1d&on_unavailable=retry`],
    ['Movable Ink', `${HERO}/movable-ink`],
    ['a placement that is not there', '/studio/placements/home-herro'],
  ];

  /** Between them they have all that there is to see. */
  const COLOURFUL = PAGES.filter(([name]) =>
    ['the list', 'the status', 'previews', 'JSON keys', 'Braze'].includes(name),
  );

  it.each([
    ['on a desk, in light', { viewport: DESKTOP, colorScheme: 'light' }, PAGES],
    ['on a desk, in the dark', { viewport: DESKTOP, colorScheme: 'dark' }, COLOURFUL],
    ['on a phone', { viewport: PHONE, colorScheme: 'light' }, COLOURFUL],
  ] as const)(
    '%s: axe finds nothing serious, and nothing scrolls sideways',
    async (_name, options, pages) => {
      const studio = await openBusyStudio();
      const { page, open, trouble } = await openViewer(browser(), studio, options);
      const found: Record<string, readonly string[]> = {};
      const titles = new Set<string>();
      for (const [name, path] of pages) {
        await open(path);
        titles.add(await page.title());
        const findings = [...(await seriousFaults(page)), ...((await page.evaluate(SHAPE)) as string[])];
        if (findings.length > 0) found[name] = findings;
      }
      if (pages === PAGES) expect([...titles]).toEqual(TITLES.map((title) => `${title} – Inlay Studio`));
      expect(found).toEqual({});
      expect(trouble.splice(0).every((text) => text.includes('404'))).toBe(true);
    },
    60_000,
  );

  it('with everything opened, and a real person, has nothing serious either', async () => {
    const studio = await openBusyStudio();
    const { page, open, settle } = await openViewer(browser(), studio);
    await open(HERO);
    await page.evaluate(
      "document.querySelectorAll('details').forEach((details) => { details.open = true; })",
    );
    await page.locator('#person-id').fill('somebody');
    await page.locator('#person-id').press('Enter');
    await settle();
    await page.locator('#edit-mortgage-rates-primer-title').fill('');
    await settle();
    expect(await seriousFaults(page)).toEqual([]);
  });
});
