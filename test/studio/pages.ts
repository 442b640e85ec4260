import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { STUDIO } from '../support/service.ts';

/** A page of Studio in a browser that has signed in, until the test is over. */
export async function openPage(browser: Browser, url: string, width = 1_280): Promise<Page> {
  const context = await browser.newContext({
    httpCredentials: { username: STUDIO.name, password: STUDIO.password },
    viewport: { width, height: 900 },
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(url, { waitUntil: 'load' });
  await page.waitForFunction('document.documentElement.dataset.ready !== undefined');
  return page;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds serious or critical, as `rule: element what is wrong`. */
export async function seriousFaults(page: Page): Promise<string[]> {
  // Past the page's policy, which lets nothing in but its own scripts.
  await page.evaluate(AXE);
  return page.evaluate(`axe.run(document, { resultTypes: ['violations'], iframes: false }).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 160) + ' ' + failureSummary)))`);
}
