import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createItemReader, createLocalizer, readId, shapeOf } from '../../src/content/item.ts';
import type { Row } from '../../src/content/source.ts';
import type { Content } from '../../src/domain/content.ts';
import { type FieldRule, fieldNames, type SourceDeclaration } from '../../src/domain/content-source.ts';

const RULES: FieldRule[] = [
  { name: 'title', from: { de: 'name_de', 'de-AT': 'name_at', default: 'name' }, type: 'text', max: 20 },
  { name: 'body', from: 'body', type: 'html' },
  { name: 'url', from: 'link', type: 'url', base: 'https://x.example/' },
  { name: 'app_link', from: 'app', type: 'link', schemes: ['myapp'] },
  { name: 'image_url', from: { default: 'image', fr: 'image_fr' }, type: 'image', base: null },
  { name: 'price', from: { default: 'price', 'en-GB': 'pounds' }, type: 'number', currency: 'EUR' },
  { name: 'weight', from: 'weight', type: 'number', currency: null },
  { name: 'ends_at', from: 'until', type: 'date', style: 'long' },
  { name: 'starts_at', from: 'from', type: 'date', style: null },
  { name: 'available', from: { default: 'stock', de: 'stock_de' }, type: 'boolean' },
];

const ROW: Row = {
  name: 'Investing',
  name_de: 'Anlegen',
  name_at: 'Veranlagen',
  body: '<p>One</p>',
  link: '/a',
  app: 'myapp://a',
  image: 'https://img.example/a.png',
  price: '1234.5',
  pounds: 1_000,
  weight: 0,
  until: '2026-11-27',
  from: '2026-11-01T09:00Z',
  stock: 0,
  stock_de: '3',
};

const read = createItemReader(RULES);
const localize = createLocalizer(RULES);

/** The content of a row, which must be the same after its item was kept as JSON. */
function contentOf(row: Row, locale: string | null, rules = RULES): Content {
  const item = createItemReader(rules)('a', row);
  const content = createLocalizer(rules)(item, locale);
  expect(createLocalizer(rules)(JSON.parse(JSON.stringify(item)), locale)).toStrictEqual(content);
  return content;
}

describe('the fields of an item', () => {
  it('are all there in the order of their declaration, with display forms beside prices and dates', () => {
    expect(Object.entries(contentOf(ROW, null).values)).toEqual([
      ['title', 'Investing'],
      ['body', '<p>One</p>'],
      ['url', 'https://x.example/a'],
      ['app_link', 'myapp://a'],
      ['image_url', 'https://img.example/a.png'],
      ['price', 1234.5],
      ['price_text', '€1,234.50'],
      ['weight', 0],
      ['ends_at', '2026-11-27'],
      ['ends_at_text', 'November 27, 2026'],
      ['starts_at', '2026-11-01T09:00:00.000Z'],
      ['available', false],
    ]);
  });

  it('are null where the row has nothing, in any language', () => {
    for (const locale of [null, 'de']) {
      const { id, values } = contentOf({}, locale);
      expect(id).toBe('a');
      expect(Object.keys(values)).toEqual(RULES.flatMap(fieldNames));
      expect(new Set(Object.values(values))).toEqual(new Set([null]));
    }
  });

  it('are the same after an item was kept as JSON, whatever the row holds', () => {
    const columns = [...Object.keys(ROW), '__proto__', 'constructor', 'x'];
    const cell = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true }),
      fc.constantFrom(-0, '-0', '2026-11-27', '<b>x', '//x', 'in stock', '', '1e3', 1_795_770_000),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...columns), cell),
        fc.constantFrom(null, 'de', 'de-AT', 'de-CH', 'en-GB', 'fr'),
        (row, locale) => {
          const { values } = contentOf(row, locale);
          expect(Object.keys(values)).toEqual(RULES.flatMap(fieldNames));
          expect(Object.values(values)).not.toContain('');
          expect(Object.values(values)).not.toContain(undefined);
        },
      ),
    );
  });
});

