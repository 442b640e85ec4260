import { readFileSync } from 'node:fs';
import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttpRows } from '../../src/content/http.ts';
import { createItemReader, createLocalizer, readId } from '../../src/content/item.ts';
import type { Content } from '../../src/domain/content.ts';
import type { FieldRule, HttpDeclaration } from '../../src/domain/content-source.ts';
import { PRESETS } from '../../src/placements/presets.ts';
import { type Answer, type ContentServer, sendJson, startContentServer } from '../fixtures/cms/server.ts';

const DECLARATION: HttpDeclaration = {
  ...{ name: 'products', type: 'http', url: '', method: 'GET', headers: {}, body: null, ids: 'list' },
  ...{ rows: null, key: 'id', paging: null, resolve: null, fields: [], required: [] },
  ...{ batch: 100, timeoutMs: 5_000, freshMs: 0, staleMs: 0, staleIfErrorMs: 0, missingMs: 0 },
};

// biome-ignore lint/suspicious/noExplicitAny: the fixtures are what they are
const fixture = (name: string): any =>
  JSON.parse(readFileSync(new URL(`../fixtures/cms/${name}.json`, import.meta.url), 'utf8'));

type Recipe = Partial<HttpDeclaration> & { readonly fields: readonly FieldRule[] };

/** What such a source says of these ids, by id and as it comes. */
async function ask(
  answer: Answer,
  recipe: Recipe,
  ids: readonly string[],
  locale: string | null = null,
): Promise<{ contents: Content[]; server: ContentServer }> {
  const server = await startContentServer(answer);
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const declaration = { ...DECLARATION, ...recipe, url: server.origin + recipe.url };
  const readItem = createItemReader(declaration.fields);
  const localize = createLocalizer(declaration.fields);

  const rows = await createHttpRows(declaration, agent)(ids, locale, AbortSignal.timeout(5_000));
  const contents = rows.map((row) => {
    const found = readId(row, declaration.key);
    if (!('id' in found)) throw new Error(found.fault);
    return localize(readItem(found.id, row), locale);
  });
  return { contents, server };
}

const text = (name: string, from: FieldRule['from'], max: number | null = null): FieldRule => ({
  ...{ name, from, type: 'text', max },
});
const image = (name: string, from: string, base: string | null = null): FieldRule => ({
  ...{ name, from, type: 'image', base },
});
const url = (name: string, from: string, base: string | null = null): FieldRule => ({
  ...{ name, from, type: 'url', base },
});
const price = (from: string): FieldRule => ({ name: 'price', from, type: 'number', currency: 'USD' });

describe('preset contentful', () => {
  const contentful: Answer = ({ path, parameters }, response) => {
    expect(path).toBe('/spaces/s1/environments/master/entries');
    expect(parameters.get('content_type')).toBe('product');
    const answer = fixture(parameters.get('locale') === '*' ? 'contentful-all-locales' : 'contentful');
    const ids = parameters.get('sys.id[in]')?.split(',');
    const skus = parameters.get('fields.sku[in]')?.split(',');
    const isAsked = ({ sys, fields }: { sys: { id: string }; fields: { sku: string } }) =>
      (!ids || ids.includes(sys.id)) && (!skus || skus.includes(fields.sku));
    const items = answer.items.filter(isAsked).slice(0, Number(parameters.get('limit') ?? 100));
    sendJson(response, { ...answer, total: items.length, items });
  };
  const RECIPE: Recipe = {
    ...PRESETS.contentful,
    url: '/spaces/s1/environments/master/entries?content_type=product&sys.id[in]={ids}&include=1',
    fields: [
      text('title', 'fields.title'),
      text('summary', 'fields.summary', 12),
      text('brand', 'fields.brand.fields.name'),
      url('url', 'fields.slug', 'https://shop.example.com/products/'),
      image('image_url', 'fields.image.fields.file.url'),
      price('fields.price'),
    ],
  };

  it('finds entries by their id, with their pictures and linked entries', async () => {
    const asked = ['tIb8i9uSg9giCeDIWCvi1', 'unpublished', 'gLVzQlb09IeOeU181fwtz'];
    const { contents } = await ask(contentful, RECIPE, asked);
    expect(contents).toEqual([
      {
        id: 'gLVzQlb09IeOeU181fwtz',
        values: {
          ...{ title: 'Blue mug', summary: 'Holds <0.3…', brand: 'Teahouse', image_url: null },
          ...{ url: 'https://shop.example.com/products/blue-mug', price: 12.5, price_text: '$12.50' },
        },
      },
      {
        id: 'tIb8i9uSg9giCeDIWCvi1',
        values: {
          ...{ title: 'Green tea', summary: '100 g, loose', brand: 'Teahouse' },
          image_url: expect.stringMatching(/^https:\/\/images\.ctfassets\.net\/.*\/green_tea\.jpg$/),
          ...{ url: 'https://shop.example.com/products/green-tea', price: 8, price_text: '$8.00' },
        },
      },
    ]);
  });

  it('finds them by a field, where key says which', async () => {
    const path = '/spaces/s1/environments/master/entries?content_type=product&fields.sku[in]={ids}';
    const recipe = { ...RECIPE, key: 'fields.sku', url: path };
    const { contents } = await ask(contentful, recipe, ['tea-green', 'tea-black']);
    expect(contents.map(({ id }) => id)).toEqual(['tea-green']);
  });

  it('has all languages in one answer, where the URL asks for them', async () => {
    const recipe: Recipe = {
      ...RECIPE,
      url: `${RECIPE.url}&locale=*`,
      fields: [
        text('title', { de: 'fields.title.de-DE', default: 'fields.title.en-US' }),
        image('image_url', 'fields.image.en-US.fields.file.en-US.url'),
      ],
    };
    const { contents } = await ask(contentful, recipe, ['tIb8i9uSg9giCeDIWCvi1'], 'de-AT');
    const image_url = expect.stringContaining('https://images.ctfassets.net/');
    expect(contents).toEqual([{ id: 'tIb8i9uSg9giCeDIWCvi1', values: { title: 'Grüner Tee', image_url } }]);
  });
});

