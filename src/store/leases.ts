import type { LeaseStore } from './store.ts';

const FIRST_CLEANING = 1_000;

/** Leases among the callers of one process. `now` gives milliseconds by a clock that never steps. */
export function createLeases(now: () => number): LeaseStore {
  const leases = new Map<string, { readonly owner: string; readonly expiresAt: number }>();
  let cleanAt = FIRST_CLEANING;

  const clean = (): void => {
    for (const [key, { expiresAt }] of leases) if (expiresAt <= now()) leases.delete(key);
    // Twice what is in use: cleaning stays cheap for each lease, however many there are.
    cleanAt = Math.max(FIRST_CLEANING, leases.size * 2);
  };

  return {
    take: async (key, owner, holdMs) => {
      const lease = leases.get(key);
      if (lease && lease.owner !== owner && lease.expiresAt > now()) return false;
      leases.set(key, { owner, expiresAt: now() + holdMs });
      if (leases.size >= cleanAt) clean();
      return true;
    },
    release: async (key, owner) => {
      if (leases.get(key)?.owner === owner) leases.delete(key);
    },
  };
}
