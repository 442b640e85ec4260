import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type FileSource,
  FileSourceError,
  type FileSourceOptions,
  loadFileSource,
} from '../../src/content/file.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'inlay-content-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

const OPTIONS: Omit<FileSourceOptions, 'path'> = {
  name: 'products',
  key: 'sku',
  fields: [
    { name: 'title', from: 'name', type: 'text', max: null },
    { name: 'url', from: 'link', type: 'url' },
  ],
  required: ['title', 'url'],
};

function load(
  file: string,
  content: string | Uint8Array,
  change: Partial<FileSourceOptions> = {},
): FileSource {
  const path = join(folder, file);
  writeFileSync(path, content);
  return loadFileSource({ ...OPTIONS, path, ...change });
}

function failureOf(
  file: string,
  content: string | Uint8Array,
  change: Partial<FileSourceOptions> = {},
): FileSourceError {
  try {
    load(file, content, change);
  } catch (error) {
    if (error instanceof FileSourceError) return error;
    throw error;
  }
  throw new Error('expected the file to be refused');
}

async function titles(source: FileSource): Promise<Record<string, unknown>> {
  const found = await source.find(['a', 'b', 'c']);
  return Object.fromEntries([...found].map(([id, { values }]) => [id, values.title]));
}

const CSV = 'sku,name,link\na,Apple,https://x.example/a\nb,Pear,https://x.example/b\n';
const JSON_ROWS = [
  { sku: 'a', name: 'Apple', link: 'https://x.example/a' },
  { sku: 'b', name: 'Pear', link: 'https://x.example/b' },
];
const NDJSON = JSON_ROWS.map((row) => JSON.stringify(row)).join('\n');

describe('a catalogue', () => {
  it.each<[string, string, string]>([
    ['CSV', 'p.csv', CSV],
    ['CSV without a last line break', 'p.csv', CSV.trimEnd()],
    ['CSV with Windows line ends', 'p.csv', CSV.replaceAll('\n', '\r\n')],
    ['CSV with a byte order mark', 'p.csv', `\ufeff${CSV}`],
    ['CSV with blank lines', 'p.csv', CSV.replaceAll('\n', '\n\n')],
    ['CSV with blanks in its header', 'p.csv', CSV.replace('sku,name', ' sku , name')],
    [
      'CSV with more columns, in another order',
      'p.csv',
      'link,x,sku,name\nhttps://x.example/a,1,a,Apple\nhttps://x.example/b,2,b,Pear',
    ],
    ['JSON', 'p.json', JSON.stringify(JSON_ROWS)],
    ['JSON over many lines', 'p.json', JSON.stringify(JSON_ROWS, null, 2)],
    ['JSON with a byte order mark', 'p.json', `\ufeff${JSON.stringify(JSON_ROWS)}`],
    ['NDJSON', 'p.ndjson', NDJSON],
    ['NDJSON by its other name', 'p.jsonl', NDJSON],
    [
      'NDJSON with blank lines and Windows line ends',
      'p.ndjson',
      `${NDJSON.replaceAll('\n', '\r\n\r\n')}\r\n`,
    ],
    ['NDJSON with a byte order mark', 'p.ndjson', `\ufeff${NDJSON}`],
  ])('in %s', async (_case, file, content) => {
    const source = load(file, content);
    expect(source.ids).toEqual(['a', 'b']);
    expect(source.faults).toEqual([]);
    expect(await titles(source)).toEqual({ a: 'Apple', b: 'Pear' });
  });

  it('says which fields its items have and need, and which schemes its links', () => {
    const source = load('p.csv', CSV, {
      fields: [
        { name: 'price', from: 'name', type: 'number', currency: 'USD' },
        { name: 'url', from: 'link', type: 'link', schemes: ['myapp'] },
      ],
      required: ['url'],
    });
    expect(source.name).toBe('products');
    expect(source.shape).toEqual({ fields: ['price', 'price_text', 'url'], required: ['url'] });
    expect([...source.schemes].sort()).toEqual(['http', 'https', 'myapp']);
  });

  it('keeps quotes, commas and line breaks within quotes', async () => {
    const csv = 'sku,name,link\na,"Apple, ""red""\nand ripe",https://x.example/a\n';
    expect(await titles(load('p.csv', csv))).toEqual({ a: 'Apple, "red" and ripe' });
  });

  it('reads numbers as ids in JSON', () => {
    expect(load('p.json', JSON.stringify([{ ...JSON_ROWS[0], sku: 101 }])).ids).toEqual(['101']);
  });

  it('finds its key and its fields at paths', async () => {
    const rows = [{ sys: { id: 'a' }, f: { name: 'Apple', link: 'https://x.example/a' } }];
    const source = load('p.json', JSON.stringify(rows), {
      key: 'sys.id',
      fields: [
        { name: 'title', from: 'f.name', type: 'text', max: null },
        { name: 'url', from: 'f.link', type: 'url' },
      ],
    });
    expect(await titles(source)).toEqual({ a: 'Apple' });
  });
});

