import { z } from 'zod';
import { DAY_MS, type DayRange, startOfDay } from '../domain/day.ts';
import { parseJson } from '../parse-json.ts';
import type { FunnelFigures } from './funnel.ts';

/** What Amplitude said of a funnel, and when. */
export type KnownFunnel = FunnelFigures & {
  /** Wall clock, milliseconds. */
  readonly saidAtMs: number;
  /** How many people it had counted before, if that were more; else null. */
  readonly shrankFrom: number | null;
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Somewhere on earth a day goes on for half a day after it is over in UTC, and Amplitude's may be there. */
const LAST_ZONE_MS = 12 * HOUR_MS;

/** Long enough that the second arm can be had while the first is fresh, where their cost lies five minutes apart. */
const UNFINISHED_MS = 15 * MINUTE_MS;
/** Nobody exposed yet, or a wrong name that is being mended. */
const EMPTY_MS = 15 * MINUTE_MS;
/** The days are over, and who was exposed on them may still convert. */
const OPEN_MS = 6 * HOUR_MS;
/** Nothing changes any more but what is deleted. */
const FINAL_MS = 30 * DAY_MS;

/** Afterwards nobody is told any more that figures shrank, or shown old ones. */
export const KEEP_MS = 90 * DAY_MS;

/** When everybody who was exposed in the range has had the whole time to convert, wherever Amplitude's days end. */
export function finalAt({ end }: DayRange, windowSeconds: number): number {
  return overAt(end) + windowSeconds * 1_000;
}

function overAt(day: string): number {
  return startOfDay(day) + DAY_MS + LAST_ZONE_MS;
}

/** Whether what was said is still good. What was said while days went on is as good as they are short. */
export function isFresh(
  { saidAtMs, counts }: KnownFunnel,
  range: DayRange,
  windowSeconds: number,
  nowMs: number,
): boolean {
  // A clock that was set back makes things look younger than they are, never older than nothing.
  const age = Math.max(0, nowMs - saidAtMs);
  if (saidAtMs < overAt(range.end)) return age < UNFINISHED_MS;
  if (counts.users === 0) return age < EMPTY_MS;
  return age < (saidAtMs < finalAt(range, windowSeconds) ? OPEN_MS : FINAL_MS);
}

const count = z.int().nonnegative();
const Entry = z.object({
  v: z.literal(1),
  at: z.number(),
  n: z.tuple([count, count]),
  days: z.array(z.tuple([z.string(), count, count])),
  was: count.nullable(),
});

export function formatEntry({ counts, days, saidAtMs, shrankFrom }: KnownFunnel): string {
  return JSON.stringify({
    v: 1,
    at: saidAtMs,
    n: [counts.users, counts.conversions],
    days: days.map(({ date, users, conversions }) => [date, users, conversions]),
    was: shrankFrom,
  });
}

/** Null for what is no entry of this version. */
export function parseEntry(text: string): KnownFunnel | null {
  const entry = parseJson(Entry, text);
  if (!entry) return null;
  return {
    counts: { users: entry.n[0], conversions: entry.n[1] },
    days: entry.days.map(([date, users, conversions]) => ({ date, users, conversions })),
    saidAtMs: entry.at,
    shrankFrom: entry.was,
  };
}
