import { HtmlValidate } from 'html-validate';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { REASONS } from '../../src/domain/decision.ts';
import { PARAMETER_NAMES } from '../../src/http/parameters.ts';
import { PROBLEMS } from '../../src/http/problem.ts';
import { launchChromium } from '../movable-ink/browsers.ts';
import { openAmplitude } from '../support/amplitude.ts';
import { METRICS, openService } from '../support/service.ts';
import { DOCUMENT, OPERATIONS } from './openapi-answers.ts';

async function open() {
  return openService({ amplitude: await openAmplitude() });
}

describe('/docs', () => {
  it('is a page for everyone, for five minutes, that may load nothing', async () => {
    const service = await open();
    const answers = [
      await service.get('/docs', null),
      await service.get('/docs/', METRICS).set('Sec-Fetch-Site', 'cross-site'),
    ];
    for (const { status, headers } of answers) {
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'public, max-age=300',
        'content-security-policy': expect.stringMatching(/^default-src 'none'; style-src 'sha256-[^']+';/),
        'x-content-type-options': 'nosniff',
      });
      expect(headers['content-security-policy']).not.toContain('unsafe');
    }
  });

  it('is valid HTML', async () => {
    const service = await open();
    const { text } = await service.get('/docs', null);
    const rules = new HtmlValidate({
      root: true,
      extends: ['html-validate:recommended', 'html-validate:a11y'],
    });
    const { results } = await rules.validateString(text);
    const faults = results.flatMap(({ messages }) =>
      messages.map(({ ruleId, line, message }) => `${line} ${ruleId}: ${message}`),
    );
    expect(faults).toEqual([]);
  });

  it('tells all that the document does', async () => {
    const service = await open();
    const { text } = await service.get('/docs', null);
    const { headers: _headers, ...components } = DOCUMENT.components;
    const names = [...PARAMETER_NAMES, ...REASONS, ...Object.keys(PROBLEMS), 'item_N_…', 'profile_…'];
    for (const name of names) expect(text).toContain(`<dt><code>${name}</code>`);
    for (const { operationId } of OPERATIONS) expect(text).toContain(`id="${operationId}"`);
    expect(text).toContain(
      '{% connected_content https://inlay.example.com/v1/placements/YOUR-PLACEMENT.json',
    );
    expect(text).toContain('curl -u');
    const said = text.replace(/<[^>]+>/g, '').replace(/&[#\w]+;/g, '?');
    const told = [...Object.values(components.parameters), ...Object.values(components.responses)];
    for (const { description } of told) {
      expect(said).toContain(description.replaceAll('`', '').replace(/[&<>"'=]/g, '?'));
    }
    expect(text).not.toContain('undefined');
    expect(text).not.toContain('[object');
  });

  it('links to nothing that is not on it, but for the document', async () => {
    const service = await open();
    const { text } = await service.get('/docs', null);
    const links = [...text.matchAll(/href="([^"]+)"/g)].map(([, href]) => href ?? '');
    const elsewhere = links.filter((href) => !href.startsWith('#'));
    expect(elsewhere).toEqual(['data:,', 'https://inlay.example.com/openapi.json']);
    for (const href of links.filter((one) => one.startsWith('#'))) {
      expect(text).toContain(`id="${href.slice(1)}"`);
    }
  });
});

/** The contrast that texts have with what is behind them (WCAG 2.2), the least of all on the page. */
const LEAST_CONTRAST = `(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (text) => rgb(text).slice(0, 3)
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    const own = getComputedStyle(element).backgroundColor;
    return rgb(own)[3] === 0 && element.parentElement ? behind(element.parentElement) : own;
  };
  return Math.min(...[...document.querySelectorAll('body *')].map((element) => {
    const [one, other] = [light(getComputedStyle(element).color), light(behind(element))];
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  }));
})()`;

const program = inject('chromium');

describe.skipIf(program === null)('/docs in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(program ?? '');
  });
  afterAll(() => browser?.close());

  async function load(options: {
    colorScheme: 'light' | 'dark';
    width: number;
    javaScriptEnabled?: boolean;
  }) {
    const service = await open();
    const { width, ...others } = options;
    const context = await browser.newContext({ ...others, viewport: { width, height: 800 } });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(`${service.url}/docs`, { waitUntil: 'load' });
    return { page, requests, complaints, url: `${service.url}/docs` };
  }

  it.each([
    ['light', 390],
    ['light', 1_280],
    ['dark', 390],
    ['dark', 1_280],
  ] as const)('is readable in %s, %d px wide, and asks for nothing else', async (colorScheme, width) => {
    const { page, requests, complaints, url } = await load({ colorScheme, width });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(Number(await page.evaluate(LEAST_CONTRAST))).toBeGreaterThanOrEqual(4.5);
    const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(background).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(18, 23, 31)');
    expect(requests.filter((request) => !request.startsWith('data:'))).toEqual([url]);
    expect(complaints).toEqual([]);
  });

  it('has for the keyboard, first of all, a way past the contents', async () => {
    const { page } = await load({ colorScheme: 'light', width: 390 });
    await page.keyboard.press('Tab');
    const skip = page.locator('.skip');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    expect((await skip.boundingBox())?.y).toBeGreaterThanOrEqual(0);
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });

  it('has one heading of the first order, and leaves none of the others out', async () => {
    const { page } = await load({ colorScheme: 'light', width: 1_280 });
    const levels = (await page.evaluate(
      "[...document.querySelectorAll('h1,h2,h3,h4')].map(({ tagName }) => Number(tagName[1]))",
    )) as number[];
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries()) {
      expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    }
  });
});
