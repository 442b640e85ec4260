import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createAnswer, type Question } from '../src/answer.ts';
import { Deadline } from '../src/deadline.ts';
import type { Content, ContentShape, Contents, NoContent } from '../src/domain/content.ts';
import type { Pin, PinKey } from '../src/domain/pin.ts';
import { type Lookup, NO_TRAITS, type UnavailableReason } from '../src/domain/profile.ts';
import { createJoin } from '../src/join.ts';
import { placementWith } from './domain/examples.ts';

const NOW = Date.UTC(2026, 10, 27, 12);
const SHAPE: ContentShape = {
  fields: ['title', 'url', 'available', 'starts_at', 'ends_at'],
  required: ['title', 'url'],
  html: [],
};

/** Each item's id begins with what it is. Only the first two kinds can be shown, and the second by some alone. */
const KINDS = ['good', 'gated', 'gap', 'down', 'bare', 'sold', 'early', 'over', 'today'] as const;
const IDS = KINDS.flatMap((kind) => [1, 2, 3].map((number) => `${kind}-${number}`));

const MADE: Readonly<Record<string, Readonly<Record<string, string | boolean | null>> | NoContent>> = {
  gap: 'not_found',
  down: 'source_unavailable',
  bare: { url: null },
  sold: { available: false },
  early: { starts_at: '2026-11-28' },
  over: { ends_at: '2026-11-26' },
  today: { starts_at: '2026-11-27T12:00:00.000Z', ends_at: '2026-11-27', available: true },
};

const CONTENTS: Contents = {
  get: (id): Content | NoContent => {
    const made = MADE[kindOf(id)] ?? {};
    if (typeof made === 'string') return made;
    const absent = { available: null, starts_at: null, ends_at: null };
    return { id, values: { title: id, url: `https://www.example.com/${id}`, ...absent, ...made } };
  },
};

function kindOf(id: string): string {
  return id.split('-')[0] ?? '';
}

/** What a call asks, and all that lies behind it. */
type World = {
  readonly lookup: Lookup;
  readonly baseline: readonly string[];
  readonly items: number;
  readonly enabled: boolean;
  readonly hasGate: boolean;
  /** Whether flags are on for the person. */
  readonly isOpen: boolean;
  readonly person: Question['person'];
  readonly selection: Question['selection'];
  readonly campaign: string | null;
  readonly access: Question['access'];
  /** Content has to be waited for. */
  readonly isCold: boolean;
};

const ids = (maxLength: number) => fc.array(fc.constantFrom(...IDS), { maxLength });

const lookups: fc.Arbitrary<Lookup> = fc.oneof(
  { weight: 6, arbitrary: ids(20).map((items) => found(false, items)) },
  // As if the wire let a control person's items through.
  { weight: 2, arbitrary: ids(20).map((items) => found(true, items)) },
  fc.constant<Lookup>({ status: 'no_recommendation', traits: NO_TRAITS }),
  fc.constant<Lookup>({ status: 'unknown_user' }),
  fc
    .constantFrom<UnavailableReason>(
      'throttled',
      'timeout',
      'upstream_error',
      'circuit_open',
      'invalid_response',
    )
    .map((reason): Lookup => ({ status: 'unavailable', reason })),
);

function found(isControl: boolean, items: readonly string[]): Lookup {
  return { status: 'found', isControl, items, traits: NO_TRAITS };
}

const worlds: fc.Arbitrary<World> = fc.integer({ min: 1, max: 5 }).chain((items) =>
  fc.record({
    lookup: lookups,
    baseline: ids(8),
    items: fc.constant(items),
    enabled: mostly(true),
    hasGate: fc.boolean(),
    isOpen: fc.boolean(),
    person: fc.oneof(
      { weight: 5, arbitrary: fc.constant({ kind: 'user_id', id: 'ann' } as const) },
      fc.constantFrom('no_user', 'unresolved_merge_tag', 'invalid_user'),
    ),
    selection: fc.record({
      position: fc.option(fc.integer({ min: 1, max: items })),
      limit: fc.option(fc.integer({ min: 1, max: 7 })),
      exclude: ids(5),
    }),
    campaign: fc.option(fc.constantFrom('weekly', 'daily')),
    access: fc.oneof(
      { weight: 5, arbitrary: fc.constant('everything' as const) },
      fc.constant('pins' as const),
    ),
    isCold: fc.boolean(),
  }),
);

function mostly(value: boolean): fc.Arbitrary<boolean> {
  return fc.oneof({ weight: 5, arbitrary: fc.constant(value) }, fc.constant(!value));
}

