import fc from 'fast-check';
import { Agent } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { createHttpRows } from '../../src/content/http.ts';
import type { HttpDeclaration } from '../../src/domain/content-source.ts';
import { json, type Seen, startContentServer } from '../fixtures/cms/server.ts';

const DECLARATION: HttpDeclaration = {
  ...{ name: 'products', type: 'http', method: 'POST', headers: {}, body: null, ids: 'list' },
  ...{
    url: 'http://127.0.0.1',
    rows: null,
    key: 'id',
    paging: null,
    resolve: null,
    fields: [],
    required: [],
  },
  ...{ batch: 100, timeoutMs: 500, freshMs: 0, staleMs: 0, staleIfErrorMs: 0, missingMs: 0 },
};

const RUNS = { numRuns: 200 };

/** What has a meaning somewhere between us and a database. */
const NASTY = [
  ...[
    '..',
    '.',
    '../x',
    '..\\x',
    '%2e%2e%2f',
    '/',
    '//evil.example/',
    'http://evil.example/',
    '@evil.example',
  ],
  ...['a&b=c', 'a;b', '?x=1', '#x', '%', '%00', '%26', '\0', ' ', '+', 'a,b', ',', '\r\nHost: evil.example'],
  ...[
    '"',
    '\\',
    '"],"x":["',
    "' or 1=1 --",
    '{ids}',
    '{locale}',
    '$&',
    '__proto__',
    '\u2028',
    '\ud800',
    '💡',
  ],
];

const id = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.array(fc.constantFrom(...NASTY, 'a'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 8 })
    .map((units) => String.fromCharCode(...units)),
);
const ids = fc.array(id, { minLength: 1, maxLength: 5 });
const locale = fc.option(id);

/** Asks for such ids, and hands what arrived at a real server to `check`. */
async function fuzz(
  url: string,
  rest: Partial<HttpDeclaration>,
  check: (seen: Seen | undefined, ids: readonly string[], locale: string | null) => void,
): Promise<void> {
  const server = await startContentServer(json([]));
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const fetchRows = createHttpRows({ ...DECLARATION, ...rest, url: server.origin + url }, agent);
  let count = 0;
  const property = fc.asyncProperty(ids, locale, async (ids, locale) => {
    await fetchRows(ids, locale, AbortSignal.timeout(5_000));
    const seen = server.seen.slice(count);
    count = server.seen.length;
    expect(seen.length).toBeLessThanOrEqual(1);
    check(seen[0], ids, locale);
  });
  await fc.assert(property, RUNS);
}

/** In UTF-8 half a surrogate pair is a replacement character. */
const sent = (values: readonly string[]) => values.map((value) => value.toWellFormed());

it('an id in a list is one of its entries and nothing else', async () => {
  await fuzz('/v1/items?first=1&ids={ids}&lang={locale}&last=2', {}, (seen, ids, locale) => {
    expect(seen?.path).toBe('/v1/items');
    expect([...(seen?.parameters.keys() ?? [])]).toEqual(['first', 'ids', 'lang', 'last']);
    const list = /&ids=([^&]*)&/.exec(seen?.target ?? '')?.[1]?.split(',') ?? [];
    expect(list.map(decodeURIComponent)).toEqual(sent(ids));
    expect(seen?.parameters.get('lang')).toBe((locale ?? '').toWellFormed());
    expect(seen?.parameters.get('last')).toBe('2');
  });
});

it('an id in a repeated parameter is one value of it and nothing else', async () => {
  const url = '/v1/items?first=1&filters[sku][$in]={ids}&last=2';
  await fuzz(url, { ids: 'repeated' }, (seen, ids) => {
    expect(seen?.path).toBe('/v1/items');
    expect(new Set(seen?.parameters.keys())).toEqual(new Set(['first', 'filters[sku][$in]', 'last']));
    expect(seen?.parameters.getAll('filters[sku][$in]')).toEqual(sent(ids));
  });
});

it('an id in a JSON parameter is one text of the array and nothing else', async () => {
  await fuzz('/v1/items?query=x&$ids={ids}', { ids: 'json' }, (seen, ids) => {
    expect(seen?.path).toBe('/v1/items');
    expect([...(seen?.parameters.keys() ?? [])]).toEqual(['query', '$ids']);
    expect(JSON.parse(seen?.parameters.get('$ids') ?? '')).toEqual(ids);
  });
});

it('an id in a body is one text of the array and nothing else', async () => {
  const body = { query: '{ nodes(ids: $ids) {ids} }', variables: { ids: '{ids}', lang: '{locale}' } };
  await fuzz('/graphql', { body }, (seen, ids, locale) => {
    expect(seen?.target).toBe('/graphql');
    expect(JSON.parse(seen?.body ?? '')).toEqual({ query: body.query, variables: { ids, lang: locale } });
  });
});

it('an id in the path stays in its segment, or is not asked for', async () => {
  await fuzz('/v1/{locale}/{ids}/items?first=1', {}, (seen, ids, locale) => {
    const leadsOut = (value: string) => /(^|[\\/])\.\.?($|[\\/])/.test(value);
    const asked = sent(ids.filter((id) => !leadsOut(id)));
    if (asked.length === 0) return expect(seen).toBeUndefined();
    const [, first, language = '', list = '', ...rest] = seen?.target.split('/') ?? [];
    expect([first, ...rest]).toEqual(['v1', 'items?first=1']);
    expect(list.split(',').map(decodeURIComponent)).toEqual(asked);
    expect(decodeURIComponent(language)).toBe(leadsOut(locale ?? '') ? '' : (locale ?? '').toWellFormed());
    // Even for a server that decodes before it splits, nothing leads up.
    expect(leadsOut(decodeURIComponent(seen?.target.split('?')[0] ?? ''))).toBe(false);
  });
});
