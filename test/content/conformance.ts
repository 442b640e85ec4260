import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContentSource } from '../../src/content/source.ts';
import { Deadline } from '../../src/deadline.ts';
import { type Content, isComplete, type NoContent } from '../../src/domain/content.ts';
import type { FieldRule, SourceDeclaration } from '../../src/domain/content-source.ts';

/** What the source is declared with, whatever its type. */
export const DECLARED = {
  name: 'products',
  key: 'sku',
  fields: [
    { name: 'title', type: 'text', from: { default: 'name', de: 'name_de', 'de-AT': 'name_at' }, max: null },
    { name: 'teaser', type: 'text', from: 'name', max: 12 },
    { name: 'body', type: 'html', from: 'body' },
    { name: 'url', type: 'url', from: 'link', base: null },
    { name: 'app_link', type: 'link', from: 'app', schemes: ['https', 'myapp'] },
    { name: 'image_url', type: 'image', from: 'image', base: 'https://images.example.com' },
    { name: 'price', type: 'number', from: 'price', currency: 'EUR' },
    { name: 'published', type: 'date', from: 'published', style: 'long' },
    { name: 'available', type: 'boolean', from: 'stock' },
  ],
  required: ['title', 'url'],
} as const satisfies Pick<SourceDeclaration, 'name' | 'key' | 'fields' | 'required'> & {
  readonly fields: readonly FieldRule[];
};

/** Columns as every type of source can have them: text, or nothing. */
export type TextRow = Readonly<Record<Column, string | null>>;
export const COLUMNS = [
  ...['sku', 'name', 'name_de', 'name_at', 'body', 'link', 'app'],
  ...['image', 'price', 'published', 'stock'],
] as const;
type Column = (typeof COLUMNS)[number];

const EMPTY = Object.fromEntries(COLUMNS.map((column) => [column, null])) as TextRow;

function row(sku: string, change: Readonly<Record<string, string | null>> = {}): TextRow {
  return { ...EMPTY, sku, name: `All about ${sku}`, link: `https://www.example.com/${sku}`, ...change };
}

const SHOE = row('shoe', {
  name: 'A shoe & more',
  name_de: 'Ein Schuh',
  body: '<p>Of <b>leather</b></p>',
  app: 'myapp://items/shoe',
  image: '/shoe.jpg',
  price: '1234.5',
  published: '2026-11-27',
  stock: 'yes',
});

const HOSTILE = row('hostile', {
  name: '<script>alert(1)</script>Sale {{ 7 | times: 7 }} <img src=x onerror=alert(2)>',
  body: '<p onclick="alert(3)">Now<script>alert(4)</script></p>{% assign x = 1 %}',
  link: `https://www.example.com/{{x}}?q="><script>`,
  app: 'javascript:alert(5)',
  image: 'http://images.example.com/plain.jpg',
  price: '12,50 €',
  published: '2026-02-30',
  stock: 'perhaps',
});

/** Items that cannot be shown. */
const INCOMPLETE = [
  row('no-title', { name: null }),
  row('blank-title', { name: ' <p>&nbsp;</p> ' }),
  row('no-link', { link: null }),
  row('relative-link', { link: '/shoe' }),
  row('script-link', { link: 'javascript:alert(1)' }),
];

/** Ids that are words of a language, a format or a protocol, and ids of items. */
const ODD = [
  '__proto__',
  'constructor',
  '101',
  '{ids}',
  "a' or ''='",
  'a,b',
  'a/b?c=d&e#f',
  '%2e%2e',
  '日本 👟',
  'null',
];

const PLAIN = Array.from({ length: 80 }, (_, index) => `plain-${index}`);

const ROWS: readonly TextRow[] = [
  SHOE,
  row('SHOE', { name: 'Another shoe' }),
  HOSTILE,
  row('shoe', { name: 'The shoe again' }),
  ...INCOMPLETE,
  ...[...ODD, ...PLAIN].map((id) => row(id)),
];
const COMPLETE = ['shoe', 'SHOE', 'hostile', ...ODD, ...PLAIN];

