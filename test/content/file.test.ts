import { appendFileSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FileSource, type FileSourceOptions, openFileSource } from '../../src/content/file.ts';
import { FileChangedError, FileSourceError } from '../../src/content/file-error.ts';
import { Deadline } from '../../src/deadline.ts';
import type { Content, NoContent } from '../../src/domain/content.ts';
import type { FileDeclaration } from '../../src/domain/content-source.ts';

type File = string | Uint8Array;

let folder = '';
let written = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'inlay-content-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

const DECLARATION: FileDeclaration = {
  type: 'file',
  name: 'products',
  path: 'as declared',
  key: 'sku',
  fields: [
    { name: 'title', from: 'name', type: 'text', max: null },
    { name: 'url', from: 'link', type: 'url', base: null },
  ],
  required: ['title', 'url'],
};

const IN_THREAD: FileSourceOptions = { threadAboveBytes: 0 };

/** Each in a folder's place of its own, so that tests may run at once. */
function write(file: string, content: File): string {
  written += 1;
  const path = join(folder, `${written}-${file}`);
  writeFileSync(path, content);
  return path;
}

async function open(
  file: string,
  content: File,
  change: Partial<FileDeclaration> = {},
  options: FileSourceOptions = {},
): Promise<FileSource> {
  return openFileSource({ ...DECLARATION, ...change }, write(file, content), options);
}

async function failureOf(opening: Promise<FileSource>): Promise<FileSourceError> {
  const outcome = await opening.catch((error: unknown) => error);
  if (outcome instanceof FileSourceError) return outcome;
  throw outcome instanceof Error ? outcome : new Error('expected the file to be refused');
}

function find(source: FileSource, id: string, locale: string | null = null): Content | NoContent {
  const found = source.find([id], locale, new Deadline(1_000));
  if (found instanceof Promise) throw new Error('a file has nothing to wait for');
  return found.get(id);
}

function shown(source: FileSource, id: string, field = 'title', locale: string | null = null): unknown {
  const content = find(source, id, locale);
  return typeof content === 'string' ? content : content.values[field];
}

const CSV = 'sku,name,link\na,Apple,https://x.example/a\nb,Pear,https://x.example/b\n';
const JSON_ROWS = [
  { sku: 'a', name: 'Apple', link: 'https://x.example/a' },
  { sku: 'b', name: 'Pear', link: 'https://x.example/b' },
];
const NDJSON = JSON_ROWS.map((row) => JSON.stringify(row)).join('\n');

const row = (sku: string, name = 'X', link = 'https://x.example/'): string => `${sku},${name},${link}`;
const csv = (...rows: string[]): string => ['sku,name,link', ...rows].join('\n');

/** Some 330 bytes a row, with characters of one to four bytes. */
function manyRows(count: number): string[] {
  return Array.from({ length: count }, (_, n) => row(`item-${n}`, `${'Äpfel für 3 € 🍏 '.repeat(12)}${n}`));
}

