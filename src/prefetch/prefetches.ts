import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import {
  type Capacity,
  capacityOf,
  describeEstimate,
  latestStartMs,
  secondsFor,
} from '../domain/estimate.ts';
import { compareUrgency, type Hold, heldAtMostUntilMs, MAX_OPEN_MS } from '../domain/hold.ts';
import { distinctCalls, type LookupPlan } from '../domain/lookup-plan.ts';
import type { Person } from '../domain/person.ts';
import {
  type AudienceReport,
  type Estimate,
  type Prefetch,
  type PrefetchOrder,
  PrefetchRefusal,
  type PrefetchWish,
} from '../domain/prefetch.ts';
import { withLease } from '../lease.ts';
import { openChunks } from './chunks.ts';
import { isPaused, type Open, openJobs, readOpen } from './pick.ts';
import { CHUNK, type Job, type Listed, NO_WISH, parseRecord, Wish } from './records.ts';
import type { Registry } from './registry.ts';
import type { LookAhead } from './run.ts';
import { type Runner, startRunner } from './runner.ts';
import { keysOf, type PrefetchStore, persist, RECORDS_KEPT_MS } from './store.ts';
import { countAudience, type ReadAudience, storeAudience } from './upload.ts';
import { callsInLastMinute, callsLeft, viewPrefetch } from './view.ts';

/** More than anybody plans at once; every replica reads the list of them each second. */
const MAX_OPEN = 100;

const MINUTE_MS = 60_000;

export type PrefetchesOptions = {
  readonly store: PrefetchStore;
  readonly registry: Registry;
  readonly lookAhead: LookAhead;
  /** How a placement's people are looked up, by its name; null if there is none of that name. */
  readonly findPlan: (placementName: string) => LookupPlan | null;
  /** What the budget allows prefetches, and what counts now. May reject. */
  readonly budgetUse: () => Promise<{
    readonly limit: number;
    readonly inUse: number;
    readonly windowMs: number;
  }>;
  /** How many people of one prefetch the store has room for. */
  readonly maxPeople: number;
  /** Wall clock, milliseconds. */
  readonly wallNow: () => number;
  readonly onResult: Parameters<typeof startRunner>[0]['onResult'];
  readonly log: Logger;
};

export type Prefetches = {
  /** Newest first. Rejects where the store fails, as all of these do. */
  readonly list: () => Promise<readonly Prefetch[]>;
  readonly get: (id: string) => Promise<Prefetch | null>;
  /** What it takes to look so many people up, starting now. `hasBegun` (default false) is for the sentence. */
  readonly estimate: (order: PrefetchOrder, users: number, hasBegun?: boolean) => Promise<Estimate>;
  /** Reads a list of people and starts to look them up. Rejects with a `PrefetchRefusal`, or with what `read` does. */
  readonly start: (
    order: PrefetchOrder,
    read: ReadAudience,
  ) => Promise<{ readonly prefetch: Prefetch; readonly estimate: Estimate }>;
  /** The same without starting anything. */
  readonly measure: (
    order: PrefetchOrder,
    read: ReadAudience,
  ) => Promise<{ readonly audience: AudienceReport; readonly estimate: Estimate }>;
  /** Null if there is none of this id. One that has ended stays as it is. */
  readonly control: (id: string, wish: PrefetchWish) => Promise<Prefetch | null>;
  /** Does not look up someone who waits for it in this process. */
  readonly forget: (person: Person) => void;
  /** Takes someone out of all lists in the store. */
  readonly remove: (person: Person) => Promise<void>;
  /** True while one is run here. */
  readonly isRunning: () => boolean;
  readonly stop: () => Promise<void>;
};

