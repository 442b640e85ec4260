import type { Clock } from '../../src/domain/clock.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';

/** A store as replicas share it, in memory. A test takes it away, and what is in it. */
export type SharedStore = Store & {
  /** `hangs`: whoever asks gets no answer; `deaf`: it does what it is told, and no answer arrives. */
  mode: 'up' | 'down' | 'hangs' | 'deaf';
  readonly wipe: () => void;
  /** What it was asked so far, such as `budget.reserve`. */
  readonly asked: string[];
};

export function createSharedStore(clock: Clock): SharedStore {
  let inner = createMemoryStore({ now: clock.monotonic });
  const asked: string[] = [];

  const run = async <T>(operation: string, call: () => T | Promise<T>): Promise<T> => {
    asked.push(operation);
    // As if it were elsewhere: never in the same turn.
    await null;
    if (store.mode === 'down') throw new Error('the store is down');
    if (store.mode === 'hangs') return await new Promise<never>(() => {});
    const result = await call();
    if (store.mode === 'deaf') throw new Error('the answer of the store was lost');
    return result;
  };

  const store: SharedStore = {
    kind: 'redis',
    isShared: true,
    mode: 'up',
    asked,
    wipe: () => {
      inner = createMemoryStore({ now: clock.monotonic });
    },
    entries: {
      read: (key) => run('entries.read', () => inner.entries.read(key)),
      write: (...args) => run('entries.write', () => inner.entries.write(...args)),
      remove: (key) => run('entries.remove', () => inner.entries.remove(key)),
      claim: (...args) => run('entries.claim', () => inner.entries.claim(...args)),
      removeAll: (prefix) => run('entries.removeAll', () => inner.entries.removeAll(prefix)),
    },
    leases: {
      take: (...args) => run('leases.take', () => inner.leases.take(...args)),
      release: (...args) => run('leases.release', () => inner.leases.release(...args)),
    },
    budget: {
      reserve: (...args) => run('budget.reserve', () => inner.budget.reserve(...args)),
      hold: (...args) => run('budget.hold', () => inner.budget.hold(...args)),
      adopt: (reservations) => run('budget.adopt', () => inner.budget.adopt(reservations)),
      inUse: () => run('budget.inUse', () => inner.budget.inUse()),
    },
    queue: {
      add: (...args) => run('queue.add', () => inner.queue.add(...args)),
      take: (most) => run('queue.take', () => inner.queue.take(most)),
      remove: (key) => run('queue.remove', () => inner.queue.remove(key)),
      size: () => run('queue.size', () => inner.queue.size()),
    },
    outbox: {
      append: (...args) => run('outbox.append', () => inner.outbox.append(...args)),
      peek: (...args) => run('outbox.peek', () => inner.outbox.peek(...args)),
      replace: (...args) => run('outbox.replace', () => inner.outbox.replace(...args)),
      remove: (...args) => run('outbox.remove', () => inner.outbox.remove(...args)),
      count: (box) => run('outbox.count', () => inner.outbox.count(box)),
    },
    close: async () => {},
  };
  return store;
}
