import type { Reader } from './reader.ts';
import { addReasons, type ReasonCounts, totalOf } from './shares.ts';

/** One minute of answers, of all placements. */
export type Minute = {
  /** Minutes since 1970. */
  readonly minute: number;
  readonly reasons: ReasonCounts;
  /** Answers for which Amplitude had to be asked, and those of them for which it failed. */
  readonly asked: number;
  readonly failed: number;
};

/** Amplitude is failing, and what people have got since. */
export type Outage = {
  /** Wall clock, milliseconds. */
  readonly sinceMs: number;
  readonly reasons: ReasonCounts;
};

/** A minute in which so much of what was asked failed belongs to an outage. */
const FAILING_PART = 0.5;

/** One that failed among few is an accident. */
const FEW = 3;

/** After so long without a call nobody can tell. */
const SILENT_MINUTES = 5;

/** The outage that goes on now, as far as the calls of the last hour tell; null if there is none. */
export function findOutage(minutes: readonly Minute[], nowMs: number): Outage | null {
  const failing: Minute[] = [];
  // A minute in which nobody had to be asked says nothing.
  for (const minute of minutes.toReversed()) {
    if (minute.asked === 0) continue;
    if (minute.failed < minute.asked * FAILING_PART) break;
    failing.push(minute);
  }
  const [last] = failing;
  const first = failing.at(-1);
  if (!last || !first) return null;
  const failed = failing.reduce((sum, one) => sum + one.failed, 0);
  const isOver = Math.floor(nowMs / 60_000) - last.minute > SILENT_MINUTES;
  if (failed < FEW || isOver) return null;
  const since = minutes.filter(({ minute }) => minute >= first.minute);
  return { sinceMs: first.minute * 60_000, reasons: addReasons(since) };
}

/** `61 % got recommendations from the store, 39 % the default. …` */
export function sayOutage({ reasons }: Outage, { percent }: Reader): string {
  const total = totalOf(reasons);
  const recommended = (reasons.recommended ?? 0) / total;
  const control = (reasons.control ?? 0) / total;
  const ofControl = control > 0 ? ` (${percent(control)} as the control group they are)` : '';
  return `Since then ${percent(recommended)} got recommendations from the store, ${percent(1 - recommended)} the default${ofControl}. Pause the send in Braze to wait, or let it go on: every message is whole.`;
}
