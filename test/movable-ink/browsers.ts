import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, inject, onTestFinished } from 'vitest';

/** A page that is open, in whatever browser. */
export type OpenPage = {
  /** Runs code in it and gives what it resolves with. */
  readonly evaluate: (code: string) => Promise<unknown>;
};

/** Something that opens pages and runs their scripts; they are closed with the test. */
export type PageOpener = (url: string) => Promise<OpenPage>;

type Window = {
  readonly document: { readonly readyState: string };
  readonly addEventListener: (event: 'load', listener: () => void) => void;
  readonly eval: (code: string) => unknown;
  readonly close: () => void;
};

// It comes without types.
const { JSDOM, VirtualConsole } = createRequire(import.meta.url)('jsdom') as {
  readonly JSDOM: {
    readonly fromURL: (url: string, options: object) => Promise<{ readonly window: Window }>;
  };
  readonly VirtualConsole: new () => object;
};

export const openInJsdom: PageOpener = async (url) => {
  // Nobody listens to this console: it would repeat every refusal that a test provokes.
  const virtualConsole = new VirtualConsole();
  const { window } = await JSDOM.fromURL(url, {
    runScripts: 'dangerously',
    resources: 'usable',
    virtualConsole,
  });
  onTestFinished(() => window.close());
  if (window.document.readyState !== 'complete') {
    await new Promise<void>((resolve) => window.addEventListener('load', resolve));
  }
  return { evaluate: async (code) => window.eval(code) };
};

/** Nothing that asks the network for anything by itself. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

/** `program` is a path, or a name to be found in the path. */
export function launchChromium(program: string): Promise<Browser> {
  const find = ['-c', 'command -v "$0"', program];
  const executablePath = execFileSync('sh', find, { encoding: 'utf8' }).trim();
  return chromium.launch({ executablePath, args: FLAGS });
}

/** Tests in a browser that is open as long as they run. Without one on the machine they are skipped. */
export function describeInChromium(name: string, addTests: (browser: () => Browser) => void): void {
  const program = inject('chromium');
  describe.skipIf(program === null)(name, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchChromium(program ?? '');
    });
    afterAll(() => browser?.close());
    addTests(() => browser);
  });
}

export const openInChromium =
  (browser: () => Browser): PageOpener =>
  async (url) => {
    const page = await browser().newPage();
    onTestFinished(() => page.close());
    await page.goto(url, { waitUntil: 'load' });
    return { evaluate: (code) => page.evaluate(code) };
  };
