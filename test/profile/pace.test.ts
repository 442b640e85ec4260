import { describe, expect, it } from 'vitest';
import { FULL_PACE, type Pace, shareAt, slowDown, slowerPace } from '../../src/profile/pace.ts';

const NOW = 5_000_000;

describe('the way back', () => {
  it.each([
    [0, 1 / 2],
    [29_999, 1 / 2],
    [30_000, 5 / 8],
    [59_999, 5 / 8],
    [60_000, 6 / 8],
    [90_000, 7 / 8],
    [120_000, 1],
    [3_600_000, 1],
  ])('%i ms after a halving leads to a share of %d', (ms, share) => {
    expect(shareAt({ share: 1 / 2, sinceMs: NOW }, NOW + ms)).toBe(share);
  });

  it('does not begin before the telling', () => {
    expect(shareAt({ share: 1 / 2, sinceMs: NOW + 60_000 }, NOW)).toBe(1 / 2);
  });
});

describe('being told to slow down', () => {
  it('halves the full pace', () => {
    expect(slowDown(FULL_PACE, NOW)).toEqual({ share: 1 / 2, sinceMs: NOW });
  });

  it('halves it also in the first seconds of a process', () => {
    expect(slowDown(FULL_PACE, 1).share).toBe(1 / 2);
  });

  it('halves what the pace has come back to', () => {
    expect(slowDown({ share: 1 / 2, sinceMs: NOW - 60_000 }, NOW).share).toBe(3 / 8);
  });

  it.each([
    [0, 1 / 2],
    [4_999, 1 / 2],
    [5_000, 1 / 4],
  ])('%i ms after it was told, the share is %d', (ms, share) => {
    const told: Pace = { share: 1 / 2, sinceMs: NOW };
    expect(slowDown(told, NOW + ms).share).toBe(share);
  });

  it('leaves a sixteenth, however often', () => {
    let pace = FULL_PACE;
    for (let time = 0; time < 20; time += 1) pace = slowDown(pace, NOW + time * 6_000);
    expect(pace.share).toBe(1 / 16);
  });
});

describe('the slower of two', () => {
  it.each<[string, Pace, Pace, 'first' | 'second']>([
    ['the smaller share', { share: 1 / 4, sinceMs: NOW }, { share: 1 / 2, sinceMs: NOW }, 'first'],
    ['the smaller share', { share: 1 / 2, sinceMs: NOW }, { share: 1 / 4, sinceMs: NOW }, 'second'],
    ['the later one', { share: 1 / 2, sinceMs: NOW - 90_000 }, { share: 1 / 2, sinceMs: NOW }, 'second'],
    ['what is known', { share: 1 / 2, sinceMs: NOW }, { share: 1 / 2, sinceMs: NOW }, 'first'],
    ['any to the full pace', FULL_PACE, { share: 7 / 8, sinceMs: NOW }, 'second'],
  ])('is %s', (_case, first, second, which) => {
    expect(slowerPace(first, second, NOW)).toBe(which === 'first' ? first : second);
  });
});