describe('preset strapi', () => {
  const [board] = fixture('strapi').data;
  const many = Array.from({ length: 60 }, (_, index) => ({ ...board, documentId: `document-${index}` }));

  /** As Strapi does: 25 a page, a hundred at most, and no picture unless it is asked for. */
  const strapi =
    (documents: readonly Record<string, unknown>[]): Answer =>
    ({ path, parameters }, response) => {
      expect(path).toBe('/api/products');
      const asked = parameters.getAll('filters[documentId][$in]');
      const found = documents.filter(({ documentId }) => asked.includes(String(documentId)));
      const pageSize = Math.min(100, Number(parameters.get('pagination[pageSize]') ?? 25));
      const page = Number(parameters.get('pagination[page]') ?? 1);
      const data = found
        .slice((page - 1) * pageSize, page * pageSize)
        .map(({ cover, ...rest }) => (parameters.get('populate') === 'cover' ? { ...rest, cover } : rest));
      const pageCount = Math.ceil(found.length / pageSize);
      sendJson(response, { data, meta: { pagination: { page, pageSize, pageCount, total: found.length } } });
    };
  const RECIPE: Recipe = {
    ...PRESETS.strapi,
    url: '/api/products?filters[documentId][$in]={ids}&populate=cover&pagination[pageSize]=100',
    fields: [
      text('title', 'title'),
      url('url', 'slug', 'https://shop.example.com/products/'),
      image('image_url', 'cover.url', 'https://cms.example.com'),
      price('price'),
      { name: 'in_stock', from: 'available', type: 'boolean' },
      { name: 'since', from: 'publishedAt', type: 'date', style: null },
    ],
  };

  it('finds documents, in its own order and without those it does not have', async () => {
    const asked = ['cf07g1dbusqr8mzmlbqvlegx', 'gone', 'ethwxjxtvuxl89jq720e38uk'];
    const { contents, server } = await ask(strapi(fixture('strapi').data), RECIPE, asked);
    expect(server.seen).toHaveLength(1);
    expect(contents).toEqual([
      {
        id: 'ethwxjxtvuxl89jq720e38uk',
        values: {
          ...{ title: 'Walnut board', url: 'https://shop.example.com/products/walnut-board', in_stock: true },
          image_url: 'https://cms.example.com/uploads/walnut_board_17fa4567e0.jpeg',
          ...{ price: 39.9, price_text: '$39.90', since: '2024-03-06T22:10:21.130Z' },
        },
      },
      {
        id: 'cf07g1dbusqr8mzmlbqvlegx',
        values: {
          ...{ title: 'Linen apron', url: 'https://shop.example.com/products/linen-apron', in_stock: false },
          ...{ image_url: null, price: 24, price_text: '$24.00', since: '2024-03-06T22:10:21.130Z' },
        },
      },
    ]);
  });

  it('finds a whole batch, even with the 25 a page that are usual', async () => {
    const { batch = 0 } = PRESETS.strapi;
    const ids = many.slice(0, batch).map(({ documentId }) => documentId);
    const recipe = { ...RECIPE, url: '/api/products?filters[documentId][$in]={ids}' };
    const { contents, server } = await ask(strapi(many), recipe, ids);
    expect(contents.map(({ id }) => id)).toEqual(ids);
    expect(server.seen).toHaveLength(2);
    expect(Math.max(...server.seen.map(({ target }) => target.length))).toBeLessThan(8_000);
  });
});

