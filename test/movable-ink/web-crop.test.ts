import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { createSeals } from '../../src/links/seals.ts';
import { linkKeyText } from '../../src/links/tokens.ts';
import { openAmplitude } from '../support/amplitude.ts';
import { treatment } from '../support/replies.ts';
import { CALLER, openService } from '../support/service.ts';
import { launchChromium } from './browsers.ts';

const TEMPLATES = join(import.meta.dirname, '../../templates');
const SECRET = 'link-signing-key-Pq27-hT5v-birch';
const KEY = createSeals([SECRET]).sign(linkKeyText('home-hero'));

/** Of the sample catalogue, and in no baseline. */
const ITEMS = ['mortgage-rates-primer', 'setting-up-direct-deposit', 'index-funds-hands-on'];

const PIXEL = Buffer.from('R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

const DESKTOP = { width: 1_280, height: 720 };

const program = inject('chromium');

describe.skipIf(program === null)('a web crop', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(program ?? '');
  });
  afterAll(() => browser?.close());

  /** The service with the sample templates, and a page that loads from it as the crop does. */
  async function open(options: BrowserContextOptions = {}) {
    const amplitude = await openAmplitude();
    amplitude.planForAll(treatment(...ITEMS));
    const settings = { LINK_SIGNING_KEYS: SECRET, ANSWER_DEADLINE: '1900ms' };
    const service = await openService({ amplitude, templates: TEMPLATES, settings });
    const httpCredentials = { username: CALLER.name, password: CALLER.password };
    const context = await browser.newContext({ httpCredentials, viewport: DESKTOP, ...options });
    onTestFinished(() => context.close());
    await context.route('https://images.example.com/**', (route) =>
      route.fulfill({ contentType: 'image/gif', body: PIXEL }),
    );
    const page = await context.newPage();
    const container = page.locator('#mi_size_container');
    const requests: string[] = [];
    page.on('request', (request) => requests.push(`${request.resourceType()} ${request.url()}`));
    /** Gives the place and size of what is cut out. */
    const load = async (path: string) => {
      await page.goto(`${service.url}${path}`, { waitUntil: 'load' });
      return container.boundingBox();
    };
    return { amplitude, service, page, container, requests, load };
  }

  const person = 'user_id=ann&campaign=weekly-2026-11-27';
  const withPassword = `/v1/placements/home-hero.html?page=1&${person}`;
  const withKey = `/page/home-hero?${person}&key=${KEY}`;
  const pages = [
    ['with a password', withPassword],
    ['with a key', withKey],
  ] as const;

  it.each(pages)('%s, is cut to the very size that was asked for', async (_name, path) => {
    const { load } = await open();
    for (const [width, height] of [
      [600, 400],
      [320, 240],
      [1_000, 90],
      [1, 4_000],
    ]) {
      const box = await load(`${path}&width=${width}&height=${height}&position=1`);
      expect(box).toEqual({ x: 0, y: 0, width, height });
    }
  });

  it.each(pages)('%s, shows nothing beyond that size', async (_name, path) => {
    const { load, page } = await open();
    await load(`${path}&width=320&height=100`);
    const isInside = (x: number, y: number): Promise<boolean> =>
      page.evaluate(`document.elementFromPoint(${x}, ${y})?.closest('#mi_size_container') != null`);
    const inside = [isInside(160, 99), isInside(160, 101), isInside(321, 50)];
    expect(await Promise.all(inside)).toEqual([true, false, false]);
  });

  it.each(pages)(
    '%s, keeps its size in a window that is smaller and has finer pixels',
    async (_name, path) => {
      const { load } = await open({ viewport: { width: 200, height: 100 }, deviceScaleFactor: 3 });
      const box = await load(`${path}&width=600&height=400`);
      expect(box).toEqual({ x: 0, y: 0, width: 600, height: 400 });
    },
  );

  it.each(pages)('%s, is 600 wide and as high as its content where no size is given', async (_name, path) => {
    const { load, container } = await open();
    const box = await load(path);
    const content = await container.locator('> table').boundingBox();
    expect(box).toEqual({ x: 0, y: 0, width: 600, height: content?.height });
    expect(box?.height).toBeGreaterThan(200);
  });

  it.each(pages)('%s, asks for nothing but its pictures', async (_name, path) => {
    const { load, service, page, requests } = await open();
    await service.get(`/v1/placements/home-hero?${person}`);
    await load(path);
    const [document, ...others] = requests;
    const pictures = ITEMS.map((id) => `image https://images.example.com/learn/${id}.jpg`);
    expect(document).toBe(`document ${service.url}${path}`);
    expect(others.toSorted()).toEqual(pictures.toSorted());
    expect(await page.evaluate('document.scripts.length')).toBe(0);
  });

  it.each(pages)('%s, needs no scripts', async (_name, path) => {
    const { load, page } = await open({ javaScriptEnabled: false });
    const box = await load(`${path}&width=600&height=400&position=1`);
    expect(box).toEqual({ x: 0, y: 0, width: 600, height: 400 });
    expect(await page.locator('#mi_dynamic_link').getAttribute('href')).toMatch(/^https:/);
  });

  it.each(pages)('%s and one item, names the link that leads to it, taking no room', async (_name, path) => {
    const { load, service, page, container } = await open();
    for (const [index, id] of ITEMS.entries()) {
      const query = `${person}&position=${index + 1}`;
      const { body } = await service.get(`/v1/placements/home-hero?${query}`);
      await load(`${path}&position=${index + 1}`);
      expect(await container.innerText()).toContain(body.item_title);
      const links = await page.locator('#mi_dynamic_link').all();
      expect(await Promise.all(links.map((link) => link.getAttribute('href')))).toEqual([
        body.item_click_url,
      ]);
      expect(await links[0]?.isVisible()).toBe(false);
      const click = await service.get(new URL(body.item_click_url).pathname, null);
      expect([click.status, click.headers.location]).toEqual([302, `https://www.example.com/learn/${id}`]);
    }
  });

  it.each(pages)('%s and several items, names no link', async (_name, path) => {
    const { load, page } = await open();
    await load(path);
    expect(await page.locator('#mi_dynamic_link').count()).toBe(0);
  });

  it.each(pages)('%s, follows the reader into the dark', async (_name, path) => {
    const { load, page } = await open();
    await load(path);
    const colourIn = async (colorScheme: 'light' | 'dark'): Promise<unknown> => {
      await page.emulateMedia({ colorScheme });
      return page.evaluate("getComputedStyle(document.querySelector('.il-block')).backgroundColor");
    };
    expect(await colourIn('light')).toBe('rgb(243, 246, 250)');
    expect(await colourIn('dark')).toBe('rgb(15, 21, 29)');
  });

  it('with a key, shows what an earlier call decided, and the baseline before that', async () => {
    const { amplitude, load, service, container } = await open();
    await load(`${withKey}&position=1`);
    expect(await container.innerText()).toContain('Investing 101');
    expect(amplitude.calls).toHaveLength(0);
    await service.get(`/v1/placements/home-hero?${person}`);
    await load(`${withKey}&position=1`);
    expect(await container.innerText()).toContain('Mortgage rates, explained');
    expect(amplitude.calls).toHaveLength(1);
  });

  it('with a wrong key, shows the baseline in its size, for there is no error page', async () => {
    const { load, service, container } = await open();
    await service.get(`/v1/placements/home-hero?${person}`);
    for (const key of ['', '&key=', '&key=AAAAAAAAAAAAAAAAAAAAAA', `&key=${KEY}x`]) {
      const box = await load(`/page/home-hero?${person}${key}&position=1&width=300&height=200`);
      expect(box).toEqual({ x: 0, y: 0, width: 300, height: 200 });
      expect(await container.innerText()).toContain('Investing 101');
    }
  });

  it('with nothing to show in a place, is there in its size', async () => {
    const { load, page, container } = await open();
    const path = '/v1/placements/home-hero.html?page=1&user_id=inlay-sample-one-item&position=3';
    const box = await load(`${path}&width=300&height=200`);
    expect(box).toEqual({ x: 0, y: 0, width: 300, height: 200 });
    expect(await container.innerText()).toBe('');
    expect(await page.locator('#mi_dynamic_link').count()).toBe(0);
  });
});
