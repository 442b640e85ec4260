/** The organisation was told to slow down: by how much, and when. */
export type Pace = {
  /** 1 is the full budget. */
  readonly share: number;
  /** Milliseconds by a clock that never steps. */
  readonly sinceMs: number;
};

export const FULL_PACE: Pace = { share: 1, sinceMs: 0 };

const MIN_SHARE = 1 / 16;

/** The answers to calls that were under way together are one telling, not many. */
const ONE_TELLING_MS = 5_000;

/** The way back: an eighth of the budget at a time. */
const STEP_SHARE = 1 / 8;
const STEP_MS = 30_000;

/** The share of the budget that may be spent now. */
export function shareAt({ share, sinceMs }: Pace, nowMs: number): number {
  const steps = Math.floor(Math.max(0, nowMs - sinceMs) / STEP_MS);
  return Math.min(1, share + steps * STEP_SHARE);
}

/** What Amplitude's "too many requests" makes of a pace: half of what it was by now. */
export function slowDown(pace: Pace, nowMs: number): Pace {
  const isSameTelling = pace.share < 1 && Math.abs(nowMs - pace.sinceMs) < ONE_TELLING_MS;
  return isSameTelling ? pace : { share: Math.max(MIN_SHARE, shareAt(pace, nowMs) / 2), sinceMs: nowMs };
}

/** The slower of two, which is what another replica may have been told. */
export function slowerPace(a: Pace, b: Pace, nowMs: number): Pace {
  return shareAt(b, nowMs) < shareAt(a, nowMs) ? b : a;
}
