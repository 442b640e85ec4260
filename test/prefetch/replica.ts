import pino from 'pino';
import { vi } from 'vitest';
import type { Clock } from '../../src/domain/clock.ts';
import type { LookupPlan } from '../../src/domain/lookup-plan.ts';
import { parseMoment } from '../../src/domain/moment.ts';
import type { Person } from '../../src/domain/person.ts';
import type { Ahead, AudienceReport, Prefetch, PrefetchOrder } from '../../src/domain/prefetch.ts';
import { type Prefetches, startPrefetches } from '../../src/prefetch/prefetches.ts';
import { startRegistry } from '../../src/prefetch/registry.ts';
import type { AheadTarget } from '../../src/prefetch/run.ts';
import type { PrefetchStore } from '../../src/prefetch/store.ts';
import type { SharedStore } from '../profile/shared-store.ts';

export const HOUR_MS = 3_600_000;

export const person = (id: string): Person => ({ kind: 'user_id', id });

export const numbered = (count: number, name = 'p'): string[] =>
  Array.from({ length: count }, (_, index) => `${name}${index}`);

const PLAN: LookupPlan = {
  project: null,
  recommendation: 'r1',
  together: ['r1'],
  traits: { properties: [], cohorts: [], predictions: [] },
  windows: { freshMs: HOUR_MS, staleMs: HOUR_MS, staleIfErrorMs: HOUR_MS },
};

export const ORDER: PrefetchOrder = {
  placements: ['hero'],
  campaign: null,
  sendAt: null,
  holdMs: 12 * HOUR_MS,
};

export const orderAt = (text: string): PrefetchOrder => ({ ...ORDER, sendAt: parseMoment(text) });

/** Amplitude, the budget and what is known, as far as prefetches see them. */
export function openWorld() {
  const asked: string[] = [];
  const known = new Set<string>();
  const world = {
    asked,
    known,
    /** How long one look-up takes. Milliseconds. */
    takesMs: 100,
    /** What becomes of someone who is asked about; by default they are found. */
    answer: (_id: string, _target: AheadTarget): Ahead | null => null,
    targets: [] as AheadTarget[],
    budget: { limit: 480, inUse: 0, windowMs: 60_000 },
  };
  return world;
}

export type World = ReturnType<typeof openWorld>;

const FOUND: Ahead = { kind: 'found', results: new Map([['hero', 'treatment']]), calls: 1 };

export type Replica = Prefetches & {
  /** Starts a prefetch for people of these names. */
  readonly begin: (ids: readonly string[], order?: PrefetchOrder) => Promise<string>;
  readonly results: string[];
  readonly log: string[];
  /** From now on nothing of it reaches the store any more, and nobody is asked about. */
  readonly kill: () => void;
};

/** One process. Several that share a store and a world are replicas. */
export async function openReplica(
  store: SharedStore,
  world: World,
  clock: Clock,
  maxPeople = 1_000_000,
): Promise<Replica> {
  let isKilled = false;
  const results: string[] = [];
  const log: string[] = [];
  const never = new Promise<never>(() => {});
  const alive = <T>(work: () => T): T | Promise<never> => (isKilled ? never : work());
  const own: PrefetchStore = {
    entries: {
      read: (key) => alive(() => store.entries.read(key)),
      write: (...args) => alive(() => store.entries.write(...args)),
      remove: (key) => alive(() => store.entries.remove(key)),
    },
    leases: {
      take: (...args) => alive(() => store.leases.take(...args)),
      release: (...args) => alive(() => store.leases.release(...args)),
    },
  };
  const registry = startRegistry({ store: own, wallNow: clock.wall });
  await registry.read();
  const lookAhead = async (target: AheadTarget, { id }: Person): Promise<Ahead> => {
    if (isKilled) return never;
    world.targets.push(target);
    if (world.known.has(id)) return { ...FOUND, calls: 0 };
    const early = world.answer(id, target);
    if (early?.kind === 'wait') return early;
    world.asked.push(id);
    await new Promise((resolve) => setTimeout(resolve, world.takesMs));
    if (isKilled) return never;
    if (early) return early;
    world.known.add(id);
    return FOUND;
  };
  const prefetches = startPrefetches({
    store: own,
    registry,
    lookAhead,
    findPlan: () => PLAN,
    budgetUse: async () => world.budget,
    maxPeople,
    wallNow: clock.wall,
    onResult: (result) => results.push(result),
    log: pino({ level: 'trace', base: null }, { write: (line: string) => void log.push(line) }),
  });
  return {
    ...prefetches,
    results,
    log,
    kill: () => {
      isKilled = true;
      registry.stop();
    },
    begin: async (ids, order = ORDER) => {
      const starting = prefetches.start(order, (onPeople) => handOver(ids, onPeople));
      await vi.advanceTimersByTimeAsync(0);
      return (await starting).prefetch.id;
    },
  };
}

/** Hands people over as a reader of lists does. */
export async function handOver(
  ids: readonly string[],
  onPeople: (people: readonly Person[]) => Promise<void>,
): Promise<AudienceReport> {
  for (let from = 0; from < ids.length; from += 300) await onPeople(ids.slice(from, from + 300).map(person));
  const none = { count: 0, firstLines: [] };
  return {
    rows: ids.length,
    users: ids.length,
    ...{ idColumn: 'user_id', idKind: 'user_id', deviceColumn: null, format: 'csv', packing: 'plain' },
    ...{ duplicates: none, blank: none, impossible: { ...none, reasons: {} } },
  };
}

/** Lets time go by until it is in this state. */
export async function reach(
  replica: Prefetches,
  id: string,
  state: Prefetch['state'],
  stepMs = 500,
): Promise<Prefetch> {
  for (let step = 0; step < 5_000; step += 1) {
    const seen = await settled(replica.get(id));
    if (seen?.state === state) return seen;
    await vi.advanceTimersByTimeAsync(stepMs);
  }
  throw new Error(`It never was ${state}: ${JSON.stringify(await settled(replica.get(id)))}`);
}

/** What needs the store, and no time. */
export async function settled<T>(promise: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(0);
  return promise;
}
