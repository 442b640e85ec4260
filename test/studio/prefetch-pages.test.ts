import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeInChromium } from '../movable-ink/browsers.ts';
import { openAmplitude, type Plan } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import { control, nobody, treatment } from '../support/replies.ts';
import { openService } from '../support/service.ts';
import { makeFolder } from '../support/templates.ts';
import { openPage, seriousFaults } from './pages.ts';

/** The page follows every two seconds. */
const eventually = (read: () => Promise<string>) => expect.poll(read, { timeout: 12_000 });

/** A file of that name with these lines. Gives its path. */
function writeList(name: string, lines: readonly string[]): string {
  const path = join(makeFolder(), name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const people = (count: number): string[] => Array.from({ length: count }, (_, index) => `person-${index}`);

describeInChromium('prefetching in Studio', (browser) => {
  async function open(
    { plan = treatment(...GOOD), path = '/studio/prefetches?placement=hero', width = 1_280 } = {} as {
      plan?: Plan;
      path?: string;
      width?: number;
    },
  ) {
    const amplitude = await openAmplitude();
    amplitude.planForAll(plan);
    const service = await openService({ amplitude });
    const page = await openPage(browser(), `${service.url}${path}`, width);
    const choose = (file: string) => page.setInputFiles('input[type=file]', file);
    /** Checks the file, and starts once the estimate is there. */
    const start = async (): Promise<void> => {
      await page.getByRole('button', { name: 'Check the file' }).click();
      await page.getByRole('button', { name: /^Start/ }).click();
      await page.waitForURL('**/studio/prefetches/*-*');
    };
    return { amplitude, service, page, choose, start };
  }

  it('tells how long it takes, what was odd and what it means, before anybody is looked up', async () => {
    const { amplitude, page, choose } = await open();
    expect(await page.locator('#exposures').innerText()).toMatch(/exposure .*never sent the message/);
    await choose(writeList('list.csv', ['user_id,plan', ...people(500), 'person-1,', '{{x}},', ',basic']));
    await page.getByRole('button', { name: 'Check the file' }).click();
    const estimate = page.locator('[data-estimate]');
    await eventually(() => estimate.innerText()).toMatch(/500 people, ready in/);
    expect(await estimate.innerText()).toMatch(
      /1 duplicate \(line 502\), 1 blank id \(line 504\), 1 id that cannot be one \(line 503\)/,
    );
    expect(amplitude.calls).toHaveLength(0);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('looks everybody up once, and shows what was found, over a reload too', async () => {
    const { amplitude, page, choose, start } = await open();
    amplitude.plan('person-0', control(...GOOD));
    amplitude.plan('person-1', nobody());
    await choose(writeList('list.csv', ['user_id', ...people(40)]));
    await page.getByLabel('Name of this send').fill('weekly');
    await start();
    await eventually(() => page.locator('h1').innerText()).toMatch(/weekly\s+Ready/);
    await page.reload();
    expect(await page.locator('#progress-title').innerText()).toBe('40 of 40 people');
    const found = await page.locator('main').innerText();
    expect(found).toMatch(/Recommended\s+38\s+95\s%/);
    expect(found).toMatch(/Control group\s+1\s/);
    expect(found).toMatch(/Unknown to Amplitude\s+1\s/);
    expect(amplitude.calls).toHaveLength(40);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('is paused, resumed and cancelled', async () => {
    const { page, choose, start } = await open({ plan: { fault: 'hang' } });
    await choose(writeList('list.csv', ['user_id', ...people(300)]));
    await start();
    for (const [button, state] of [
      ['Pause', /Paused/],
      ['Resume', /Looking up|Waiting/],
      ['Cancel', /Cancelled/],
    ] as const) {
      await page.getByRole('button', { name: button }).click();
      await eventually(() => page.locator('h1 .chip').innerText()).toMatch(state);
    }
    await page.getByRole('link', { name: 'Prefetch' }).first().click();
    expect(await page.locator('#list').innerText()).toMatch(/Cancelled/);
  });

  it('goes on beside a form that somebody is filling in', async () => {
    const { page, service, choose, start } = await open({ plan: { fault: 'hang' } });
    await choose(writeList('list.csv', ['user_id', ...people(300)]));
    await start();
    await page.goto(`${service.url}/studio/prefetches`);
    await page.getByLabel('Name of this send').fill('typed');
    await page.getByLabel('Strip of two').check({ force: true });
    await page.waitForResponse((response) => response.url().endsWith('/studio/prefetches'));
    await page.waitForFunction(`document.querySelector('main:not([aria-busy])')`);
    expect(await page.getByLabel('Name of this send').inputValue()).toBe('typed');
    expect(await page.getByLabel('Strip of two').isChecked()).toBe(true);
  });

  it('asks which column is the person where none has a known name', async () => {
    const { amplitude, page, choose } = await open();
    await choose(
      writeList('list.csv', ['mail,customer', 'a@example.com,person-1', 'b@example.com,person-2']),
    );
    await page.getByLabel('Which column is the person?').selectOption('customer');
    await page.getByRole('button', { name: 'Check the file' }).click();
    await eventually(() => page.locator('[data-estimate]').innerText()).toMatch(/2 people/);
    expect(amplitude.calls).toHaveLength(0);
  });

  it('takes a file that is dropped', async () => {
    const { page } = await open();
    const data = await page.evaluateHandle(`(() => {
      const data = new DataTransfer();
      data.items.add(new File(['user_id\\nann\\nbob\\n'], 'dropped.csv', { type: 'text/csv' }));
      return data;
    })()`);
    await page.dispatchEvent('[data-drop]', 'drop', { dataTransfer: data });
    expect(await page.locator('[data-drop]').innerText()).toMatch(/dropped\.csv/);
    await page.getByRole('button', { name: 'Check the file' }).click();
    await eventually(() => page.locator('[data-estimate]').innerText()).toMatch(/2 people/);
  });

  it('says what is wrong with a file, and starts nothing', async () => {
    const { page, choose } = await open();
    await choose(writeList('list.csv', ['name,town', 'Ann,Rome']));
    await page.getByLabel('Which column is the person?').waitFor();
    await page.evaluate(`document.querySelector('[name=column]').required = false`);
    await page.getByRole('button', { name: 'Check the file' }).click();
    await eventually(() => page.locator('[data-estimate]').innerText()).toMatch(/name.*town/s);
    expect(await page.getByRole('button', { name: /^Start/ }).isVisible()).toBe(false);
    expect(await page.locator('#list').innerText()).toMatch(/Nothing was prefetched yet/);
  });

  it('fits a phone', async () => {
    const { page } = await open({ width: 390 });
    const isScrolling = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
    expect(await page.evaluate(isScrolling)).toBe(false);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('is what the Braze page asks for where messages retry', async () => {
    const path = '/studio/placements/hero/braze?on_unavailable=retry&people=200000&campaign=weekly';
    const { page } = await open({ path });
    expect(await page.locator('#warning-reach').innerText()).toMatch(
      /About 190,000 of 200,000 may not be sent/,
    );
    await page.getByRole('link', { name: 'Prefetch them' }).click();
    expect(await page.getByLabel('Name of this send').inputValue()).toBe('weekly');
    expect(await page.locator('[name=placement]:checked').getAttribute('value')).toBe('hero');
  });
});
