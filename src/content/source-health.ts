import { LRUCache } from 'lru-cache';
import type { Clock } from '../domain/clock.ts';
import { MAX_LANGUAGES } from './languages.ts';
import type { SourceFailure } from './source.ts';

/** How a request ended. `lost_items`: it had none of what the source had a moment ago; `unexpected`: by our own fault. */
export type Outcome = {
  readonly result: SourceFailure | 'ok' | 'lost_items' | 'unexpected';
  /** What went wrong, for the log; null where nothing did. */
  readonly trouble: string | null;
};

/** What a source's requests say about it, for each language by itself: one that it does not speak fails alone. */
export type SourceHealth = {
  readonly record: (outcome: Outcome, language: string | null) => void;
  /** The last request failed, perhaps by accident: what is there to show is shown, and nobody waits for news of it. */
  readonly hasFailed: (language: string | null) => boolean;
  /** Two in a row did, or the only one: whoever has something to show does not wait for more of it. */
  readonly isFailing: (language: string | null) => boolean;
  /** Whether to ask again behind an answer; true only once in a while after a failure. */
  readonly mayRetry: (language: string | null) => boolean;
  readonly status: () => SourceStatus;
};

export type SourceStatus = {
  /** Wall clock, milliseconds; null if never. */
  readonly lastGoodAtMs: number | null;
  /** Null once nothing failed for a while. */
  readonly trouble: string | null;
};

const RETRY_EVERY_MS = 5_000;

/** Trouble is over when nothing failed for so long: some sources fail now and then all the time. */
const QUIET_MS = 5_000;

type Standing = { hasAnswered: boolean; failures: number; retriedAt: number };
const UNKNOWN: Standing = { hasAnswered: false, failures: 0, retriedAt: Number.NEGATIVE_INFINITY };

/** `onTrouble` hears of each kind of trouble once, and null when it is over. */
export function createSourceHealth(clock: Clock, onTrouble: (message: string | null) => void): SourceHealth {
  const standings = new LRUCache<string, Standing>({ max: MAX_LANGUAGES });
  const told = new Set<string>();
  let lastFailureAt = Number.NEGATIVE_INFINITY;
  let status: SourceStatus = { lastGoodAtMs: null, trouble: null };

  const standingIn = (language: string | null): Standing => standings.get(language ?? '') ?? UNKNOWN;

  const recordGood = (): void => {
    const isOver = clock.monotonic() - lastFailureAt >= QUIET_MS;
    if (isOver && told.size > 0) {
      told.clear();
      onTrouble(null);
    }
    status = { lastGoodAtMs: clock.wall(), trouble: isOver ? null : status.trouble };
  };

  const recordFailure = (trouble: string): void => {
    lastFailureAt = clock.monotonic();
    status = { ...status, trouble };
    if (told.has(trouble)) return;
    told.add(trouble);
    onTrouble(trouble);
  };

  return {
    record: ({ trouble }, language) => {
      const { hasAnswered, failures, retriedAt } = standingIn(language);
      const next: Standing =
        trouble === null
          ? { ...UNKNOWN, hasAnswered: true }
          : { hasAnswered, failures: failures + 1, retriedAt };
      standings.set(language ?? '', next);
      if (trouble === null) recordGood();
      else recordFailure(trouble);
    },
    hasFailed: (language) => standingIn(language).failures > 0,
    isFailing: (language) => {
      const { hasAnswered, failures } = standingIn(language);
      return failures > (hasAnswered ? 1 : 0);
    },
    mayRetry: (language) => {
      const standing = standingIn(language);
      if (standing.failures === 0) return true;
      if (clock.monotonic() - standing.retriedAt < RETRY_EVERY_MS) return false;
      standing.retriedAt = clock.monotonic();
      return true;
    },
    status: () => status,
  };
}
