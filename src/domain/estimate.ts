import { formatNumber } from './format.ts';
import { formatClock, type Moment } from './moment.ts';

/** What there is of the budget for look-ups ahead of a send. */
export type Capacity = {
  /** Calls a minute, in the long run. */
  readonly perMinute: number;
  /** Calls that can be made at once. */
  readonly freeNow: number;
};

export type BudgetUse = {
  /** How many calls may count when one for a prefetch is made. */
  readonly limit: number;
  /** How many count now. */
  readonly inUse: number;
  /** Of these, those that were made for prefetches. */
  readonly ahead: number;
  /** How long each counts. */
  readonly windowMs: number;
};

/** What is left for prefetches if live traffic goes on as in the last minute. */
export function capacityOf({ limit, inUse, ahead, windowMs }: BudgetUse): Capacity {
  const live = Math.max(0, inUse - ahead);
  return {
    perMinute: (Math.max(0, limit - live) * 60_000) / windowMs,
    freeNow: Math.max(0, limit - inUse),
  };
}

/** Calls that are made in a second where the budget allows any number. */
const MOST_PER_SECOND = 900;

/** How long so many calls take, in whole seconds; null if they never end, because live traffic takes everything. */
export function secondsFor(calls: number, { perMinute, freeNow }: Capacity): number | null {
  const waiting = Math.max(0, calls - freeNow);
  if (waiting > 0 && perMinute <= 0) return null;
  const seconds = waiting === 0 ? 0 : (waiting / perMinute) * 60;
  return Math.ceil(Math.max(seconds, calls / MOST_PER_SECOND));
}

/** `5 h 33 min`, always upwards. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** `200,000 people` */
export function formatPeople(count: number): string {
  return count === 1 ? '1 person' : `${formatNumber(count, 'en')} people`;
}

export type EstimateQuestion = {
  readonly users: number;
  /** Until everyone is looked up; null if nobody can tell. */
  readonly seconds: number | null;
  readonly sendAt: Moment | null;
  /** Wall clock, milliseconds. */
  readonly nowMs: number;
  /** Whether it is under way already, or may begin. */
  readonly hasBegun: boolean;
};

/** `200,000 people, ready in 5 h 33 min. To send at 09:00, start by 03:20.` */
export function describeEstimate({ users, seconds, sendAt, nowMs, hasBegun }: EstimateQuestion): string {
  const people = formatPeople(users);
  if (seconds === null) return `${people}. Live traffic leaves no budget to look them up ahead of a send.`;
  const ready = `${people}, ready in ${formatSeconds(seconds)}`;
  const offsetMinutes = sendAt?.offsetMinutes ?? 0;
  const clock = (ms: number): string => formatClock({ ms, offsetMinutes }, nowMs);
  const readyAtMs = nowMs + seconds * 1_000;
  if (sendAt === null) return `${ready}, at ${clock(readyAtMs)}.`;
  if (readyAtMs > sendAt.ms)
    return `${ready}, at ${clock(readyAtMs)}: too late for the send at ${clock(sendAt.ms)}.`;
  if (hasBegun) return `${ready}, at ${clock(readyAtMs)}. The send is at ${clock(sendAt.ms)}.`;
  const startByMs = latestStartMs(sendAt.ms, seconds);
  return startByMs <= nowMs
    ? `${ready}. To send at ${clock(sendAt.ms)}, start now.`
    : `${ready}. To send at ${clock(sendAt.ms)}, start by ${clock(startByMs)}.`;
}

const MINUTE_MS = 60_000;

/** A round time with some room: a full ten minutes for what takes an hour, a minute for anything else. */
export function latestStartMs(sendAtMs: number, seconds: number): number {
  const stepMs = seconds >= 3_600 ? 10 * MINUTE_MS : MINUTE_MS;
  return Math.floor((sendAtMs - seconds * 1_000) / stepMs) * stepMs;
}
