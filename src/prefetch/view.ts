import {
  type Capacity,
  describeEstimate,
  formatPeople,
  formatSeconds,
  secondsFor,
} from '../domain/estimate.ts';
import { heldUntilMs } from '../domain/hold.ts';
import type { Prefetch, PrefetchReason, PrefetchState } from '../domain/prefetch.ts';
import { isPaused, type Open } from './pick.ts';
import { CHUNK, type Progress } from './records.ts';

/** Whoever runs one says so every second. */
const RUNNING_WITHIN_MS = 5_000;

export type ViewOptions = {
  /** What may be spent; null if that is not known now. */
  readonly capacity: Capacity | null;
  /** Calls that each person costs. */
  readonly callsEach: number;
  /** Calls of those that come first. */
  readonly callsBefore: number;
  /** Wall clock, milliseconds. */
  readonly nowMs: number;
};

/** One prefetch as it is seen from outside. */
export function viewPrefetch(open: Open, options: ViewOptions): Prefetch {
  const { job, listed, progress } = open;
  const { nowMs } = options;
  const { id, placements, campaign, sendAt, holdMs, audience, createdAtMs } = job;
  const [state, reason] = stateOf(open, options);
  const endedAtMs = listed.endedAtMs ?? (state === 'cancelled' ? open.wish.atMs : null);
  const isRunning = state === 'running' && progress !== null;
  const canTell = state === 'waiting' || (isRunning && (reason === null || reason === 'retrying'));
  const seconds = canTell ? remainingSeconds(open, options) : null;
  const seen = {
    ...{ id, placements, campaign, sendAt, holdMs, audience, createdAtMs, state, reason, endedAtMs },
    startedAtMs: progress?.startedAtMs ?? null,
    heldUntilMs: endedAtMs === null ? null : heldUntilMs({ ...listed, endedAtMs }),
    ...{ done: progress?.done ?? 0, known: progress?.known ?? 0, failed: progress?.failed ?? 0 },
    ...{ forgotten: progress?.forgotten ?? 0, calls: progress?.calls ?? 0, counts: progress?.counts ?? {} },
    retrying: endedAtMs === null && progress ? retryingOf(progress, audience.users) : 0,
    perMinute: isRunning && reason !== 'retrying' ? ratePerMinute(progress, nowMs) : null,
    remainingSeconds: seconds,
    readyAtMs: seconds === null ? null : nowMs + seconds * 1_000,
  };
  return { ...seen, text: describe(seen, nowMs) };
}

function stateOf({ listed, wish, progress }: Open, { nowMs, callsBefore }: ViewOptions): StateAndReason {
  if (listed.endedAtMs !== null) {
    return listed.end === 'done' ? ['done', null] : ['cancelled', listed.end];
  }
  if (wish.wish === 'cancel') return ['cancelled', 'asked'];
  if (wish.wish === 'pause') return ['paused', 'asked'];
  if (isPaused({ wish, progress })) return ['paused', progress?.blocked?.reason ?? null];
  if (progress && progress.pass.beginsAtMs > nowMs) return ['running', 'retrying'];
  const isRunning = progress && !progress.hasStopped && nowMs - progress.updatedAtMs < RUNNING_WITHIN_MS;
  if (isRunning) return ['running', progress.waitReason];
  return ['waiting', callsBefore > 0 ? 'queued' : null];
}

type StateAndReason = readonly [PrefetchState, PrefetchReason | null];

/** People with whom Amplitude failed at least once. */
function retryingOf({ pass, retry, done }: Progress, users: number): number {
  // After the first time through the list, nobody else is left.
  return pass.waits > 0 ? users - done : countRetries({ pass, retry });
}

/** People a minute, also in the first minute. */
function ratePerMinute({ recent }: Progress, nowMs: number): number {
  const seconds = Math.min(60, Math.max(1, (nowMs - recent.sinceMs) / 1_000));
  return Math.round((recent.people / seconds) * 60);
}

/** What was counted when it was last written runs out, second by second. */
export function callsInLastMinute({ progress }: Pick<Open, 'progress'>, nowMs: number): number {
  if (!progress) return 0;
  const share = 1 - Math.max(0, nowMs - progress.updatedAtMs) / 60_000;
  return Math.round(progress.recent.calls * Math.max(0, share));
}

/** Calls that are still to be made, if those to come are known as seldom as those before. */
export function callsLeft({ job, progress, listed }: Open, callsEach: number): number {
  if (listed.endedAtMs !== null) return 0;
  const { done = 0, calls = 0 } = progress ?? {};
  const left = job.audience.users - done;
  const each = done >= 1_000 ? Math.min(callsEach, calls / done) : callsEach;
  return Math.ceil(left * each);
}

/** Null where nobody can tell: nothing is left for this, or what is left is not known. */
function remainingSeconds(
  open: Open,
  { capacity, callsEach, callsBefore, nowMs }: ViewOptions,
): number | null {
  const { progress } = open;
  const calls = callsLeft(open, callsEach);
  const pauseMs = (progress?.pass.beginsAtMs ?? 0) - nowMs;
  if (pauseMs > 0) return Math.ceil(pauseMs / 1_000);
  if (!capacity) return null;
  const planned = secondsFor(callsBefore + calls, capacity);
  if (!progress || callsBefore > 0) return planned;
  // Where it has gone on for a minute, that tells more: Amplitude may be slower than the budget.
  const { sinceMs, calls: recent } = progress.recent;
  const isSlow = nowMs - sinceMs >= 60_000 && recent > 0 && recent < capacity.perMinute * 0.9;
  return isSlow ? Math.ceil((calls / recent) * 60) : planned;
}

function describe(seen: Omit<Prefetch, 'text'>, nowMs: number): string {
  const { audience, sendAt, state, reason, remainingSeconds } = seen;
  if (reason === 'retrying' && remainingSeconds !== null) {
    return `Amplitude failed for ${formatPeople(seen.retrying)}: tried again in ${formatSeconds(remainingSeconds)}.`;
  }
  if (state === 'waiting' || (state === 'running' && (remainingSeconds !== null || reason === null))) {
    const users = audience.users - seen.done;
    return describeEstimate({ users, seconds: remainingSeconds, sendAt, nowMs, hasBegun: true });
  }
  if (state !== 'done' || seen.failed === 0) return TEXTS[reason ?? 'done'];
  return `All are looked up but ${formatPeople(seen.failed)}, about whom Amplitude gave no answer.`;
}

const TEXTS: Readonly<Record<PrefetchReason | 'done', string>> = {
  done: 'Everyone is looked up.',
  asked: 'Somebody asked for it.',
  queued: 'Others send earlier.',
  retrying: 'Those with whom Amplitude failed are tried again in a while.',
  throttled: 'Live traffic leaves no budget; it goes on as soon as there is some.',
  circuit_open: 'Amplitude is failing; it goes on as soon as Amplitude answers.',
  upstream_rejected: 'Amplitude refuses our key or URL; it goes on as soon as that is mended.',
  store_unavailable: 'The store does not answer; it goes on as soon as that does.',
  unknown_placement: 'One of its placements is gone. Have it go on when it is back.',
  placement_disabled: 'One of its placements is switched off. Have it go on when it is switched on.',
  too_old: 'It was not done within a week, and was given up.',
};

function countRetries({ pass, retry }: Pick<Progress, 'pass' | 'retry'>): number {
  return (retry.chunk - pass.endChunk) * CHUNK + retry.length;
}
