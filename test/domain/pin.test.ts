import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/domain/decision.ts';
import {
  decisionOf,
  isAsPinned,
  makePin,
  mayBeMended,
  mayTellTraits,
  type Shown,
} from '../../src/domain/pin.ts';
import { contentOf } from './examples.ts';

const TIMES = { channel: 'email', pinnedAtMs: 1_000, untilMs: 5_000 };

const treatment = (...itemIds: readonly string[]): Decision => ({
  variant: 'treatment',
  reason: 'recommended',
  itemIds,
});
const control = (...itemIds: readonly string[]): Decision => ({
  variant: 'baseline',
  reason: 'control',
  itemIds,
});

const shown = (decision: Decision, ids: readonly string[], leftOut: readonly string[] = []): Shown => ({
  decision,
  contents: ids.map((id) => contentOf(id)),
  leftOut: leftOut.map((id) => ({ id, reason: 'not_found' })),
});

describe('a pin', () => {
  it('holds all that was decided, where the items shown led, the channel and its times', () => {
    expect(makePin(shown(treatment('a', 'b', 'c', 'd'), ['a', 'b']), TIMES)).toEqual({
      reason: 'recommended',
      itemIds: ['a', 'b', 'c', 'd'],
      urls: ['https://www.example.com/a', 'https://www.example.com/b'],
      ...TIMES,
    });
  });

  it('names first what was shown, and last what could not be', () => {
    const { itemIds } = makePin(
      shown(treatment('x', 'a', 'y', 'b', 'c', 'd'), ['a', 'b'], ['x', 'y']),
      TIMES,
    );
    expect(itemIds).toEqual(['a', 'b', 'c', 'd', 'x', 'y']);
  });

  it('names each item once', () => {
    expect(makePin(shown(treatment('a', 'b', 'a', 'b'), ['a', 'b']), TIMES).itemIds).toEqual(['a', 'b']);
  });

  it('has no URL for an item without a link', () => {
    const one = {
      ...shown(treatment('a', 'b'), []),
      contents: [contentOf('a', { url: null }), contentOf('b')],
    };
    expect(makePin(one, TIMES).urls).toEqual([null, 'https://www.example.com/b']);
  });

  it.each([treatment('a', 'b'), control('a', 'b')])('gives the decision back: $reason', (decision) => {
    expect(decisionOf(makePin(shown(decision, ['a', 'b']), TIMES))).toEqual(decision);
  });
});

describe('what is shown now', () => {
  const pin = makePin(shown(treatment('a', 'b', 'c', 'd'), ['a', 'b', 'c']), TIMES);

  it.each<readonly [string, boolean, Shown]>([
    ['the same', true, shown(treatment('a', 'b', 'c', 'd'), ['a', 'b', 'c'])],
    ['the beginning, since nothing takes the last one’s place', true, shown(treatment('a', 'b'), ['a', 'b'])],
    ['the next one in a place', false, shown(treatment('a', 'b', 'c', 'd'), ['a', 'b', 'd'])],
    ['all moved up', false, shown(treatment('a', 'b', 'c', 'd'), ['b', 'c', 'd'])],
    ['one more', false, shown(treatment('a', 'b', 'c', 'd'), ['a', 'b', 'c', 'd'])],
    ['the same for another reason', false, shown(control('a', 'b', 'c'), ['a', 'b', 'c'])],
  ])('is as pinned or is not: %s', (_case, expected, now) => {
    expect(isAsPinned(pin, now)).toBe(expected);
  });
});

describe('the reason of a pin', () => {
  it.each([
    ['recommended', false, true],
    ['control', false, true],
    ['no_recommendation', false, true],
    ['no_content', false, true],
    ['unknown_user', false, false],
    ['throttled', true, false],
    ['timeout', true, false],
    ['upstream_error', true, false],
    ['circuit_open', true, false],
    ['invalid_response', false, false],
    ['upstream_rejected', false, false],
  ] as const)('says whether it may be mended, and whether traits go with it: %s', (reason, mends, tells) => {
    const pin = { ...makePin(shown(control(), []), TIMES), reason };
    expect([mayBeMended(pin), mayTellTraits(reason)]).toEqual([mends, tells]);
  });
});
