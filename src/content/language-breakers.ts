import { LRUCache } from 'lru-cache';
import { type Breaker, type BreakerState, createBreaker } from '../breaker.ts';
import type { Clock } from '../domain/clock.ts';
import { MAX_REQUESTS } from './batches.ts';
import { MAX_LANGUAGES } from './languages.ts';
import type { Outcome } from './source-health.ts';

/** The breakers before one source. */
export type LanguageBreakers = {
  readonly in: (language: string | null) => Breaker<Outcome>;
  /** The worst state of any. */
  readonly worst: () => BreakerState;
};

const WORST_FIRST = ['open', 'half_open', 'closed'] as const;

/** One for each language: requests in one that the source does not speak fail for ever, and must not stop the others. */
export function createLanguageBreakers({ monotonic: now }: Clock): LanguageBreakers {
  const breakers = new LRUCache<string, Breaker<Outcome>>({ max: MAX_LANGUAGES });
  return {
    in: (language) => {
      const known = breakers.get(language ?? '');
      if (known) return known;
      const breaker = createBreaker<Outcome>({
        isFailure: ({ result }) => result !== 'ok',
        maxCalls: MAX_REQUESTS,
        now,
      });
      breakers.set(language ?? '', breaker);
      return breaker;
    },
    worst: () => {
      const states = new Set([...breakers.values()].map((breaker) => breaker.state()));
      return WORST_FIRST.find((state) => states.has(state)) ?? 'closed';
    },
  };
}
