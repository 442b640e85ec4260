import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lookAtFile, lookAtFolder } from '../../src/placements/watch.ts';
import { makeFolder } from '../support/templates.ts';

const HERO = 'hero/placement.yaml';
const LONG_AGO = new Date('2026-01-01');

/** A folder with a placement, a partial and what else is said. */
function makeTemplates(files: Readonly<Record<string, string>> = {}): string {
  const root = join(makeFolder(), 'templates');
  const all = { [HERO]: 'title: Hero', 'hero/email.hbs': '<p>', 'partials/link.hbs': '<a>', ...files };
  for (const [file, text] of Object.entries(all)) write(join(root, file), text);
  utimesSync(join(root, HERO), LONG_AGO, LONG_AGO);
  return root;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Takes the place of what a link leads to, as volumes do. */
function swapLink(link: string, target: string): void {
  symlinkSync(target, `${link}.new`);
  renameSync(`${link}.new`, link);
}

/** File systems' clocks move on in steps of milliseconds. */
function nextTick(path: string): void {
  const probe = join(makeFolder(), 'probe');
  do writeFileSync(probe, '');
  while (statSync(probe).ctimeMs <= statSync(path).ctimeMs);
}

const printOf = async (root: string): Promise<string> => (await lookAtFolder(root)).print;

type Change = (root: string) => void;

const at =
  (file: string, change: (path: string) => void): Change =>
  (root) =>
    change(join(root, file));

/** As a tool does that restores times. */
const forge: Change = at(HERO, (path) => {
  writeFileSync(path, 'title: Lena');
  utimesSync(path, LONG_AGO, LONG_AGO);
});

const SEEN: readonly (readonly [string, Change])[] = [
  ['a file that is written to', at(HERO, (path) => appendFileSync(path, '\n'))],
  ['one of the same size as before', at(HERO, (path) => writeFileSync(path, 'title: Lena'))],
  ['one of the same size and time as before', forge],
  ['one that is emptied', at(HERO, (path) => truncateSync(path))],
  ['a new file', at('hero/message.hbs', (path) => write(path, ''))],
  ['a new placement', at('deep/below/new/placement.yaml', (path) => write(path, ''))],
  ['a file that goes', at('partials/link.hbs', (path) => rmSync(path))],
  ['a folder that goes', at('hero', (path) => rmSync(path, { recursive: true }))],
  ['a folder with another name', at('hero', (path) => renameSync(path, `${path}-2`))],
  ['the whole folder gone', (root) => rmSync(root, { recursive: true })],
  ['permissions, with which it may be readable now', at(HERO, (path) => chmodSync(path, 0o600))],
  ['a link to nothing', at('hero/nothing', (path) => symlinkSync('nowhere', path))],
  [
    'a file in the place of another, as editors save',
    at(HERO, (path) => {
      write(`${path}.tmp`, 'title: Lena');
      renameSync(`${path}.tmp`, path);
    }),
  ],
];

const UNSEEN: readonly (readonly [string, Change])[] = [
  ['swap files', at('hero/.placement.yaml.swp', (path) => write(path, ''))],
  ['copies', at(HERO, (path) => copyFileSync(path, `${path}~`))],
  ['lock files that are links to nothing', at('hero/.#email.hbs', (path) => symlinkSync('me@host.1', path))],
  ['hidden folders', at('.git/hooks/placement.yaml', (path) => write(path, ''))],
  ['notes and pictures', at('hero/notes.md', (path) => write(path, 'x'))],
  ['catalogues, which are looked at one by one', at('products.csv', (path) => write(path, 'x'))],
  ['what lies beside catalogues', at('content/placement.yaml', (path) => write(path, 'x'))],
  [
    'a link without end beside catalogues',
    at('content/loop', (path) => {
      mkdirSync(dirname(path));
      symlinkSync('.', path);
    }),
  ],
  ['reading', at(HERO, (path) => void readFileSync(path))],
];

describe('a folder looks different after', () => {
  it.each(SEEN)('%s', async (_what, change) => {
    const root = makeTemplates();
    const before = await printOf(root);
    expect(await printOf(root)).toBe(before);
    nextTick(join(root, HERO));
    change(root);
    expect(await printOf(root)).not.toBe(before);
  });
});

describe('a folder looks the same after', () => {
  it.each(UNSEEN)('%s', async (_what, change) => {
    const root = makeTemplates();
    const before = await printOf(root);
    change(root);
    expect(await printOf(root)).toBe(before);
  });
});

describe('a volume', () => {
  /** As Kubernetes mounts a ConfigMap: `hero → ..data/hero`, `..data → ..2026_1`. */
  function mount(): string {
    const root = makeTemplates();
    const volume = makeFolder();
    for (const version of ['..2026_1', '..2026_2']) write(join(volume, version, HERO), `title: ${version}`);
    symlinkSync('..2026_1', join(volume, '..data'));
    symlinkSync('..data/hero', join(volume, 'hero'));
    symlinkSync(volume, join(root, 'mounted'));
    return root;
  }

  it('looks different once its link is swapped, and as before once it is swapped back', async () => {
    const root = mount();
    const link = join(root, 'mounted/..data');
    const first = await printOf(root);
    expect(first).toContain(HERO);
    swapLink(link, '..2026_2');
    expect(await printOf(root)).not.toBe(first);
    swapLink(link, '..2026_1');
    expect(await printOf(root)).toBe(first);
  });

  it('looks different where the folder itself is a link that is swapped', async () => {
    const [one, other] = [makeTemplates(), makeTemplates()];
    const root = join(makeFolder(), 'templates');
    symlinkSync(one, root);
    const before = await printOf(root);
    swapLink(root, other);
    expect(await printOf(root)).not.toBe(before);
  });

  it('looks different once a link to nothing leads somewhere', async () => {
    const root = makeTemplates();
    const target = join(makeFolder(), 'later.yaml');
    symlinkSync(target, join(root, 'hero/samples.yaml'));
    const before = await printOf(root);
    write(target, '');
    expect(await printOf(root)).not.toBe(before);
  });
});

describe('a folder without end', () => {
  it.each([
    ['a link to the folder it lies in', 'hero/loop', '.'],
    ['a link to the whole folder', 'hero/loop', '..'],
    ['a link out and back', 'hero/loop', join('..', '..', 'back')],
  ])('is told of %s', async (_what, link, target) => {
    const root = makeTemplates();
    symlinkSync(basename(root), join(root, '../back'));
    symlinkSync(target, join(root, link));
    const { fault } = await lookAtFolder(root);
    expect(fault).toMatchObject({ line: null, message: 'is a link to a folder that it lies in' });
    expect(fault?.file).toContain(link);
  });

  it('ends for hundreds of such links, looks the same each time, and is well again without them', async () => {
    const root = makeTemplates();
    const before = await printOf(root);
    for (let index = 0; index < 200; index += 1) symlinkSync('..', join(root, `hero/loop-${index}`));
    const looped = await lookAtFolder(root);
    expect(looped.fault).not.toBeNull();
    expect(await lookAtFolder(root)).toEqual(looped);
    for (let index = 0; index < 200; index += 1) rmSync(join(root, `hero/loop-${index}`));
    expect(await lookAtFolder(root)).toEqual({ print: before, fault: null });
  });

  it('is not one with two links to the same folder', async () => {
    const root = makeTemplates();
    symlinkSync('hero', join(root, 'hero-2'));
    symlinkSync('hero', join(root, 'hero-3'));
    const { print, fault } = await lookAtFolder(root);
    expect(fault).toBeNull();
    expect(print).toContain('hero-3/placement.yaml');
  });

  it('is told of where links double the way at every level', async () => {
    const root = makeTemplates();
    for (let level = 0; level < 30; level += 1) {
      mkdirSync(join(root, `level-${level}`));
      for (const link of ['a', 'b']) symlinkSync(`../level-${level + 1}`, join(root, `level-${level}`, link));
    }
    mkdirSync(join(root, 'level-30'));
    const { fault } = await lookAtFolder(root);
    expect(fault).toEqual({ file: '.', line: null, message: 'holds over 20000 files and folders' });
  });

  it('ends at a link to itself', async () => {
    const root = makeTemplates();
    symlinkSync('self.yaml', join(root, 'self.yaml'));
    expect(await printOf(root)).toContain('self.yaml ELOOP');
  });
});

describe('what is not there', () => {
  it('is a print of its own, and no fault of looking', async () => {
    const root = join(makeFolder(), 'gone');
    expect(await lookAtFolder(root)).toEqual({ print: `${root} ENOENT`, fault: null });
    write(root, '');
    expect(await lookAtFolder(root)).toEqual({ print: `${root} ENOTDIR`, fault: null });
  });

  it('differs from an empty folder', async () => {
    const root = join(makeFolder(), 'gone');
    const before = await printOf(root);
    mkdirSync(root);
    expect(await printOf(root)).not.toBe(before);
  });
});

describe('a file', () => {
  it('looks different when it is written to, replaced, gone and back', async () => {
    const path = join(makeFolder(), 'products.csv');
    const prints = [await lookAtFile(path)];
    const changes = [
      () => write(path, 'one'),
      () => write(path, 'two'),
      () => {
        write(`${path}.new`, 'three');
        renameSync(`${path}.new`, path);
      },
      () => rmSync(path),
    ];
    for (const change of changes) {
      change();
      nextTick(dirname(path));
      prints.push(await lookAtFile(path));
    }
    expect(prints.at(-1)).toBe(`${path} ENOENT`);
    expect(new Set(prints).size).toBe(4);
  });

  it('looks the same by another name', async () => {
    const folder = makeFolder();
    write(join(folder, 'one.csv'), 'one');
    linkSync(join(folder, 'one.csv'), join(folder, 'two.csv'));
    const [one, two] = [await lookAtFile(join(folder, 'one.csv')), await lookAtFile(join(folder, 'two.csv'))];
    expect(one.replace('one.csv', '')).toBe(two.replace('two.csv', ''));
  });
});