const FORMATS: readonly [string, string, string][] = [
  ['CSV', 'p.csv', CSV],
  ['CSV without a last line break', 'p.csv', CSV.trimEnd()],
  ['CSV with Windows line ends', 'p.csv', CSV.replaceAll('\n', '\r\n')],
  [
    'CSV with Windows line ends and quotes',
    'p.csv',
    CSV.replaceAll(/[^,\n]+/g, '"$&"').replaceAll('\n', '\r\n'),
  ],
  ['CSV with a byte order mark', 'p.csv', `\ufeff${CSV}`],
  ['CSV with a byte order mark and quotes', 'p.csv', `\ufeff${CSV.replaceAll(/[^,\n]+/g, '"$&"')}`],
  ['CSV with blank lines', 'p.csv', CSV.replaceAll('\n', '\n\n')],
  ['CSV that begins with a blank line', 'p.csv', `\n${CSV}`],
  ['CSV with blanks in its header', 'p.csv', CSV.replace('sku,name', ' sku , name')],
  [
    'CSV with more columns, in another order',
    'p.csv',
    'link,x,sku,name\nhttps://x.example/a,1,a,Apple\nhttps://x.example/b,2,b,Pear',
  ],
  [
    'CSV with a line break in its header',
    'p.csv',
    CSV.replace('link', 'link,"two\nlines"')
      .replaceAll(/(\/[ab])\n/g, '$1,\n')
      .replaceAll('\n', '\r\n'),
  ],
  ['CSV by an ending in capitals', 'P.CSV', CSV],
  ['JSON', 'p.json', JSON.stringify(JSON_ROWS)],
  ['JSON over many lines', 'p.json', `\n${JSON.stringify(JSON_ROWS, null, 2)}\n`],
  ['JSON with a byte order mark', 'p.json', `\ufeff${JSON.stringify(JSON_ROWS)}`],
  ['NDJSON', 'p.ndjson', NDJSON],
  ['NDJSON by its other name', 'p.jsonl', NDJSON],
  ['NDJSON with blank lines and Windows line ends', 'p.ndjson', `${NDJSON.replaceAll('\n', '\r\n\r\n')}\r\n`],
  ['NDJSON with a byte order mark', 'p.ndjson', `\ufeff${NDJSON}`],
];

describe('a catalogue', () => {
  it.each(FORMATS)('in %s', async (_case, file, content) => {
    const source = await open(file, content);
    expect(source.someIds).toEqual(['a', 'b']);
    expect(source.items).toBe(2);
    expect(source.faults).toEqual({ count: 0, first: [] });
    expect([shown(source, 'a'), shown(source, 'b'), shown(source, 'c')]).toEqual([
      'Apple',
      'Pear',
      'not_found',
    ]);
  });

  it('says which fields its items have and need, and which schemes its links', async () => {
    const source = await open('p.csv', CSV, {
      fields: [
        { name: 'price', from: 'name', type: 'number', currency: 'USD' },
        { name: 'url', from: 'link', type: 'link', schemes: ['myapp'] },
        { name: 'text', from: 'name', type: 'html' },
      ],
      required: ['url'],
    });
    expect(source.name).toBe('products');
    expect(source.shape).toEqual({
      fields: ['price', 'price_text', 'url', 'text'],
      required: ['url'],
      html: ['text'],
    });
    expect(source.schemes.toSorted()).toEqual(['http', 'https', 'myapp']);
  });

  it('keeps quotes, commas and line breaks within quotes', async () => {
    const source = await open('p.csv', 'sku,name,link\na,"Apple, ""red""\nand ripe",https://x.example/a\n');
    expect(shown(source, 'a')).toBe('Apple, "red" and ripe');
  });

  it('reads numbers as ids in JSON', async () => {
    const source = await open('p.json', JSON.stringify([{ ...JSON_ROWS[0], sku: 101 }]));
    expect(source.someIds).toEqual(['101']);
    expect(shown(source, '101')).toBe('Apple');
  });

  it('finds its key and its fields at paths', async () => {
    const rows = [{ sys: { id: 'a' }, f: { name: 'Apple', link: 'https://x.example/a' } }];
    const source = await open('p.json', JSON.stringify(rows), {
      key: 'sys.id',
      fields: [
        { name: 'title', from: 'f.name', type: 'text', max: null },
        { name: 'url', from: 'f.link', type: 'url', base: null },
      ],
    });
    expect(shown(source, 'a')).toBe('Apple');
  });

  it('keeps every kind of value as it is', async () => {
    const rows = [
      { sku: 'a', price: 12.5, stock: 0, from: '2026-11-27', text: '<p>A <b>b</b></p>', name: 'Äpfel 🍏 €' },
      { sku: 'b' },
    ];
    const source = await open('p.json', JSON.stringify(rows), {
      fields: [
        { name: 'price', from: 'price', type: 'number', currency: null },
        { name: 'available', from: 'stock', type: 'boolean' },
        { name: 'starts_at', from: 'from', type: 'date', style: null },
        { name: 'text', from: 'text', type: 'html' },
        { name: 'title', from: 'name', type: 'text', max: null },
      ],
      required: [],
    });
    expect(find(source, 'a')).toEqual({
      id: 'a',
      values: {
        price: 12.5,
        available: false,
        starts_at: '2026-11-27',
        text: '<p>A <b>b</b></p>',
        title: 'Äpfel 🍏 €',
      },
    });
    expect(find(source, 'b')).toEqual({
      id: 'b',
      values: { price: null, available: null, starts_at: null, text: null, title: null },
    });
  });

  it('may be closed twice', async () => {
    const source = await open('p.csv', CSV);
    await source.close();
    await source.close();
  });

  it('still answers those who asked before it was closed', async () => {
    const source = await open('p.csv', CSV);
    const found = await source.find(['a'], null, new Deadline(1_000));
    await source.close();
    expect(found.get('a')).toMatchObject({ values: { title: 'Apple' } });
  });
});