describe('the language of an item', () => {
  it.each<[string | null, string]>([
    [null, 'Investing'],
    ['de', 'Anlegen'],
    ['de-AT', 'Veranlagen'],
    ['de-CH', 'Anlegen'],
    ['de-AT-1996', 'Veranlagen'],
    ['en-GB', 'Investing'],
    ['fr', 'Investing'],
    ['default', 'Investing'],
    ['constructor', 'Investing'],
    ['toString', 'Investing'],
    ['__proto__', 'Investing'],
  ])('for %s gives the title %s', (locale, title) => {
    expect(contentOf(ROW, locale).values.title).toBe(title);
  });

  it.each<[string, Row, string | null, string | null]>([
    ['the nearest that is there', { ...ROW, name_at: ' ' }, 'de-AT', 'Anlegen'],
    ['the default where no nearer is there', { name: 'Investing', name_de: '<p></p>' }, 'de-AT', 'Investing'],
    ['nothing where even the default is missing', { name_de: 'Anlegen' }, 'fr', null],
    ['what is there without a default', { name_de: 'Anlegen' }, 'de', 'Anlegen'],
  ])('is %s', (_case, row, locale, title) => {
    expect(contentOf(row, locale).values.title).toBe(title);
  });

  it('is chosen for each field by itself, and numbers and dates are written in the one that was asked for', () => {
    const { values } = contentOf(ROW, 'de-AT');
    expect(values).toMatchObject({ title: 'Veranlagen', body: '<p>One</p>', available: true });
    expect(String(values.price_text).replaceAll(/\s/g, ' ')).toBe('€ 1.234,50');
    expect(values.ends_at_text).toBe('27. November 2026');
    expect(contentOf(ROW, 'en-GB').values).toMatchObject({ price: 1_000, price_text: '€1,000.00' });
  });

  it('that nobody can write numbers in leaves them as in the default', () => {
    expect(contentOf(ROW, 'qqq').values).toMatchObject({
      price_text: '€1,234.50',
      ends_at_text: 'November 27, 2026',
    });
  });

  it('takes yes, no and zero for values', () => {
    expect(contentOf({ stock: 1, stock_de: 0 }, 'de').values.available).toBe(false);
    expect(contentOf({ price: 5, pounds: 0 }, 'en-GB').values).toMatchObject({
      price: 0,
      price_text: '€0.00',
    });
  });
});

