import type { Logger } from 'pino';
import type { Dispatcher } from 'undici';
import type { Clock } from '../domain/clock.ts';
import type { LookupPlan } from '../domain/lookup-plan.ts';
import type { Placement } from '../domain/placement.ts';
import type { Metrics } from '../metrics.ts';
import type { Settings } from '../settings.ts';
import { type CallResult, createAmplitude } from './amplitude.ts';
import { createBreaker } from './breaker.ts';
import { Budget } from './budget.ts';
import { createFetchProfile, MAX_CALL_MS } from './fetch-profile.ts';
import { createFlights, type Leases } from './flights.ts';
import { createKnownPeople, type EntryStore } from './known.ts';
import { createLookups, type Lookups } from './lookup.ts';
import { createSharedBudget, type ReservationStore } from './shared-budget.ts';
import { startWaitingList, type WaitingList, type WaitingStore } from './waiting-list.ts';

/** Profile API calls under way at once: at 50 ms each, two and a half thousand a second. */
export const MAX_CALLS = 128;

/** How often replicas look whether another one was told to slow down. */
const PACE_INTERVAL_MS = 1_000;

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
  readonly plans: ReadonlyMap<Placement, LookupPlan>;
  readonly store: PeopleStore;
  readonly dispatcher: Dispatcher;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Logger;
};

export type People = {
  readonly lookUp: Lookups['lookUp'];
  readonly waitingList: WaitingList;
  readonly close: () => Promise<void>;
};

/** Everything that knows people: memory → store → single flight → budget → breaker → Amplitude. */
export async function createPeople(parts: PeopleParts): Promise<People> {
  const { settings, plans, store, dispatcher, metrics, clock, log } = parts;
  const onUnexpected = (error: unknown): void => log.error({ err: error }, 'unexpected error');
  const budget = new Budget({
    perMinute: settings.budgetPerMinute,
    replicas: settings.replicas,
    shared: createSharedBudget(store.budget, store.entries),
    isShared: store.isShared,
    maxCallMs: MAX_CALL_MS,
    clock,
  });
  // Without the store it waits for what was spent before to be over, and joins it when it is there.
  await budget
    .start()
    .catch(() => log.warn('the store does not answer yet; look-ups begin in about a minute'));
  const breaker = createBreaker({
    isFailure: (result: CallResult) => result.isFailure,
    maxCalls: MAX_CALLS,
    onState: (state) => log.warn({ state }, 'breaker before Amplitude'),
    wallNow: clock.wall,
  });
  const known = createKnownPeople({
    store: store.entries,
    cacheBytes: settings.memoryCacheBytes,
    keepMs: Math.max(...[...plans.values()].map(({ windows }) => windows.staleIfErrorMs)),
    clock,
    onArmFlip: metrics.countArmFlip,
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
    clock,
    onUnexpected,
  });
  const byName = new Map([...plans].map(([placement, plan]) => [placement.name, plan]));
  const waitingList = startWaitingList({
    store: store.queue,
    lookUp: async (placementName, person) => {
      const plan = byName.get(placementName);
      return plan ? lookups.lookUpAhead({ ...plan, person }, 'live') : null;
    },
    now: clock.monotonic,
    onUnexpected,
  });
  const pacing = setInterval(() => budget.refreshPace().catch(() => {}), PACE_INTERVAL_MS).unref();
  metrics.addGauges({
    budget: () => budget.status,
    budgetPerMinute: settings.budgetPerMinute,
    breaker: breaker.state,
    known: known.size,
    isStoreHealthy: store.isHealthy,
    waiting: store.queue.size,
    inUse: store.budget.inUse,
  });
  return {
    lookUp: lookups.lookUp,
    waitingList,
    close: async () => {
      clearInterval(pacing);
      await waitingList.stop();
    },
  };
}