describe('items', () => {
  it('are there and complete, there but incomplete, or not there', async () => {
    const source = await open('p.csv', csv(row('a'), row('b', '')));
    expect(['a', 'b', 'c'].map((id) => source.has(id))).toEqual([true, false, false]);
    expect(find(source, 'b')).toMatchObject({ id: 'b', values: { title: null } });
    expect([source.items, source.someIds]).toEqual([1, ['a']]);
  });

  it.each(['', 'A', 'a ', 'aa', 'a\0', 'ä'.repeat(256), 'x'.repeat(257), '__proto__', '\ud800'])(
    'are not found by what is not their id (%#)',
    async (id) => {
      const source = await open('p.csv', CSV);
      expect([find(source, id), source.has(id)]).toEqual(['not_found', false]);
    },
  );

  it.each([
    '__proto__',
    'constructor',
    'größe-42',
    '商品',
    '🍏',
    'x'.repeat(256),
    'ä'.repeat(256),
    '€'.repeat(256),
  ])('are found by whatever is their id (%#)', async (id) => {
    const source = await open('p.csv', csv(row('a'), row(id, 'Found')));
    expect([shown(source, id), source.has(id), source.someIds]).toEqual(['Found', true, ['a', id]]);
  });

  it('are the same object each time, for renderers that keep what they prepared', async () => {
    const source = await open('p.csv', CSV);
    expect(find(source, 'a')).toBe(find(source, 'a'));
    expect(find(source, 'a', 'de')).toBe(find(source, 'a', 'de'));
  });

  it('are made again when there is no room to keep them', async () => {
    const source = await open('p.csv', CSV, {}, { cacheBytes: 1_500 });
    const first = find(source, 'a');
    find(source, 'b');
    expect(find(source, 'a')).not.toBe(first);
    expect(find(source, 'a')).toEqual(first);
  });
});

