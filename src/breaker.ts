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

/** Calls that answers wait for, and those behind them, each with room of their own: neither fills the other's. */
export type Room = 'front' | 'behind';

export type BreakerOptions<T> = {
  readonly isFailure: (result: T) => boolean;
  /** How many calls may be under way at once. */
  readonly maxCalls: number;
  /** How many may be besides, behind the answers. Default 0. */
  readonly maxBehind?: number;
  readonly onState?: (state: BreakerState) => void;
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
};

export type Breaker<T> = {
  /** True if `run` would refuse, as far as can be told without trying. */
  readonly isBlocked: (room?: Room) => boolean;
  /** True if that is because as many calls are under way as may be, and not because they fail. */
  readonly isFull: (room?: Room) => boolean;
  /** What the call gave, or null if it was not made. */
  readonly run: (call: () => Promise<T>, room?: Room) => Promise<T | null>;
  readonly state: () => BreakerState;
};

/**
 * Keeps calls away from what is failing, and bounds those that hang. While one call probes, all others are refused
 * at once: cockatiel would let them wait for its outcome.
 */
export function createBreaker<T>({
  isFailure,
  maxCalls,
  maxBehind = 0,
  onState,
  now = () => performance.now(),
}: BreakerOptions<T>): Breaker<T> {
  const policy = circuitBreaker(
    handleWhenResult((result) => isFailure(result as T)),
    // Its own clock is the wall's, and would keep the breaker open for as long as that was set back; see `isBlocked`.
    { halfOpenAfter: Number.NEGATIVE_INFINITY, breaker: new SamplingBreaker(FAILING) },
  );
  const rooms = { front: bulkhead(maxCalls), behind: bulkhead(maxBehind) };
  let generation = 0;
  let openedAt = 0;
  policy.onStateChange((state) => {
    generation += 1;
    if (state === CircuitState.Open) openedAt = now();
    onState?.(nameOf(state));
  });

  const isFull = (room: Room = 'front'): boolean => rooms[room].executionSlots === 0;

  const isBlocked = (room: Room = 'front'): boolean =>
    policy.state === CircuitState.HalfOpen ||
    (policy.state === CircuitState.Open && now() - openedAt < PROBE_AFTER_MS) ||
    isFull(room);

  return {
    isBlocked,
    isFull,
    state: () => nameOf(policy.state),
    run: async (call, room = 'front') => {
      if (isBlocked(room)) return null;
      const guarded = async (): Promise<T> => {
        const begunIn = generation;
        const result = await call();
        // It says nothing about the state that the breaker is in by now; thrown, cockatiel counts it neither way.
        if (begunIn !== generation) throw new LateResult(result);
        return result;
      };
      try {
        return await rooms[room].execute(() => policy.execute(guarded));
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
