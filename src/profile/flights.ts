import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** The right to do something alone among the replicas. Every method may reject. */
export type Leases = {
  /** False if there is nobody to share with. */
  readonly isShared: boolean;
  readonly take: (key: string, owner: string, holdMs: number) => Promise<boolean>;
  readonly release: (key: string, owner: string) => Promise<void>;
};

/** How to get what a flight is for. */
export type Errand<T> = {
  /** What another replica has found in the meantime, or null. */
  readonly find: () => Promise<T | null>;
  /** Gets it; `written` resolves when other replicas can find it. */
  readonly fetch: () => Promise<{ readonly result: T; readonly written: Promise<unknown> }>;
  /** What there is if nobody gets it in time. */
  readonly late: T;
};

export type Flights<T> = {
  readonly isFlying: (key: string) => boolean;
  /** Joins the flight under way for this key, or begins one. Never rejects for what leases do. */
  readonly fly: (key: string, errand: Errand<T>) => Promise<T>;
};

/** Longer than a call and its retry can take. */
const LEASE_MS = 7_000;

/** How often a replica looks for what another one is getting. */
const POLL_MS = 40;

/** Single flight: in the process by key, and among replicas by a short lease. */
export function createFlights<T>(leases: Leases, now: () => number): Flights<T> {
  const flying = new Map<string, Promise<T>>();
  const owner = randomUUID();

  const fetchAlone = async (key: string, errand: Errand<T>): Promise<T> => {
    const startedAt = now();
    while (now() - startedAt < LEASE_MS) {
      // Without an answer from the store, twice is better than never.
      if (await leases.take(key, owner, LEASE_MS).catch(() => true)) return await fetchWithLease(key, errand);
      await sleep(POLL_MS, undefined, { ref: false });
      const found = await errand.find();
      if (found !== null) return found;
    }
    return errand.late;
  };

  const fetchWithLease = async (key: string, { find, fetch }: Errand<T>): Promise<T> => {
    let written: Promise<unknown> = Promise.resolve();
    try {
      // Somebody may have got it between our last look and the lease.
      const found = await find();
      if (found !== null) return found;
      const fetched = await fetch();
      written = fetched.written;
      return fetched.result;
    } finally {
      written.then(() => leases.release(key, owner)).catch(() => {});
    }
  };

  const fetch = async (errand: Errand<T>): Promise<T> => (await errand.fetch()).result;

  return {
    isFlying: (key) => flying.has(key),
    fly: (key, errand) => {
      const joined = flying.get(key);
      if (joined) return joined;
      const fetching = leases.isShared ? fetchAlone(key, errand) : fetch(errand);
      const flight = fetching.finally(() => flying.delete(key));
      flying.set(key, flight);
      return flight;
    },
  };
}
