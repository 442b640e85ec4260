import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { StoreBehindError, StoreUnavailable } from './store-errors.ts';

/** After so many failures in a row the store is left alone, and tried again after a while. */
const FAILURES = 3;
const TRY_AGAIN_AFTER_MS = 1_000;

export type StoreBreakerOptions = {
  /** How long one operation may take. Milliseconds. */
  readonly timeoutMs: number;
  readonly onFailure: (operation: string) => void;
  /** The store is left alone from now on, or used again. */
  readonly onHealth: (isHealthy: boolean) => void;
};

/** Runs an operation, or rejects: with a `StoreUnavailable`, or with why it failed. */
export type StoreBreaker = <T>(operation: string, run: () => Promise<T>) => Promise<T>;

/**
 * Gives every operation a deadline of its own, and leaves a store that keeps failing alone for a second at a time, in
 * which everything rejects at once.
 */
export function createStoreBreaker({ timeoutMs, onFailure, onHealth }: StoreBreakerOptions): StoreBreaker {
  // A store that takes no more for the moment has answered, and goes on with what it took.
  const isFault = handleWhen((error) => !(error instanceof StoreBehindError));
  const policy = circuitBreaker(isFault, {
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

  return async (operation, run) => {
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
}

/** Rejects with a `StoreUnavailable` if the promise is not settled by then. */
export async function inTime<T>(promise: Promise<T>, ms: number): Promise<T> {
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
