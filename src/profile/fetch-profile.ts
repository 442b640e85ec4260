import type { Breaker, Room } from '../breaker.ts';
import type { Lookup, UnavailableReason } from '../domain/profile.ts';
import type { CallAmplitude, CallResult } from './amplitude.ts';
import type { Budget, Priority } from './budget.ts';
import type { ProfileQuery } from './wire.ts';

/** Amplitude promises answers "in less than a second"; a call outlives the answer that asked, but not for long. */
export const MAX_CALL_MS = 2_500;

/** How a call ended, for those who count. */
export type CallObserver = (call: {
  readonly result: Lookup['status'] | UnavailableReason;
  readonly ms: number;
}) => void;

export type FetchProfileOptions = {
  readonly call: CallAmplitude;
  readonly budget: Pick<Budget, 'reserve' | 'slowDown' | 'isExhausted'>;
  readonly breaker: Breaker<CallResult>;
  readonly observe: CallObserver;
  /** Monotonic milliseconds. */
  readonly now: () => number;
};

/**
 * What Amplitude says about each recommendation asked for. `retryWithinMs` is how long somebody waits for it: a second
 * attempt that nobody waits for would log an exposure for nothing.
 */
export type FetchProfile = (
  project: string | null,
  query: ProfileQuery,
  priority: Priority,
  retryWithinMs: number,
) => Promise<ReadonlyMap<string, Lookup>>;

/**
 * Calls that are paid for and spared where they are known to fail. Each logs an exposure, so what was understood is
 * never repeated: only a 5xx and a broken connection are, once, while somebody waits.
 */
export function createFetchProfile(options: FetchProfileOptions): FetchProfile {
  const { call, budget, breaker, observe, now } = options;

  /** Too many calls under way is a want of capacity, which the next moment brings. */
  const refusal = (room: Room): UnavailableReason => (breaker.isFull(room) ? 'throttled' : 'circuit_open');

  const attempt = async (
    project: string | null,
    query: ProfileQuery,
    priority: Priority,
  ): Promise<CallResult | UnavailableReason> => {
    const room = priority === 'background' ? 'behind' : 'front';
    if (breaker.isBlocked(room)) return refusal(room);
    const reservation = await budget.reserve(priority);
    if (!reservation) return 'throttled';
    const startedAt = now();
    const result = await breaker.run(() => call(project, query, AbortSignal.timeout(MAX_CALL_MS)), room);
    if (!result) {
      reservation.cancel();
      return refusal(room);
    }
    reservation.settle();
    const outcome = outcomeOf(result);
    if (outcome === 'throttled') budget.slowDown();
    observe({ result: outcome, ms: now() - startedAt });
    return result;
  };

  return async (project, query, priority, retryWithinMs) => {
    const startedAt = now();
    const first = await attempt(project, query, priority);
    if (typeof first === 'string') return unavailable(query, first);
    if (!first.mayRetry || now() - startedAt >= retryWithinMs) return first.lookups;
    const second = await attempt(project, query, priority);
    return typeof second === 'string' ? first.lookups : second.lookups;
  };
}

function outcomeOf({ lookups }: CallResult): Lookup['status'] | UnavailableReason {
  const [lookup] = lookups.values();
  if (!lookup) return 'invalid_response';
  return lookup.status === 'unavailable' ? lookup.reason : lookup.status;
}

function unavailable({ recommendations }: ProfileQuery, reason: UnavailableReason): Map<string, Lookup> {
  return new Map(recommendations.map((id) => [id, { status: 'unavailable', reason }]));
}