describe('languages', () => {
  const LANGUAGES: Partial<FileDeclaration> = {
    fields: [
      {
        name: 'title',
        from: { default: 'name', de: 'name_de', 'de-AT': 'name_at' },
        type: 'text',
        max: null,
      },
      { name: 'price', from: 'price', type: 'number', currency: 'EUR' },
    ],
    required: ['title', 'price_text'],
  };
  const TABLE = [
    'sku,name,name_de,name_at,price',
    'a,Potato,Kartoffel,Erdapfel,1.5',
    'b,Tomato,Tomate,,2',
    'c,Corn,,,3',
    'd,,Mais,Kukuruz,4',
    'e,Leek,Lauch,,',
  ].join('\n');

  it.each<[string | null, readonly unknown[]]>([
    [null, ['Potato', 'Tomato', 'Corn', null]],
    ['en-GB', ['Potato', 'Tomato', 'Corn', null]],
    ['de', ['Kartoffel', 'Tomate', 'Corn', 'Mais']],
    ['de-CH', ['Kartoffel', 'Tomate', 'Corn', 'Mais']],
    ['de-AT', ['Erdapfel', 'Tomate', 'Corn', 'Kukuruz']],
  ])('in %s, each field is in the nearest that is there', async (locale, titles) => {
    for (const options of [{}, IN_THREAD]) {
      const source = await open('p.csv', TABLE, LANGUAGES, options);
      expect(['a', 'b', 'c', 'd'].map((id) => shown(source, id, 'title', locale))).toEqual(titles);
    }
  });

  it('write prices in their own way', async () => {
    const source = await open('p.csv', TABLE, LANGUAGES);
    expect(shown(source, 'a', 'price_text', 'de')).toBe('1,50\u00a0€');
    expect(shown(source, 'a', 'price_text')).toBe('€1.50');
  });

  it('an item is complete if it is so where no language is asked for', async () => {
    const source = await open('p.csv', TABLE, LANGUAGES);
    expect(source.someIds).toEqual(['a', 'b', 'c']);
    expect(source.has('d')).toBe(false);
    expect(source.faults.first).toEqual([
      { line: 5, message: 'item "d" lacks title and will not be shown' },
      { line: 6, message: 'item "e" lacks price_text and will not be shown' },
    ]);
  });
});

describe('a row that cannot be shown', () => {
  it.each<[string, string, number, RegExp]>([
    ['has no id', csv(row('a'), row('')), 3, /^has no sku$/],
    ['has a blank id', csv(row('a'), row('  ')), 3, /^has no sku$/],
    ['repeats an id', csv(row('a'), row('b'), row('a')), 4, /^repeats the item "a"; the first one counts$/],
    ['lacks a required text', csv(row('a'), row('b', '')), 3, /^item "b" lacks title and will not be shown$/],
    ['lacks a required text but for markup', csv(row('a'), row('b', '<b></b>')), 3, /"b".*title/],
    ['has a URL that is none', csv(row('a'), row('b', 'X', '/b')), 3, /"b".*url/],
    ['has an id with markup', csv(row('a'), row('<b>b</b>')), 3, /sku.*markup/],
    ['has an id with Liquid', csv(row('a'), row('{{b}}')), 3, /sku.*markup/],
    ['has an id that is too long', csv(row('a'), row('b'.repeat(257))), 3, /sku.*256/],
  ])('because it %s, is reported with its line and not listed', async (_case, content, line, message) => {
    const { someIds, items, faults } = await open('p.csv', content);
    expect(faults).toEqual({ count: 1, first: [{ line, message: expect.stringMatching(message) }] });
    expect(someIds).toEqual(/repeats/.test(message.source) ? ['a', 'b'] : ['a']);
    expect(items).toBe(someIds.length);
  });

  it('is left out if it is too large to keep', async () => {
    const title = { type: 'text', from: 'name', max: null } as const;
    const fields = Array.from({ length: 20 }, (_, n) => ({ ...title, name: `title_${n}` }));
    const content = `sku,name\na,A\nb,${'x'.repeat(90_000)}\n`;
    const source = await open('p.csv', content, { fields, required: [] });
    expect(source.faults.first).toEqual([{ line: 3, message: 'item "b" is too large and was left out' }]);
    expect([source.items, find(source, 'b')]).toEqual([1, 'not_found']);
  });

  it('the first of two rows with one id counts', async () => {
    const source = await open('p.csv', csv(row('a', 'First'), row('a', 'Second')));
    expect([shown(source, 'a'), source.someIds]).toEqual(['First', ['a']]);
  });

  it('the first of two rows with one id counts even if it is incomplete', async () => {
    const source = await open('p.csv', csv(row('a', ''), row('a', 'Second'), row('b')));
    expect([shown(source, 'a'), source.someIds, source.faults.count]).toEqual([null, ['b'], 2]);
  });

  it('names all that it lacks', async () => {
    const { faults } = await open('p.csv', csv(row('a'), 'b,,'));
    expect(faults.first).toEqual([{ line: 3, message: expect.stringMatching(/title, url/) }]);
  });

  it('is reported with the line of the file, past blank lines and line breaks within quotes', async () => {
    const { faults } = await open('p.csv', csv('a,"X\n\nY",https://x.example/', '', row('b', '')));
    expect(faults.first.map(({ line }) => line)).toEqual([6]);
  });

  it('is reported with its line whether or not the file ends with a line break', async () => {
    const rows = csv('a,"X\nY",https://x.example/', row('b', ''));
    for (const content of [rows, `${rows}\n`, `${rows}\n\n`, rows.replaceAll('\n', '\r\n')]) {
      const { faults } = await open('p.csv', content);
      expect(faults.first.map(({ line }) => line)).toEqual([4]);
    }
  });

  it('is reported with its line in NDJSON', async () => {
    const { faults, someIds } = await open(
      'p.ndjson',
      `${JSON.stringify(JSON_ROWS[0])}\n\n{"sku":"b","name":"Pear"}\n`,
    );
    expect([someIds, faults.first]).toEqual([
      ['a'],
      [{ line: 3, message: expect.stringMatching(/"b".*url/) }],
    ]);
  });

  it('is reported with the line on which it begins in JSON', async () => {
    const rows = JSON.stringify([JSON_ROWS[0], { sku: 'b', name: 'Pear' }], null, 2);
    const { faults } = await open('p.json', rows);
    const lineOfB = rows.split('\n').findIndex((line) => line.includes('"b"'));
    expect(faults.first).toEqual([{ line: lineOfB, message: expect.stringMatching(/"b".*url/) }]);
  });

  it.each(['null', '7', '"text"', '[]', 'true'])('is %s in JSON or NDJSON', async (odd) => {
    const good = JSON.stringify(JSON_ROWS[0]);
    for (const source of [
      await open('p.json', `[${good},${odd}]`),
      await open('p.ndjson', `${good}\n${odd}`),
    ]) {
      expect(source.someIds).toEqual(['a']);
      expect(source.faults.first).toHaveLength(1);
    }
  });

  it('is counted, and told of among the first twenty', async () => {
    const { faults } = await open('p.csv', csv(row('a'), ...Array.from({ length: 50 }, () => row(''))));
    expect(faults.count).toBe(50);
    expect(faults.first.map(({ line }) => line)).toEqual(Array.from({ length: 20 }, (_, n) => n + 3));
  });
});

