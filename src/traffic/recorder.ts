import { cleanText } from '../text.ts';
import {
  addCounts,
  dropOld,
  HOUR_MS,
  isRecentHour,
  isRecentMinute,
  MINUTE_MS,
  type TrafficMinute,
  type TrafficSnapshot,
} from './snapshot.ts';

/** Names that no placement has are anyone's to make up. */
const MAX_UNKNOWN = 50;
const MAX_NAME = 60;

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
  /** Goes on from what an earlier process has seen, in the place of what was seen here. */
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
    const minute = Math.floor(nowMs / MINUTE_MS);
    const known = minutes.findLast((one) => one.minute === minute);
    if (known) return known;
    const next = { minute, reasons: {}, asked: 0, failed: 0 };
    // In order even where the clock was set back.
    minutes = [...minutes.filter((one) => isRecentMinute(one.minute, nowMs)), next].sort(
      (a, b) => a.minute - b.minute,
    );
    return next;
  };

  const placementAt = (name: string, nowMs: number): PlacementTraffic => {
    const traffic = placements.get(name) ?? { lastAtMs: nowMs, lastCaller: '', hours: [] };
    placements.set(name, traffic);
    return traffic;
  };

  const hourAt = (traffic: PlacementTraffic, nowMs: number): PlacementTraffic['hours'][number] => {
    const hour = Math.floor(nowMs / HOUR_MS);
    const known = traffic.hours.findLast((one) => one.hour === hour);
    if (known) return known;
    const next = { hour, reasons: {} };
    traffic.hours = [...traffic.hours.filter((one) => isRecentHour(one.hour, nowMs)), next];
    return next;
  };

  const snapshot = (): TrafficSnapshot => {
    const all = {
      v: 1 as const,
      minutes,
      placements: Object.fromEntries(placements),
      unknown: Object.fromEntries(unknown),
      credentials: Object.fromEntries(credentials),
    };
    return structuredClone(dropOld(all, wallNow()));
  };

  const makeRoom = (): void => {
    const { unknown: recent } = snapshot();
    for (const name of unknown.keys()) if (!Object.hasOwn(recent, name)) unknown.delete(name);
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
      increment(hourAt(traffic, nowMs).reasons, reason);
    },
    countUnknown: (raw, caller) => {
      const name = cleanText(raw, MAX_NAME) ?? '(blank)';
      if (!unknown.has(name) && unknown.size >= MAX_UNKNOWN) makeRoom();
      if (!unknown.has(name) && unknown.size >= MAX_UNKNOWN) return;
      const calls = unknown.get(name) ?? { lastAtMs: 0, callers: {} };
      calls.lastAtMs = wallNow();
      increment(calls.callers, caller);
      unknown.set(name, calls);
    },
    markCredential: ({ role, name, slot }) => credentials.set(`${role}\n${name}\n${slot}`, wallNow()),
    snapshot,
    adopt: (earlier) => {
      const adopted = structuredClone(earlier);
      minutes = adopted.minutes;
      for (const known of [placements, unknown, credentials]) known.clear();
      for (const [name, traffic] of Object.entries(adopted.placements)) placements.set(name, traffic);
      for (const [name, { lastAtMs, callers }] of Object.entries(adopted.unknown))
        unknown.set(name, { lastAtMs, callers: addCounts(callers, {}) });
      for (const [key, atMs] of Object.entries(adopted.credentials)) credentials.set(key, atMs);
    },
  };
}

function increment(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
