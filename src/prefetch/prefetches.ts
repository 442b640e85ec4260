import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { keepMsOf, MAX_OPEN_MS } from '../domain/hold.ts';
import type { Person } from '../domain/person.ts';
import {
  type Estimate,
  type MeasuredPrefetch,
  type Prefetch,
  type PrefetchOrder,
  PrefetchRefusal,
  type PrefetchWish,
  type ReadAudience,
  type StartedPrefetch,
} from '../domain/prefetch.ts';
import { withLease } from '../lease.ts';
import { parseJson } from '../parse-json.ts';
import { countChunks, openChunks } from './chunks.ts';
import { createOutlook, type OutlookOptions } from './outlook.ts';
import { openJobs } from './pick.ts';
import { chunkCountOf, chunkOf, type Job, type Listed, NO_WISH, Wish } from './records.ts';
import type { LookAhead } from './run.ts';
import { type Runner, startRunner } from './runner.ts';
import { keysOf, type PrefetchStore, persist, RECORDS_KEPT_MS } from './store.ts';
import { countAudience, storeAudience } from './upload.ts';

/** More than anybody plans at once; every replica reads the list of them each second. */
const MAX_OPEN = 100;

/** Longer than any prefetch keeps its people, since what an upload will be is not known from outside. */
const DRAFT_KEPT_MS = 70 * 86_400_000;

export type PrefetchesOptions = OutlookOptions & {
  readonly lookAhead: LookAhead;
  /** How many people of one prefetch the store has room for. */
  readonly maxPeople: number;
  readonly onResult: Parameters<typeof startRunner>[0]['onResult'];
  readonly log: Logger;
};

export type Prefetches = {
  /** Newest first. Rejects where the store fails, as all of these do. */
  readonly list: () => Promise<readonly Prefetch[]>;
  readonly get: (id: string) => Promise<Prefetch | null>;
  /** What it would take to look so many people up, starting now. */
  readonly estimate: (order: PrefetchOrder, users: number) => Promise<Estimate>;
  /** Reads a list of people and starts to look them up. Rejects with a `PrefetchRefusal`, or with what `read` does. */
  readonly start: (order: PrefetchOrder, read: ReadAudience) => Promise<StartedPrefetch>;
  /** The same without starting anything. */
  readonly measure: (order: PrefetchOrder, read: ReadAudience) => Promise<MeasuredPrefetch>;
  /** Null if there is none of this id. One that has ended stays as it is. */
  readonly control: (id: string, wish: PrefetchWish) => Promise<Prefetch | null>;
  /** Does not look up someone who waits for it in this process. */
  readonly forget: (person: Person) => void;
  /** Takes someone out of all lists in the store, those too that are being uploaded. */
  readonly remove: (person: Person) => Promise<void>;
  /** True while one is run here. */
  readonly isRunning: () => boolean;
  readonly stop: () => Promise<void>;
};

/** Looks lists of people up ahead of a send, within the budget. */
export function startPrefetches(options: PrefetchesOptions): Prefetches {
  const { store, registry, wallNow, log } = options;
  const runner: Runner = startRunner(options);
  const outlook = createOutlook(options);

  const get: Prefetches['get'] = async (id) => {
    await registry.read();
    const [seen] = await outlook.view(registry.index().jobs.filter((job) => job.id === id));
    return seen ?? null;
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
      return outlook.view(newest);
    },
    get,
    estimate: (order, users) => outlook.estimate(order, users, false),
    start: async (order, read) => {
      refuseIfFull();
      const id = randomUUID();
      const createdAtMs = wallNow();
      const keepMs = keepMsOf({ ...order, createdAtMs, endedAtMs: null }, createdAtMs);
      const { audience, chunks } = await storeAudience(options, id, keepMs, read);
      const estimated = await persist(() => outlook.estimate(order, audience.users, true));
      await addJob({ v: 1, id, createdAtMs, ...order, chunks, audience });
      runner.wake();
      log.info({ prefetch: id, people: audience.users, placements: order.placements }, 'prefetch asked for');
      const prefetch = await persist(() => get(id));
      if (!prefetch) throw new Error('a prefetch is gone that was just started');
      return { prefetch, estimate: estimated };
    },
    measure: async (order, read) => {
      const audience = await countAudience(read);
      return { audience, estimate: await persist(() => outlook.estimate(order, audience.users, false)) };
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
      const { drafts } = registry.index();
      for (const { listed, job, progress } of await outlook.readOpen()) {
        const chunks = openChunks(store, job.id, () => keepMsOf(listed, wallNow()));
        await chunks.forget(person, chunkOf(progress?.cursor.low ?? 0), chunkCountOf(job, progress));
      }
      for (const { id } of drafts) {
        const chunks = openChunks(store, id, () => DRAFT_KEPT_MS);
        await chunks.forget(person, 0, await countChunks(store, id));
      }
    },
    isRunning: runner.isRunning,
    stop: runner.stop,
  };
}

/** The number of a wish tells it from an earlier one, whoever had it. */
async function makeWish(store: PrefetchStore, id: string, wish: PrefetchWish, atMs: number): Promise<void> {
  const { entries, leases } = store;
  const key = keysOf(id).wish;
  await withLease(leases, key, async () => {
    const { number } = parseJson(Wish, await entries.read(key)) ?? NO_WISH;
    const next: Wish = { v: 1, wish: wish === 'resume' ? 'run' : wish, number: number + 1, atMs };
    await entries.write(key, JSON.stringify(next), MAX_OPEN_MS * 2);
  });
}
