import { expect, it } from 'vitest';
import type { Prefetch } from '../../src/domain/prefetch.ts';
import { createReader } from '../../src/studio/reader.ts';
import { type RetryReach, warnOfReach } from '../../src/studio/retry-reach.ts';

const NOW = Date.UTC(2026, 10, 27);
const reader = createReader('en');

const prefetch = (change: Partial<Prefetch>): Prefetch =>
  ({
    placements: ['hero'],
    campaign: 'weekly',
    state: 'running',
    done: 50_000,
    heldUntilMs: null,
    audience: { users: 200_000 },
    ...change,
  }) as Prefetch;

const warn = (change: Partial<RetryReach>) =>
  warnOfReach(
    {
      ...{
        placement: 'hero',
        campaign: 'weekly',
        prefetches: [],
        budgetPerMinute: 600,
        people: null,
        nowMs: NOW,
      },
      ...change,
    },
    reader,
  );

it.each<readonly [string, Partial<RetryReach>, string, RegExp]>([
  ['no prefetch and nobody said how many', {}, 'problem', /Beyond about 9,000 people/],
  ['no prefetch', { people: 200_000 }, 'problem', /No prefetch .* About 190,000 of 200,000 may not be sent/],
  ['few people', { people: 8_000 }, 'warning', /may do without/],
  [
    'one under way',
    { prefetches: [prefetch({})] },
    'problem',
    /done 50,000 of 200,000\. About 140,000 of 200,000/,
  ],
  [
    'one that is done',
    { prefetches: [prefetch({ state: 'done', heldUntilMs: NOW + 1 })] },
    'recommended',
    /200,000 people are ready/,
  ],
  [
    'one whose time is over',
    { prefetches: [prefetch({ state: 'done', heldUntilMs: NOW - 1 })] },
    'problem',
    /No prefetch/,
  ],
  ['one of another send', { prefetches: [prefetch({ campaign: 'other' })] }, 'problem', /No prefetch/],
  [
    'one of another placement',
    { prefetches: [prefetch({ placements: ['strip'] })] },
    'problem',
    /No prefetch/,
  ],
  ['one that was cancelled', { prefetches: [prefetch({ state: 'cancelled' })] }, 'problem', /No prefetch/],
  ['a store that does not say', { prefetches: null, people: 200_000 }, 'problem', /About 190,000/],
])('with %s', (_case, change, tone, title) => {
  const warning = warn(change);
  expect([warning.tone, warning.title]).toEqual([tone, expect.stringMatching(title)]);
});
