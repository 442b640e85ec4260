import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** The right to do something alone among the replicas. Every method may reject. */
export type LeaseStore = {
  /** True if `owner` has it now, for so long at most. */
  readonly take: (key: string, owner: string, holdMs: number) => Promise<boolean>;
  readonly release: (key: string, owner: string) => Promise<void>;
};

const LEASE_MS = 2_000;
/** Longer, all in all, than the lease of a replica that has ended with it. */
const TRIES = 60;
const PAUSE_MS = 50;

/** One replica at a time: what two write at once would lose one of them. Rejects where the store fails, or `work` does. */
export async function withLease<T>(leases: LeaseStore, key: string, work: () => Promise<T>): Promise<T> {
  const owner = randomUUID();
  for (let tries = 1; !(await leases.take(key, owner, LEASE_MS)); tries += 1) {
    if (tries === TRIES) throw new Error('other replicas do the same without end');
    await sleep(PAUSE_MS);
  }
  try {
    return await work();
  } finally {
    // It ends by itself, too.
    await leases.release(key, owner).catch(() => {});
  }
}
