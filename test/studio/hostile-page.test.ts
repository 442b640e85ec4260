import { expect, it } from 'vitest';
import { describeInChromium } from '../movable-ink/browsers.ts';
import { HOSTILE, PRODUCTS_CSV } from '../support/products.ts';
import { treatment } from '../support/replies.ts';
import { writeTemplates } from '../support/templates.ts';
import { DESKTOP, openBoth } from './browser.ts';

const HERO = '/studio/placements/hero';

/** What would run, submit, lead elsewhere or break out, if anything did. */
const ATTACKS = [
  '<script>parent.attacked = 1; attacked = 1</script>',
  '<img src=x onerror="parent.attacked = 2">',
  '<svg onload="parent.attacked = 3"><script>parent.attacked = 4</script></svg>',
  '</iframe><script>attacked = 5</script>',
  '<iframe srcdoc="<script>parent.parent.attacked = 6</script>"></iframe>',
  '<iframe src="https://evil.example/frame"></iframe>',
  '<object data="https://evil.example/object"></object><embed src="https://evil.example/embed">',
  '<meta http-equiv="refresh" content="0; url=https://evil.example/refresh">',
  '<base href="https://evil.example/">',
  '<link rel="stylesheet" href="https://evil.example/style.css">',
  '<style>@import "https://evil.example/import.css"; body { background: url(http://evil.example/plain) }</style>',
  '<form action="https://evil.example/form"><input name="a"><button id="send">Send</button></form>',
  '<a id="script-link" href="javascript:parent.attacked = 7">a</a>',
  '<a id="top-link" href="https://evil.example/top" target="_top">b</a>',
  '<video src="https://evil.example/video" autoplay></video>',
  '<details open ontoggle="parent.attacked = 8"></details>',
  '<input autofocus onfocus="parent.attacked = 9">',
].join('\n');

describeInChromium('hostile content', (browser) => {
  it('of a catalogue is inert in every panel', async () => {
    const items = `bad: { shows: treatment, items: [${HOSTILE.join()}] }\nworse: { shows: treatment, items: [${HOSTILE[3]}, ${HOSTILE[2]}] }\n`;
    const templates = writeTemplates({
      'hero/samples.yaml': items,
      'hero/placement.yaml':
        "title: '<img src=x onerror=alert(1)>{{7|times:7}}</title><script>alert(2)</script>'\nrecommendation: '\"><script>alert(3)</script>'\nitems: 4\ncontent: products\nbaseline: [hostile-html, hostile-liquid, hostile-quotes, hostile-entities]\n",
    });
    const { page, open, settle, studio, requests, trouble } = await openBoth(browser(), { templates });
    studio.amplitude.planForAll(treatment(...HOSTILE));
    studio.allowLookUps(1);
    await studio.service.get('/v1/placements/hero?user_id=ann');
    await studio.service.get(`/v1/placements/${encodeURIComponent('<script>alert(4)</script>')}?user_id=x`);
    const hostileName = encodeURIComponent('"><script>alert(5)</script>{{7|times:7}}');
    for (const path of [
      ...['block', 'text', 'source', 'keys'].map((show) => `${HERO}?who=bad,worse,control&show=${show}`),
      `${HERO}?who=bad&page=1&campaign=${hostileName}&channel=${hostileName}&exclude=${hostileName}`,
      `${HERO}/braze?campaign=${hostileName}`,
      `${HERO}/movable-ink`,
      `/studio?q=${hostileName}`,
      '/studio/status',
    ]) {
      await open(path);
      expect(await page.evaluate('document.scripts.length')).toBe(1);
      expect(
        await page.evaluate('document.querySelectorAll("main img, main svg:not(.chart, .shares)").length'),
      ).toBe(0);
    }
    await open(`${HERO}?who=bad`);
    await page.locator('a[data-reveal]').click();
    await page.locator('#person-id').fill('"><img src=x onerror=alert(6)>');
    await page.locator('#person-id').press('Enter');
    await settle();
    await page.getByText('Try other words').click();
    await page.locator('#edits input').first().fill('</iframe><script>alert(7)</script>{{7|times:7}}');
    await settle();
    expect(await page.locator('.pane').count()).toBe(2);
    expect(await page.evaluate('document.scripts.length')).toBe(1);
    expect(requests.filter((request) => request.includes('evil'))).toEqual([]);
    expect(trouble).toEqual([]);
  });

  it('that a template could only bring by a bug does not leave its frame', async () => {
    const viewing = { viewport: DESKTOP };
    const { page, open, trouble, address } = await openBoth(
      browser(),
      { templates: writeTemplates() },
      viewing,
    );
    const reached: string[] = [];
    await page.context().route(/evil/, (route) => {
      reached.push(route.request().url());
      return route.abort();
    });
    await open(`${HERO}?who=treatment`);
    // As the page itself fills a frame.
    await page.evaluate(`(async () => {
      const frame = document.querySelector('#frame-treatment');
      frame.dataset.html = ${JSON.stringify(ATTACKS)};
      const scripts = document.querySelector('script').src.replace('main.ts', '');
      (await import(scripts + 'frames.ts')).fillFrames();
    })()`);
    const frame = page.frameLocator('#frame-treatment');
    await frame.locator('#send').waitFor();
    await frame.locator('#send').click();
    for (const link of ['#script-link', '#top-link']) await frame.locator(link).click();
    await frame.locator('#top-link').click({ button: 'middle' });
    await page.locator('#toast[data-shown]', { hasText: 'evil.example/top' }).waitFor();
    await page.evaluate('new Promise((resolve) => requestIdleCallback(() => setTimeout(resolve)))');
    expect(
      await page.evaluate(
        '[window.attacked, document.querySelector("#frame-treatment").contentWindow.attacked]',
      ),
    ).toEqual([undefined, undefined]);
    expect(reached).toEqual([]);
    expect(address()).toBe(`${HERO}?who=treatment`);
    expect(page.frames().map((one) => new URL(one.url()).pathname)).toContain('/studio/frame');
    expect(page.context().pages()).toHaveLength(1);
    // Each was refused by name.
    expect(trouble.join()).toMatch(/Blocked script execution/);
    expect(trouble.join()).toMatch(/form-action|form submission/i);
    trouble.length = 0;
  });

  it('of a megabyte is shown, cut where it is only for recognising it', async () => {
    const long = 'x'.repeat(1_000_000);
    const templates = writeTemplates({
      'content/products.csv': PRODUCTS_CSV.replace('All about investing-101', long),
    });
    const { page, open, settle, trouble } = await openBoth(browser(), { templates });
    for (const show of ['block', 'text', 'source', 'keys']) {
      await open(`${HERO}?who=control,outage&show=${show}`);
      expect(
        await page
          .getByText(/more characters\)/)
          .first()
          .isVisible(),
      ).toBe(true);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
    await open(`${HERO}?who=control`);
    await page.getByText('Try other words').click();
    expect(await page.getByText('title is too long to be typed over here.').isVisible()).toBe(true);
    await page.getByText('Dark', { exact: true }).click();
    await settle();
    expect(trouble).toEqual([]);
  });
});
