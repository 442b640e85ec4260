import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Dispatcher } from 'undici';
import { createBreaker } from '../breaker.ts';
import type { Clock } from '../domain/clock.ts';
import type { LookupPlan } from '../domain/lookup-plan.ts';
import type { Person } from '../domain/person.ts';
import type { Gauges, Metrics } from '../metrics.ts';
import type { Settings } from '../settings.ts';
import { type CallResult, createAmplitude } from './amplitude.ts';
import { Budget, WINDOW_MS } from './budget.ts';
import { createFetchProfile, MAX_CALL_MS } from './fetch-profile.ts';
import { createFlights, type Leases } from './flights.ts';
import { createKnownPeople, type EntryStore, type Holds } from './known.ts';
import { createLookups, type Lookups } from './lookup.ts';
import { createSharedBudget, type ReservationStore } from './shared-budget.ts';
import { startWaitingList, type Wait, type WaitingList, type WaitingStore } from './waiting-list.ts';

/**
 * Profile API calls under way at once: at 50 ms each, more than a thousand a second. More would take the processor from
 * the answers that wait for none, when a storm begins.
 */
export const MAX_CALLS = 64;

/** Besides these, for prefetches, so that neither they nor answers wait for each other. */
export const MAX_CALLS_BEHIND = 64;

/** How often replicas look whether the store is there, and whether another one was told to slow down. */
const IN_TOUCH_EVERY_MS = 1_000;

/** A server needs a moment to be connected to; pauses between looking whether it is, in milliseconds. */
const START_PAUSES_MS = [100, 200, 1_100];

/** The store as far as people are concerned, already guarded: it may reject, but never hangs. */
export type PeopleStore = {
  readonly isShared: boolean;
  readonly isHealthy: () => boolean;
  readonly entries: EntryStore;
  readonly leases: Omit<Leases, 'isShared'>;
  readonly budget: ReservationStore;
  readonly queue: WaitingStore & { readonly size: () => Promise<number> };
};

export type PeopleParts = {
  readonly settings: Settings;
  /** How a placement's people are looked up, by its name; null if there is none of that name any more. */
  readonly findPlan: (placementName: string) => LookupPlan | null;
  /** Somebody who waited is known now. */
  readonly onFound: (wait: Wait) => Promise<void>;
  /** The longest that any placement may use what is known. Milliseconds. */
  readonly keepMs: () => number;
  readonly holds: Holds;
  readonly store: PeopleStore;
  readonly dispatcher: Dispatcher;
  readonly metrics: Metrics;
  /** Someone moved between treatment and control of a recommendation. */
  readonly onArmFlip: (recommendation: string) => void;
  readonly clock: Clock;
  readonly log: Logger;
};

export type People = {
  readonly lookUp: Lookups['lookUp'];
  readonly recall: Lookups['recall'];
  readonly waitingList: WaitingList;
  /** How the budget, the breaker and what is known are doing now. */
  readonly gauges: Gauges;
  readonly lookUpFor: Lookups['lookUpFor'];
  /** What prefetches may spend, and what counts now. Rejects where the store does not answer. */
  readonly budgetUse: () => Promise<{
    readonly limit: number;
    readonly inUse: number;
    readonly windowMs: number;
  }>;
  /** Forgets what is in memory of someone. */
  readonly forget: (person: Person) => void;
  readonly close: () => Promise<void>;
};

/** Everything that knows people: memory → store → single flight → budget → breaker → Amplitude. */
export async function createPeople(parts: PeopleParts): Promise<People> {
  const { settings, findPlan, onFound, keepMs, holds, store, dispatcher, metrics, onArmFlip, clock, log } =
    parts;
  const onUnexpected = (error: unknown): void => log.error({ err: error }, 'unexpected error');
  const budget = new Budget({
    perMinute: settings.budgetPerMinute,
    replicas: settings.replicas,
    shared: createSharedBudget(store.budget, store.entries, store.leases),
    isShared: store.isShared,
    maxCallMs: MAX_CALL_MS,
    clock,
  });
  await start(budget, log);
  const breaker = createBreaker({
    isFailure: (result: CallResult) => result.isFailure,
    maxCalls: MAX_CALLS,
    maxBehind: MAX_CALLS_BEHIND,
    onState: (state) => log.warn({ state }, 'breaker before Amplitude'),
    now: clock.monotonic,
  });
  const known = createKnownPeople({
    store: store.entries,
    holds,
    cacheBytes: settings.memoryCacheBytes,
    keepMs,
    clock,
    onArmFlip,
  });
  const lookups = createLookups({
    known,
    flights: createFlights({ isShared: store.isShared, ...store.leases }, clock.monotonic),
    fetchProfile: createFetchProfile({
      call: createAmplitude({ url: settings.profileApiUrl, secretKeys: settings.secretKeys, dispatcher }),
      budget,
      breaker,
      observe: ({ result, ms }) => metrics.countProfileCall(result, ms / 1_000),
      now: clock.monotonic,
    }),
    isExhausted: (priority) => budget.isExhausted(priority),
    holds,
    clock,
    onUnexpected,
  });
  const waitingList = startWaitingList({
    store: store.queue,
    lookUp: async (wait) => {
      const plan = findPlan(wait.placement);
      if (!plan) return null;
      const failure = await lookups.lookUpAhead({ ...plan, person: wait.person }, wait.priority);
      if (failure === null) await onFound(wait);
      return failure;
    },
    wallNow: clock.wall,
    onUnexpected,
  });
  const keepingInTouch = setInterval(() => void budget.keepInTouch(), IN_TOUCH_EVERY_MS).unref();
  const gauges: Gauges = {
    budget: () => budget.status,
    budgetPerMinute: settings.budgetPerMinute,
    breaker: breaker.state,
    known: known.size,
    isStoreHealthy: store.isHealthy,
    waiting: store.queue.size,
    inUse: store.budget.inUse,
  };
  metrics.addGauges(gauges);
  return {
    gauges,
    lookUp: lookups.lookUp,
    recall: lookups.recall,
    lookUpFor: lookups.lookUpFor,
    waitingList,
    budgetUse: async () => ({
      limit: budget.limitOf('background'),
      inUse: await store.budget.inUse(),
      windowMs: WINDOW_MS,
    }),
    forget: (person) => {
      known.forget(person);
      waitingList.forget(person);
    },
    close: async () => {
      clearInterval(keepingInTouch);
      await waitingList.stop();
    },
  };
}

/** Without the store, the budget waits for what was spent before to be over. */
async function start(budget: Budget, log: Logger): Promise<void> {
  for (const pauseMs of [...START_PAUSES_MS, null]) {
    try {
      return await budget.start();
    } catch {
      if (pauseMs !== null) await sleep(pauseMs);
    }
  }
  log.warn('the store does not answer yet; look-ups begin about a minute after it does');
}

/** What keys of the store begin with where they say something of this person. */
export function profilePrefixesOf({ kind, id }: Person, projects: readonly (string | null)[]): string[] {
  return projects.map((project) => `${project ?? ''}\n${kind}\n${id}\n`);
}