const REFUSED: readonly [string, string, File, number | null, RegExp][] = [
  ['is empty', 'p.csv', '', null, /no items/],
  ['holds a header only', 'p.csv', 'sku,name,link\n', null, /no items/],
  ['has no row with an id', 'p.csv', csv(row(''), row('')), 2, /no items.*no sku/],
  ['is empty JSON', 'p.json', '', null, /not valid JSON/],
  ['is an empty list', 'p.json', '[]', null, /no items/],
  ['is an empty list over two lines', 'p.json', '[\n]', null, /no items/],
  ['is empty NDJSON', 'p.ndjson', '\n\n', null, /no items/],
  ['is an object', 'p.json', '{"a":1}', null, /array/],
  ['is a text', 'p.json', '"a"', null, /array/],
  ['is cut off', 'p.json', '[{"sku":"a"', null, /not valid JSON/],
  ['breaks in a line', 'p.ndjson', `${JSON.stringify(JSON_ROWS[0])}\n{"sku":`, 2, /not valid JSON/],
  ['breaks in a line', 'p.json', `[\n${JSON.stringify(JSON_ROWS[0])},\n{"sku":}\n]`, 3, /not valid JSON/],
  ['has one comma too many', 'p.json', `[${JSON.stringify(JSON_ROWS[0])},]`, 1, /not valid JSON/],
  ['has one comma too many', 'p.json', '[,]', 1, /not valid JSON/],
  ['ends with the wrong bracket', 'p.json', `[${JSON.stringify(JSON_ROWS[0])}}`, 1, /not valid JSON/],
  ['goes on after its end', 'p.json', `${JSON.stringify(JSON_ROWS)}\n{}`, 2, /not valid JSON/],
  ['has an open quote', 'p.csv', 'sku,name,link\na,"Apple,x\n', 2, /not valid CSV.*quote/],
  ['has text after a quote', 'p.csv', 'sku,name,link\na,"Apple"s,x\nb,"B",y\n', 2, /not valid CSV.*quote/],
  ['has a row with too few cells', 'p.csv', csv(row('a'), 'b,Pear', ''), 3, /not valid CSV.*2 cells.*3/],
  ['has a row with too many cells', 'p.csv', csv(`${row('a')},1`, ''), 2, /not valid CSV.*4 cells.*3/],
  ['has no key column', 'p.csv', CSV.replace('sku', 'id'), 1, /^has no sku; it has id, name, link$/],
  ['lacks a column', 'p.csv', CSV.replace('link', 'href'), 1, /link.*sku, name, href/],
  ['has a header without a column, and no rows', 'p.csv', 'sku,name', 1, /link.*sku, name/],
  ['has semicolons', 'p.csv', CSV.replaceAll(',', ';'), 1, /semicolons or tabs; save it with commas/],
  ['has line ends of old', 'p.csv', CSV.replaceAll('\n', '\r'), 1, /carriage return/],
  ['has no header but rows', 'p.csv', `${row('a', 'x'.repeat(1_000))}\n`, 1, /^has no sku.{0,200}$/],
  ['has a column twice', 'p.csv', `sku,name,link,name\n${row('a')},x\n`, 1, /two columns "name"/],
  [
    'has nothing at a path',
    'p.ndjson',
    NDJSON.replaceAll('link', 'href'),
    null,
    /link; it has sku, name, href/,
  ],
  ['has nothing at a path', 'p.json', `[${NDJSON.replace('\n', ',').replaceAll('sku', 'id')}]`, null, /sku;/],
  ['is not UTF-8', 'p.csv', Buffer.concat([Buffer.from(CSV), Buffer.from([0xfc, 0x2c])]), 4, /UTF-8/],
  ['is not UTF-8', 'p.csv', Buffer.from(CSV.replace('Apple', 'Äpfel'), 'latin1'), 2, /UTF-8/],
  ['ends within a character', 'p.csv', Buffer.from(`${CSV}€`).subarray(0, -1), 4, /UTF-8/],
  ['is UTF-16', 'p.json', Buffer.from([0xff, 0xfe, 0x5b, 0x00]), null, /^is UTF-16; save it as UTF-8$/],
  ['is UTF-16', 'p.csv', Buffer.from(`\ufeff${CSV}`, 'utf16le'), null, /UTF-16/],
  ['is UTF-16', 'p.csv', Buffer.from(`\ufeff${CSV}`, 'utf16le').swap16(), null, /UTF-16/],
  ['is UTF-16 without a mark', 'p.csv', Buffer.from(CSV, 'utf16le'), null, /UTF-16/],
  ['has an ending that is not known', 'p.xlsx', CSV, null, /\.xlsx.*\.csv/],
  ['has no ending', 'products', CSV, null, /\.csv/],
  ['holds nothing but null', 'p.json', '[null]', null, /no items/],
  ['holds nothing but null', 'p.ndjson', 'null\n', null, /no items/],
  ['holds nothing but texts', 'p.json', '["a","b"]', null, /no items/],
];

