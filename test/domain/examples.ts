import type { Content, ContentShape, FieldValue } from '../../src/domain/content.ts';
import type { Placement } from '../../src/domain/placement.ts';

/** A placement as an example, changed where a test says so. */
export function placementWith(change: Partial<Placement> = {}): Placement {
  return {
    name: 'home-hero',
    title: 'Home page hero',
    aliases: [],
    enabled: true,
    project: null,
    recommendation: 's234ssg',
    items: 3,
    content: 'products',
    baseline: ['base-1', 'base-2', 'base-3'],
    profile: { properties: [], cohorts: [], predictions: [] },
    lookupGroup: null,
    freshMs: null,
    staleMs: null,
    staleIfErrorMs: null,
    deadlineMs: null,
    ...change,
  };
}

export const SHAPE: ContentShape = {
  fields: ['title', 'url', 'image_url', 'price', 'price_text'],
  required: ['title', 'url'],
};

/** A complete item of that shape. */
export function contentOf(id: string, change: Readonly<Record<string, FieldValue>> = {}): Content {
  return {
    id,
    values: {
      title: `Title of ${id}`,
      url: `https://www.example.com/${id}`,
      image_url: `https://images.example.com/${id}.jpg`,
      price: 29,
      price_text: '$29.00',
      ...change,
    },
  };
}