/** Looks lists of people up ahead of a send, within the budget. */
export function startPrefetches(options: PrefetchesOptions): Prefetches {
  const { store, registry, findPlan, wallNow, log } = options;
  const runner: Runner = startRunner(options);

  const callsEach = (placements: readonly string[]): number =>
    distinctCalls(placements.map(findPlan).filter((plan) => plan !== null)).length;

  /** Those that go on, in the order in which they come. */
  const readAllOpen = async (): Promise<Open[]> => {
    const all = await Promise.all(openJobs(registry.index().jobs).map((listed) => readOpen(store, listed)));
    return all.filter((open) => open !== null).filter(({ wish }) => wish.wish !== 'cancel');
  };

  /** Calls that prefetches have made lately, those too that have ended since. */
  const readRecentCalls = async (nowMs: number): Promise<number> => {
    const lately = registry
      .index()
      .jobs.filter(({ endedAtMs }) => endedAtMs === null || nowMs - endedAtMs < MINUTE_MS);
    const all = await Promise.all(lately.map((listed) => readOpen(store, listed)));
    const recent = all.map((open) => (open?.progress ? callsInLastMinute(open.progress, nowMs) : 0));
    return recent.reduce((sum, calls) => sum + calls, 0);
  };

  /** Null where the budget does not tell. */
  const capacityNow = async (): Promise<Capacity | null> => {
    const use = await options.budgetUse().catch(() => null);
    return use && capacityOf({ ...use, ahead: await readRecentCalls(wallNow()) });
  };

  const callsBefore = (hold: Hold, open: readonly Open[]): number =>
    open
      .filter((other) => !isPaused(other) && compareUrgency(other.listed, hold) < 0)
      .reduce((sum, other) => sum + callsLeft(other, callsEach(other.job.placements)), 0);

  const viewAll = async (listed: readonly Listed[]): Promise<Prefetch[]> => {
    const open = await readAllOpen();
    const capacity = await capacityNow();
    const found = await Promise.all(listed.map((one) => readOpen(store, one)));
    return found
      .filter((one) => one !== null)
      .map((one) =>
        viewPrefetch(one, {
          capacity,
          callsEach: callsEach(one.job.placements),
          callsBefore: callsBefore(one.listed, open),
          nowMs: wallNow(),
        }),
      );
  };

  const get: Prefetches['get'] = async (id) => {
    await registry.read();
    const [seen] = await viewAll(registry.index().jobs.filter((job) => job.id === id));
    return seen ?? null;
  };

  const estimate: Prefetches['estimate'] = async (
    { placements, sendAt, holdMs },
    users,
    hasBegun = false,
  ) => {
    const nowMs = wallNow();
    const open = await readAllOpen();
    const capacity = await capacityNow();
    const calls = users * callsEach(placements);
    const before = callsBefore({ createdAtMs: nowMs, sendAt, holdMs, endedAtMs: null }, open);
    const seconds = capacity && secondsFor(before + calls, capacity);
    return {
      calls,
      seconds,
      readyAtMs: seconds === null ? null : nowMs + seconds * 1_000,
      startByMs: seconds === null || sendAt === null ? null : latestStartMs(sendAt.ms, seconds),
      text: describeEstimate({ users, seconds, sendAt, nowMs, hasBegun }),
    };
  };

  const addJob = async (job: Job): Promise<void> => {
    const { id, createdAtMs, sendAt, holdMs } = job;
    const listed: Listed = { id, createdAtMs, sendAt, holdMs, endedAtMs: null, end: null };
    const keepMs = keepMsOf(listed, createdAtMs) + RECORDS_KEPT_MS;
    await persist(() => store.entries.write(keysOf(id).job, JSON.stringify(job), keepMs));
    await persist(() =>
      registry.change((index) => {
        const isThere = [...index.drafts, ...index.jobs].some((other) => other.id === id);
        if (!isThere) throw new Error('it was taken for an upload that broke off, and cleared away');
        return {
          ...index,
          jobs: [...index.jobs.filter((other) => other.id !== id), listed],
          drafts: index.drafts.filter((draft) => draft.id !== id),
        };
      }),
    );
  };

  const refuseIfFull = (): void => {
    if (openJobs(registry.index().jobs).length < MAX_OPEN) return;
    throw new PrefetchRefusal('too_many_prefetches', `There are ${MAX_OPEN} already: cancel some.`);
  };

  return {
    list: async () => {
      await registry.read();
      const newest = [...registry.index().jobs].sort((a, b) => b.createdAtMs - a.createdAtMs);
      return viewAll(newest);
    },
    get,
    estimate,
    start: async (order, read) => {
      refuseIfFull();
      const id = randomUUID();
      const createdAtMs = wallNow();
      const keepMs = keepMsOf({ ...order, createdAtMs, endedAtMs: null }, createdAtMs);
      const { audience, chunks } = await storeAudience(options, id, keepMs, read);
      const estimated = await persist(() => estimate(order, audience.users, true));
      await addJob({ v: 1, id, createdAtMs, ...order, chunks, audience });
      runner.wake();
      log.info({ prefetch: id, people: audience.users, placements: order.placements }, 'prefetch asked for');
      const prefetch = await persist(() => get(id));
      if (!prefetch) throw new Error('a prefetch is gone that was just started');
      return { prefetch, estimate: estimated };
    },
    measure: async (order, read) => {
      const audience = await countAudience(read);
      return { audience, estimate: await persist(() => estimate(order, audience.users)) };
    },
    control: async (id, wish) => {
      const seen = await get(id);
      if (!seen || seen.endedAtMs !== null) return seen;
      await makeWish(store, id, wish, wallNow());
      runner.wake();
      return get(id);
    },
    forget: runner.forget,
    remove: async (person) => {
      await registry.read();
      for (const { listed, job, progress } of await readAllOpen()) {
        const chunks = openChunks(store, job.id, () => keepMsOf(listed, wallNow()));
        const from = Math.floor((progress?.cursor.low ?? 0) / CHUNK);
        await chunks.forget(person, from, Math.max(job.chunks, (progress?.retry.chunk ?? 0) + 1));
      }
    },
    isRunning: runner.isRunning,
    stop: runner.stop,
  };
}

/** Longer than it can go on. */
function keepMsOf(hold: Hold, nowMs: number): number {
  return Math.max(1, heldAtMostUntilMs(hold) - nowMs);
}

/** The number of a wish tells it from an earlier one, whoever had it. */
async function makeWish(store: PrefetchStore, id: string, wish: PrefetchWish, atMs: number): Promise<void> {
  const { entries, leases } = store;
  const key = keysOf(id).wish;
  await withLease(leases, key, async () => {
    const { number } = parseRecord(Wish, await entries.read(key)) ?? NO_WISH;
    const next: Wish = { v: 1, wish: wish === 'resume' ? 'run' : wish, number: number + 1, atMs };
    await entries.write(key, JSON.stringify(next), MAX_OPEN_MS * 2);
  });
}
