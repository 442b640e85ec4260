import { describe, expect, it } from 'vitest';
import { addReasons, drawShares, sayShares, sharesOf } from '../../src/studio/shares.ts';
import { ENGLISH, plain } from './examples.ts';

describe('answers by reason, in a sentence', () => {
  it.each<[string, Readonly<Record<string, number>>, string]>([
    ['nothing', {}, 'No answers'],
    [
      'recommendations alone',
      { recommended: 1 },
      '1 answer: 100 % recommended, 0 % control group, no other default',
    ],
    [
      'a healthy send',
      { recommended: 855, control: 95, unknown_user: 50 },
      '1,000 answers: 86 % recommended, 10 % control group, 5 % other default because Amplitude does not know the person',
    ],
    [
      'several reasons, the most frequent first',
      { recommended: 70, control: 10, timeout: 8, unknown_user: 12 },
      '100 answers: 70 % recommended, 10 % control group, 20 % other default: 12 % because Amplitude does not know the person, 8 % because Amplitude was too slow',
    ],
    [
      'more reasons than anybody reads',
      { timeout: 40, unknown_user: 30, throttled: 20, no_content: 6, no_user: 4 },
      '100 answers: 0 % recommended, 0 % control group, 100 % other default: 40 % because Amplitude was too slow, 30 % because Amplitude does not know the person, 20 % because the look-up budget was used up, 10 % for other reasons',
    ],
    [
      'a few among many',
      { recommended: 9_990, timeout: 10 },
      '10,000 answers: over 99 % recommended, 0 % control group, under 1 % other default because Amplitude was too slow',
    ],
    [
      'a reason of a later version',
      { recommended: 1, moon: 1 },
      '2 answers: 50 % recommended, 0 % control group, 50 % other default because moon',
    ],
  ])('tells of %s', (_name, counts, expected) => {
    expect(plain(sayShares(counts, ENGLISH))).toBe(expected);
  });
});

it('recommended comes first, then control, then the other defaults by number', () => {
  const shares = sharesOf({ timeout: 1, unknown_user: 5, control: 2, recommended: 1 });
  expect(shares.map(({ reason, share }) => [reason, Math.round(share * 100)])).toEqual([
    ['recommended', 11],
    ['control', 22],
    ['unknown_user', 56],
    ['timeout', 11],
  ]);
  expect(shares.map(({ label }) => label)[1]).toBe('Default (control group)');
});

it('are drawn side by side over the whole width', () => {
  expect(drawShares({ recommended: 3, control: 1 })).toEqual([
    { tone: 'recommended', x: 0, width: 75 },
    { tone: 'control', x: 75, width: 25 },
  ]);
  expect(drawShares({})).toEqual([]);
});

it('are added up over several hours', () => {
  expect(
    addReasons([
      { reasons: { recommended: 1, control: 2 } },
      { reasons: { recommended: 3 } },
      { reasons: {} },
    ]),
  ).toEqual({ recommended: 4, control: 2 });
});
