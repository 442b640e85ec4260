import { describe, expect, it } from 'vitest';
import { compareArms } from '../../src/results/compare.ts';
import { checkSampleRatio } from '../../src/results/sample-ratio.ts';
import { describeVerdict } from '../../src/results/verdict.ts';
import { percent, time } from '../../src/results/wording.ts';

type Counts = readonly [conversions: number, users: number];

function verdictOf(control: Counts, treatment: Counts, share: number | null = null): string {
  const arms = {
    control: { conversions: control[0], users: control[1] },
    treatment: { conversions: treatment[0], users: treatment[1] },
  };
  const [comparison, sampleRatio] = [compareArms(arms), checkSampleRatio(arms, share)];
  return describeVerdict({ outcome: 'Purchase', comparison, sampleRatio });
}

describe('the verdict', () => {
  it.each<[string, Counts, Counts, string]>([
    [
      'a difference that is told',
      [100, 1_000],
      [130, 1_000],
      'The recommendation raised Purchase by 30 % (95 % sure it is between 1.8 % and 68 %).',
    ],
    [
      'the same, downwards',
      [130, 1_000],
      [100, 1_000],
      'The recommendation lowered Purchase by 23 % (95 % sure it is between 1.8 % and 40 %).',
    ],
    ['no difference that can be told', [50, 500], [300, 2_500], 'No difference can be told yet.'],
    ['no difference at all', [50, 500], [50, 500], 'No difference can be told yet.'],
    ['too few people', [2, 88], [40, 400], 'Not enough data yet: 132 more people in control.'],
    ['one too few', [10, 29], [10, 40], 'Not enough data yet: 1 more person in control.'],
    [
      'nobody',
      [0, 0],
      [0, 0],
      'Not enough data yet: 30 more people in control and 30 more people with the recommendation.',
    ],
    ['nobody who converts', [0, 1_000], [20, 1_000], 'Not enough data yet: 5 people who convert in control.'],
    [
      'nobody who does not',
      [500, 1_000],
      [800, 800],
      'Not enough data yet: 5 people who do not convert with the recommendation.',
    ],
    ['many people', [4, 12_000], [400, 12_000], 'Not enough data yet: 3,000 more people in control.'],
  ])('of %s', (_case, control, treatment, sentence) => {
    expect(verdictOf(control, treatment)).toBe(sentence);
  });

  it('says first of all that the groups have the wrong sizes', () => {
    expect(verdictOf([100, 1_000], [130, 1_000], 0.1)).toBe(
      'The groups do not have the sizes that they should, so do not rely on this: The recommendation raised Purchase by 30 % (95 % sure it is between 1.8 % and 68 %).',
    );
    expect(verdictOf([100, 1_000], [130, 1_000], 0.5)).toMatch(/^The recommendation raised/);
  });
});

describe('numbers in sentences', () => {
  it.each([
    [0.3, '30 %'],
    [0.018112, '1.8 %'],
    [0.0995, '10 %'],
    [0.675, '68 %'],
    [4.321, '432 %'],
    [28.69, '2,869 %'],
    [-0.042, '−4.2 %'],
    [0.00036, '0.036 %'],
    [0, '0 %'],
    [-0, '0 %'],
  ])('%d is %s', (share, text) => {
    expect(percent(share)).toBe(text);
  });

  it.each([
    [7 * 86_400_000, '7 days'],
    [86_400_000, '1 day'],
    [21_600_000, '6 hours'],
    [124_000, '2 minutes'],
    [400, '1 second'],
  ])('%d ms are %s', (ms, text) => {
    expect(time(ms)).toBe(text);
  });
});