describe('a file that cannot be used', () => {
  it.each(REFUSED)('because it %s: %s', async (_case, file, content, line, message) => {
    const failure = await failureOf(open(file, content));
    expect(failure.message).toMatch(message);
    if (line !== null) expect(failure.line).toBe(line);
  });

  it('is not there', async () => {
    const failure = await failureOf(openFileSource(DECLARATION, join(folder, 'absent.csv')));
    expect(failure.message).toBe('there is no such file');
  });

  it('is a folder', async () => {
    expect((await failureOf(openFileSource(DECLARATION, folder))).message).toBe('is a folder');
  });

  it('is a device', async () => {
    const path = join(folder, 'device.csv');
    symlinkSync('/dev/zero', path);
    expect((await failureOf(openFileSource(DECLARATION, path))).message).toBe('is not a file');
  });

  it('lacks the column of one locale', async () => {
    const fields: FileDeclaration['fields'] = [
      { name: 'title', from: { de: 'name_de', default: 'name' }, type: 'text', max: null },
    ];
    expect((await failureOf(open('p.csv', CSV, { fields, required: [] }))).message).toMatch(/name_de/);
  });

  it('lacks several columns, all of them named once', async () => {
    const fields = [...DECLARATION.fields, ...DECLARATION.fields];
    const { message } = await failureOf(open('p.csv', 'a,b\n1,2\n', { fields }));
    expect(message).toMatch(/sku, name, link;/);
  });

  it.each([
    ['p.csv', `${CSV}c,"${'x\n'.repeat(1_000_000)}`, 4],
    ['p.ndjson', `${NDJSON}\n{"sku":"${'x'.repeat(2_000_000)}`, 3],
    ['p.json', `[${JSON.stringify(JSON_ROWS[0])},\n{"sku":"${'x'.repeat(2_000_000)}`, 2],
  ])('has a row in %s that does not end', async (file, content, line) => {
    const failure = await failureOf(open(file, content));
    expect(failure.message).toMatch(/not valid.*1,000,000 characters/);
    expect(failure.line).toBe(line);
  });

  it('holds more than may be kept', async () => {
    const content = csv(...manyRows(5_000));
    for (const options of [IN_THREAD, { threadAboveBytes: Number.POSITIVE_INFINITY }]) {
      const failure = await failureOf(open('p.csv', content, {}, { ...options, maxBytes: 1_048_576 }));
      expect(failure.message).toMatch(/more than 1 MB/);
      expect(failure.line).toBeGreaterThan(1_000);
    }
  });
});

