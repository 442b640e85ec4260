import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  circuitBreaker,
  handleWhenResult,
  SamplingBreaker,
} from 'cockatiel';

/** Half of the calls failing, over ten seconds in which there were enough to tell. */
const FAILING = { threshold: 0.5, duration: 10_000, minimumRps: 0.5 };

/** How long calls are spared before one of them finds out whether it is over. */
export const PROBE_AFTER_MS = 5_000;

export type BreakerState = 'closed' | 'open' | 'half_open';

export type BreakerOptions<T> = {
  readonly isFailure: (result: T) => boolean;
  /** How many calls may be under way at once. */
  readonly maxCalls: number;
  readonly onState?: (state: BreakerState) => void;
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
};

export type Breaker<T> = {
  /** True if `run` would refuse, as far as can be told without trying. */
  readonly isBlocked: () => boolean;
  /** True if that is because as many calls are under way as may be, and not because they fail. */
  readonly isFull: () => boolean;
  /** What the call gave, or null if it was not made. */
  readonly run: (call: () => Promise<T>) => Promise<T | null>;
  readonly state: () => BreakerState;
};

/**
 * Keeps calls away from what is failing, and bounds those that hang. While one call probes, all others are refused
 * at once: cockatiel would let them wait for its outcome.
 */
export function createBreaker<T>({
  isFailure,
  maxCalls,
  onState,
  now = () => performance.now(),
}: BreakerOptions<T>): Breaker<T> {
  const policy = circuitBreaker(
    handleWhenResult((result) => isFailure(result as T)),
    // Its own clock is the wall's, and would keep the breaker open for as long as that was set back; see `isBlocked`.
    { halfOpenAfter: Number.NEGATIVE_INFINITY, breaker: new SamplingBreaker(FAILING) },
  );
  const room = bulkhead(maxCalls);
  let generation = 0;
  let openedAt = 0;
  policy.onStateChange((state) => {
    generation += 1;
    if (state === CircuitState.Open) openedAt = now();
    onState?.(nameOf(state));
  });

  const isFull = (): boolean => room.executionSlots === 0;

  const isBlocked = (): boolean =>
    policy.state === CircuitState.HalfOpen ||
    (policy.state === CircuitState.Open && now() - openedAt < PROBE_AFTER_MS) ||
    isFull();

  return {
    isBlocked,
    isFull,
    state: () => nameOf(policy.state),
    run: async (call) => {
      if (isBlocked()) return null;
      const guarded = async (): Promise<T> => {
        const begunIn = generation;
        const result = await call();
        // It says nothing about the state that the breaker is in by now; thrown, cockatiel counts it neither way.
        if (begunIn !== generation) throw new LateResult(result);
        return result;
      };
      try {
        return await room.execute(() => policy.execute(guarded));
      } catch (error) {
        if (error instanceof LateResult) return error.result as T;
        if (error instanceof BrokenCircuitError || error instanceof BulkheadRejectedError) return null;
        throw error;
      }
    },
  };
}

class LateResult extends Error {
  readonly result: unknown;

  constructor(result: unknown) {
    super();
    this.result = result;
  }
}

function nameOf(state: CircuitState): BreakerState {
  if (state === CircuitState.Closed) return 'closed';
  return state === CircuitState.HalfOpen ? 'half_open' : 'open';
}