describe('preset sanity', () => {
  /** As Sanity does: the parameter must be a JSON value, and what is not there is left out. */
  const sanity: Answer = ({ path, parameters }, response) => {
    expect(path).toBe('/v2025-02-19/data/query/production');
    const { result, ...rest } = fixture('sanity');
    const ids: string[] = JSON.parse(parameters.get('$ids') ?? '');
    const query = parameters.get('query');
    sendJson(response, {
      ...rest,
      query,
      result: result.filter((row: { sku: string }) => ids.includes(row.sku)),
    });
  };
  const RECIPE: Recipe = {
    ...PRESETS.sanity,
    key: 'sku',
    url: '/v2025-02-19/data/query/production?query=*[_type == "article"][sku in $ids]{ _id, sku, title, "slug": slug.current, publishedAt, "image": image.asset->url }&$ids={ids}',
    fields: [
      text('title', 'title'),
      url('url', 'slug', 'https://www.example.com/articles/'),
      image('image_url', 'image'),
      { name: 'published', from: 'publishedAt', type: 'date', style: 'medium' },
    ],
  };

  it('finds documents by GROQ, whose query arrives as it was written', async () => {
    const { contents, server } = await ask(sanity, RECIPE, ['what-is-a-cd', 'x"]', 'retirement-goals']);
    expect(server.seen[0]?.parameters.get('query')).toBe(fixture('sanity').query);
    expect(contents).toEqual([
      {
        id: 'retirement-goals',
        values: {
          ...{ title: 'Goals for later', url: 'https://www.example.com/articles/goals-for-later' },
          image_url: expect.stringMatching(
            /^https:\/\/cdn\.sanity\.io\/images\/zp7mbokg\/production\/.*\.jpg$/,
          ),
          ...{ published: '2025-04-15T10:00:00.000Z', published_text: 'Apr 15, 2025' },
        },
      },
      {
        id: 'what-is-a-cd',
        values: {
          ...{
            title: 'What is a CD?',
            url: 'https://www.example.com/articles/what-is-a-cd',
            image_url: null,
          },
          ...{ published: '2025-04-10T09:00:00.000Z', published_text: 'Apr 10, 2025' },
        },
      },
    ]);
  });
});

