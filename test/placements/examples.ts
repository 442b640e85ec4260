import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pino from 'pino';
import { Agent } from 'undici';
import { afterAll, onTestFinished } from 'vitest';
import { cleanHtml } from '../../src/content/html.ts';
import { createSources, type OpenedContent } from '../../src/content/open.ts';
import { openFlags } from '../../src/flags/open.ts';
import { createMetrics } from '../../src/metrics.ts';
import { readTemplatesFolder } from '../../src/placements/folder.ts';
import type { FolderResult, TemplatesFolder } from '../../src/placements/prepared.ts';
import type { Fault } from '../../src/placements/yaml.ts';
import { checkSource, compileTemplate } from '../../src/render/template.ts';
import { createMemoryStore } from '../../src/store/memory.ts';

/** Texts by path; null is a file that is not there. */
export type Files = Readonly<Record<string, string | null>>;

type Result = FolderResult<OpenedContent>;
type Folder = TemplatesFolder<OpenedContent>;

const metrics = createMetrics();
const log = pino({ level: 'silent' });
const flags = await openFlags({ provider: null, options: undefined, timeoutMs: 50 }, { metrics, log });
afterAll(() => flags.close());

/** A small folder without fault. Tests change one file of it. */
export const VALID: Files = {
  'content-sources.yaml': `products:
  type: file
  path: content/products.csv
  key: sku
  fields:
    title: name
    url: link
    image_url: image
    price: { from: price, type: number, currency: USD }
  required: [title, url]
`,
  'content/products.csv': `sku,name,link,image,price
a,Apple,https://x.example/a,https://x.example/a.jpg,1
b,Pear,https://x.example/b,,2
c,Plum,https://x.example/c,,3
d,Fig,https://x.example/d,,
e,,https://x.example/e,,5
`,
  'partials/button.hbs': '<a href="{{href}}">{{label}}</a>\n',
  'test-people.yaml': 'qa-anna: treatment\nqa-carl: control\n',
  'hero/placement.yaml': `title: Hero
recommendation: s234ssg
items: 2
content: products
baseline: [a, b, c]
`,
  'hero/email.hbs': `<table>
{{#each items}}
<tr><td>{{title}} {{> button href=click_url label=title}}</td></tr>
{{/each}}
</table>
`,
  'hero/email.txt.hbs': '{{#each items}}{{title}}: {{click_url}}\n{{/each}}',
  'hero/samples.yaml':
    'short:\n  shows: treatment\n  items: [d]\n  fields: { title: Short, image_url: null }\n',
};

/** Writes the files into a new folder, which goes when the test is over. */
export function writeFolder(files: Files): string {
  const root = mkdtempSync(join(tmpdir(), 'inlay-templates-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    if (text === null) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** What is known besides the folder. */
export type Known = {
  readonly projects?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly hasFlagProvider?: boolean;
};

/** Reads a folder with the real parts, joined as in the program. */
export function readFolder(
  root: string,
  { projects = [], variables = {}, hasFlagProvider = false }: Known = {},
): Promise<Result> {
  const { open, close } = openSources();
  onTestFinished(close);
  return readTemplatesFolder(root, {
    openSource: open,
    cleanHtml,
    checkPartial: checkSource,
    compileTemplate,
    checkFlags: flags.check,
    hasFlagProvider,
    projects,
    variables: new Map(Object.entries(variables)),
  });
}

/** Nothing is asked of any source before there are answers. */
function openSources() {
  const clock = { monotonic: () => performance.now(), wall: () => Date.now() };
  const store = createMemoryStore({ now: clock.monotonic }).entries;
  return createSources({ store, dispatcher: new Agent(), clock, metrics, log });
}

/** What is wrong with the valid folder after this change. */
export async function faultsOf(change: Files, known?: Known): Promise<readonly Fault[]> {
  const result = await readFolder(writeFolder({ ...VALID, ...change }), known);
  return 'faults' in result ? result.faults : [];
}

/** The folder after this change, which must be without fault. */
export async function loadedWith(change: Files = {}, known?: Known): Promise<Folder> {
  return folderOf(await readFolder(writeFolder({ ...VALID, ...change }), known));
}

export function folderOf(result: Result): Folder {
  if ('folder' in result) return result.folder;
  throw new Error(`expected no fault: ${JSON.stringify(result.faults)}`);
}
