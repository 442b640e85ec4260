import type { Answer } from '../../src/answer.ts';
import type { LeftOut } from '../../src/domain/block.ts';
import { placeItems } from '../../src/domain/block.ts';
import type { Content } from '../../src/domain/content.ts';
import type { FieldRule } from '../../src/domain/content-source.ts';
import type { Decision, Reason } from '../../src/domain/decision.ts';
import type { Placement } from '../../src/domain/placement.ts';
import { NO_TRAITS } from '../../src/domain/profile.ts';
import { createSamples } from '../../src/domain/sample.ts';
import type { StudioPlacement } from '../../src/studio/placement.ts';
import type { Preview, Who } from '../../src/studio/preview.ts';
import { createReader } from '../../src/studio/reader.ts';
import { contentOf, contentsOf, DIRECT, NO_MESSAGE, placementWith, SHAPE } from '../domain/examples.ts';

export const ENGLISH = createReader('en-GB,en;q=0.9');

/** A number and its unit are kept on one line by a space that breaks none; here it reads as any other. */
export function plain(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}

const FIELDS: readonly FieldRule[] = [
  { name: 'title', from: { de: 'name_de', default: 'name' }, type: 'text', max: null },
  { name: 'url', from: 'link', type: 'url', base: null },
  { name: 'image_url', from: 'image', type: 'image', base: null },
  { name: 'price', from: 'price', type: 'number', currency: 'USD' },
];

/** A placement as Studio sees it, with these templates. */
export function placedWith(
  change: Partial<Placement> = {},
  templates: readonly string[] = ['email', 'message', 'email.txt'],
): StudioPlacement {
  const placement = placementWith(change);
  return {
    placement,
    plan: {
      project: placement.project,
      recommendation: placement.recommendation,
      together: [placement.recommendation],
      traits: placement.profile,
      windows: { freshMs: 1, staleMs: 2, staleIfErrorMs: 3 },
    },
    folder: `shop/${placement.name}`,
    source: {
      name: 'products',
      shape: SHAPE,
      origin: { type: 'file', key: 'sku', fields: FIELDS },
      find: () => contentsOf(),
      rewrite: (content) => content,
    },
    templates: new Map(templates.map((name) => [name, () => `<p>${name}</p>`])),
    samples: createSamples(new Map([['long-titles', { shows: 'treatment', items: null, fields: {} }]]), [
      'item-1',
      'item-2',
      'item-3',
    ]),
    renderJson: (block) => JSON.stringify({ has_items: block.items.length > 0, item_1_image_url: null }),
  };
}

/** What came of a decision, as a preview has it. */
export function previewOf(
  reason: Reason,
  who: Who['kind'],
  change: {
    readonly placed?: StudioPlacement;
    readonly contents?: readonly Content[];
    readonly trace?: Partial<Answer['trace']>;
    readonly leftOut?: readonly LeftOut[];
    readonly isKnown?: boolean;
  } = {},
): Preview {
  const placed = change.placed ?? placedWith();
  const contents = change.contents ?? [contentOf('item-1'), contentOf('item-2')];
  const variant = reason === 'recommended' ? 'treatment' : 'baseline';
  const decision: Decision = { variant, reason, itemIds: contents.map(({ id }) => id) };
  const { placement, source } = placed;
  const sample = placed.samples.get('treatment');
  if (!sample) throw new Error('Every placement has this sample.');
  return {
    who:
      who === 'sample'
        ? { kind: 'sample', sample }
        : { kind: 'person', person: { kind: 'user_id', id: 'ann' } },
    isKnown: change.isKnown ?? true,
    answer: {
      block: {
        ...{ placement, decision, shape: source.shape, traits: NO_TRAITS, isSample: who === 'sample' },
        items: placeItems(contents, null, { placement, decision, message: NO_MESSAGE }, DIRECT),
      },
      itemIds: contents.map(({ id }) => id),
      trace: {
        ...{ cache: 'hit', ageMs: null, failure: null, lookupMs: 0, contentMs: 0 },
        leftOut: change.leftOut ?? [],
        ...change.trace,
      },
    },
  };
}
