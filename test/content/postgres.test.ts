import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createItemReader, createLocalizer } from '../../src/content/item.ts';
import type { FieldRule } from '../../src/domain/content-source.ts';
import {
  type OpenRows,
  openRows,
  type Postgres,
  postgresFolder,
  startPostgres,
} from '../support/postgres.ts';

const PRODUCTS = 'select * from product where sku = any($1)';
type Nameless<Rule> = Rule extends FieldRule ? Omit<Rule, 'name' | 'max'> : never;

/** Gives back what it is asked for. */
const ECHO = 'select id as sku from unnest($1) as id';

describe.skipIf(postgresFolder() === null)('rows of a PostgreSQL', () => {
  let postgres: Postgres;
  const opened: OpenRows[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
    await postgres.sql(`
      create table product (sku text primary key, name text not null, link text, price numeric(10, 2));
      insert into product
        select 'p' || n, 'Product ' || n, 'https://shop.example/p' || n, n + 0.99
        from generate_series(1, 200) as n`);
  });
  afterAll(() => postgres.remove());
  afterEach(async () => {
    vi.unstubAllEnvs();
    await Promise.all(opened.splice(0).map(({ close }) => close()));
  });

  const open = async (query: string, options: Parameters<typeof openRows>[2] = {}): Promise<OpenRows> => {
    const rows = await openRows(postgres.url, query, options);
    opened.push(rows);
    return rows;
  };

  describe('that it has', () => {
    it('are those of the ids asked for, without those it does not have', async () => {
      const { ask } = await open(`${PRODUCTS} order by sku`);
      expect(await ask('p7', 'none', 'p3', 'P3', ' p3')).toEqual([
        { sku: 'p3', name: 'Product 3', link: 'https://shop.example/p3', price: '3.99' },
        { sku: 'p7', name: 'Product 7', link: 'https://shop.example/p7', price: '7.99' },
      ]);
      expect(await ask('none')).toEqual([]);
    });

    it('are a hundred at once', async () => {
      const { ask } = await open(PRODUCTS);
      const ids = Array.from({ length: 100 }, (_, index) => `p${index + 51}`);
      const rows = await ask(...ids);
      expect(new Set(rows.map(({ sku }) => sku))).toEqual(new Set(ids));
    });

    it('come over a Unix socket too', async () => {
      const url = postgres.url.replace('127.0.0.1', encodeURIComponent(postgres.socketFolder));
      const rows = await openRows(url, PRODUCTS);
      opened.push(rows);
      expect(await rows.ask('p1')).toHaveLength(1);
    });

    it('are asked for with the locale where the query names it', async () => {
      const { fetchRows } = await open('select id as sku, $2 as locale from unnest($1) as id');
      const { signal } = new AbortController();
      expect(await fetchRows(['a'], 'de-AT', signal)).toEqual([{ sku: 'a', locale: 'de-AT' }]);
      expect(await fetchRows(['a'], null, signal)).toEqual([{ sku: 'a', locale: null }]);
    });

    it('may be of a query that only seems to name the locale', async () => {
      const { ask } = await open(`select id as sku, '$2' as price /* $2 */ from unnest($1) as id -- $2`);
      expect(await ask('a')).toEqual([{ sku: 'a', price: '$2' }]);
    });

    it('are not asked for without an id', async () => {
      const { ask } = await openRows('postgres://anna@127.0.0.1:1/none', PRODUCTS);
      expect(await ask()).toEqual([]);
      expect(await ask('\0')).toEqual([]);
    });

    it('name the service to the server', async () => {
      const { ask } = await open(`select 'a' as sku, current_setting('application_name') as name`);
      expect(await ask('a')).toEqual([{ sku: 'a', name: 'inlay' }]);
    });
  });

  describe('whose ids are odd', () => {
    const odd = fc.string({ unit: 'binary', maxLength: 40 });
    const sql = fc.constantFrom(
      `'); drop table product; --`,
      `' or ''='`,
      '"},{"',
      '{a,b}',
      '\\',
      `\\'`,
      '$1',
      '$$',
      'NULL',
      'null',
      '',
      ' ',
      '%',
      '_',
      '/*',
      '\n',
      '\ud800',
      '\u2028',
      '😀',
    );
    const ids = fc.uniqueArray(
      fc.oneof(
        odd,
        sql,
        fc.tuple(sql, odd).map(([one, other]) => one + other),
      ),
      {
        minLength: 1,
        maxLength: 20,
      },
    );

    it('are given back as they are, and are never SQL', async () => {
      const { ask } = await open(ECHO);
      await fc.assert(
        fc.asyncProperty(ids, async (some) => {
          const rows = await ask(...some);
          // PostgreSQL has no zero character, and UTF-8 no half of a pair.
          const possible = some.filter((id) => !id.includes('\0')).map((id) => id.toWellFormed());
          expect(rows.map(({ sku }) => sku)).toEqual(possible);
        }),
        { numRuns: 300 },
      );
      expect(await postgres.sql('select count(*)::int from product')).toEqual([{ count: 200 }]);
    });

    it('do not stop the others', async () => {
      const { ask } = await open(PRODUCTS);
      expect(await ask('a\0b', `p1'; drop table product; --`, 'p1')).toHaveLength(1);
    });
  });

  describe('read as fields', () => {
    const read = async (columns: string, rules: readonly Nameless<FieldRule>[]) => {
      const { ask } = await open(`select 'a' as sku, ${columns}`);
      const [row = {}] = await ask('a');
      const fields = rules.map((rule) => ({ name: String(rule.from), max: null, ...rule }) as FieldRule);
      return createLocalizer(fields)(createItemReader(fields)('a', row), 'en-US').values;
    };

    it('have numbers of every kind', async () => {
      const columns = `1.50::numeric as n, 9007199254740991::int8 as i, 0.1::float8 as f, 3::int2 as s, 'NaN'::numeric as x`;
      const rules = ['n', 'i', 'f', 's', 'x'].map(
        (from) => ({ from, type: 'number', currency: null }) as const,
      );
      expect(await read(columns, rules)).toEqual({ n: 1.5, i: 9007199254740991, f: 0.1, s: 3, x: null });
    });

    it('have prices with their display form', async () => {
      expect(await read('1234.5::numeric as p', [{ from: 'p', type: 'number', currency: 'USD' }])).toEqual({
        p: 1234.5,
        p_text: '$1,234.50',
      });
    });

    it('have days as they are written, and moments without a zone in UTC, wherever server and service are', async () => {
      vi.stubEnv('TZ', 'Asia/Kolkata');
      expect(new Date(0).getHours()).toBe(5);
      await postgres.sql(`
        alter database postgres set timezone = 'America/Los_Angeles';
        alter database postgres set datestyle = 'German'`);
      const columns = `
        date '2026-11-27' as day, timestamptz '2026-11-27 23:30:00+01' as moment,
        timestamp '2026-11-27 09:00:00.5' as bare, timestamptz 'infinity' as never, date 'infinity' as end,
        array[date '2026-01-02'] as days, array[timestamp '2026-01-02 03:04:05'] as bares`;
      const from = ['day', 'moment', 'bare', 'never', 'end', 'days.0', 'bares.0'];
      expect(
        await read(
          columns,
          from.map((name) => ({ from: name, type: 'date', style: null })),
        ),
      ).toEqual({
        day: '2026-11-27',
        moment: '2026-11-27T22:30:00.000Z',
        bare: '2026-11-27T09:00:00.500Z',
        never: null,
        end: null,
        'days.0': '2026-01-02',
        'bares.0': '2026-01-02T03:04:05.000Z',
      });
    });

    it('have booleans, and null for what is not there', async () => {
      const columns = `true as yes, false as no, null::boolean as unknown, 'in stock' as word`;
      const rules = ['yes', 'no', 'unknown', 'word'].map((from) => ({ from, type: 'boolean' }) as const);
      expect(await read(columns, rules)).toEqual({ yes: true, no: false, unknown: null, word: true });
    });

    it('have paths into JSON, arrays and text of other kinds', async () => {
      const columns = `
        '{"title": {"de": "Schuh", "en": "Shoe"}, "tags": ["new"]}'::jsonb as data, '{"a": 1}'::json as more,
        array['x', 'y'] as list, 'c0ffee00-0000-4000-8000-000000000000'::uuid as id, 'plain' as "a.b"`;
      const from = ['data.title.de', 'data.tags.0', 'more.a', 'list.1', 'id', 'a.b', 'data.none.of.it'];
      expect(
        await read(
          columns,
          from.map((name) => ({ from: name, type: 'text' })),
        ),
      ).toEqual({
        'data.title.de': 'Schuh',
        'data.tags.0': 'new',
        'more.a': '1',
        'list.1': 'y',
        id: 'c0ffee00-0000-4000-8000-000000000000',
        'a.b': 'plain',
        'data.none.of.it': null,
      });
    });
  });

  describe('of a query that cannot be answered', () => {
    const CAST = 'it failed over a value, such as an id that is not of the type it is cast to';
    it.each([
      [
        'select sku, prize from product where sku = any($1)',
        'column "prize" does not exist. Perhaps you meant to reference the column "product.price". (42703)',
      ],
      ['select * from nothing where sku = any($1)', 'relation "nothing" does not exist (42P01)'],
      ['selec sku', 'syntax error at or near "selec" (42601)'],
      [
        'select * from product where price = any($1)',
        'operator does not exist: numeric = text. No operator matches the given name and argument types. You might need to add explicit type casts. (42883)',
      ],
      ['select $3::text', 'it has other parameters than $1 and $2 (08P01)'],
      ['select * from product where price = any($1::int[])', `${CAST} (22P02)`],
      ['select (name || $1[1])::date from product', `${CAST} (22007)`],
      ['select pg_read_file($1[1])', 'it failed (58P01)'],
    ])('it says why, without any id or value: %s', async (query, message) => {
      const { failureOf } = await open(query);
      expect(await failureOf('secret-id', 'other')).toMatchObject({
        failure: 'query',
        message: `refused the query: ${message}`,
      });
    });

    it('what a function says is kept to itself, for it may quote data', async () => {
      await postgres.sql(`create or replace function fail() returns text language plpgsql as
        $$ begin raise exception 'the card of Anna is %', 4711; end $$`);
      const { failureOf } = await open('select fail()');
      expect((await failureOf('a')).message).toBe('refused the query: it failed (P0001)');
    });

    it('the connection is used again', async () => {
      const { ask, failureOf } = await open(
        `select id as sku, pg_backend_pid() as pid, 1 / (case id when 'bad' then 0 else 1 end) from unnest($1) as id`,
      );
      const [before] = await ask('a');
      expect((await failureOf('bad')).message).toContain('(22012)');
      expect(await ask('a')).toEqual([before]);
    });
  });

  describe('beyond all measure', () => {
    it.each([
      ['a query without the ids', `select * from product where $1 is not null`, ['p1']],
      ['a query without end', 'select generate_series(1, 1000000000000) as sku', ['p1', 'p2']],
      [
        'over four megabytes of text',
        `select repeat('x', 1000000) as sku from generate_series(1, 5)`,
        ['p1'],
      ],
      ['a single value', `select repeat('x', 30000000) as sku`, ['p1']],
    ])('are refused: %s', async (_what, query, ids) => {
      const { failureOf } = await open(query);
      expect((await failureOf(...ids)).failure).toBe('too_large');
    });

    it('leave the pool as it was', async () => {
      const { ask, failureOf } = await open(
        `select 'a' as sku, generate_series(1, case $1[1] when 'many' then 1000000000 else 1 end) as n`,
      );
      const failures = await Promise.all(Array.from({ length: 9 }, () => failureOf('many')));
      expect(failures.map(({ failure }) => failure)).toEqual(Array(9).fill('too_large'));
      expect(await ask('one')).toEqual([{ sku: 'a', n: 1 }]);
    });

    it('are not ten rows an id, or nearly four megabytes', async () => {
      const { ask } = await open(`select repeat('x', 390000) as sku from generate_series(1, 10)`);
      expect(await ask('a')).toHaveLength(10);
    });
  });

  it('a process ends when the source is closed, though connections were idle', async () => {
    const module = resolve(import.meta.dirname, '../../src/content/postgres.ts');
    const program = `
      import { openPostgresRows } from ${JSON.stringify(module)};
      const declaration = { name: 'stock', url: process.env.URL, query: ${JSON.stringify(ECHO)}, timeoutMs: 5000 };
      const { fetchRows, close } = await openPostgresRows(declaration);
      const ask = () => fetchRows(['a'], null, AbortSignal.timeout(10000));
      console.log((await Promise.all([ask(), ask(), ask()])).length);
      await close();
      await close();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, URL: postgres.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const startedAt = performance.now();
    const said = child.stdout.setEncoding('utf8').toArray();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await said).toEqual(['3\n']);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });
});