describe('a file that is cut off', () => {
  it('is refused wherever JSON is cut', async () => {
    const whole = JSON.stringify([...JSON_ROWS, { sku: 'c"\\', name: '{]', link: 'x' }]);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        await expect(open('p.json', whole.slice(0, length))).rejects.toThrow(FileSourceError);
      }),
      { numRuns: 40 },
    );
  });

  it('is refused where CSV is cut before the last cell of a row', async () => {
    const whole = csv(row('a'), row('b', '"Pear, ripe"'));
    const lastComma = whole.lastIndexOf(',');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: whole.indexOf('\nb') + 2, max: lastComma }), async (length) => {
        await expect(open('p.csv', whole.slice(0, length))).rejects.toThrow(FileSourceError);
      }),
      { numRuns: 15 },
    );
  });
});

describe('a large file', () => {
  const ROWS = manyRows(1_500);

  it('is read in a thread of its own, with the same outcome', async () => {
    const content = csv(...ROWS, row('item-3'), row('last', ''));
    const inThread = await open('p.csv', content);
    const inLine = await open('p.csv', content, {}, { threadAboveBytes: Number.POSITIVE_INFINITY });
    for (const source of [inThread, inLine]) {
      expect(source.items).toBe(1_500);
      expect(source.someIds).toEqual(Array.from({ length: 1_000 }, (_, n) => `item-${n}`));
      expect(source.faults.first.map(({ line }) => line)).toEqual([1_502, 1_503]);
      expect(source.has('last')).toBe(false);
    }
    for (let n = 0; n < 1_500; n += 1) {
      expect(shown(inThread, `item-${n}`)).toBe(`${'Äpfel für 3 € 🍏 '.repeat(12)}${n}`);
      expect(find(inThread, `item-${n}`)).toEqual(find(inLine, `item-${n}`));
    }
  });

  it.each([
    ['p.json', (objects: string[]) => `[${objects.join(',\n')}]`],
    ['p.ndjson', (objects: string[]) => objects.join('\n')],
  ])('may be %s', async (file, join) => {
    const objects = ROWS.map((cells) => {
      const [sku, name, link] = cells.split(',');
      return JSON.stringify({ sku, name, link });
    });
    const source = await open(file, join([...objects, '{}']));
    expect([source.items, source.faults.first]).toEqual([1_500, [{ line: 1_501, message: 'has no sku' }]]);
    expect(shown(source, 'item-1234')).toBe(`${'Äpfel für 3 € 🍏 '.repeat(12)}1234`);
  });

  it('that is not UTF-8 somewhere is refused with the line', async () => {
    for (const broken of [3, 700, 1_499]) {
      const lines = ROWS.map((line, n) =>
        n === broken ? Buffer.from('\xfc,a,b', 'latin1') : Buffer.from(line),
      );
      const bytes = [Buffer.from('sku,name,link'), ...lines].flatMap((line) => [line, Buffer.from('\n')]);
      const failure = await failureOf(open('p.csv', Buffer.concat(bytes)));
      expect([failure.message, failure.line]).toEqual(['is not UTF-8 text', broken + 2]);
    }
  });

  it('whose rows are ragged somewhere is refused with the line', async () => {
    const failure = await failureOf(open('p.csv', csv(...ROWS, 'a,b', ...ROWS)));
    expect([failure.message, failure.line]).toEqual([expect.stringMatching(/2 cells/), 1_502]);
  });
});