/** Pins as one process keeps them. */
function keepPins() {
  const kept = new Map<string, Pin>();
  return {
    find: (key: PinKey) => kept.get(JSON.stringify(key)) ?? null,
    commit: async (key: PinKey, pin: Pin) => {
      kept.set(JSON.stringify(key), pin);
      return pin;
    },
  };
}

function questionOf({ baseline, items, enabled, hasGate, isCold, campaign, ...asked }: World): Question {
  const gate = hasGate ? { flag: 'show-{id}', default: false } : null;
  const placement = placementWith({ baseline, items, enabled, gate });
  const { project, recommendation, profile: traits } = placement;
  return {
    placement,
    plan: {
      ...{ project, recommendation, together: [recommendation], traits },
      windows: { freshMs: 1, staleMs: 2, staleIfErrorMs: 3 },
    },
    source: { shape: SHAPE, find: () => (isCold ? Promise.resolve(CONTENTS) : CONTENTS) },
    sample: null,
    message: { campaign, channel: null, locale: null },
    ...asked,
    onUnavailable: 'serve',
  };
}

/** Asks and tells the ids that are shown, after checking what holds for every answer. */
async function ask(world: World, pins = keepPins()): Promise<readonly string[]> {
  const answer = createAnswer({
    lookUp: () => ({ lookup: world.lookup, cache: 'miss', ageMs: 0, failure: null }),
    recall: () => null,
    pins,
    pinForMs: 60_000,
    join: createJoin({
      passGate: async (_rule, some) => new Set(some.filter((id) => world.isOpen || kindOf(id) !== 'gated')),
      wallNow: () => NOW,
    }),
    linkFor:
      () =>
      ({ url }) =>
        url,
    wallNow: () => NOW,
  });
  const { block } = await answer(questionOf(world), new Deadline(800));
  const shown = block.items.map(({ content }) => content.id);
  expect(shown.filter((id) => !isShowable(id, world))).toEqual([]);
  expect(shown.filter((id) => world.selection.exclude.includes(id))).toEqual([]);
  expect(new Set(shown).size).toBe(shown.length);
  expect(shown.length).toBeLessThanOrEqual(mostOf(world));
  const { position } = world.selection;
  expect(block.items.map((item) => item.position)).toEqual(shown.map((_, index) => position ?? index + 1));
  if (block.decision.variant === 'baseline') {
    expect(shown.filter((id) => !world.baseline.includes(id))).toEqual([]);
  }
  return shown;
}

function isShowable(id: string, { hasGate, isOpen }: World): boolean {
  const kind = kindOf(id);
  return kind === 'good' || kind === 'today' || (kind === 'gated' && (!hasGate || isOpen));
}

function mostOf({ items, selection: { limit } }: World): number {
  return Math.min(items, limit ?? items);
}

/** The treatment, for whom there is one and something of it can be shown; else the baseline. */
function expected(world: World): readonly string[] {
  const { lookup, baseline, enabled, person, access, selection } = world;
  const pick = (some: readonly string[]) =>
    [...new Set(some)]
      .filter((id) => isShowable(id, world) && !selection.exclude.includes(id))
      .slice(0, mostOf(world));
  const isLookedUp = enabled && typeof person !== 'string' && access === 'everything';
  const isTreated = isLookedUp && lookup.status === 'found' && !lookup.isControl;
  const treatment = isTreated ? pick(lookup.items) : [];
  const all = treatment.length > 0 ? treatment : pick(baseline);
  return selection.position === null ? all : all.slice(selection.position - 1, selection.position);
}

it('an answer holds as many as it may of what can be shown, in order, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      expect(await ask(world)).toEqual(expected(world));
    }),
    { numRuns: 3_000 },
  );
});

it('a control user never gets what was recommended, whatever they got before', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, ids(20), ids(20), async (world, before, recommended) => {
      const pins = keepPins();
      const baseline = world.baseline.filter((id) => !recommended.includes(id));
      const control: World = { ...world, baseline, lookup: found(true, recommended) };
      const shown = await ask(control, pins);
      expect(shown.filter((id) => recommended.includes(id))).toEqual([]);
      const again = await ask({ ...control, lookup: found(true, before) }, pins);
      expect(again).toEqual(shown);
    }),
    { numRuns: 1_000 },
  );
});

it('an answer with a pin holds only what may be shown now', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, worlds, async (first, second) => {
      const pins = keepPins();
      const campaign = 'weekly';
      await ask({ ...first, campaign }, pins);
      // The same placement, whose baseline a pin of a fallback may still name.
      await ask({ ...second, campaign, baseline: first.baseline }, pins);
    }),
    { numRuns: 1_000 },
  );
});