describe('a row that cannot be shown', () => {
  const row = (sku: string, name = 'X', link = 'https://x.example/'): string => `${sku},${name},${link}`;
  const csv = (...rows: string[]): string => ['sku,name,link', ...rows].join('\n');

  it.each<[string, string, number, RegExp]>([
    ['has no id', csv(row('a'), row('')), 3, /sku/],
    ['has a blank id', csv(row('a'), row('  ')), 3, /sku/],
    ['repeats an id', csv(row('a'), row('b'), row('a')), 4, /repeats.*"a"/],
    ['lacks a required text', csv(row('a'), row('b', '')), 3, /"b".*title/],
    ['lacks a required text but for markup', csv(row('a'), row('b', '<b></b>')), 3, /"b".*title/],
    ['has a URL that is none', csv(row('a'), row('b', 'X', '/b')), 3, /"b".*url/],
    ['has an id with markup', csv(row('a'), row('<b>b</b>')), 3, /sku.*markup/],
    ['has an id with Liquid', csv(row('a'), row('{{b}}')), 3, /sku.*markup/],
  ])('because it %s, is reported with its line and not listed', (_case, content, line, message) => {
    const { ids, faults } = load('p.csv', content);
    expect(ids).not.toContain('');
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('a');
    expect(faults).toEqual([{ line, message: expect.stringMatching(message) }]);
    expect(ids.every((id) => id === 'a' || (id === 'b' && /repeats/.test(faults[0]?.message ?? '')))).toBe(
      true,
    );
  });

  it('the first of two rows with one id counts', async () => {
    expect(await titles(load('p.csv', csv(row('a', 'First'), row('a', 'Second'))))).toEqual({ a: 'First' });
  });

  it('names all that it lacks', () => {
    const { faults } = load('p.csv', csv(row('a'), 'b,,'));
    expect(faults).toEqual([{ line: 3, message: expect.stringMatching(/title, url/) }]);
  });

  it('is reported with the line of the file, past blank lines and line breaks within quotes', () => {
    const { faults } = load('p.csv', csv('a,"X\n\nY",https://x.example/', '', row('b', '')));
    expect(faults.map(({ line }) => line)).toEqual([6]);
  });

  it('is reported with its line in NDJSON', () => {
    const { faults, ids } = load(
      'p.ndjson',
      `${JSON.stringify(JSON_ROWS[0])}\n\n{"sku":"b","name":"Pear"}\n`,
    );
    expect([ids, faults]).toEqual([['a'], [{ line: 3, message: expect.stringMatching(/"b".*url/) }]]);
  });

  it('in JSON, is reported with a line only if that is the line of the file', () => {
    const rows = JSON.stringify([JSON_ROWS[0], { sku: 'b', name: 'Pear' }], null, 2);
    const { faults } = load('p.json', rows);
    const lineOfB = rows.split('\n').findIndex((line) => line.includes('"b"')) + 1;
    expect(faults).toHaveLength(1);
    expect(faults[0]?.message).toMatch(/"b".*url/);
    const line = faults[0]?.line ?? null;
    expect(line === null || Math.abs(line - lineOfB) <= 1, `line ${line}, not ${lineOfB}`).toBe(true);
  });

  it.each(['null', '7', '"text"', '[]', 'true'])('is %s in JSON or NDJSON', (odd) => {
    const good = JSON.stringify(JSON_ROWS[0]);
    for (const source of [load('p.json', `[${good},${odd}]`), load('p.ndjson', `${good}\n${odd}`)]) {
      expect(source.ids).toEqual(['a']);
      expect(source.faults).toHaveLength(1);
    }
  });
});