describe('preset shopify', () => {
  const shopify: Answer = ({ path, parameters }, response) => {
    expect(path).toBe('/admin/api/2024-10/products.json');
    const ids = parameters.get('ids')?.split(',') ?? [];
    const found = fixture('shopify').products.filter(({ id }: { id: number }) => ids.includes(String(id)));
    sendJson(response, { products: found.slice(0, Number(parameters.get('limit') ?? 50)) });
  };
  const RECIPE: Recipe = {
    ...PRESETS.shopify,
    url: '/admin/api/2024-10/products.json?ids={ids}&status=active&fields=id,title,handle,body_html,images,variants',
    headers: { 'X-Shopify-Access-Token': 'shpat_1' },
    fields: [
      text('title', 'title'),
      { name: 'description', from: 'body_html', type: 'html' },
      url('url', 'handle', 'https://shop.example.com/products/'),
      image('image_url', 'images.0.src'),
      price('variants.0.price'),
      { name: 'in_stock', from: 'variants.0.inventory_quantity', type: 'boolean' },
    ],
  };

  it('finds products by their number', async () => {
    const { contents, server } = await ask(shopify, RECIPE, ['921728736', '1', '632910392']);
    expect(server.seen[0]?.headers['x-shopify-access-token']).toBe('shpat_1');
    expect(contents).toEqual([
      {
        id: '632910392',
        values: {
          ...{ title: 'Kettle', description: '<p>Boils a litre in <strong>two</strong> minutes.</p>' },
          url: 'https://shop.example.com/products/kettle',
          image_url: 'https://cdn.shopify.com/s/files/1/0005/4838/0009/products/kettle.png?v=1704203951',
          ...{ price: 199, price_text: '$199.00', in_stock: true },
        },
      },
      {
        id: '921728736',
        values: {
          ...{ title: 'Whisk', description: '<p>For matcha.</p>', image_url: null },
          url: 'https://shop.example.com/products/whisk',
          ...{ price: 19.5, price_text: '$19.50', in_stock: false },
        },
      },
    ]);
  });

  it('serves the Storefront API too, with its nodes', async () => {
    const storefront: Answer = ({ method, body }, response) => {
      expect(method).toBe('POST');
      const { nodes } = fixture('shopify-storefront').data;
      const { variables } = JSON.parse(body);
      const find = (asked: string) => nodes.find((node: { id: string } | null) => node?.id === asked) ?? null;
      sendJson(response, { data: { nodes: variables.ids.map(find) } });
    };
    const recipe: Recipe = {
      ...PRESETS.shopify,
      ...{ rows: 'data.nodes', method: 'POST', url: '/api/2026-04/graphql.json' },
      body: {
        query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Product { id title } } }',
        variables: { ids: '{ids}' },
      },
      fields: [
        text('title', 'title'),
        url('url', 'onlineStoreUrl'),
        image('image_url', 'featuredImage.url'),
        price('priceRange.minVariantPrice.amount'),
        { name: 'in_stock', from: 'availableForSale', type: 'boolean' },
      ],
    };
    const asked = ['gid://shopify/Product/1', 'gid://shopify/Product/921728736'];
    const { contents } = await ask(storefront, recipe, asked);
    expect(contents).toEqual([
      {
        id: 'gid://shopify/Product/921728736',
        values: {
          ...{ title: 'Whisk', url: 'https://shop.example.com/products/whisk', image_url: null },
          ...{ price: 19.5, price_text: '$19.50', in_stock: true },
        },
      },
    ]);
  });
});

describe('preset woocommerce', () => {
  const woocommerce: Answer = ({ path, parameters }, response) => {
    expect(path).toBe('/wp-json/wc/v3/products');
    const ids = parameters.get('include')?.split(',') ?? [];
    const found = fixture('woocommerce').filter(({ id }: { id: number }) => ids.includes(String(id)));
    sendJson(response, found.slice(0, Number(parameters.get('per_page') ?? 10)));
  };
  const RECIPE: Recipe = {
    ...PRESETS.woocommerce,
    url: '/wp-json/wc/v3/products?include={ids}&status=publish&per_page=100',
    fields: [
      text('title', 'name'),
      text('summary', 'short_description'),
      url('url', 'permalink'),
      image('image_url', 'images.0.src'),
      price('price'),
      { name: 'in_stock', from: 'stock_status', type: 'boolean' },
    ],
  };

  it('finds products by their number', async () => {
    const { contents } = await ask(woocommerce, RECIPE, ['794', '1', '799']);
    expect(contents).toEqual([
      {
        id: '799',
        values: {
          ...{ title: 'Ship Your Idea', summary: 'Ship Your Idea & more.', image_url: null },
          url: 'https://example.com/product/ship-your-idea-22/',
          ...{ price: 24.5, price_text: '$24.50', in_stock: false },
        },
      },
      {
        id: '794',
        values: {
          ...{ title: 'Premium Quality', summary: 'Premium Quality & more.' },
          url: 'https://example.com/product/premium-quality-19/',
          image_url: 'https://example.com/wp-content/uploads/2017/03/T_2_front-4.jpg',
          ...{ price: 21.99, price_text: '$21.99', in_stock: true },
        },
      },
    ]);
  });
});

describe('every preset', () => {
  /** What a product gives in one answer when the URL does not say how much; Strapi's pages are followed. */
  const USUAL_PAGE = { contentful: 100, strapi: 250, sanity: Infinity, shopify: 50, woocommerce: 10 };

  it.each(Object.entries(PRESETS))(
    '%s asks for no more at once than the product gives',
    (name, { batch }) => {
      expect(batch).toBeLessThanOrEqual(USUAL_PAGE[name as keyof typeof USUAL_PAGE]);
    },
  );
});
