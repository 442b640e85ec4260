import type { Day, DayRange } from './day.ts';
import type { Windows } from './freshness.ts';
import type { Placement } from './placement.ts';

/** What somebody wants to know: whether the recommendation of a placement did better than its baseline. */
export type ResultsQuestion = {
  readonly placement: Placement;
  /** How long what Amplitude said is served there. */
  readonly windows: Windows;
  /** Days of the Amplitude project's time zone. */
  readonly range: DayRange;
  /** The event that counts as success; null for the one that the placement names. */
  readonly outcome: string | null;
  /** Only this send, or only this channel, by Inlay's own events; null for all. */
  readonly campaign: string | null;
  readonly channel: string | null;
};

/** People of one arm, each counted once, and those of them who did what counts as success. */
export type ArmCounts = { readonly users: number; readonly conversions: number };

export type Arm = 'control' | 'treatment';

export type ByArm<T> = Readonly<Record<Arm, T>>;

/** What can be said of two arms. A share is 0…1; null is what is not defined. */
export type Comparison = {
  readonly rates: ByArm<number | null>;
  /** How much higher the treatment's rate is than control's, as a part of control's: 0.3 for 30 % more. */
  readonly lift: number | null;
  /** Between these it lies, with 95 % confidence. */
  readonly liftLow: number | null;
  readonly liftHigh: number | null;
  /** The chance of a difference at least this large if there were none. */
  readonly pValue: number | null;
  /** What Amplitude shows: 1 − p. */
  readonly significance: number | null;
  /** What is missing until this is worth reading. */
  readonly missing: ByArm<Missing>;
  readonly isEnough: boolean;
};

/** Of one arm: how many more people at the rate so far, and how many more of them who did or did not convert. */
export type Missing = {
  readonly users: number;
  readonly conversions: number;
  readonly nonConversions: number;
};

/** Whether control is as large as it should be; null where it is not said how large that is. */
export type SampleRatio = {
  /** Control's share of both arms, as the placement says. */
  readonly expectedShare: number | null;
  readonly observedShare: number | null;
  readonly chiSquare: number | null;
  readonly pValue: number | null;
  readonly isMismatch: boolean | null;
};

export const WARNING_CODES = [
  'empty_arm',
  'no_lift',
  'no_test',
  'unbounded_interval',
  'sample_ratio_mismatch',
  'sample_ratio_untested',
  'unfinished_days',
  'cache_window',
  'arm_changes',
  'fallbacks_unknown',
  'diluted_lift',
  'shared_exposures',
  'served_only',
  'shrunk_counts',
  'old_figures',
] as const;

export type WarningCode = (typeof WARNING_CODES)[number];

/** What to know before believing the figures, and what can be done about it. */
export type Warning = { readonly code: WarningCode; readonly text: string };

/** One day by itself: who was exposed on it. People come again, so days do not add up to the whole. */
export type DayResult = { readonly date: Day } & ByArm<ArmCounts>;

/** What was asked of Amplitude, so that a person can ask it there. */
export type Asked = {
  readonly range: DayRange;
  readonly days: number;
  readonly exposureEvent: string;
  readonly outcome: string;
  /** How long after the exposure the outcome counts. Seconds. */
  readonly windowSeconds: number;
  /** The steps of each arm's funnel, as Amplitude's API writes events. */
  readonly events: ByArm<readonly object[]>;
  /** What both funnels cost of Amplitude's allowance when they are asked for. */
  readonly cost: number;
  /** When Amplitude answered; wall clock, milliseconds. */
  readonly saidAtMs: number;
  /** From this day on the figures no longer change, since everybody had the whole window. */
  readonly finalFrom: Day;
};

export type Results = {
  readonly placement: string;
  readonly campaign: string | null;
  readonly channel: string | null;
  readonly arms: ByArm<ArmCounts>;
  readonly comparison: Comparison;
  readonly sampleRatio: SampleRatio;
  /** Share of the answers of the last 24 hours by the reason of a fallback; null if there were none. */
  readonly fallbacks: Readonly<Record<string, number>> | null;
  readonly dilution: Dilution | null;
  readonly days: readonly DayResult[];
  readonly asked: Asked;
  readonly warnings: readonly Warning[];
  /** What it comes to, in a sentence. */
  readonly verdict: string;
};

/** People who were assigned the recommendation and were shown the baseline. */
export type Dilution = {
  /** Of those assigned the recommendation, at most. */
  readonly share: number;
  /** What the lift would be without them, at most. */
  readonly undilutedLift: number | null;
};

/** Why there are no results, and what to do: for whoever asked. Holds no key. */
export type ResultsFault = {
  readonly fault:
    | 'results_off'
    | 'results_refused'
    | 'results_unavailable'
    | 'results_too_dear'
    | 'invalid_parameters';
  readonly detail: string;
  readonly retryAfterSeconds: number | null;
};
