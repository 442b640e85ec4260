/** A day of the calendar, `2026-11-27`. */
export type Day = string;

export const DAY_MS = 86_400_000;

/** `2026-11-27` or `20261127`; null for anything else, and for days that no calendar has. */
export function parseDay(text: string): Day | null {
  const [, year, month, date] = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(text) ?? [];
  if (/-/.test(text) && text.length !== 10) return null;
  const day = `${year}-${month}-${date}`;
  const ms = Date.parse(day);
  return Number.isNaN(ms) || dayAt(ms) !== day ? null : day;
}

/** The day that it is in UTC. */
export function dayAt(ms: number): Day {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Its first moment in UTC, in milliseconds. */
export function startOfDay(day: Day): number {
  return Date.parse(day);
}

export function addDays(day: Day, days: number): Day {
  return dayAt(startOfDay(day) + days * DAY_MS);
}

/** Days from one to another, both included. */
export type DayRange = { readonly start: Day; readonly end: Day };

export function daysOf({ start, end }: DayRange): Day[] {
  const days: Day[] = [];
  for (let day = start; day <= end; day = addDays(day, 1)) days.push(day);
  return days;
}

export function countDays({ start, end }: DayRange): number {
  return Math.round((startOfDay(end) - startOfDay(start)) / DAY_MS) + 1;
}
