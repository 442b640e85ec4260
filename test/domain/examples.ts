import type { ToClickUrl } from '../../src/domain/block.ts';
import type { Content, ContentShape, Contents, FieldValue } from '../../src/domain/content.ts';
import type { MessageContext } from '../../src/domain/message-context.ts';
import type { Placement, ResultsRule } from '../../src/domain/placement.ts';

const RESULTS_RULE: ResultsRule = {
  outcome: 'Purchase',
  exposureEvent: '[Recs] Recommendation Event',
  controlProperty: 'recommendations.recommendation_control',
  recommendationProperty: null,
  controlShare: null,
  conversionWindowMs: 2_592_000_000,
};

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
    locale: null,
    fallbackUrl: null,
    fallbackImageUrl: null,
    openLookups: false,
    links: [],
    gate: null,
    results: RESULTS_RULE,
    ...change,
  };
}

export const SHAPE: ContentShape = {
  fields: ['title', 'url', 'image_url', 'price', 'price_text'],
  required: ['title', 'url'],
  html: [],
};

/** Items by id, as a source knows them; any other is not found. */
export function contentsOf(...contents: readonly Content[]): Contents {
  const byId = new Map(contents.map((content) => [content.id, content]));
  return { get: (id) => byId.get(id) ?? 'not_found' };
}

/** Links that lead to the items themselves. */
export const DIRECT: ToClickUrl = ({ url }) => url;

export const NO_MESSAGE: MessageContext = { campaign: null, channel: null, locale: null };

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
