import type { Moment } from './moment.ts';

/** What a prefetch found stays fresh for some time after the send. One rule for all of it, so that nothing is rewritten. */
export type Hold = {
  /** Wall clock, milliseconds. */
  readonly createdAtMs: number;
  /** When the message goes out; null for as soon as everyone is looked up. */
  readonly sendAt: Moment | null;
  /** How long after the send, or the end of the prefetch if that is later. */
  readonly holdMs: number;
  /** When it was done or cancelled; null while it goes on. Wall clock, milliseconds. */
  readonly endedAtMs: number | null;
};

/** A prefetch that is not done by then is given up: what it found first would be of no use. */
export const MAX_OPEN_MS = 7 * 86_400_000;

/** Until when what it found is fresh: without end while it goes on. */
export function heldUntilMs({ sendAt, holdMs, endedAtMs }: Hold): number {
  if (endedAtMs === null) return Number.POSITIVE_INFINITY;
  return Math.max(sendAt?.ms ?? endedAtMs, endedAtMs) + holdMs;
}

/** The earliest that this can be. */
export function heldAtLeastUntilMs(hold: Hold, nowMs: number): number {
  return heldUntilMs({ ...hold, endedAtMs: hold.endedAtMs ?? nowMs });
}

/** The latest that this can be. */
export function heldAtMostUntilMs(hold: Hold): number {
  return heldUntilMs({ ...hold, endedAtMs: hold.endedAtMs ?? hold.createdAtMs + MAX_OPEN_MS });
}

/** For how long a store has to keep what hangs on it. Milliseconds. */
export function keepMsOf(hold: Hold, nowMs: number): number {
  return Math.max(1, heldAtMostUntilMs(hold) - nowMs);
}

/** Whose look-ups come first: whoever sends first. Without a time to send, that is as soon as possible. */
export function compareUrgency(a: Hold, b: Hold): number {
  const dueOf = ({ sendAt, createdAtMs }: Hold): number => sendAt?.ms ?? createdAtMs;
  return dueOf(a) - dueOf(b) || a.createdAtMs - b.createdAtMs;
}
