import { cleanText } from '../text.ts';
import { addCounts, type TrafficMinute, type TrafficSnapshot } from './snapshot.ts';

export const MINUTES_KEPT = 60;
export const HOURS_KEPT = 24;

/** Names that no placement has are anyone's to make up. */
const MAX_UNKNOWN = 50;
const MAX_NAME = 60;
const UNKNOWN_KEPT_MS = 24 * 3_600_000;

/** One call of a placement as it was answered. */
export type AnsweredCall = {
  readonly placement: string;
  readonly reason: string;
  /** True if Amplitude had to be asked for it, and whether it failed. */
  readonly wasAsked: boolean;
  readonly hasFailed: boolean;
  /** The name of the credentials. */
  readonly caller: string;
};

export type UsedCredential = { readonly role: string; readonly name: string; readonly slot: number };

/** Remembers the calls of the last hour and day, for people to look at: a few counters a minute, and no person. */
export type TrafficRecorder = {
  readonly countAnswer: (call: AnsweredCall) => void;
  /** A call to a name that no placement has. */
  readonly countUnknown: (name: string, caller: string) => void;
  readonly markCredential: (credential: UsedCredential) => void;
  readonly snapshot: () => TrafficSnapshot;
  /** Goes on from what an earlier process has seen. */
  readonly adopt: (earlier: TrafficSnapshot) => void;
};

type PlacementTraffic = {
  lastAtMs: number;
  lastCaller: string;
  hours: { hour: number; reasons: Record<string, number> }[];
};

/** `wallNow` gives wall-clock milliseconds. */
export function createTrafficRecorder(wallNow: () => number): TrafficRecorder {
  let minutes: TrafficMinute[] = [];
  const placements = new Map<string, PlacementTraffic>();
  const unknown = new Map<string, { lastAtMs: number; callers: Record<string, number> }>();
  const credentials = new Map<string, number>();

  const minuteAt = (nowMs: number): TrafficMinute => {
    const minute = Math.floor(nowMs / 60_000);
    const last = minutes.at(-1);
    if (last?.minute === minute) return last;
    const next = { minute, reasons: {}, asked: 0, failed: 0 };
    minutes = [...minutes.filter((one) => isRecent(one.minute, minute, MINUTES_KEPT)), next];
    return next;
  };

  const placementAt = (name: string, nowMs: number): PlacementTraffic => {
    const traffic = placements.get(name) ?? { lastAtMs: nowMs, lastCaller: '', hours: [] };
    placements.set(name, traffic);
    const hour = Math.floor(nowMs / 3_600_000);
    if (traffic.hours.at(-1)?.hour !== hour) {
      traffic.hours = traffic.hours.filter((one) => isRecent(one.hour, hour, HOURS_KEPT));
      traffic.hours.push({ hour, reasons: {} });
    }
    return traffic;
  };

  const dropOldUnknown = (nowMs: number): void => {
    for (const [name, { lastAtMs }] of unknown) if (nowMs - lastAtMs > UNKNOWN_KEPT_MS) unknown.delete(name);
  };

  return {
    countAnswer: ({ placement, reason, wasAsked, hasFailed, caller }) => {
      const nowMs = wallNow();
      const minute = minuteAt(nowMs);
      increment(minute.reasons, reason);
      if (wasAsked) minute.asked += 1;
      if (hasFailed) minute.failed += 1;
      const traffic = placementAt(placement, nowMs);
      traffic.lastAtMs = nowMs;
      traffic.lastCaller = caller;
      const hour = traffic.hours.at(-1);
      if (hour) increment(hour.reasons, reason);
    },
    countUnknown: (raw, caller) => {
      const name = cleanText(raw, MAX_NAME) ?? '(blank)';
      const nowMs = wallNow();
      if (!unknown.has(name) && unknown.size >= MAX_UNKNOWN) dropOldUnknown(nowMs);
      if (!unknown.has(name) && unknown.size >= MAX_UNKNOWN) return;
      const calls = unknown.get(name) ?? { lastAtMs: nowMs, callers: {} };
      calls.lastAtMs = nowMs;
      increment(calls.callers, caller);
      unknown.set(name, calls);
    },
    markCredential: ({ role, name, slot }) => credentials.set(`${role}\n${name}\n${slot}`, wallNow()),
    snapshot: () => {
      const nowMs = wallNow();
      dropOldUnknown(nowMs);
      const minute = Math.floor(nowMs / 60_000);
      return structuredClone({
        v: 1 as const,
        minutes: minutes.filter((one) => isRecent(one.minute, minute, MINUTES_KEPT)),
        placements: Object.fromEntries(placements),
        unknown: Object.fromEntries(unknown),
        credentials: Object.fromEntries(credentials),
      });
    },
    adopt: (earlier) => {
      minutes = structuredClone(earlier.minutes);
      for (const [name, traffic] of Object.entries(structuredClone(earlier.placements)))
        placements.set(name, traffic);
      for (const [name, { lastAtMs, callers }] of Object.entries(earlier.unknown))
        unknown.set(name, { lastAtMs, callers: addCounts(callers, {}) });
      for (const [key, atMs] of Object.entries(earlier.credentials)) credentials.set(key, atMs);
    },
  };
}

function increment(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

/** A clock that was set back leaves a few that lie ahead, which are recent too. */
function isRecent(unit: number, now: number, kept: number): boolean {
  return unit > now - kept;
}
