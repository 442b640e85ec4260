import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpRows } from '../../src/content/http.ts';
import { createItemReader, createLocalizer, readId } from '../../src/content/item.ts';
import type { Content } from '../../src/domain/content.ts';
import { expectedValues, strapiSource } from './declaration.ts';
import { AWKWARD_SKUS, PRODUCTS, WITH_COVER, WITHOUT_LINK } from './products.ts';
import { type Strapi, startStrapi } from './strapi.ts';

type Reply = {
  readonly data: readonly { readonly sku: string; readonly cover?: { readonly url: string } | null }[];
  readonly meta: { readonly pagination: { readonly pageSize: number; readonly total: number } };
};

const published = PRODUCTS.filter(({ isDraft }) => !isDraft).map(({ sku }) => sku);
const drafts = PRODUCTS.filter(({ isDraft }) => isDraft).map(({ sku }) => sku);

let strapi: Strapi;

beforeAll(async () => {
  strapi = await startStrapi(PRODUCTS);
  console.log(transcript(strapi));
});

afterAll(() => strapi?.close());

function transcript({ versions, installMs, startMs, fillMs }: Strapi): string {
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  return [
    `node ${versions.node}, strapi ${versions.strapi}, better-sqlite3 ${versions.sqlite}`,
    `install ${installMs === null ? 'kept from an earlier run' : seconds(installMs)}`,
    `start ${seconds(startMs)}`,
    `fill ${seconds(fillMs)}: ${PRODUCTS.length} products, of which ${drafts.length} are drafts`,
  ].join('\n');
}

function get(query: string, authorization: string | null = `Bearer ${strapi.token}`): Promise<Response> {
  return fetch(`${strapi.url}/api/products?${query}`, { headers: authorization ? { authorization } : {} });
}

async function ask(skus: readonly string[], more: string): Promise<Reply> {
  const filters = skus.map((sku) => `filters[sku][$in]=${encodeURIComponent(sku)}`);
  const response = await get([...filters, more].join('&'));
  expect(response.status).toBe(200);
  return (await response.json()) as Reply;
}

const skusOf = ({ data }: Reply): string[] => data.map(({ sku }) => sku);

