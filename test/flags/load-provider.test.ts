import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGate } from '../../src/flags/gate.ts';
import { loadProvider } from '../../src/flags/load-provider.ts';
import { ANNA, inTime } from './provider.ts';

const CLASS = `class {
  metadata = { name: 'acme' };
  runsOn = 'server';
  constructor(on, more) { this.on = on ?? {}; this.more = more; }
  async initialize() { this.isReady = true; }
  async resolveBooleanEvaluation(key) { return { value: this.isReady && this.on[key] === true }; }
}`;
const BROWSER = CLASS.replace("'server'", "'client'");

/** The packages that are installed, by name, with what they hold. */
const PACKAGES: Record<string, string> = {
  'acme-flags': `export const AcmeProvider = ${CLASS}; export const VERSION = 1; export const createProvider = () => {};`,
  'acme-default': `export default ${CLASS}; export const helper = () => {};`,
  '@acme/commonjs': `exports['Acme' + 'Provider'] = ${CLASS};`,
  'acme-both': `class AcmeProvider extends (${CLASS}) {} export { AcmeProvider, AcmeProvider as default };`,
  'acme-nothing': 'export const flags = {};',
  'acme-strange': 'export class AcmeProvider {}',
  'acme-browser': `export const AcmeProvider = ${BROWSER};`,
  'acme-throws': `export class AcmeProvider { constructor() { throw new Error('key sdk-0123456789abcdef is bad'); } }`,
  'acme-broken': `import 'acme-is-not-there'; export const AcmeProvider = ${CLASS};`,
};

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'inlay-providers-'));
  for (const [name, text] of Object.entries(PACKAGES)) {
    const file = join(folder, 'node_modules', name, 'index.js');
    mkdirSync(dirname(file), { recursive: true });
    const type = text.includes('export ') ? 'module' : 'commonjs';
    writeFileSync(join(dirname(file), 'package.json'), JSON.stringify({ name, type, exports: './index.js' }));
    writeFileSync(file, text);
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** As `import` does in an installation of that folder. */
async function importInstalled(name: string): Promise<unknown> {
  const { resolve } = createRequire(join(folder, 'app.js'));
  return import(/* @vite-ignore */ pathToFileURL(resolve(name)).href);
}

const load = (name: string, more: { exportName?: string; options?: unknown } = {}) =>
  loadProvider({ package: name, ...more }, importInstalled);

describe('a provider of an installed package', () => {
  it.each(['acme-flags', 'acme-default', '@acme/commonjs', 'acme-both'])(
    'decides which items are shown: %s',
    async (name) => {
      const gate = await openGate({ provider: await load(name, { options: { 'show-a': true } }) });
      const shown = await gate.filter({ flag: 'show-{id}', default: false }, ['a', 'b'], ANNA, inTime());
      expect(shown).toEqual(new Set(['a']));
      await gate.close();
    },
  );

  it('gets its options as they are, or several arguments from a list', async () => {
    expect(await load('acme-flags')).toMatchObject({ on: {}, more: undefined });
    expect(await load('acme-flags', { options: { url: 'x' } })).toMatchObject({ on: { url: 'x' } });
    expect(await load('acme-flags', { options: ['key', { url: 'x' }] })).toMatchObject({
      on: 'key',
      more: { url: 'x' },
    });
  });

  it('is found beside the service itself, under the name of its export', async () => {
    const options = {
      'show-a': { variants: { on: true, off: false }, defaultVariant: 'on', disabled: false },
    };
    const provider = await loadProvider({
      package: '@openfeature/server-sdk',
      exportName: 'InMemoryProvider',
      options,
    });
    const gate = await openGate({ provider });
    const shown = await gate.filter({ flag: 'show-{id}', default: false }, ['a', 'b'], ANNA, inTime());
    expect(shown).toEqual(new Set(['a']));
    await gate.close();
  });
});

describe('a package that gives no provider', () => {
  it('is refused with the names where there are several', async () => {
    await expect(loadProvider({ package: '@openfeature/server-sdk' })).rejects.toThrow(
      '@openfeature/server-sdk exports several providers: InMemoryProvider, MultiProvider, ' +
        'TypedInMemoryProvider; say which with exportName',
    );
  });

  it.each([
    ['acme-nothing', {}, 'acme-nothing exports nothing that is named …Provider; say which with exportName'],
    ['acme-flags', { exportName: 'Flags' }, 'acme-flags exports no class Flags'],
    ['acme-flags', { exportName: 'VERSION' }, 'acme-flags exports no class VERSION'],
    ['acme-flags', { exportName: 'toString' }, 'acme-flags exports no class toString'],
    ['@acme/commonjs', { exportName: 'constructor' }, '@acme/commonjs exports no class constructor'],
    ['acme-strange', {}, 'AcmeProvider of acme-strange is not an OpenFeature provider'],
    ['acme-browser', {}, 'AcmeProvider of acme-browser is made for browsers'],
    ['acme-throws', {}, 'AcmeProvider of acme-throws cannot be made: key … is bad'],
    [
      'acme-is-not-there',
      {},
      "the package acme-is-not-there cannot be loaded: Cannot find module 'acme-is-not-there'",
    ],
    ['acme-broken', {}, "the package acme-broken cannot be loaded: Cannot find package 'acme-is-not-there'"],
  ])('is refused with a reason: %s %o', async (name, more, message) => {
    await expect(load(name, more)).rejects.toThrow(message);
  });

  it.each([
    './provider.js',
    '../../etc/passwd',
    '/tmp/provider.js',
    'C:\\provider.js',
    'acme/../../secret.js',
    'acme/./x',
    'acme/.hidden',
    'acme/%2e%2e/x',
    'acme//x',
    'file:///tmp/provider.js',
    'https://evil.test/provider.js',
    'data:text/javascript,export default 1',
    'node:fs',
    'fs',
    'fs/promises',
    '#internal',
    '@acme',
    '.',
    '',
  ])('is never imported where it is no package: %s', async (name) => {
    const importNothing = async (): Promise<never> => {
      throw new Error('it was imported');
    };
    await expect(loadProvider({ package: name }, importNothing)).rejects.toThrow(
      'is not the name of an npm package',
    );
  });
});