describe('a file that cannot be used', () => {
  it.each<[string, string, string | Uint8Array, number | null, RegExp]>([
    ['is empty', 'p.csv', '', null, /no items/],
    ['holds a header only', 'p.csv', 'sku,name,link\n', null, /no items/],
    ['is empty JSON', 'p.json', '', null, /not valid JSON/],
    ['is an empty list', 'p.json', '[]', null, /no items/],
    ['is empty NDJSON', 'p.ndjson', '\n\n', null, /no items/],
    ['is an object', 'p.json', '{"a":1}', null, /array/],
    ['is cut off', 'p.json', '[{"sku":"a"', null, /not valid JSON/],
    ['breaks in a line', 'p.ndjson', `${JSON.stringify(JSON_ROWS[0])}\n{"sku":`, 2, /not valid JSON/],
    ['has an open quote', 'p.csv', 'sku,name,link\na,"Apple,x\n', null, /not valid CSV/],
    [
      'has a row with too few cells',
      'p.csv',
      'sku,name,link\na,Apple,https://x.example/\nb,Pear\n',
      3,
      /not valid CSV/,
    ],
    [
      'has a row with too many cells',
      'p.csv',
      'sku,name,link\na,Apple,https://x.example/,1\n',
      2,
      /not valid CSV/,
    ],
    ['has no key column', 'p.csv', CSV.replace('sku', 'id'), 1, /sku.*id, name, link/],
    ['lacks a column', 'p.csv', CSV.replace('link', 'href'), 1, /link.*sku, name, href/],
    ['is not UTF-8', 'p.csv', Buffer.concat([Buffer.from(CSV), Buffer.from([0xfc, 0x2c])]), null, /UTF-8/],
    ['is not UTF-8', 'p.json', Buffer.from([0xff, 0xfe, 0x5b, 0x00]), null, /UTF-8/],
    ['has an ending that is not known', 'p.xlsx', CSV, null, /\.xlsx.*\.csv/],
    ['has no ending', 'products', CSV, null, /\.csv/],
    ['holds nothing but null', 'p.json', '[null]', null, /sku|items|object/],
    ['holds nothing but null', 'p.ndjson', 'null\n', null, /sku|items|object/],
    ['holds nothing but texts', 'p.json', '["a","b"]', null, /sku|items|object/],
  ])('because it %s: %s', (_case, file, content, line, message) => {
    const failure = failureOf(file, content);
    expect(failure.message).toMatch(message);
    if (line !== null) expect(failure.line).toBe(line);
  });

  it('is not there', () => {
    expect(() => loadFileSource({ ...OPTIONS, path: join(folder, 'absent.csv') })).toThrow(FileSourceError);
    expect(() => loadFileSource({ ...OPTIONS, path: join(folder, 'absent.csv') })).toThrow(/no such file/);
  });

  it('is a folder', () => {
    expect(() => loadFileSource({ ...OPTIONS, path: folder })).toThrow(FileSourceError);
  });

  it('lacks the column of one locale', () => {
    const fields: FileSourceOptions['fields'] = [
      { name: 'title', from: { de: 'name_de', default: 'name' }, type: 'text', max: null },
    ];
    expect(failureOf('p.csv', CSV, { fields, required: [] }).message).toMatch(/name_de/);
  });

  it('lacks several columns, all of them named once', () => {
    const { message } = failureOf('p.csv', 'a,b\n1,2\n', { fields: [...OPTIONS.fields, ...OPTIONS.fields] });
    expect(message).toMatch(/sku, name, link;/);
  });
});
