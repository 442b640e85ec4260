import { setTimeout as sleep } from 'node:timers/promises';
import { PrefetchRefusal } from '../domain/prefetch.ts';
import type { LeaseStore } from '../lease.ts';

/** The store as far as prefetches need it. Every method may reject, and none hangs. */
export type PrefetchStore = {
  readonly entries: {
    readonly read: (key: string) => string | null | Promise<string | null>;
    readonly write: (key: string, value: string, keepMs: number) => Promise<void>;
    readonly remove: (key: string) => Promise<void>;
  };
  readonly leases: LeaseStore;
};

// Keys of profiles begin with a project's name or with nothing, so that none of these can be one.

export const INDEX_KEY = '=prefetch';

/** What is kept of one beyond its people and their hold, for those who look back at it. */
export const RECORDS_KEPT_MS = 40 * 86_400_000;

export function keysOf(id: string) {
  const key = `${INDEX_KEY}\n${id}`;
  return {
    /** The right to run it, too. */
    job: key,
    progress: `${key}\nprogress`,
    wish: `${key}\nwish`,
    people: (chunk: number): string => `${key}\npeople\n${chunk}`,
  };
}

/** What is asked of a store that may be busy for a moment is asked again a few times. */
const PAUSES_MS = [50, 200, 500, 1_000];

/** Rejects with a `PrefetchRefusal` where it goes on failing. */
export async function persist<T>(work: () => T | Promise<T>): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await work();
    } catch {
      // Counted by the guard around the store.
      await sleep(pauseMs);
    }
  }
  try {
    return await work();
  } catch {
    throw new PrefetchRefusal(
      'store_unavailable',
      'Prefetches are kept in the store, which does not answer: try again in a moment.',
    );
  }
}
