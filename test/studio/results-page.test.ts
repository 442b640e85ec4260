import { expect, it } from 'vitest';
import { type MeasuredOptions, openMeasured } from '../http/measured.ts';
import { describeInChromium } from '../movable-ink/browsers.ts';
import { arms, funnel } from '../support/dashboard.ts';
import { openPage, seriousFaults } from './pages.ts';

const DAYS = [
  ['2026-11-25', 500, 50],
  ['2026-11-26', 520, 60],
] as const;

describeInChromium('results in Studio', (browser) => {
  async function open(query = '', options: MeasuredOptions = {}, width = 1_280) {
    const measured = await openMeasured(options);
    const { dashboard, service } = measured;
    if (!options.settings) dashboard.plan(arms(funnel(1_000, 100, DAYS), funnel(1_000, 130, DAYS)));
    const page = await openPage(browser(), `${service.url}/studio/placements/hero/results${query}`, width);
    const main = (): Promise<string> => page.locator('main').innerText();
    return { ...measured, page, main };
  }

  it('say in words and figures whether it worked', async () => {
    const { page, main, amplitude } = await open();
    expect(await page.locator('#verdict h2').innerText()).toMatch(/raised Purchase by 30\s%/);
    const text = await main();
    expect(text).toMatch(/\+30\s%/);
    expect(text).toMatch(/Recommended\s+1,000\s+130\s+13\s%/);
    expect(text).toMatch(/Default \(control group\)\s+1,000\s+100\s+10\s%/);
    expect(text).toMatch(/96\.4[56]?\s?\d?\s%\s+Significance|96\.5\s%\s+Significance/);
    expect(amplitude.calls).toHaveLength(0);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('plot both groups day by day, with a table of the same', async () => {
    const { page } = await open();
    expect(await page.locator('svg.course polyline').count()).toBe(2);
    await page.getByText('As a table').click();
    expect(await page.locator('#course-table').innerText()).toMatch(/2026-11-26\s+520\s+11\.54\s%/);
  });

  it('ask for another range only when it is asked for, and keep it in the address', async () => {
    const { page, dashboard } = await open();
    const asked = dashboard.questions.length;
    await page.getByLabel('From').fill('2026-11-01');
    await page.getByLabel('To').fill('2026-11-20');
    expect(dashboard.questions).toHaveLength(asked);
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/start=2026-11-01/);
    await expect.poll(() => dashboard.questions.length, { timeout: 10_000 }).toBe(asked + 2);
    expect(dashboard.questions.at(-1)?.parameters.get('start')).toBe('20261101');
  });

  it('show clicks by position and item', async () => {
    const { page, service } = await open();
    const { body } = await service.get('/v1/placements/hero?user_id=inlay-sample-treatment');
    expect(body.item_1_click_url).toMatch(/\/c\/hero\//);
    const agent =
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
    // Without a pin, the baseline's item is what was clicked.
    for (const position of [1, 1, 2])
      await service.get(`/go/hero/${position}?user_id=ann`, null).set('User-Agent', agent);
    await page.goto(`${page.url()}?end=2026-11-27`);
    const clicks = await page.locator('#clicks').innerText();
    expect(clicks).toMatch(/3 clicks/);
    expect(clicks).toMatch(/1\s+investing-101\s+2\s/);
  });

  it('hand the table over as a file', async () => {
    const { page } = await open();
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download as CSV' }).click();
    expect((await downloading).suggestedFilename()).toMatch(/\.csv$/);
  });

  it('say what is wrong where Amplitude refuses, and what to do', async () => {
    const { page, dashboard } = await open();
    dashboard.plan(() => ({ status: 403, body: 'Forbidden' }));
    await page.goto(`${page.url()}?start=2026-10-01&end=2026-10-10`);
    expect(await page.locator('#fault').innerText()).toMatch(/Amplitude refuses.*AMPLITUDE_API_KEY/s);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('say that they are off where there is no key', async () => {
    const { page } = await open('', { settings: { AMPLITUDE_API_KEY: '' } });
    expect(await page.locator('#fault').innerText()).toMatch(/Results are off.*AMPLITUDE_API_KEY/s);
  });

  it('fit a phone', async () => {
    const { page } = await open('', {}, 390);
    const isScrolling = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
    expect(await page.evaluate(isScrolling)).toBe(false);
    expect(await seriousFaults(page)).toEqual([]);
  });
});