describe('names that every object has', () => {
  const rulesFrom = (from: FieldRule['from']): FieldRule[] => [
    { name: 'title', from, type: 'text', max: null },
  ];
  const withProto = JSON.parse('{"__proto__":"x","constructor":"y","toString":"z"}');

  it.each([
    ['__proto__', 'x'],
    ['constructor', 'y'],
    ['toString', 'z'],
  ])('as a column: %s is read where the row has it, and is missing elsewhere', (column, title) => {
    expect(contentOf(withProto, null, rulesFrom(column)).values.title).toBe(title);
    expect(contentOf({}, null, rulesFrom(column)).values.title).toBeNull();
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'as a locale: %s changes nothing',
    (name) => {
      const from = JSON.parse(`{"default":"a","${name}":"b"}`);
      expect(contentOf({ a: 'A', b: 'B' }, null, rulesFrom(from)).values.title).toBe('A');
      expect(contentOf({ a: 'A' }, name, rulesFrom(from)).values.title).toBe('A');
      expect(contentOf({ a: 'A', b: 'B' }, name, rulesFrom(from)).values.title).toBe('B');
      expect(contentOf({}, name, rulesFrom(from)).values.title).toBeNull();
      expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('a');
      expect(({} as Record<string, unknown>).b).toBeUndefined();
    },
  );
});

describe('an item from a store', () => {
  it.each<[string, unknown[]]>([
    ['has fewer values', []],
    ['has values of other types', ['a', 1, true, null, {}, 'x', 'y', 'no date', 5, 'z']],
    ['has no default', [{}, null, null, null, {}, {}, null, null, null, {}]],
  ])('that %s still gives content', (_case, values) => {
    const content = localize({ id: 'a', values } as never, 'de');
    expect(Object.keys(content.values)).toEqual(RULES.flatMap(fieldNames));
    expect(content.values.price_text).toBeNull();
    expect(content.values.ends_at_text).toBeNull();
  });

  it('is small: what is missing in a language takes no place', () => {
    expect(read('a', { name: 'Investing' }).values[0]).toEqual({ default: 'Investing' });
  });
});

describe('the id of a row', () => {
  it.each<[unknown, string]>([
    ['a', 'a'],
    [' a\n', 'a'],
    ['A-1.b/c:d', 'A-1.b/c:d'],
    ['a b', 'a b'],
    ['R&D', 'R&D'],
    ['Ä1', 'Ä1'],
    [42, '42'],
    [0, '0'],
    [12345678901234567890n, '12345678901234567890'],
    ['x'.repeat(256), 'x'.repeat(256)],
  ])('%s is %s', (raw, id) => {
    expect(readId({ sku: raw }, 'sku')).toEqual({ id });
  });

  it.each<[unknown, RegExp]>([
    ['', /has no sku/],
    [' ', /has no sku/],
    [null, /has no sku/],
    [undefined, /has no sku/],
    [{}, /has no sku/],
    [['a'], /has no sku/],
    [true, /has no sku/],
    [Number.NaN, /has no sku/],
    [() => 'a', /has no sku/],
    ['x'.repeat(257), /more than 256 characters/],
    ['<b>a</b>', /markup or control characters/],
    ['a&amp;b', /markup or control characters/],
    ['a\u0000b', /markup or control characters/],
    ['a\nb', /markup or control characters/],
    ['a  b', /markup or control characters/],
    ['a\ud800', /markup or control characters/],
    ['{{a}}', /markup or control characters/],
  ])('%s is a fault', (raw, fault) => {
    expect(readId({ sku: raw }, 'sku')).toEqual({ fault: expect.stringMatching(fault) });
  });

  it('may stand at a path, and is never what every object has', () => {
    expect(readId({ sys: { id: 'a' } }, 'sys.id')).toEqual({ id: 'a' });
    expect(readId({}, 'constructor.name')).toEqual({ fault: 'has no constructor.name' });
    expect(readId({}, '__proto__')).toEqual({ fault: 'has no __proto__' });
  });
});

describe('the shape of a source', () => {
  it('names every field that its items answer, those that must be there, and those that are HTML', () => {
    const source: SourceDeclaration = {
      type: 'file',
      name: 'products',
      path: 'p.csv',
      key: 'sku',
      fields: RULES,
      required: ['title', 'url'],
    };
    expect(shapeOf(source)).toEqual({
      fields: Object.keys(contentOf(ROW, null).values),
      required: ['title', 'url'],
      html: ['body'],
    });
  });
});

describe('the names that a field answers', () => {
  it.each<[string, FieldRule, string[]]>([
    ['a text', { name: 'title', from: 't', type: 'text', max: null }, ['title']],
    ['a number', { name: 'price', from: 'p', type: 'number', currency: null }, ['price']],
    ['a price', { name: 'price', from: 'p', type: 'number', currency: 'USD' }, ['price', 'price_text']],
    ['a date', { name: 'until', from: 'u', type: 'date', style: null }, ['until']],
    [
      'a date to display',
      { name: 'until', from: 'u', type: 'date', style: 'short' },
      ['until', 'until_text'],
    ],
  ])('are, for %s, its own and that of its display form', (_case, rule, names) => {
    expect(fieldNames(rule)).toEqual(names);
  });
});
