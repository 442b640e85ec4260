import type { Browser, BrowserContextOptions, FrameLocator, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { STUDIO } from '../support/service.ts';
import { openStudio, type StudioService } from '../support/studio.ts';

export const DESKTOP = { width: 1_280, height: 900 };
export const PHONE = { width: 390, height: 844 };

const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="213"><rect width="320" height="213" fill="#9ec5b5"/></svg>`;

/** A tab in which somebody looks at Studio. Whatever goes wrong in it fails the test. */
export type Viewer = {
  readonly page: Page;
  /** Opens a path and waits until all of it is there. */
  readonly open: (path: string) => Promise<void>;
  /** Waits until nothing is on its way. */
  readonly settle: () => Promise<void>;
  /** The preview of somebody. */
  readonly preview: (key: string) => FrameLocator;
  /** Path and query that stand in the address. */
  readonly address: () => string;
  /** What went wrong so far. A test that provokes something empties it. */
  readonly trouble: string[];
  /** Everything that was asked for, as method and URL. */
  readonly requests: string[];
};

type ViewerOptions = BrowserContextOptions & {
  /** Where the service is reached, if not at its own address. */
  readonly url?: string;
};

type Tab = Pick<Viewer, 'page' | 'trouble' | 'requests'>;

/** Opening a tab costs more than most tests do in it, and each test has a service at an address of its own. */
const usualTabs = new WeakMap<Browser, Tab>();

/** A tab with these options, or the one that every test without any uses. */
export async function openViewer(
  browser: Browser,
  { service }: StudioService,
  { url = service.url, ...options }: ViewerOptions = {},
): Promise<Viewer> {
  const { page, trouble, requests } = await openTab(browser, options);
  onTestFinished(() => expect(trouble, 'in the browser').toEqual([]));
  return {
    ...{ page, trouble, requests },
    settle: () => page.locator(SETTLED).waitFor({ state: 'attached' }),
    open: async (path) => {
      await page.goto(`${url}${path}`);
      await page.locator(SETTLED).waitFor({ state: 'attached' });
    },
    preview: (key) => page.frameLocator(`#frame-${key}`),
    address: () => page.url().slice(url.length),
  };
}

async function openTab(browser: Browser, options: BrowserContextOptions): Promise<Tab> {
  if (Object.keys(options).length > 0) {
    const tab = await createTab(browser, options);
    onTestFinished(() => tab.page.context().close());
    return tab;
  }
  const tab = usualTabs.get(browser) ?? (await createTab(browser, options));
  usualTabs.set(browser, tab);
  for (const list of [tab.trouble, tab.requests]) list.length = 0;
  // It does not listen to a service that is gone.
  onTestFinished(async () => void (await tab.page.goto('about:blank')));
  return tab;
}

async function createTab(browser: Browser, options: BrowserContextOptions): Promise<Tab> {
  const context = await browser.newContext({
    httpCredentials: { username: STUDIO.name, password: STUDIO.password },
    permissions: ['clipboard-read', 'clipboard-write'],
    viewport: DESKTOP,
    locale: 'en-GB',
    timezoneId: 'Europe/Zurich',
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(10_000);
  await context.route(/^https:/, (route) => {
    if (!route.request().url().startsWith('https://images.example.com/')) return route.abort();
    return route.fulfill({ contentType: 'image/svg+xml', body: PICTURE });
  });
  const trouble: string[] = [];
  const requests: string[] = [];
  context.on('request', (request) => requests.push(`${request.method()} ${request.url()}`));
  const page = await context.newPage();
  page.on('pageerror', ({ message }) => trouble.push(message));
  page.on('dialog', (dialog) => {
    trouble.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') trouble.push(message.text());
  });
  return { page, trouble, requests };
}

/** Scripts have run, no answer is on its way, and every preview is filled. */
const SETTLED = 'html[data-ready]:not(:has(main[aria-busy])):not(:has(iframe[data-html]:not([data-shown])))';

/** The service, and somebody who looks at it. */
export async function openBoth(
  browser: Browser,
  options: Parameters<typeof openStudio>[0] = {},
  viewing: ViewerOptions = {},
) {
  const studio = await openStudio(options);
  return { studio, ...(await openViewer(browser, studio, viewing)) };
}