describe('the API of a Strapi', () => {
  it('answers in the order of its rows, not of the ids asked for', async () => {
    const asked = published.slice(0, 10).toReversed();
    expect(skusOf(await ask(asked, ''))).toEqual(published.slice(0, 10));
  });

  it('leaves out what it does not have or has not published, and does not say so', async () => {
    const [known = '', draft = ''] = [published[0], drafts[0]];
    expect(skusOf(await ask(['gone', known, draft], ''))).toEqual([known]);
  });

  it('answers 25 rows where no page size is asked for, and no more than 100 where one is', async () => {
    const unasked = await ask(published, '');
    expect(unasked.data).toHaveLength(25);
    expect(unasked.meta.pagination).toMatchObject({ pageSize: 25, total: published.length });
    expect((await ask(published, 'pagination[pageSize]=100')).data).toHaveLength(published.length);
    expect((await ask(published, 'pagination[pageSize]=1000')).meta.pagination.pageSize).toBe(100);
  });

  it('gives media only when asked to, with a URL that is relative', async () => {
    expect((await ask([WITH_COVER], '')).data[0]).not.toHaveProperty('cover');
    const [row] = (await ask([WITH_COVER], 'populate=cover')).data;
    expect(row?.cover?.url).toMatch(/^\/uploads\/cover_\w+\.png$/);
    expect((await fetch(`${strapi.url}${row?.cover?.url}`)).status).toBe(200);
  });

  it('knows ids with any character once they are encoded', async () => {
    const reply = await ask(AWKWARD_SKUS, '');
    expect(skusOf(reply).toSorted()).toEqual(AWKWARD_SKUS.toSorted());
  });

  it('reads up to 100 ids, and with one more drops the filter without a word', async () => {
    const unknown = Array.from({ length: 100 }, (_, index) => `unknown-${index}`);
    expect(skusOf(await ask([...unknown.slice(1), WITHOUT_LINK], ''))).toEqual([WITHOUT_LINK]);
    const tooMany = await ask([...unknown, WITHOUT_LINK], '');
    expect(tooMany.meta.pagination.total).toBe(published.length);
  });

  it('refuses who has no token, or one that it does not know', async () => {
    expect((await get('', null)).status).toBe(403);
    expect((await get('', 'Bearer unknown')).status).toBe(401);
  });

  it('lets this token read and nothing else', async () => {
    const response = await fetch(`${strapi.url}/api/products`, {
      method: 'POST',
      headers: { authorization: `Bearer ${strapi.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ data: { sku: 'new', name: 'New' } }),
    });
    expect(response.status).toBe(403);
  });
});

describe('the join with a Strapi', () => {
  const dispatcher = new Agent();
  afterAll(() => dispatcher.close());

  // 33 that are there, among them one without a link and one with a cover, 3 drafts, and 4 that nobody ever had.
  const there = [...AWKWARD_SKUS, WITH_COVER, WITHOUT_LINK, ...published.filter(isPlain).slice(0, 24)];
  const missing = [...drafts.slice(0, 3), 'gone-1', 'gone-2', 'größe 43', 'one'];
  const asked = shuffle([...there, ...missing]);

  async function join(changes: Parameters<typeof strapiSource>[1], locale: string | null) {
    const declaration = strapiSource(strapi, changes);
    const readItem = createItemReader(declaration.fields);
    const localize = createLocalizer(declaration.fields);
    const fetchRows = createHttpRows(declaration, dispatcher);
    const found = new Map<string, Content>();
    for (const row of await fetchRows(asked, locale, AbortSignal.timeout(10_000))) {
      const read = readId(row, declaration.key);
      if ('fault' in read) throw new Error(`A row ${read.fault}`);
      expect(found.has(read.id)).toBe(false);
      found.set(read.id, localize(readItem(read.id, row), locale));
    }
    return asked.map((id) => found.get(id) ?? null);
  }

  const expected = (locale: 'en' | 'de'): (Content | null)[] =>
    asked.map((id) => {
      const product = PRODUCTS.find(({ sku, isDraft }) => sku === id && !isDraft);
      return product ? { id, values: expectedValues(product, locale) } : null;
    });

  it('asks for 40 ids, of which 33 are there', () => {
    expect(new Set(asked).size).toBe(40);
    expect(expected('en').filter((content) => content === null)).toHaveLength(7);
  });

  it('gives each id its own content, in the order asked for, and none to what is not there', async () => {
    expect(withoutCover(await join({}, null))).toEqual(expected('en'));
  });

  it('in another language takes the fields that have one', async () => {
    expect(withoutCover(await join({}, 'de-DE'))).toEqual(expected('de'));
  });

  it('makes the address of a picture absolute', async () => {
    const joined = await join({}, null);
    const images = joined.map((content) => content?.values.image ?? null).filter((image) => image !== null);
    expect(images).toEqual([expect.stringMatching(/^https:\/\/media\.example\/uploads\/cover_\w+\.png$/)]);
  });

  it('goes through pages of 25 where the address asks for no larger ones', async () => {
    const paging = { parameter: 'pagination[page]', pages: 'meta.pagination.pageCount' };
    expect(withoutCover(await join({ pageSize: null, paging }, null))).toEqual(expected('en'));
    const firstPage = await join({ pageSize: null }, null);
    expect(firstPage.filter((content) => content !== null)).toHaveLength(25);
  });

  it('fails as a whole with a token that is not known, and does not tell it', async () => {
    await expect(join({ token: 'no-such-token' }, null)).rejects.toMatchObject({
      name: 'SourceError',
      failure: 'status',
      message: expect.not.stringContaining('no-such-token'),
    });
  });
});

function isPlain(sku: string): boolean {
  return sku.startsWith('P-') && sku !== WITH_COVER && sku !== WITHOUT_LINK;
}

/** Always the same disorder: 17 shares no divisor with 40. */
function shuffle(ids: readonly string[]): string[] {
  return ids.map((_, index) => ids[(index * 17) % ids.length] ?? '');
}

/** Strapi makes up the name of an uploaded file, so it is looked at on its own. */
function withoutCover(contents: readonly (Content | null)[]): (Content | null)[] {
  return contents.map((content) => content && { ...content, values: { ...content.values, image: null } });
}
