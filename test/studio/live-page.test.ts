import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeInChromium } from '../movable-ink/browsers.ts';
import { copyTemplates, openStudio } from '../support/studio.ts';
import { writeFiles } from '../support/versions.ts';
import { DESKTOP, openBoth, openViewer } from './browser.ts';
import { openProxy } from './proxy.ts';

const HERO = '/studio/placements/home-hero';

describeInChromium('an open page', (browser) => {
  async function open(path = HERO) {
    const templates = copyTemplates();
    const viewer = await openBoth(browser(), { templates });
    await viewer.open(path);
    const textOf = (file: string): string => readFileSync(join(templates, file), 'utf8');
    const look = (): Promise<void> => viewer.studio.service.app.lookForChanges();
    /** Saves a file as an editor does, and has the service look at once. */
    const save = async (file: string, edit: (text: string) => string): Promise<void> => {
      writeFiles(templates, { [file]: edit(textOf(file)) });
      await look();
    };
    return { ...viewer, templates, save, look, textOf };
  }

  it('shows a template that is saved within a second, and keeps place, tab, focus and what was typed', async () => {
    const { page, preview, settle, address, templates, textOf } = await open(`${HERO}?scheme=dark`);
    await page.getByText('Try other words').click();
    const field = page.locator('#edit-mortgage-rates-primer-title_local');
    await field.fill('Typed');
    await settle();
    await page.locator('#why-control summary').click();
    await field.focus();
    await page.evaluate('scrollTo(0, 900)');
    await page.evaluate("document.querySelector('#panes').scrollLeft = 60");
    const startedAt = performance.now();
    // The service finds it by itself, which takes longer on a busy machine.
    const saved = textOf('home-hero/email.hbs').replace('{{text "hero_heading"}}', 'Saved just now');
    writeFiles(templates, { 'home-hero/email.hbs': saved });
    await preview('treatment').getByText('Saved just now').waitFor();
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    await settle();
    expect(await preview('control').getByText('Saved just now').count()).toBe(1);
    expect(await preview('treatment').getByText('Typed').count()).toBeGreaterThan(0);
    expect(
      await page.evaluate(`[
        scrollY,
        document.querySelector('#panes').scrollLeft,
        document.activeElement.id,
        document.querySelector('#why-control').open,
        document.querySelector('#words').open,
      ]`),
    ).toEqual([900, 60, 'edit-mortgage-rates-primer-title_local', false, true]);
    expect(address()).toBe(`${HERO}?scheme=dark`);
  });

  it('shows a placement, a content file, a text and a new placement that are saved', async () => {
    const { page, preview, save, look, templates } = await open(`${HERO}?who=control`);
    await save('home-hero/placement.yaml', (text) => text.replace('Home page hero', 'Renamed'));
    await page.getByRole('heading', { name: 'Renamed', level: 1 }).waitFor();
    await save('content/products.csv', (text) => text.replaceAll('Investing 101', 'Investing 102'));
    await preview('control').getByText('Investing 102').waitFor();
    await save('texts/default.yaml', (text) => text.replace('Start learning', 'Begin'));
    await preview('control').getByText('Begin').first().waitFor();
    const spring =
      'title: Spring sale\nrecommendation: s1\nitems: 1\ncontent: products\nbaseline: [investing-101]\n';
    writeFiles(templates, { 'spring-sale/placement.yaml': spring });
    await look();
    await page.getByRole('navigation', { name: 'Placements' }).getByText('Spring sale').waitFor();
  });

  it('changes whatever has the focus', async () => {
    const { page, preview, save } = await open(`${HERO}?who=control`);
    for (const [index, focused] of [
      '#main',
      '#panes',
      '#why-control summary',
      '[value="375"]',
      '#pixels',
    ].entries()) {
      await page.locator(focused).focus();
      await save('home-hero/email.hbs', () => `<p>Version ${index} {{title}}</p>\n`);
      await preview('control').getByText(`Version ${index}`).waitFor();
      expect(await page.evaluate(`document.activeElement.matches('${focused}')`)).toBe(true);
    }
  });

  it('tells of faults in the folder as they happen, and that they are mended', async () => {
    const { page, preview, save } = await open(`${HERO}?who=treatment`);
    await save('home-hero/email.hbs', (text) => `${text}\n{{nothing_like_it}}`);
    const faults = page.locator('#faults');
    await faults.waitFor();
    expect(await faults.innerText()).toContain(
      'The templates folder has 1 fault. What was there before goes on.',
    );
    expect(await faults.innerText()).toMatch(/home-hero\/email\.hbs:\d+.*nothing_like_it/);
    expect(await page.getByLabel('1 fault in the templates folder').isVisible()).toBe(true);
    expect(await preview('treatment').getByText('Start learning').count()).toBe(3);
    await save('home-hero/email.hbs', (text) => text.replace('{{nothing_like_it}}', ''));
    await faults.waitFor({ state: 'detached' });
  });

  it('says that its placement is gone, and has it again when it is back', async () => {
    const { page, preview, save, look, settle, templates, textOf, trouble } = await open(
      `${HERO}?who=treatment&width=375`,
    );
    await page.getByText('Try other words').click();
    await page.locator('#edit-mortgage-rates-primer-title_local').fill('Typed');
    await settle();
    const files = Object.fromEntries(
      ['placement.yaml', 'email.hbs', 'samples.yaml'].map((file) => [
        `home-hero/${file}`,
        textOf(`home-hero/${file}`),
      ]),
    );
    rmSync(join(templates, 'home-hero'), { recursive: true });
    await look();
    await page.getByRole('heading', { name: 'There is no such placement' }).waitFor();
    expect(await page.getByRole('navigation', { name: 'Placements' }).innerText()).not.toContain(
      'Home page hero',
    );
    writeFiles(templates, files);
    await look();
    await preview('treatment').getByText('Typed').first().waitFor();
    expect(await page.locator('#pixels').inputValue()).toBe('375');
    // That the browser could not load it is said in its console.
    expect(trouble.splice(0)).toEqual([expect.stringContaining('404')]);
    await save('home-hero/placement.yaml', (text) => text.replace('title:', 'enabled: false\ntitle:'));
    await page.getByRole('heading', { name: 'Home page hero Switched off' }).waitFor();
  });

  it('says that the service is away, and recovers by itself, with what was saved meanwhile', async () => {
    const templates = copyTemplates();
    const studio = await openStudio({ templates });
    const proxy = await openProxy(studio.service.port);
    const viewer = await openViewer(browser(), studio, { url: proxy.url });
    const { page, preview, trouble } = viewer;
    await viewer.open(`${HERO}?who=treatment`);
    const toast = page.locator('#toast[data-shown]');
    await proxy.cut();
    await toast.getByText('The connection to Inlay is lost; it comes back by itself.').waitFor();
    await page.getByText('375', { exact: true }).click();
    await toast
      .getByText(/does not answer. What you see may be out of date|connection to Inlay is lost/)
      .waitFor();
    writeFiles(templates, { 'home-hero/email.hbs': '<p>Written meanwhile {{title}}</p>\n' });
    await studio.service.app.lookForChanges();
    await proxy.mend();
    await preview('treatment').getByText('Written meanwhile').waitFor();
    await toast.getByText('Inlay is back.').waitFor();
    expect(viewer.address()).toBe(`${HERO}?who=treatment&width=375`);
    expect(await page.locator('#frame-treatment').getAttribute('width')).toBe('375');
    expect(
      trouble.every((text) => /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE/.test(text)),
    ).toBe(true);
    trouble.length = 0;
  });

  it('comes back, too, from a proxy’s error page, which ends a stream for good', async () => {
    const { page, preview, save, trouble } = await open(`${HERO}?who=treatment`);
    await page.route('**/studio/events', (route) => route.fulfill({ status: 502, body: 'Bad gateway' }));
    await page.reload();
    await page.locator('#toast[data-shown]').getByText('The connection to Inlay is lost').waitFor();
    await page.unroute('**/studio/events');
    await page.locator('#toast[data-shown]').getByText('Inlay is back.').waitFor();
    await save('home-hero/email.hbs', () => '<p>Live again {{title}}</p>\n');
    await preview('treatment').getByText('Live again').waitFor();
    trouble.length = 0;
  });

  it('listens only while somebody sees it, since browsers have few connections', async () => {
    const { page, preview, save, requests, settle } = await open(`${HERO}?who=treatment`);
    const streams = () => requests.filter((request) => request.endsWith('/studio/events')).length;
    const turn = (state: 'hidden' | 'visible'): Promise<unknown> =>
      page.evaluate(`(() => {
        Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
        document.dispatchEvent(new Event('visibilitychange'));
      })()`);
    const ended = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/studio/events'));
    await turn('hidden');
    await ended;
    await save('home-hero/email.hbs', () => '<p>While it was hidden {{title}}</p>\n');
    expect(streams()).toBe(1);
    await turn('visible');
    await preview('treatment').getByText('While it was hidden').waitFor();
    await settle();
    expect(streams()).toBe(2);
  });

  it('of figures looks again every few seconds', async () => {
    // A clock that stands is for this tab alone.
    const viewing = { viewport: DESKTOP };
    const { page, studio, settle } = await openBoth(browser(), { templates: copyTemplates() }, viewing);
    await page.clock.install();
    await page.goto(`${studio.service.url}/studio/status`);
    await settle();
    expect(await page.getByText('No message has called in the last hour.').count()).toBe(1);
    await studio.service.get('/v1/placements/home-hero?user_id=');
    await page.clock.fastForward(9_000);
    await settle();
    expect(await page.getByText('No message has called in the last hour.').count()).toBe(1);
    await page.clock.fastForward(3_000);
    await page.getByRole('rowheader', { name: 'Default (because the message named nobody)' }).waitFor();
  });

  it('keeps what somebody searches for while figures change', async () => {
    const { page, save, address } = await open('/studio');
    const search = page.getByRole('searchbox');
    await search.fill('reading');
    expect(await page.locator('tr[data-find]:visible').count()).toBe(1);
    await save('home-hero/placement.yaml', (text) => text.replace('Home page hero', 'Reading hero'));
    await page.locator('tr[data-find]:visible').nth(1).waitFor();
    expect([await search.inputValue(), address()]).toEqual(['reading', '/studio?q=reading']);
    await search.fill('no such thing');
    expect(await page.getByText('No placement matches.').isVisible()).toBe(true);
    expect(await page.locator('.folder:visible').count()).toBe(0);
    await page.reload();
    expect(await page.getByText('No placement matches.').isVisible()).toBe(true);
    await search.fill('');
    expect(await page.locator('tr[data-find]:visible').count()).toBe(2);
    await page.getByLabel('Calls of this replica only').check();
    await page.waitForURL(/replicas=this/);
    expect(await page.getByLabel('Calls of this replica only').isChecked()).toBe(true);
  });
});
