import { DAY_MS } from '../domain/day.ts';
import type { BookedEvent, EventBook } from './event-book.ts';

/** A step of a funnel as Amplitude's API takes it. */
export type FunnelStep = {
  readonly event_type: string;
  readonly filters?: readonly FunnelFilter[] | undefined;
};

export type FunnelFilter = {
  readonly subprop_type: 'event' | 'user';
  readonly subprop_key: string;
  readonly subprop_op: string;
  readonly subprop_value: readonly string[];
};

export type FunnelQuestion = {
  readonly steps: readonly FunnelStep[];
  /** The first moment that counts for the first step, and the first that does not any more. Milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** How long all further steps may take. */
  readonly windowMs: number;
};

export type FunnelCounts = {
  /** People by the steps that they completed, each counted once. */
  readonly all: readonly number[];
  /** The same for each day, by the exposures of that day. */
  readonly days: readonly { readonly startMs: number; readonly counts: readonly number[] }[];
};

/** Counts as Amplitude describes it: the steps in their order, other events between them or not, the most complete run of each person. */
export function countFunnel(book: Pick<EventBook, 'ofType'>, question: FunnelQuestion): FunnelCounts {
  const { steps, startMs, endMs } = question;
  const timesByStep = steps.map((step) => timesOf(book.ofType(step.event_type), step.filters ?? []));
  const all = steps.map(() => 0);
  const days = Array.from({ length: Math.round((endMs - startMs) / DAY_MS) }, (_, day) => ({
    startMs: startMs + day * DAY_MS,
    counts: steps.map(() => 0),
  }));
  for (const [person, entries] of timesByStep[0] ?? []) {
    const later = timesByStep.slice(1).map((times) => times.get(person) ?? []);
    const bestByDay = new Map<number, number>();
    for (const entry of entries) {
      if (entry < startMs || entry >= endMs) continue;
      const day = Math.floor((entry - startMs) / DAY_MS);
      const reached = stepsReached(entry, later, entry + question.windowMs);
      bestByDay.set(day, Math.max(reached, bestByDay.get(day) ?? 0));
    }
    countUpTo(all, Math.max(0, ...bestByDay.values()));
    for (const [day, reached] of bestByDay) countUpTo(days[day]?.counts ?? [], reached);
  }
  return { all, days };
}

function countUpTo(counts: number[], reached: number): void {
  for (let step = 0; step < reached; step += 1) counts[step] = (counts[step] ?? 0) + 1;
}

/** How many steps were done, the first included. */
function stepsReached(entry: number, later: readonly (readonly number[])[], untilMs: number): number {
  let at = entry;
  for (const [index, times] of later.entries()) {
    const next = times.find((time) => time > at && time <= untilMs);
    if (next === undefined) return index + 1;
    at = next;
  }
  return later.length + 1;
}

/** When each person did it, in order. */
function timesOf(
  events: readonly BookedEvent[],
  filters: readonly FunnelFilter[],
): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, number[]>();
  for (const event of events) {
    if (!filters.every((filter) => passes(event, filter))) continue;
    const person = event.userId ?? event.deviceId ?? '';
    const own = times.get(person) ?? [];
    own.push(event.timeMs);
    times.set(person, own);
  }
  for (const own of times.values()) own.sort((a, b) => a - b);
  return times;
}

/** Values are compared as texts; true is `true`. Of the operators there are those that compare for equality. */
function passes({ properties }: BookedEvent, filter: FunnelFilter): boolean {
  const value = properties[filter.subprop_key];
  const isAmong = value !== undefined && value !== null && filter.subprop_value.includes(String(value));
  return filter.subprop_op === 'is' ? isAmong : !isAmong;
}
