import { symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pino from 'pino';
import { expect, it } from 'vitest';
import { openFileSource } from '../src/content/file.ts';
import { createTemplatesReader, type ReaderParts } from '../src/templates-reader.ts';
import { makeFolder, writeTemplates } from './support/templates.ts';
import { versionFiles, writeFiles } from './support/versions.ts';

const DAY_MS = 86_400_000;

/** A reader of the folder, and what goes wrong in it. */
function open(templatesDir: string, change: Partial<ReaderParts> = {}) {
  const opened: string[] = [];
  const log: string[] = [];
  const reader = createTemplatesReader({
    settings: {
      templatesDir,
      secretKeys: new Map(),
      contentVariables: new Map(),
      windows: { freshMs: DAY_MS, staleMs: DAY_MS, staleIfErrorMs: DAY_MS },
    },
    sources: {
      open: async (declaration, folder) => {
        if (declaration.type !== 'file') throw new Error(`unplanned: ${declaration.type}`);
        const path = resolve(folder, declaration.path);
        opened.push(path);
        return { ...(await openFileSource(declaration, path)), path };
      },
    },
    flags: { check: () => [], isExternal: false },
    log: pino({ base: null }, { write: (line: string) => void log.push(line) }),
    ...change,
  });
  return { ...reader, opened, log };
}

it('looks the same after reading as while it read, as long as nothing changes', async () => {
  const { look, read } = open(writeTemplates());
  const { print } = await read();
  expect(await look()).toBe(print);
  expect((await read()).print).toBe(print);
});

it('looks at the catalogue that it read last, before that at none', async () => {
  const root = writeTemplates();
  const { look, read } = open(root);
  expect(await look()).not.toContain('products.csv');
  await read();
  expect(await look()).toContain('products.csv');
  writeFiles(root, { 'content-sources.yaml': versionFiles(1)['content-sources.yaml'] ?? null });
  await read();
  expect(await look()).toContain(`${join(root, 'products.csv')} ENOENT`);
});

it('a catalogue that changes before all was read looks different afterwards', async () => {
  const root = writeTemplates();
  const path = join(root, 'content/products.csv');
  const { look, read } = open(root, {
    // Comes after the catalogue was read.
    flags: {
      check: () => {
        writeFiles('/', { [path]: '' });
        return [];
      },
      isExternal: false,
    },
  });
  writeFiles(root, { 'flags.yaml': 'flags: {}\n' });
  const { print } = await read();
  expect(await look()).not.toBe(print);
});

it('a folder without end is a fault, and is not read', async () => {
  const root = writeTemplates();
  symlinkSync('.', join(root, 'hero/loop'));
  const { read, opened } = open(root);
  const message = 'is a link to a folder that it lies in';
  expect((await read()).result).toEqual({ faults: [{ file: 'hero/loop', line: null, message }] });
  expect(opened).toEqual([]);
});

it('what is broken in the reading itself is a fault, and its trace is in the log', async () => {
  const root = writeTemplates({ 'flags.yaml': 'flags: {}\n' });
  const check = (): never => {
    throw new TypeError('not a function');
  };
  const { look, read, log } = open(root, { flags: { check, isExternal: false } });
  const { print, result } = await read();
  expect(result).toEqual({ faults: [{ file: '.', line: null, message: 'cannot be read (not a function)' }] });
  expect(JSON.parse(log[0] ?? '')).toMatchObject({ level: 50, err: { type: 'TypeError' } });
  expect(await look()).toBe(print);
});

it('a folder that is gone is a fault', async () => {
  const root = join(makeFolder(), 'gone');
  const { look, read } = open(root);
  const { print, result } = await read();
  expect(result).toEqual({ faults: [{ file: root, line: null, message: 'is not a folder' }] });
  expect(await look()).toBe(print);
});