describe('in a thread', () => {
  it('files are read as they are in line', async () => {
    for (const [name, file, content] of FORMATS.filter((_, index) => index % 4 === 1)) {
      const source = await open(file, content, {}, IN_THREAD);
      expect([source.someIds, source.faults.count], name).toEqual([['a', 'b'], 0]);
      expect(shown(source, 'b'), name).toBe('Pear');
    }
  });

  it('files are refused as they are in line', async () => {
    for (const [name, file, content] of REFUSED.filter((_, index) => index % 6 === 1)) {
      if (content.length === 0) continue;
      const [inThread, inLine] = [
        await failureOf(open(file, content, {}, IN_THREAD)),
        await failureOf(open(file, content)),
      ];
      const told = ({ message, line }: FileSourceError): unknown => [message.replace(/\d+-/, ''), line];
      expect(told(inThread), name).toEqual(told(inLine));
    }
  });
});

describe('a file that changes while it is read', () => {
  async function openWhile(path: string, change: () => void, options: FileSourceOptions): Promise<unknown> {
    let isOpening = true;
    const outcome = openFileSource(DECLARATION, path, options)
      .catch((error: unknown) => error)
      .finally(() => {
        isOpening = false;
      });
    while (isOpening) {
      change();
      await setImmediate();
    }
    return outcome;
  }

  it.each([
    ['in line', {}],
    ['in a thread', IN_THREAD],
  ])('is refused, so that nobody gets half of it: %s', async (_case, options) => {
    const growing = write('p.csv', CSV);
    let rows = 0;
    const grow = (): void => appendFileSync(growing, `${row(`more-${rows++}`)}\n`);
    expect(await openWhile(growing, grow, options)).toBeInstanceOf(FileChangedError);

    const replaced = write('p.csv', CSV);
    const replace = (): void => renameSync(write('p.csv', CSV), replaced);
    expect(await openWhile(replaced, replace, options)).toBeInstanceOf(FileChangedError);

    const removed = write('p.csv', CSV);
    const outcome = openFileSource(DECLARATION, removed, options).catch((error: unknown) => error);
    rmSync(removed);
    expect(await outcome).toBeInstanceOf(FileSourceError);
  });

  it('is told apart, whatever else is wrong with it', async () => {
    const path = write('p.csv', csv('a'));
    const outcome = await openWhile(path, () => appendFileSync(path, 'b\n'), {});
    expect(outcome).toBeInstanceOf(FileChangedError);
    expect(outcome).toMatchObject({ message: 'changed while it was being read', line: null });
  });
});
