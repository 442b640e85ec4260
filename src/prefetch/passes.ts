import type { Progress } from './records.ts';

/** Once through the list, or through those of it with whom Amplitude failed. */
export type Pass = Progress['pass'];

/** Retries of those with whom Amplitude fails while it answers about others. */
const MAX_RETRIES = 5;

/** Before the first retries, and before all others. */
const PAUSES_MS = [15_000, 30_000, 60_000, 120_000, 300_000];
const LONGEST_PAUSE_MS = 900_000;

/** How long an outage may last before its people count as failed, if the send is not later. */
const OUTAGE_MS = 6 * 3_600_000;

/** With so few left it may be they, and not Amplitude: they are tried for an hour. */
const FEW = 5;
const FEW_MS = 3_600_000;

/** The pass after this one. One in which Amplitude answered about nobody says nothing about anybody, and counts for none. */
export function endPass({ number, waits, hasAnswers }: Pass, endChunk: number, nowMs: number): Pass {
  const pauseMs = PAUSES_MS[waits] ?? LONGEST_PAUSE_MS;
  return {
    number: hasAnswers ? number + 1 : number,
    waits: waits + 1,
    endChunk,
    hasAnswers: false,
    beginsAtMs: nowMs + pauseMs,
  };
}

export type Left = {
  /** People who are to be tried once more. */
  readonly waiting: number;
  /** Since when nobody was answered about; null while somebody is. */
  readonly outageSinceMs: number | null;
  readonly sendAtMs: number;
  readonly nowMs: number;
};

/** Whether those who are left have failed for good. */
export function hasGivenUp(next: Pass, { waiting, outageSinceMs, sendAtMs, nowMs }: Left): boolean {
  if (next.number > MAX_RETRIES) return true;
  if (outageSinceMs === null) return false;
  const untilMs = waiting < FEW ? outageSinceMs + FEW_MS : Math.max(sendAtMs, outageSinceMs + OUTAGE_MS);
  return nowMs > untilMs;
}
