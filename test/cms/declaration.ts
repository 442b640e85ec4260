import type { FieldValue } from '../../src/domain/content.ts';
import type { FieldRule, HttpDeclaration, Paging } from '../../src/domain/content-source.ts';
import type { Product } from './products.ts';

const MEDIA = 'https://media.example';

const FIELDS: readonly FieldRule[] = [
  { name: 'title', from: { default: 'name', de: 'name_de' }, type: 'text', max: null },
  { name: 'text', from: 'description', type: 'html' },
  { name: 'link', from: 'link', type: 'link', schemes: ['https'] },
  { name: 'image', from: 'cover.url', type: 'image', base: MEDIA },
  { name: 'price', from: 'price', type: 'number', currency: 'EUR' },
  { name: 'available', from: 'stock', type: 'boolean' },
  { name: 'ends_at', from: 'available_until', type: 'date', style: 'long' },
];

export type Changes = {
  readonly token?: string;
  /** Null to leave Strapi its own. */
  readonly pageSize?: number | null;
  readonly paging?: Paging;
};

/** A content source as somebody with a Strapi would declare it. */
export function strapiSource(
  strapi: { readonly url: string; readonly token: string },
  { token = strapi.token, pageSize = 100, paging }: Changes,
): HttpDeclaration {
  const size = pageSize === null ? '' : `&pagination[pageSize]=${pageSize}`;
  return {
    type: 'http',
    name: 'strapi',
    url: `${strapi.url}/api/products?filters[sku][$in]={ids}&populate=cover${size}`,
    method: 'GET',
    headers: { authorization: `Bearer ${token}` },
    body: null,
    ids: 'repeated',
    rows: 'data',
    key: 'sku',
    fields: FIELDS,
    required: ['title', 'link'],
    paging: paging ?? null,
    resolve: null,
    batch: 100,
    timeoutMs: 10_000,
    freshMs: 60_000,
    staleMs: 3_600_000,
    staleIfErrorMs: 86_400_000,
    missingMs: 60_000,
  };
}

const NO_BREAK = '\u00a0';

/** What this product is to become, but for its picture, written without any code of ours. */
export function expectedValues(product: Product, locale: 'en' | 'de'): Record<string, FieldValue> {
  const number = product.name.replace(/\D/g, '');
  const isGerman = locale === 'de';
  return {
    title: (isGerman && product.name_de) || product.name,
    text: `<p>Boils <strong>${number}</strong> litres.</p>`,
    link: product.link,
    image: null,
    price: product.price,
    price_text: isGerman
      ? `${product.price.toFixed(2).replace('.', ',')}${NO_BREAK}€`
      : `€${product.price.toFixed(2)}`,
    available: product.stock > 0,
    ends_at: product.available_until,
    ends_at_text: dayText(product.available_until, isGerman),
  };
}

function dayText(moment: string | null, isGerman: boolean): string | null {
  if (moment === null) return null;
  const day = Number(moment.slice(8, 10));
  return isGerman ? `${day}. Januar 2030` : `January ${day}, 2030`;
}
