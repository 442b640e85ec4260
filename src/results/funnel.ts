import type { Day, DayRange } from '../domain/day.ts';
import type { ArmCounts } from '../domain/results.ts';

/** An event that has all of these properties at one of these values. */
export type Step = {
  readonly eventType: string;
  readonly filters: readonly { readonly property: string; readonly values: readonly string[] }[];
};

/** One funnel: who did the first and, within the time after it, the second. */
export type FunnelQuery = {
  /** The Amplitude project's name; null is the main one. */
  readonly project: string | null;
  readonly steps: readonly [Step, Step];
  /** Days on which the first was done. */
  readonly range: DayRange;
  readonly windowSeconds: number;
};

/** Each person counted once. */
export type FunnelFigures = {
  readonly counts: ArmCounts;
  /** Each day by itself; people come again, so these do not add up. */
  readonly days: readonly (ArmCounts & { readonly date: Day })[];
};

/** Why a funnel could not be had. */
export type FunnelFault = {
  readonly fault:
    | 'off'
    | 'too_dear'
    | 'no_allowance'
    | 'throttled'
    | 'refused'
    | 'bad_question'
    | 'wrong_url'
    | 'failed'
    | 'timeout'
    | 'odd_answer'
    | 'impossible_counts';
  /** Amplitude's, if it answered. */
  readonly status: number | null;
  /** When asking again may help. */
  readonly retryAfterMs: number | null;
};

export function faultOf(
  fault: FunnelFault['fault'],
  status: number | null = null,
  retryAfterMs: number | null = null,
): FunnelFault {
  return { fault, status, retryAfterMs };
}
