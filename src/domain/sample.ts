import type { Content, ContentShape, FieldValue } from './content.ts';
import type { Placement } from './placement.ts';
import type { Lookup } from './profile.ts';
import { NO_TRAITS } from './profile.ts';

/** Somebody made up, for previews and tests: answered without look-up, pin or event. */
export type Sample = {
  readonly name: string;
  readonly lookup: Lookup;
  /** Changes what the items say, or null to leave them. */
  readonly alter: ((content: Content, shape: ContentShape) => Content) | null;
};

/** Every id that begins so is a sample's, even a misspelt one: it must never reach Amplitude. */
export const SAMPLE_PREFIX = 'inlay-sample-';

/** How a sample comes out, in the words of its id. */
export const SAMPLE_KINDS = ['treatment', 'control', 'unknown', 'empty', 'outage'] as const;
export type SampleKind = (typeof SAMPLE_KINDS)[number];

/** What a `samples.yaml` may say of one sample. */
export type SampleRule = {
  readonly shows: SampleKind;
  /** Recommended item ids; null for the usual ones. */
  readonly items: readonly string[] | null;
  /** Fields that every item gets instead of its own. */
  readonly fields: Readonly<Record<string, FieldValue>>;
};

const BUILT_IN: Readonly<Record<string, { shows: SampleKind; alter: Sample['alter'] }>> = {
  treatment: { shows: 'treatment', alter: null },
  control: { shows: 'control', alter: null },
  unknown: { shows: 'unknown', alter: null },
  empty: { shows: 'empty', alter: null },
  outage: { shows: 'outage', alter: null },
  long: { shows: 'treatment', alter: lengthen },
  sparse: { shows: 'treatment', alter: thin },
};

/** The names of the samples that every placement has. */
export const SAMPLE_NAMES: readonly string[] = Object.keys(BUILT_IN);

/**
 * A placement's samples by name: those that every placement has, and those of its `samples.yaml`, which may
 * replace them. `usualIds` are what a recommended sample gets where nothing else is said.
 */
export function createSamples(
  rules: ReadonlyMap<string, SampleRule>,
  usualIds: readonly string[],
): Map<string, Sample> {
  const samples = new Map<string, Sample>();
  for (const [name, { shows, alter }] of Object.entries(BUILT_IN)) {
    samples.set(name, { name, lookup: lookupOf(shows, usualIds), alter });
  }
  for (const [name, { shows, items, fields }] of rules) {
    const alter = Object.keys(fields).length === 0 ? null : replaceFields(fields);
    samples.set(name, { name, lookup: lookupOf(shows, items ?? usualIds), alter });
  }
  return samples;
}

/** What samples are recommended: items that the baseline does not show, so that the two can be told apart. */
export function usualSampleIds(placement: Placement, knownIds: readonly string[]): string[] {
  const others = knownIds.filter((id) => !placement.baseline.includes(id));
  return [...others.slice(0, placement.items * 2), ...[...placement.baseline].reverse()];
}

function lookupOf(kind: SampleKind, items: readonly string[]): Lookup {
  switch (kind) {
    case 'treatment':
      return { status: 'found', isControl: false, items, traits: NO_TRAITS };
    case 'control':
      return { status: 'found', isControl: true, items: [], traits: NO_TRAITS };
    case 'unknown':
      return { status: 'unknown_user' };
    case 'empty':
      return { status: 'no_recommendation', traits: NO_TRAITS };
    case 'outage':
      return { status: 'unavailable', reason: 'upstream_error' };
  }
}

function replaceFields(fields: SampleRule['fields']): Sample['alter'] {
  return (content) => ({ ...content, values: { ...content.values, ...fields } });
}

const LONG =
  ' – and quite a few words more than anybody planned for, with Donaudampfschifffahrtsgesellschaft';

/** A URL, a day or a moment: a text without words. */
const NO_WORDS = /^[a-z][a-z0-9+.-]*:\S+$|^\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z)?$/i;

/** Texts at the length that breaks layouts. Links, dates and numbers stay. */
function lengthen(content: Content): Content {
  const values = Object.entries(content.values).map(([name, value]) => {
    const isText = typeof value === 'string' && !NO_WORDS.test(value) && !name.endsWith('_text');
    return [name, isText ? `${value}${LONG}` : value] as const;
  });
  return { ...content, values: Object.fromEntries(values) };
}

/** Only what must be there. */
function thin(content: Content, shape: ContentShape): Content {
  const values = Object.entries(content.values).map(
    ([name, value]) => [name, shape.required.includes(name) ? value : null] as const,
  );
  return { ...content, values: Object.fromEntries(values) };
}
