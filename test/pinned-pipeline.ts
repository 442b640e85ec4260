import { createAnswer, type Question } from '../src/answer.ts';
import { Deadline } from '../src/deadline.ts';
import type { Content, Contents, NoContent } from '../src/domain/content.ts';
import type { Lookup, Traits, UnavailableReason } from '../src/domain/profile.ts';
import { createJoin } from '../src/join.ts';
import { createPins } from '../src/pins/pins.ts';
import { contentOf, placementWith, SHAPE } from './domain/examples.ts';
import { createSharedStore } from './profile/shared-store.ts';
import { createClock } from './support/clock.ts';

export const PIN_FOR_MS = 3_600_000;

export const TRAITS: Traits = { properties: { plan_type: 'pro' }, cohorts: [], predictions: {} };
export const PLACEMENT = placementWith({
  items: 3,
  baseline: ['b1', 'b2', 'b3', 'b4'],
  profile: { properties: ['plan_type'], cohorts: [], predictions: [] },
});

export const CONTROL: Lookup = { status: 'found', isControl: true, items: [], traits: TRAITS };

export function found(...items: readonly string[]): Lookup {
  return { status: 'found', isControl: false, items, traits: TRAITS };
}

export function unavailable(reason: UnavailableReason): Lookup {
  return { status: 'unavailable', reason };
}

/** What differs from Ann's question for the whole of `PLACEMENT` with the campaign `weekly`. */
export type Asked = Partial<Omit<Question, 'message'> & Question['selection'] & Question['message']>;

/** What a test sets from outside, and what it is told. */
export type World = {
  lookup: Lookup;
  /** What the next look-ups give instead, in their order. */
  next: (Lookup | Promise<Lookup>)[];
  /** Items without content. */
  readonly gone: Map<string, NoContent>;
  /** What is known of someone's traits by now. */
  known: Traits | null;
  lookUps: number;
  recalls: number;
  /** How long the last look-up was let take. */
  leftMs: number;
};

/** The pipeline with real pins in a store that replicas share. Each replica is one that may begin anew. */
export function openPipeline() {
  const clock = createClock();
  const store = createSharedStore(clock);
  const world: World = {
    lookup: found('a', 'b', 'c', 'd', 'e'),
    next: [],
    gone: new Map(),
    known: TRAITS,
    lookUps: 0,
    recalls: 0,
    leftMs: Number.NaN,
  };
  const contents: Contents = { get: (id): Content | NoContent => world.gone.get(id) ?? contentOf(id) };

  const start = () =>
    createAnswer({
      lookUp: async (_request, deadline) => {
        world.lookUps += 1;
        world.leftMs = deadline.remainingMs;
        const lookup = await (world.next.shift() ?? world.lookup);
        return { lookup, cache: 'miss', ageMs: 0, failure: null };
      },
      recall: async () => {
        world.recalls += 1;
        if (world.known === null) return null;
        const lookup = { status: 'no_recommendation', traits: world.known } as const;
        return { lookup, cache: 'hit', ageMs: 0, failure: null };
      },
      pins: createPins({
        ...{ store: store.entries, isShared: true, cacheBytes: 1_000_000, wallNow: clock.wall },
      }),
      pinForMs: PIN_FOR_MS,
      join: createJoin({ passGate: async () => new Set(), wallNow: clock.wall }),
      linkFor:
        () =>
        ({ url }) =>
          url,
      wallNow: clock.wall,
    });
  const replicas = [start(), start()];

  const ask = async (asked: Asked = {}, replica = 0) => {
    const result = await replicas[replica]?.(questionOf(asked, contents), new Deadline(800));
    if (!result) throw new Error('There are two replicas.');
    const ids = result.block.items.map(({ content }) => content.id).join(' ');
    return { ...result, said: `${result.trace.cache} ${result.block.decision.reason}: ${ids}` };
  };
  return {
    ...{ clock, store, world, ask },
    /** Where the answer came from, its reason and its items. */
    say: async (asked?: Asked, replica?: number) => (await ask(asked, replica)).said,
    restart: (replica: number) => {
      replicas[replica] = start();
    },
  };
}

function questionOf(asked: Asked, contents: Contents): Question {
  const { placement = PLACEMENT, campaign = 'weekly', channel = null, locale = null } = asked;
  const { position = null, limit = null, exclude = [] } = asked;
  const { project, recommendation, profile: traits } = placement;
  return {
    placement,
    plan: {
      ...{ project, recommendation, together: [recommendation], traits },
      windows: { freshMs: 1, staleMs: 2, staleIfErrorMs: 3 },
    },
    source: { shape: SHAPE, find: () => contents },
    person: asked.person ?? { kind: 'user_id', id: 'ann' },
    sample: asked.sample ?? null,
    selection: { position, limit, exclude },
    message: { campaign, channel, locale },
    access: asked.access ?? 'everything',
    onUnavailable: asked.onUnavailable ?? 'serve',
  };
}