/** No source has these. */
const NOBODY = [
  ...[
    '',
    ' ',
    ' shoe',
    'shoe ',
    'Shoe',
    'shoe\n',
    'sho',
    'sku',
    'shoe\0',
    '*',
    '%',
    '_',
    '..',
    '../shoe',
    'a',
    'b',
  ],
  ...[
    'plain-0,plain-1',
    "'; drop table products; --",
    '\ud800',
    'x'.repeat(256),
    'x'.repeat(5_000),
    'toString',
  ],
];

const MUCH_TOO_LATE_MS = 10_000;

/** What every content source does, whatever lies behind it. `open` gives one with these rows. */
export function describeContentSource(
  name: string,
  open: (rows: readonly TextRow[]) => Promise<ContentSource>,
): void {
  describe(`${name}: a content source`, () => {
    let source: ContentSource;
    beforeAll(async () => {
      source = await open(ROWS);
    });
    afterAll(() => source.close());

    const find = async (ids: readonly string[], locale: string | null = null) =>
      await source.find(ids, locale, new Deadline(MUCH_TOO_LATE_MS));
    const findOne = async (id: string, locale: string | null = null): Promise<Content | NoContent> =>
      (await find([id], locale)).get(id);
    const valuesOf = async (id: string, locale: string | null = null): Promise<Content['values']> => {
      const found = await findOne(id, locale);
      if (typeof found === 'string') throw new Error(`${id}: ${found}`);
      return found.values;
    };
    const idsOf = async (ids: readonly string[]) => {
      const contents = await find(ids);
      return ids.map((id) => {
        const found = contents.get(id);
        return typeof found === 'string' ? found : found.id;
      });
    };

    it('says which fields its items have, which they need, and which are HTML', () => {
      expect(source.name).toBe('products');
      expect(source.shape).toEqual({
        fields: [
          ...['title', 'teaser', 'body', 'url', 'app_link', 'image_url', 'price', 'price_text'],
          ...['published', 'published_text', 'available'],
        ],
        required: ['title', 'url'],
        html: ['body'],
      });
      expect([...source.schemes].sort()).toEqual(['http', 'https', 'myapp']);
    });

    describe('ids', () => {
      it('are joined to their own item, whatever the order', async () => {
        expect(await idsOf([...PLAIN].reverse())).toEqual([...PLAIN].reverse());
        expect(await idsOf(['plain-3', 'plain-1', 'plain-3'])).toEqual(['plain-3', 'plain-1', 'plain-3']);
      });

      it('differ by every character', async () => {
        expect([(await valuesOf('shoe')).title, (await valuesOf('SHOE')).title]).toEqual([
          'A shoe & more',
          'Another shoe',
        ]);
      });

      it.each(ODD)('may be odd: %j', async (id) => {
        expect(await idsOf([id])).toEqual([id]);
      });

      it.each(NOBODY.map((id) => [id.slice(0, 30), id]))(
        'that it does not have are not found: %j',
        async (_id, id) => {
          expect(await idsOf(['shoe', id, 'plain-1'])).toEqual(['shoe', 'not_found', 'plain-1']);
          expect(await idsOf([id])).toEqual(['not_found']);
        },
      );

      it('may be none', async () => {
        await expect(find([])).resolves.toBeDefined();
      });

      it('of several rows are the first one\u2019s', async () => {
        expect((await valuesOf('shoe')).title).toBe('A shoe & more');
      });

      it('that are there are found among any others, and none else', async () => {
        const some = fc.oneof(
          fc.constantFrom(...COMPLETE),
          fc.constantFrom(...NOBODY),
          fc.string({ unit: 'binary' }),
        );
        const known = new Set([...COMPLETE, ...INCOMPLETE.map(({ sku }) => sku)]);
        await fc.assert(
          fc.asyncProperty(fc.array(some, { maxLength: 20 }), async (ids) => {
            expect(await idsOf(ids)).toEqual(ids.map((id) => (known.has(id) ? id : 'not_found')));
          }),
          { numRuns: 100 },
        );
      });
    });

    describe('values', () => {
      it('are cleaned, and have their display forms', async () => {
        expect(await valuesOf('shoe')).toEqual({
          title: 'A shoe & more',
          teaser: 'A shoe &…',
          body: '<p>Of <b>leather</b></p>',
          url: 'https://www.example.com/shoe',
          app_link: 'myapp://items/shoe',
          image_url: 'https://images.example.com/shoe.jpg',
          price: 1234.5,
          price_text: '€1,234.50',
          published: '2026-11-27',
          published_text: 'November 27, 2026',
          available: true,
        });
      });

      it('that are absent are null, each of them there', async () => {
        const { title, teaser, url, ...others } = await valuesOf('plain-0');
        expect([title, url, teaser]).toEqual([
          'All about plain-0',
          'https://www.example.com/plain-0',
          'All about…',
        ]);
        expect(Object.keys(others)).toEqual(
          source.shape.fields.filter((field) => !/^(title|teaser|url)$/.test(field)),
        );
        expect(new Set(Object.values(others))).toEqual(new Set([null]));
      });

      it('that mean harm are inert, and those that cannot be read are absent', async () => {
        const { title, teaser, body, url, ...others } = await valuesOf('hostile');
        const all = [title, teaser, body, url].join(' ');
        expect(all).not.toMatch(/<script|onerror|onclick|\{\{|\{%|"|alert/);
        expect([title, body].join()).toMatch(/Sale.*Now/);
        expect(new Set(Object.values(others))).toEqual(new Set([null]));
      });

      it.each(INCOMPLETE.map(({ sku }) => sku))('may lack what is required (%s)', async (id) => {
        const found = await findOne(String(id));
        if (typeof found === 'string') throw new Error(`${id}: ${found}`);
        expect(isComplete(found, source.shape)).toBe(false);
      });
    });

    describe('in a locale', () => {
      it.each([
        [null, 'A shoe & more'],
        ['fr', 'A shoe & more'],
        ['de', 'Ein Schuh'],
        ['de-CH', 'Ein Schuh'],
        ['de-AT', 'Ein Schuh'],
        ['constructor', 'A shoe & more'],
      ])('%s texts are the nearest there are', async (locale, title) => {
        expect((await valuesOf('shoe', locale)).title).toBe(title);
      });

      it('prices and dates are written as is usual there', async () => {
        const { price_text, published_text, price, published } = await valuesOf('shoe', 'de');
        expect([price_text, published_text]).toEqual(['1.234,50\u00a0€', '27. November 2026']);
        expect([price, published]).toEqual([1234.5, '2026-11-27']);
      });

      it('without any text of its own an item is complete as in no locale', async () => {
        const found = await findOne('plain-0', 'de');
        expect(typeof found !== 'string' && isComplete(found, source.shape)).toBe(true);
      });
    });

    it('gives the same content again as long as it is the same, so that it is prepared but once', async () => {
      for (const locale of [null, 'de', 'fr']) {
        const [one, other] = [await findOne('shoe', locale), await findOne('shoe', locale)];
        expect(one).toBe(other);
      }
      expect(await findOne('shoe')).not.toBe(await findOne('shoe', 'de'));
    });

    it('has nothing to wait for once an item is known', async () => {
      await find(['shoe', 'nobody']);
      expect(source.find(['shoe', 'nobody'], null, new Deadline(0))).not.toBeInstanceOf(Promise);
    });

    it('tells which items it has, if it can, and lists complete ones alone', async () => {
      const ids = [...COMPLETE, ...INCOMPLETE.map(({ sku }) => String(sku)), ...NOBODY];
      for (const id of ids) expect([null, COMPLETE.includes(id)]).toContain(source.has(id));
      const canTell = source.has('shoe') !== null;
      expect(new Set(source.someIds)).toEqual(new Set(canTell ? COMPLETE : []));
      expect(source.someIds.slice(0, 3)).toEqual(canTell ? ['shoe', 'SHOE', 'hostile'] : []);
    });

    it('never rejects, not even when it is closed, which may be said twice', async () => {
      const other = await open([SHOE]);
      await other.close();
      await other.close();
      const contents = await other.find(['shoe', 'nobody'], 'de', new Deadline(MUCH_TOO_LATE_MS));
      for (const id of ['shoe', 'nobody']) expect(() => contents.get(id)).not.toThrow();
    });

    it('is in time, whatever it has by then', async () => {
      const other = await open([SHOE]);
      const startedAt = performance.now();
      const contents = await other.find(['shoe'], null, new Deadline(0));
      expect(performance.now() - startedAt).toBeLessThan(MUCH_TOO_LATE_MS / 10);
      expect(() => contents.get('shoe')).not.toThrow();
      await other.close();
    });
  });
}
