import { describe, expect, it } from 'vitest';
import {
  type BudgetUse,
  capacityOf,
  describeEstimate,
  type EstimateQuestion,
  formatSeconds,
  secondsFor,
} from '../../src/domain/estimate.ts';
import { type Moment, parseMoment } from '../../src/domain/moment.ts';

const MINUTE_MS = 60_000;

describe('what prefetches may spend', () => {
  it.each<[string, Partial<BudgetUse>, number, number]>([
    ['everything, where nobody else asks', {}, 480, 480],
    ['what live traffic leaves, as it was in the last minute', { inUse: 180 }, 300, 300],
    ['everything in the long run, though they have just spent it', { inUse: 480, ahead: 480 }, 480, 0],
    ['what live traffic leaves beside what they spent', { inUse: 400, ahead: 300 }, 380, 80],
    ['nothing, where live traffic takes all', { inUse: 590 }, 0, 0],
    ['no more than all, where they have counted more than the budget', { inUse: 100, ahead: 120 }, 480, 380],
  ])('is %s', (_case, use, perMinute, freeNow) => {
    const capacity = capacityOf({ limit: 480, inUse: 0, ahead: 0, windowMs: MINUTE_MS, ...use });
    expect(capacity).toEqual({ perMinute, freeNow });
  });

  it('is a little less where a call counts for more than a minute', () => {
    const use = { limit: 605, inUse: 0, ahead: 0, windowMs: 60_500 };
    expect(capacityOf(use).perMinute).toBeCloseTo(600, 9);
  });
});

describe('look-ups take', () => {
  it.each<[number, number, number, number | null]>([
    [200_000, 600, 0, 20_000],
    [200_000, 600, 600, 19_940],
    [200_000, 480, 480, 24_940],
    [300, 480, 480, 1],
    [1, 480, 480, 1],
    [1, 480, 0, 1],
    [0, 0, 0, 0],
    [100, 0, 100, 1],
    [101, 0, 100, null],
    [90_000, 600_000, 600_000, 100],
  ])('for %i calls at %i a minute with %i free now, %j seconds', (calls, perMinute, freeNow, seconds) => {
    expect(secondsFor(calls, { perMinute, freeNow })).toBe(seconds);
  });

  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 min'],
    [61, '2 min'],
    [3_540, '59 min'],
    [3_541, '1 h'],
    [20_000, '5 h 34 min'],
    [19_940, '5 h 33 min'],
    [7_200, '2 h'],
    [125_000, '34 h 44 min'],
    [172_800, '2 d'],
    [200_000, '2 d 7 h'],
  ])('%i seconds, which reads %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});

describe('an estimate', () => {
  const moment = (text: string): Moment => parseMoment(text) ?? { ms: Number.NaN, offsetMinutes: 0 };
  const NINE = moment('2026-11-27T09:00+01:00');
  const EVENING = moment('2026-11-26T21:00+01:00').ms;
  const NIGHT = moment('2026-11-27T02:00+01:00').ms;
  const QUESTION: EstimateQuestion = {
    users: 200_000,
    seconds: 19_940,
    sendAt: NINE,
    nowMs: NIGHT,
    hasBegun: false,
  };

  it.each<[string, Partial<EstimateQuestion>]>([
    ['200,000 people, ready in 5 h 33 min. To send at 09:00, start by 03:20.', {}],
    [
      '200,000 people, ready in 5 h 33 min. To send at 2026-11-27 09:00, start by 2026-11-27 03:20.',
      { nowMs: EVENING },
    ],
    ['200,000 people, ready in 5 h 33 min, at 07:32. The send is at 09:00.', { hasBegun: true }],
    [
      '200,000 people, ready in 5 h 33 min, at 09:32: too late for the send at 09:00.',
      { nowMs: NIGHT + 120 * MINUTE_MS },
    ],
    ['200,000 people, ready in 5 h 33 min. To send at 09:00, start now.', { nowMs: NIGHT + 85 * MINUTE_MS }],
    ['200,000 people, ready in 5 h 33 min, at 06:32 UTC.', { sendAt: null }],
    ['1 person, ready in 1 s, at 01:00 UTC.', { users: 1, seconds: 1, sendAt: null }],
    ['500 people, ready in 30 s. To send at 09:00, start by 08:59.', { users: 500, seconds: 30 }],
    [
      '500 people. Live traffic leaves no budget to look them up ahead of a send.',
      { users: 500, seconds: null },
    ],
  ])('reads: %s', (text, change) => {
    expect(describeEstimate({ ...QUESTION, ...change })).toBe(text);
  });
});
