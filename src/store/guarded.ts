import type { EntryStore, OutboxStore, Store } from './store.ts';
import { createStoreBreaker, inTime, type StoreBreaker, type StoreBreakerOptions } from './store-breaker.ts';

/** Nobody's answer waits for it, and a server with millions of keys takes its time. */
const REMOVE_ALL_TIMEOUT_MS = 30_000;
const OUTBOX_TIMEOUT_MS = 2_000;

export type GuardOptions = Omit<StoreBreakerOptions, 'onHealth'> & {
  /** False when part of it is left alone, and true when all is used again. */
  readonly onHealth: (isHealthy: boolean) => void;
};

export type GuardedStore = Store & { readonly isHealthy: () => boolean };

/**
 * A store that cannot hold up an answer: every operation has a deadline of its own, and a store that keeps failing is
 * left alone for a second at a time, in which everything rejects at once.
 */
export function guardStore(store: Store, options: GuardOptions): GuardedStore {
  const health = createHealth(options.onHealth);
  const createBreaker = () => createStoreBreaker({ ...options, onHealth: health.change });
  const onEntries = createBreaker();
  // A server that does not answer answers nobody. Here, entries may wait for long while calls are paid for in time.
  const onCalls = store.isShared ? onEntries : createBreaker();

  const { leases, budget, queue } = store;
  return {
    kind: store.kind,
    isShared: store.isShared,
    isHealthy: health.isHealthy,
    entries: guardEntries(store, onEntries, options.onFailure),
    leases: {
      take: wrap(onCalls, 'lease', leases.take),
      release: wrap(onCalls, 'lease', leases.release),
    },
    budget: {
      reserve: wrap(onCalls, 'budget', budget.reserve),
      hold: wrap(onCalls, 'budget', budget.hold),
      adopt: wrap(onCalls, 'budget', budget.adopt),
      inUse: wrap(onCalls, 'budget', budget.inUse),
    },
    queue: {
      add: wrap(onEntries, 'queue', queue.add),
      take: wrap(onEntries, 'queue', queue.take),
      remove: wrap(onEntries, 'queue', queue.remove),
      size: wrap(onEntries, 'queue', queue.size),
    },
    outbox: guardOutbox(store.outbox, options.onFailure),
    close: store.close,
  };
}

function guardEntries(
  { entries, isShared }: Store,
  breaker: StoreBreaker,
  onFailure: (operation: string) => void,
): EntryStore {
  return {
    read: (key) => {
      if (isShared) return breaker('read', async () => entries.read(key));
      // It costs microseconds; a promise and a timer would cost more than the read.
      try {
        return entries.read(key);
      } catch (error) {
        onFailure('read');
        throw error;
      }
    },
    write: wrap(breaker, 'write', entries.write),
    claim: wrap(breaker, 'claim', entries.claim),
    remove: wrap(breaker, 'remove', entries.remove),
    // Past the breaker: how long it takes says nothing about the others, and whoever wants to be forgotten is worth a
    // try also while answers go on without the store.
    removeAll: async (prefix) => {
      try {
        await inTime(entries.removeAll(prefix), REMOVE_ALL_TIMEOUT_MS);
      } catch (error) {
        onFailure('remove_all');
        throw error;
      }
    },
  };
}

/**
 * Apart from the others: nobody's answer waits for it, and what it moves is large, so that the time which it takes says
 * little about them.
 */
function guardOutbox(outbox: OutboxStore, onFailure: (operation: string) => void): OutboxStore {
  const breaker = createStoreBreaker({ timeoutMs: OUTBOX_TIMEOUT_MS, onFailure, onHealth: () => {} });
  return {
    append: wrap(breaker, 'outbox', outbox.append),
    peek: wrap(breaker, 'outbox', outbox.peek),
    replace: wrap(breaker, 'outbox', outbox.replace),
    remove: wrap(breaker, 'outbox', outbox.remove),
    count: wrap(breaker, 'outbox', outbox.count),
  };
}

function wrap<Args extends unknown[], T>(
  breaker: StoreBreaker,
  operation: string,
  run: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
  return (...args) => breaker(operation, () => run(...args));
}

/** Healthy while no breaker leaves anything alone. */
function createHealth(onHealth: (isHealthy: boolean) => void) {
  let leftAlone = 0;
  return {
    isHealthy: () => leftAlone === 0,
    change: (isHealthy: boolean): void => {
      const before = leftAlone;
      leftAlone += isHealthy ? -1 : 1;
      if ((before === 0) !== (leftAlone === 0)) onHealth(isHealthy);
    },
  };
}
