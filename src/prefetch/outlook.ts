import {
  type Capacity,
  capacityOf,
  describeEstimate,
  latestStartMs,
  secondsFor,
} from '../domain/estimate.ts';
import { compareUrgency, type Hold } from '../domain/hold.ts';
import { distinctCalls, type LookupPlan } from '../domain/lookup-plan.ts';
import type { Estimate, Prefetch, PrefetchOrder } from '../domain/prefetch.ts';
import { isPaused, type Open, openJobs, readOpen } from './pick.ts';
import type { Listed } from './records.ts';
import type { Registry } from './registry.ts';
import type { PrefetchStore } from './store.ts';
import { callsInLastMinute, callsLeft, viewPrefetch } from './view.ts';

const MINUTE_MS = 60_000;

export type OutlookOptions = {
  readonly store: PrefetchStore;
  readonly registry: Registry;
  /** How a placement's people are looked up, by its name; null if there is none of that name. */
  readonly findPlan: (placementName: string) => LookupPlan | null;
  /** What the budget allows prefetches, and what counts now. May reject. */
  readonly budgetUse: () => Promise<{
    readonly limit: number;
    readonly inUse: number;
    readonly windowMs: number;
  }>;
  /** Wall clock, milliseconds. */
  readonly wallNow: () => number;
};

/** How far prefetches are, and how long they take. Each rejects where the store fails. */
export type Outlook = {
  /** Those that go on. */
  readonly readOpen: () => Promise<readonly Open[]>;
  readonly view: (listed: readonly Listed[]) => Promise<Prefetch[]>;
  readonly estimate: (order: PrefetchOrder, users: number, hasBegun: boolean) => Promise<Estimate>;
};

export function createOutlook({ store, registry, findPlan, budgetUse, wallNow }: OutlookOptions): Outlook {
  const callsEach = (placements: readonly string[]): number =>
    distinctCalls(placements.map(findPlan).filter((plan) => plan !== null)).length;

  const readAll = async (jobs: readonly Listed[]): Promise<Open[]> => {
    const all = await Promise.all(jobs.map((listed) => readOpen(store, listed)));
    return all.filter((open) => open !== null);
  };

  /** Those that go on, and what there is for them; null where the budget does not tell. */
  const readNow = async (
    nowMs: number,
  ): Promise<{ readonly open: readonly Open[]; readonly capacity: Capacity | null }> => {
    const isRecent = ({ endedAtMs }: Listed): boolean => endedAtMs === null || nowMs - endedAtMs < MINUTE_MS;
    const recent = await readAll(registry.index().jobs.filter(isRecent));
    // Those too that have ended since have spent something of what counts.
    const ahead = recent.reduce((sum, one) => sum + callsInLastMinute(one, nowMs), 0);
    const use = await budgetUse().catch(() => null);
    return { open: recent.filter(isOpen), capacity: use && capacityOf({ ...use, ahead }) };
  };

  const callsBefore = (hold: Hold, open: readonly Open[]): number =>
    open
      .filter((other) => !isPaused(other) && compareUrgency(other.listed, hold) < 0)
      .reduce((sum, other) => sum + callsLeft(other, callsEach(other.job.placements)), 0);

  return {
    readOpen: async () => (await readAll(openJobs(registry.index().jobs))).filter(isOpen),
    view: async (listed) => {
      const { open, capacity } = await readNow(wallNow());
      const found = await readAll(listed);
      return found.map((one) =>
        viewPrefetch(one, {
          capacity,
          callsEach: callsEach(one.job.placements),
          callsBefore: callsBefore(one.listed, open),
          nowMs: wallNow(),
        }),
      );
    },
    estimate: async ({ placements, sendAt, holdMs }, users, hasBegun) => {
      const nowMs = wallNow();
      const { open, capacity } = await readNow(nowMs);
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
    },
  };
}

/** Neither ended nor cancelled. */
function isOpen({ listed, wish }: Open): boolean {
  return listed.endedAtMs === null && wish.wish !== 'cancel';
}
