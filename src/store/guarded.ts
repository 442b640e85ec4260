import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import type { Store } from './store.ts';

/** After so many failures in a row the store is left alone, and tried again after a while. */
const FAILURES = 3;
const TRY_AGAIN_AFTER_MS = 1_000;

/** The store did not answer in time, or is being left alone. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

export type GuardOptions = {
  /** How long one operation may take. Milliseconds. */
  readonly timeoutMs: number;
  readonly onFailure: (operation: string) => void;
  readonly onHealth: (isHealthy: boolean) => void;
};

export type GuardedStore = Store & { readonly isHealthy: () => boolean };

/**
 * A store that cannot hold up an answer: every operation has a deadline of its own, and one that keeps failing is
 * left alone for a second at a time, in which everything rejects at once.
 */
export function guardStore(store: Store, { timeoutMs, onFailure, onHealth }: GuardOptions): GuardedStore {
  const policy = circuitBreaker(handleAll, {
    halfOpenAfter: TRY_AGAIN_AFTER_MS,
    breaker: new ConsecutiveBreaker(FAILURES),
  });
  let isHealthy = true;
  const setHealth = (now: boolean): void => {
    // It opens anew after each try that fails, which is no news.
    if (now !== isHealthy) onHealth(now);
    isHealthy = now;
  };
  policy.onBreak(() => setHealth(false));
  policy.onReset(() => setHealth(true));

  const guard = async <T>(operation: string, run: () => Promise<T>): Promise<T> => {
    // While one operation tries whether it is over, the others must not wait for it.
    if (policy.state === CircuitState.HalfOpen) throw new StoreUnavailable();
    try {
      return await policy.execute(() => inTime(run(), timeoutMs));
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw new StoreUnavailable();
      onFailure(operation);
      throw error;
    }
  };

  const wrap = <Args extends unknown[], T>(operation: string, run: (...args: Args) => Promise<T>) => {
    return (...args: Args): Promise<T> => guard(operation, () => run(...args));
  };

  const { entries, leases, budget, queue } = store;
  return {
    kind: store.kind,
    isShared: store.isShared,
    isHealthy: () => isHealthy,
    entries: {
      read: (key) => {
        if (store.isShared) return guard('read', async () => entries.read(key));
        // It costs microseconds; a promise and a timer would cost more than the read.
        try {
          return entries.read(key);
        } catch (error) {
          onFailure('read');
          throw error;
        }
      },
      write: wrap('write', entries.write),
      remove: wrap('remove', entries.remove),
    },
    leases: { take: wrap('lease', leases.take), release: wrap('lease', leases.release) },
    budget: {
      reserve: wrap('budget', budget.reserve),
      hold: wrap('budget', budget.hold),
      adopt: wrap('budget', budget.adopt),
      inUse: wrap('budget', budget.inUse),
    },
    queue: {
      add: wrap('queue', queue.add),
      take: wrap('queue', queue.take),
      remove: wrap('queue', queue.remove),
      size: wrap('queue', queue.size),
    },
    close: store.close,
  };
}

async function inTime<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    // On a busy event loop the answer may be here already and wait behind the timers for its turn.
    timer = setTimeout(() => setImmediate(() => reject(new StoreUnavailable())), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
