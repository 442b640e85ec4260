import { describe, expect, it } from 'vitest';
import { type Files, faultsOf } from './examples.ts';
import { breaks, changed } from './fault-table.ts';

const FILE = 'content-sources.yaml';
const sources = (from: string, to: string): Files => changed(FILE, from, to);
const hero = (from: string, to: string): Files => changed('hero/placement.yaml', from, to);

describe('a content-sources.yaml', () => {
  const FILE = 'content-sources.yaml';
  breaks([
    ['that is missing', { [FILE]: null }, FILE, null, /missing/],
    ['that is no YAML', sources('key: sku', 'key: [sku'), FILE, 5, /not valid YAML/],
    ['with a type that there is not', sources('type: file', 'type: ftp'), FILE, 2, /products\.type/],
    [
      'without a path',
      sources('  path: content/products.csv\n', ''),
      FILE,
      [1, 2],
      /products\.path is missing/,
    ],
    ['without a key', sources('  key: sku\n', ''), FILE, [1, 2], /products\.key is missing/],
    [
      'with an unknown key',
      sources('key: sku', 'key: sku\n  kye: x'),
      FILE,
      5,
      /products\.kye is not a known key/,
    ],
    [
      'with a field in capitals',
      sources('title: name', 'Title: name\n    title: name'),
      FILE,
      6,
      /Title.*lower-case/,
    ],
    [
      'with a field that begins with a digit',
      sources('    url:', '    2nd: name\n    url:'),
      FILE,
      7,
      /2nd.*lower-case/,
    ],
    [
      'with an unknown option of a field',
      sources('title: name', 'title: { from: name, maximum: 3 }'),
      FILE,
      6,
      /products\.fields\.title/,
    ],
    [
      'with a field type that there is not',
      sources('url: link', 'url: { from: link, type: uri }'),
      FILE,
      7,
      /url/,
    ],
    [
      'with a link of no scheme',
      sources('url: link', 'url: { from: link, type: link }'),
      FILE,
      7,
      /fields\.url/,
    ],
    [
      'with a link that would run as a script',
      sources('    url:', '    app: { from: link, type: link, schemes: [javascript] }\n    url:'),
      FILE,
      7,
      /javascript/,
    ],
    ['with a currency that is none', sources('USD', 'dollars'), FILE, 9, /fields\.price/],
    [
      'with a length of none',
      sources('title: name', 'title: { from: name, max: 0 }'),
      FILE,
      6,
      /fields\.title/,
    ],
    ['that requires a field which it has not', sources('[title, url]', '[title, urls]'), FILE, 10, /urls/],
    ['with a field called id', sources('title: name', 'title: name\n    id: sku'), FILE, 7, /id is a name/],
    [
      'with a field called count',
      sources('title: name', 'title: name\n    count: sku'),
      FILE,
      7,
      /count is a name/,
    ],
    [
      'with a field called position',
      sources('title: name', 'title: name\n    position: sku'),
      FILE,
      7,
      /position/,
    ],
    [
      'with a field called click_url',
      sources('title: name', 'title: name\n    click_url: link'),
      FILE,
      7,
      /click_url/,
    ],
    [
      'with a field that is also a display form',
      sources('title: name', 'title: name\n    price_text: price'),
      FILE,
      7,
      /price_text.*price/,
    ],
  ]);

  it('with a fault does not hide the faults of the placements that name it', async () => {
    const faults = await faultsOf({ ...sources('key: sku', 'kye: sku'), ...hero('items: 2', 'items: 0') });
    expect(faults.map(({ file }) => file)).toContain('content-sources.yaml');
    expect(faults.map(({ file }) => file)).toContain('hero/placement.yaml');
    expect(faults.some(({ message }) => /"products" is not in/.test(message))).toBe(false);
  });
});

describe('a content file', () => {
  const FILE = 'content/products.csv';
  breaks([
    ['that is missing', { [FILE]: null }, FILE, null, /no such file/],
    ['that is empty', { [FILE]: '' }, FILE, null, /no items/],
    ['without a column', { [FILE]: 'sku,name,image,price\na,A,,\n' }, FILE, 1, /link/],
    ['that is no CSV', { [FILE]: 'sku,name,link,image,price\na,A\n' }, FILE, 2, /not valid CSV/],
    [
      'of an ending that is not known',
      sources('products.csv', 'products.xls'),
      'content/products.xls',
      null,
      /./,
    ],
  ]);
});
