import { type Hold, heldAtLeastUntilMs, heldAtMostUntilMs, heldUntilMs } from '../domain/hold.ts';
import { withLease } from '../lease.ts';
import { parseJson } from '../parse-json.ts';
import { Index, type Listed } from './records.ts';
import { INDEX_KEY, type PrefetchStore } from './store.ts';

/** How soon a replica knows what another one has started or ended. */
const READ_EVERY_MS = 1_000;

const KEEP_MS = 400 * 86_400_000;
const EMPTY: Index = { v: 1, jobs: [], drafts: [] };

export type RegistryOptions = {
  readonly store: PrefetchStore;
  /** Wall clock, milliseconds. */
  readonly wallNow: () => number;
};

/** All prefetches, and how long each keeps fresh what it found. Every replica has its own copy, a second old at most. */
export type Registry = {
  readonly index: () => Index;
  /** Until when what a prefetch found is fresh; null for one that is not known. */
  readonly holds: {
    readonly untilMs: (id: string) => number | null;
    readonly atLeastUntilMs: (id: string) => number | null;
    readonly atMostUntilMs: (id: string) => number | null;
  };
  /** Reads it now. Rejects where the store fails. */
  readonly read: () => Promise<void>;
  /** One replica at a time. Resolves when the others can see it. Rejects where the store fails. */
  readonly change: (change: (index: Index) => Index) => Promise<void>;
  readonly stop: () => void;
};

export function startRegistry({ store, wallNow }: RegistryOptions): Registry {
  const { entries, leases } = store;
  let index = EMPTY;
  let byId = new Map<string, Listed>();

  const set = (next: Index): void => {
    index = next;
    byId = new Map(next.jobs.map((job) => [job.id, job]));
  };

  const fetchIndex = async (): Promise<Index> => {
    const text = await entries.read(INDEX_KEY);
    const parsed = parseJson(Index, text);
    // Written by a version that keeps more: it must not be replaced by less.
    if (text !== null && parsed === null) throw new Error('the list of prefetches cannot be read');
    return parsed ?? EMPTY;
  };

  const read = async (): Promise<void> => set(await fetchIndex());

  const ask = (id: string, of: (hold: Hold, nowMs: number) => number): number | null => {
    const job = byId.get(id);
    return job ? of(job, wallNow()) : null;
  };

  // Where the store fails, the next time will do; the guard around it has counted the failure.
  const timer = setInterval(() => void read().catch(() => {}), READ_EVERY_MS).unref();
  return {
    index: () => index,
    holds: {
      untilMs: (id) => ask(id, heldUntilMs),
      atLeastUntilMs: (id) => ask(id, heldAtLeastUntilMs),
      atMostUntilMs: (id) => ask(id, heldAtMostUntilMs),
    },
    read,
    change: (change) =>
      withLease(leases, INDEX_KEY, async () => {
        const next = change(await fetchIndex());
        await entries.write(INDEX_KEY, JSON.stringify(next), KEEP_MS);
        set(next);
      }),
    stop: () => clearInterval(timer),
  };
}
