import { z } from 'zod';
import { parseJson } from '../parse-json.ts';

// What a replica tells of the calls it has answered lately. Versions of the service that differ share a store while one
// replaces the other, so it is checked when it is read. It names placements, reasons and credentials, never a person.

const counts = z.record(z.string(), z.int().min(0));

const Minute = z.object({
  /** Minutes since 1970. */
  minute: z.int(),
  /** Answers by reason. */
  reasons: counts,
  /** Answers for which Amplitude had to be asked, and those of them for which it failed. */
  asked: z.int().min(0),
  failed: z.int().min(0),
});

const Snapshot = z.object({
  v: z.literal(1),
  /** The last hour, of all placements. */
  minutes: z.array(Minute),
  placements: z.record(
    z.string(),
    z.object({
      lastAtMs: z.number(),
      lastCaller: z.string(),
      /** The last day; hours since 1970. */
      hours: z.array(z.object({ hour: z.int(), reasons: counts })),
    }),
  ),
  /** Names that no placement has, as callers asked for them in the last day or so. */
  unknown: z.record(z.string(), z.object({ lastAtMs: z.number(), callers: counts })),
  /** By role, name and slot, each on a line: when it was used last. */
  credentials: z.record(z.string(), z.number()),
});

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

const MINUTES_KEPT = 60;
const HOURS_KEPT = 24;
const UNKNOWN_KEPT_MS = 24 * HOUR_MS;
/** Placements come and go, and somebody may wonder when one was called last. */
const PLACEMENT_KEPT_MS = 30 * 24 * HOUR_MS;

/** Times are wall-clock milliseconds. */
export type TrafficSnapshot = z.infer<typeof Snapshot>;
export type TrafficMinute = z.infer<typeof Minute>;
export type Counts = Readonly<Record<string, number>>;

export const NO_TRAFFIC: TrafficSnapshot = {
  v: 1,
  minutes: [],
  placements: {},
  unknown: {},
  credentials: {},
};

/** Null for what this version cannot read. */
export function parseSnapshot(text: string): TrafficSnapshot | null {
  return parseJson(Snapshot, text);
}

/** A clock that was set back leaves a few that lie ahead, which are recent too. */
export function isRecentMinute(minute: number, nowMs: number): boolean {
  return minute > Math.floor(nowMs / MINUTE_MS) - MINUTES_KEPT;
}

export function isRecentHour(hour: number, nowMs: number): boolean {
  return hour > Math.floor(nowMs / HOUR_MS) - HOURS_KEPT;
}

/** Without what nobody asks for any more: minutes of more than an hour ago, hours of more than a day ago. */
export function dropOld(
  { minutes, placements, unknown, ...others }: TrafficSnapshot,
  nowMs: number,
): TrafficSnapshot {
  const keepRecent = <T extends { readonly lastAtMs: number }>(
    all: Readonly<Record<string, T>>,
    keptMs: number,
  ) => Object.entries(all).filter(([, { lastAtMs }]) => nowMs - lastAtMs <= keptMs);
  return {
    ...others,
    minutes: minutes.filter(({ minute }) => isRecentMinute(minute, nowMs)),
    placements: Object.fromEntries(
      keepRecent(placements, PLACEMENT_KEPT_MS).map(([name, traffic]) => {
        const hours = traffic.hours.filter(({ hour }) => isRecentHour(hour, nowMs));
        return [name, { ...traffic, hours }];
      }),
    ),
    unknown: Object.fromEntries(keepRecent(unknown, UNKNOWN_KEPT_MS)),
  };
}

/** What several replicas saw, as if it had been one. */
export function mergeSnapshots(snapshots: readonly TrafficSnapshot[]): TrafficSnapshot {
  return snapshots.reduce(mergeTwo, NO_TRAFFIC);
}

function mergeTwo(one: TrafficSnapshot, other: TrafficSnapshot): TrafficSnapshot {
  return {
    v: 1,
    minutes: mergeLists(one.minutes, other.minutes, 'minute', (a, b) => ({
      minute: a.minute,
      reasons: addCounts(a.reasons, b.reasons),
      asked: a.asked + b.asked,
      failed: a.failed + b.failed,
    })),
    placements: mergeRecords(one.placements, other.placements, (a, b) => ({
      ...latest(a, b),
      hours: mergeLists(a.hours, b.hours, 'hour', ({ hour, reasons }, more) => ({
        hour,
        reasons: addCounts(reasons, more.reasons),
      })),
    })),
    unknown: mergeRecords(one.unknown, other.unknown, (a, b) => ({
      ...latest(a, b),
      callers: addCounts(a.callers, b.callers),
    })),
    credentials: mergeRecords(one.credentials, other.credentials, Math.max),
  };
}

function latest<T extends { readonly lastAtMs: number }>(a: T, b: T): T {
  return b.lastAtMs > a.lastAtMs ? b : a;
}

/** The answers of several hours together. */
export function addReasons(hours: readonly { readonly reasons: Counts }[]): Counts {
  return hours.reduce<Counts>((sum, { reasons }) => addCounts(sum, reasons), {});
}

export function addCounts(one: Counts, other: Counts): Record<string, number> {
  return mergeRecords(one, other, (a, b) => a + b);
}

function mergeRecords<T>(
  one: Readonly<Record<string, T>>,
  other: Readonly<Record<string, T>>,
  merge: (a: T, b: T) => T,
): Record<string, T> {
  const merged = new Map(Object.entries(one));
  for (const [key, value] of Object.entries(other)) {
    const known = merged.get(key);
    merged.set(key, known === undefined ? value : merge(known, value));
  }
  return Object.fromEntries(merged);
}

/** In the order of the key. */
function mergeLists<Key extends string, T extends Readonly<Record<Key, number>>>(
  one: readonly T[],
  other: readonly T[],
  key: Key,
  merge: (a: T, b: T) => T,
): T[] {
  const merged = new Map(one.map((entry) => [entry[key], entry]));
  for (const entry of other) {
    const known = merged.get(entry[key]);
    merged.set(entry[key], known ? merge(known, entry) : entry);
  }
  return [...merged.values()].sort((a, b) => a[key] - b[key]);
}
