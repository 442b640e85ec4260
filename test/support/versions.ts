import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from './templates.ts';

const SOURCES = `products:
  type: file
  path: products.csv
  key: sku
  fields: { title: name, url: link }
  required: [title, url]
`;

/** A templates folder with `hero`, in every file of which the version stands. Recommended are `x`, `y` and `z`. */
export function versionFiles(version: number): Readonly<Record<string, string>> {
  const mark = `version-${version}-`;
  const baseline = ['a', 'b', 'c'].map((id) => `${mark}${id}`);
  const rows = [...baseline, 'x', 'y', 'z'].map(
    (id) => `${id},${mark} of ${id},https://www.example.com/${mark}`,
  );
  return {
    'content-sources.yaml': SOURCES,
    'products.csv': `sku,name,link\n${rows.join('\n')}\n`,
    'texts/default.yaml': `words: Words of ${mark}\n`,
    'partials/piece.hbs': `<i>Piece of ${mark}</i>`,
    'hero/placement.yaml': `title: Title of ${mark}
recommendation: s234ssg
items: 3
content: products
baseline: [${baseline.join()}]
`,
    'hero/email.hbs': `<p>${mark} {{title}} {{text "words"}} {{> piece}} {{#each items}}{{id}} {{title}} {{/each}}</p>\n`,
  };
}

/** The versions that stand in an answer: one, if all is well. */
export function versionsIn(text: string): number[] {
  return [...new Set(Array.from(text.matchAll(/version-(\d+)-/g), ([, version]) => Number(version)))];
}

/** Versions side by side, and a link to one of them: what is mounted, or deployed, as a whole. */
export type Releases = {
  /** The link. */
  readonly current: string;
  /** Writes a version and lets the link lead there, as a mounted volume does, and removes the one before. */
  readonly release: (version: number, changes?: Readonly<Record<string, string>>) => void;
};

export function makeReleases(): Releases {
  const folder = makeFolder();
  const current = join(folder, 'current');
  let before: string | null = null;
  return {
    current,
    release: (version, changes = {}) => {
      const name = `release-${version}`;
      writeFiles(join(folder, name), { ...versionFiles(version), ...changes });
      symlinkSync(name, `${current}.new`);
      renameSync(`${current}.new`, current);
      if (before !== null) rmSync(join(folder, before), { recursive: true });
      before = name;
    },
  };
}

/** Null takes a file away. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | null>>): void {
  for (const [file, text] of Object.entries(files)) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    if (text === null) rmSync(path);
    else writeFileSync(path, text);
  }
}
