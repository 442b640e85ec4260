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

/** Whether those who are left have failed for good. `outageSinceMs`: since when nobody was answered about. */
export function hasGivenUp(
  next: Pass,
  outageSinceMs: number | null,
  sendAtMs: number,
  nowMs: number,
): boolean {
  if (next.number > MAX_RETRIES) return true;
  return outageSinceMs !== null && nowMs > Math.max(sendAtMs, outageSinceMs + OUTAGE_MS);
}
