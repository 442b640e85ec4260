import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { openFileSource } from '../../src/content/file.ts';
import { shapeOf } from '../../src/content/item.ts';
import type { SourceDeclaration } from '../../src/domain/content-source.ts';
import { readTemplatesFolder } from '../../src/placements/folder.ts';
import type { OpenedSource } from '../../src/placements/prepared.ts';
import type { Fault } from '../../src/placements/yaml.ts';
import { checkSource, compileTemplate } from '../../src/render/template.ts';

/** Texts by path; null is a file that is not there. */
export type Files = Readonly<Record<string, string | null>>;

type Result = Awaited<ReturnType<typeof readTemplatesFolder<OpenedSource>>>;
/** What stands for a source that is not asked. */
function remoteSource(declaration: SourceDeclaration) {
  const shape = shapeOf(declaration);
  return Promise.resolve({ declaration, shape, schemes: ['https'], has: () => null, someIds: [] });
}

type Folder = Extract<Result, { folder: unknown }>['folder'];

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

/** Reads a folder with the real parts, joined as in the program. */
export function readFolder(root: string, { projects = [], variables = {} }: Known = {}): Promise<Result> {
  return readTemplatesFolder<OpenedSource>(root, {
    openSource: (declaration, folder) => {
      if (declaration.type !== 'file') return remoteSource(declaration);
      return openFileSource(declaration, resolve(folder, declaration.path));
    },
    checkPartial: checkSource,
    compileTemplate,
    checkFlags: () => [],
    hasFlagProvider: false,
    projects,
    variables: new Map(Object.entries(variables)),
  });
}

/** What is known besides the folder. */
export type Known = {
  readonly projects?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
};

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
