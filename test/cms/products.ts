/** A product as the Strapi project's content type has it, and what the fill needs to know besides. */
export type Product = {
  readonly sku: string;
  readonly name: string;
  readonly name_de: string | null;
  readonly description: string;
  readonly link: string | null;
  readonly price: number;
  readonly stock: number;
  readonly available_until: string | null;
  /** A PNG to upload. */
  readonly cover: { readonly name: string; readonly base64: string } | null;
  /** Never published, so that the API does not have it. */
  readonly isDraft: boolean;
};

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Ids that would break an address in which they are not encoded, or a list that is split at commas. */
export const AWKWARD_SKUS = ['A&B=1', 'größe 42', 'one,two', 'x[0]', '50%', 'a+b', 'c#d'] as const;

export const WITH_COVER = 'P-07';
export const WITHOUT_LINK = 'P-11';

const COUNT = 60;

/** In an order that is neither that of their ids nor one that anybody asks for. */
export const PRODUCTS: readonly Product[] = Array.from({ length: COUNT }, (_, index) =>
  createProduct((index * 37) % COUNT),
);

/** 37 and 60 share no divisor, so each number comes up once: 0 to 6 are awkward, every tenth from 9 on is a draft. */
function createProduct(number: number): Product {
  const sku = AWKWARD_SKUS[number] ?? `P-${String(number).padStart(2, '0')}`;
  return {
    sku,
    name: `Kettle no. ${number} & more`,
    name_de: number % 2 === 0 ? `Kessel Nr. ${number}` : null,
    description: `<p>Boils <strong>${number}</strong> litres.</p><script>alert(${number})</script>`,
    link: sku === WITHOUT_LINK ? null : `https://shop.example/p/${number}`,
    price: 10 + number + 0.5,
    stock: number % 5,
    available_until:
      number % 3 === 0 ? `2030-01-${String(1 + (number % 28)).padStart(2, '0')}T09:00:00.000Z` : null,
    cover: sku === WITH_COVER ? { name: 'cover.png', base64: PIXEL } : null,
    isDraft: number % 10 === 9,
  };
}
