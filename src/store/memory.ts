import { LRUCache } from 'lru-cache';
import { Ledger } from '../domain/ledger.ts';
import { createLeases } from './leases.ts';
import { createMemoryOutbox } from './memory-outbox.ts';
import type { Store } from './store.ts';

/** Entries are few where there is no other store: those in use are in the cache above anyway. */
const MAX_ENTRY_BYTES = 16 * 1_048_576;
const MAX_QUEUED = 100_000;

export type MemoryStoreOptions = {
  /** Milliseconds by a clock that never steps. */
  readonly now: () => number;
};

/** A store that is gone with the process. */
export function createMemoryStore({ now }: MemoryStoreOptions): Store {
  type Entry = { readonly value: string; readonly expiresAt: number };
  const entries = new LRUCache<string, Entry>({
    maxSize: MAX_ENTRY_BYTES,
    sizeCalculation: ({ value }, key) => 100 + value.length + key.length,
  });
  const ledger = new Ledger();
  const queue = new Map<string, Entry>();

  const read = (key: string): string | null => {
    const entry = entries.get(key);
    return entry && entry.expiresAt > now() ? entry.value : null;
  };
  const write = (key: string, value: string, keepMs: number): void =>
    void entries.set(key, { value, expiresAt: now() + keepMs });

  const dropExpired = (): void => {
    for (const [key, { expiresAt }] of queue) if (expiresAt <= now()) queue.delete(key);
  };

  return {
    kind: 'memory',
    isShared: false,
    entries: {
      read,
      write: async (key, value, keepMs) => write(key, value, keepMs),
      claim: async (key, value, keepMs) => {
        const held = read(key);
        if (held !== null) return held;
        write(key, value, keepMs);
        return value;
      },
      remove: async (key) => void entries.delete(key),
      removeAll: async (prefix) => {
        for (const key of [...entries.keys()]) if (key.startsWith(prefix)) entries.delete(key);
      },
    },
    leases: createLeases(now),
    budget: {
      reserve: async (id, limit, holdMs) => ledger.reserve(id, limit, holdMs, now()),
      hold: async (id, holdMs) => ledger.hold(id, holdMs, now()),
      adopt: async (reservations) => {
        for (const { id, holdMs } of reservations) ledger.adopt(id, holdMs, now());
      },
      inUse: async () => ledger.inUse(now()),
    },
    queue: {
      add: async (key, value, keepMs) => {
        const waiting = queue.get(key);
        if (waiting && waiting.expiresAt > now()) return true;
        if (queue.size >= MAX_QUEUED) dropExpired();
        if (queue.size >= MAX_QUEUED) return false;
        queue.delete(key);
        queue.set(key, { value, expiresAt: now() + keepMs });
        return true;
      },
      take: async (most) => {
        const taken: { key: string; value: string }[] = [];
        for (const [key, { value, expiresAt }] of queue) {
          if (taken.length === most) break;
          queue.delete(key);
          if (expiresAt > now()) taken.push({ key, value });
        }
        return taken;
      },
      remove: async (key) => void queue.delete(key),
      size: async () => queue.size,
    },
    outbox: createMemoryOutbox(now),
    close: async () => {},
  };
}
