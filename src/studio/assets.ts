import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** A file that pages load. */
export type Asset = { readonly contentType: string; readonly body: Buffer; readonly gzipped: Buffer };

export type Assets = {
  /** What their addresses begin with; another one for each version, so that browsers can keep them for good. */
  readonly base: string;
  readonly find: (path: string) => Asset | null;
  /** The addresses of the scripts, for the page to ask for all of them at once. */
  readonly modules: readonly string[];
};

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  // Of the client's code only the types are taken away, so it keeps its name.
  ts: 'text/javascript; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

const IDIOMORPH = 'idiomorph';

let loading: Promise<Assets> | null = null;

/** Reads and prepares all of them when the first page is asked for. */
export function loadAssets(): Promise<Assets> {
  loading ??= prepareAssets();
  return loading;
}

async function prepareAssets(): Promise<Assets> {
  // Node's own type stripper, as a package, since its built-in form warns that it is experimental.
  const { transformSync } = await import('amaro');
  const texts = new Map<string, string>([
    [`${IDIOMORPH}.js`, readFileSync(fileURLToPath(import.meta.resolve(IDIOMORPH_FILE)), 'utf8')],
  ]);
  for (const [folder, prefix] of [
    ['static', ''],
    ['client', 'client/'],
  ] as const) {
    const from = new URL(`./${folder}/`, import.meta.url);
    for (const file of readdirSync(from)) {
      if (!/\.(css|svg|ts)$/.test(file)) continue;
      const text = readFileSync(new URL(file, from), 'utf8');
      texts.set(`${prefix}${file}`, file.endsWith('.ts') ? forBrowsers(transformSync(text).code) : text);
    }
  }
  const version = createHash('sha256')
    .update(JSON.stringify([...texts]))
    .digest('hex')
    .slice(0, 12);
  const base = `/studio/assets/${version}`;
  const assets = new Map<string, Asset>();
  for (const [path, text] of texts) {
    const body = Buffer.from(text);
    const contentType = CONTENT_TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'text/plain';
    assets.set(path, { contentType, body, gzipped: await promisify(gzip)(body) });
  }
  const modules = [...texts.keys()].filter((path) => /\.(ts|js)$/.test(path));
  return {
    base,
    find: (path) => assets.get(path) ?? null,
    modules: modules.map((path) => `${base}/${path}`),
  };
}

const IDIOMORPH_FILE = 'idiomorph/dist/idiomorph.esm.js';

/** Browsers know no packages. */
function forBrowsers(code: string): string {
  return code.replace(`from '${IDIOMORPH}'`, `from '../${IDIOMORPH}.js'`);
}
