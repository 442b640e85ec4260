import type { HttpDeclaration } from '../domain/content-source.ts';

export const PRESET_NAMES = ['contentful', 'strapi', 'sanity', 'shopify', 'woocommerce'] as const;

/** A product that an http source can ask: `preset` in `content-sources.yaml`. */
export type PresetName = (typeof PRESET_NAMES)[number];

type PresetKey = 'rows' | 'key' | 'ids' | 'batch' | 'paging' | 'resolve';

/**
 * What is usual for a product, by the names of the YAML file; whatever stands there wins. A batch is no larger than a page
 * is when the URL does not ask for more, since items beyond the page would silently be missing.
 */
export const PRESETS: Readonly<Record<PresetName, Partial<Pick<HttpDeclaration, PresetKey>>>> = {
  /** Delivery API, `…/entries?sys.id[in]={ids}`: 100 a page, and at most 7,600 characters of URL. */
  contentful: { rows: 'items', key: 'sys.id', ids: 'list', batch: 100, resolve: 'contentful' },

  /**
   * Strapi 5 REST, `/api/products?filters[documentId][$in]={ids}`: 25 a page. It refuses lists of more than 100, and
   * servers in front of it often take no more than 8 KB of URL.
   */
  strapi: {
    rows: 'data',
    key: 'documentId',
    ids: 'repeated',
    batch: 50,
    paging: { parameter: 'pagination[page]', pages: 'meta.pagination.pageCount' },
  },

  /** `…/data/query/production?query=*[_id in $ids]&$ids={ids}`: no pages, and at most 11 KB of URL. */
  sanity: { rows: 'result', key: '_id', ids: 'json', batch: 100 },

  /** Admin REST, `/admin/api/…/products.json?ids={ids}`: 50 a page, 250 with `limit=250`. */
  shopify: { rows: 'products', key: 'id', ids: 'list', batch: 50 },

  /** `/wp-json/wc/v3/products?include={ids}`: 10 a page, 100 with `per_page=100`; the answer is the array itself. */
  woocommerce: { rows: null, key: 'id', ids: 'list', batch: 10 },
};
