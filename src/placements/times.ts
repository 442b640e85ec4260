import { z } from 'zod';
import { parseDuration } from '../duration.ts';

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
] as const;

export const SECOND_MS = 1_000;
export const DAY_MS = 86_400_000;

/** A time with its unit, in milliseconds. */
export function duration(minMs: number, maxMs: number) {
  const message = `must be a time from ${formatTime(minMs)} to ${formatTime(maxMs)}, such as 800ms, 30s, 6h or 30d`;
  return z.string(message).transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== null && ms >= minMs && ms <= maxMs) return ms;
    context.addIssue(message);
    return z.NEVER;
  });
}

/** `1900ms`, `30s`, `90d`: in the largest unit that gives a whole number. */
function formatTime(ms: number): string {
  const [unitMs, unit] = UNITS.find(([unitMs]) => ms > 0 && ms % unitMs === 0) ?? [1, 'ms'];
  return `${ms / unitMs}${unit}`;
}
