import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArmCounts, ByArm, Comparison } from '../../src/domain/results.ts';
import { compareArms } from '../../src/results/compare.ts';
import { studentQuantile } from '../../src/results/distributions.ts';
import { rateVariance, testDifference } from '../../src/results/t-test.ts';

/** `control` is conversions of users, then `treatment` likewise. */
function armsOf(control: readonly [number, number], treatment: readonly [number, number]): ByArm<ArmCounts> {
  const arm = ([conversions, users]: readonly [number, number]): ArmCounts => ({ users, conversions });
  return { control: arm(control), treatment: arm(treatment) };
}

const compare = (...arms: Parameters<typeof armsOf>): Comparison => compareArms(armsOf(...arms));

describe('two arms', () => {
  it('of 100 in 1000 and 130 in 1000 differ as published', () => {
    const arms = armsOf([100, 1_000], [130, 1_000]);
    expect(testDifference(arms)?.t).toBeCloseTo(2.104016, 6);
    const { rates, lift, pValue, significance, isEnough } = compareArms(arms);
    expect(rates).toEqual({ control: 0.1, treatment: 0.13 });
    expect(lift).toBe(0.3);
    expect(pValue).toBeCloseTo(0.0355033, 7);
    expect(significance).toBeCloseTo(0.9644967, 7);
    expect(isEnough).toBe(true);
  });

  it('of 50 in 500 and 300 in 2500 do not, as published', () => {
    const { lift, pValue, significance } = compare([50, 500], [300, 2_500]);
    expect(lift).toBe(0.2);
    expect(pValue).toBeCloseTo(0.1805043, 7);
    expect(significance).toBeCloseTo(0.8194957, 7);
  });

  it('may be of unequal variance and size: Welch’s degrees of freedom lie between the smaller arm’s and both’s', () => {
    fc.assert(
      fc.property(armsWithEnough(), (arms) => {
        const { freedom = 0 } = testDifference(arms) ?? {};
        const { control, treatment } = arms;
        expect(freedom).toBeGreaterThanOrEqual(Math.min(control.users, treatment.users) - 1 - 1e-6);
        expect(freedom).toBeLessThanOrEqual((control.users + treatment.users - 2) * (1 + 1e-9));
      }),
    );
  });

  it('are the other way round when they are exchanged', () => {
    const one = compare([40, 400], [60, 300]);
    const other = compare([60, 300], [40, 400]);
    expect(other.pValue).toBeCloseTo(one.pValue ?? 0, 12);
    expect((1 + (one.lift ?? 0)) * (1 + (other.lift ?? 0))).toBeCloseTo(1, 12);
  });
});

describe('the interval of the lift', () => {
  it('leaves out 0 exactly where the test tells a difference', () => {
    fc.assert(
      fc.property(armsWithEnough(), (arms) => {
        const { pValue, liftLow, liftHigh } = compareArms(arms);
        if (pValue === null || liftLow === null || liftHigh === null) throw new Error('it is defined');
        // The last digit may round either way.
        fc.pre(Math.abs(pValue - 0.05) > 1e-9);
        expect(liftLow > 0 || liftHigh < 0).toBe(pValue < 0.05);
      }),
      { numRuns: 2_000 },
    );
  });

  it('holds the lift, and no lift below −100 %', () => {
    fc.assert(
      fc.property(armsWithEnough(), (arms) => {
        const { lift, liftLow, liftHigh } = compareArms(arms);
        if (lift === null || liftLow === null || liftHigh === null) throw new Error('it is defined');
        expect(liftLow).toBeLessThanOrEqual(lift + 1e-9);
        expect(liftHigh).toBeGreaterThanOrEqual(lift - 1e-9);
        expect(liftLow).toBeGreaterThanOrEqual(-1);
      }),
    );
  });

  it('ends where the test at that lift is just at its limit (Fieller)', () => {
    const arms = armsOf([100, 1_000], [130, 1_000]);
    const { liftLow, liftHigh } = compareArms(arms);
    const limit = studentQuantile(0.05, testDifference(arms)?.freedom ?? 0);
    const [before, after] = [rateVariance(arms.control) ?? 0, rateVariance(arms.treatment) ?? 0];
    for (const lift of [liftLow, liftHigh]) {
      const ratio = 1 + (lift ?? 0);
      expect(Math.abs(0.13 - ratio * 0.1) / Math.sqrt(after + ratio ** 2 * before)).toBeCloseTo(limit, 9);
    }
  });

  it('with very many people is the one of the logarithm of the ratio', () => {
    const { liftLow, liftHigh } = compare([100_000, 1_000_000], [103_000, 1_000_000]);
    // ln(1.03) ± 1.959964 · √((1 − 0.1)/100000 + (1 − 0.103)/103000)
    const half = 1.959964 * Math.sqrt(0.9 / 100_000 + 0.897 / 103_000);
    expect(liftLow).toBeCloseTo(1.03 * Math.exp(-half) - 1, 4);
    expect(liftHigh).toBeCloseTo(1.03 * Math.exp(half) - 1, 4);
  });
});

describe('what is not defined is null, never 0', () => {
  const nothing = { lift: null, liftLow: null, liftHigh: null, pValue: null, significance: null };

  it.each<[string, Parameters<typeof armsOf>, Partial<Comparison>]>([
    [
      'nobody at all',
      [
        [0, 0],
        [0, 0],
      ],
      { ...nothing, rates: { control: null, treatment: null } },
    ],
    [
      'nobody in control',
      [
        [0, 0],
        [5, 50],
      ],
      { ...nothing, rates: { control: null, treatment: 0.1 } },
    ],
    [
      'nobody treated',
      [
        [5, 50],
        [0, 0],
      ],
      { ...nothing, rates: { control: 0.1, treatment: null } },
    ],
    [
      'one person in control',
      [
        [1, 1],
        [25, 50],
      ],
      { ...nothing, lift: -0.5 },
    ],
    [
      'nobody converts',
      [
        [0, 50],
        [0, 50],
      ],
      nothing,
    ],
    [
      'everybody converts',
      [
        [50, 50],
        [60, 60],
      ],
      { ...nothing, lift: 0 },
    ],
    [
      'all against none',
      [
        [50, 50],
        [0, 60],
      ],
      { ...nothing, lift: -1 },
    ],
  ])('%s', (_case, arms, expected) => {
    expect(compare(...arms)).toMatchObject({ ...expected, isEnough: false });
  });

  it('nobody in control converts: no lift, but a test', () => {
    const { lift, liftLow, liftHigh, pValue } = compare([0, 1_000], [20, 1_000]);
    expect([lift, liftLow, liftHigh]).toEqual([null, null, null]);
    expect(pValue).toBeLessThan(0.001);
  });

  it('so few in control convert that any lift is possible: a lift without bounds', () => {
    const { lift, liftLow, liftHigh } = compare([2, 1_000], [10, 1_000]);
    expect(lift).toBe(4);
    expect([liftLow, liftHigh]).toEqual([null, null]);
  });
});

describe('enough data', () => {
  it.each<[Parameters<typeof armsOf>, boolean]>([
    [
      [
        [5, 30],
        [5, 30],
      ],
      true,
    ],
    [
      [
        [25, 30],
        [25, 30],
      ],
      true,
    ],
    [
      [
        [5, 29],
        [5, 30],
      ],
      false,
    ],
    [
      [
        [5, 30],
        [5, 29],
      ],
      false,
    ],
    [
      [
        [4, 3_000],
        [50, 3_000],
      ],
      false,
    ],
    [
      [
        [50, 3_000],
        [4, 3_000],
      ],
      false,
    ],
    [
      [
        [2_996, 3_000],
        [50, 3_000],
      ],
      false,
    ],
    [
      [
        [50, 3_000],
        [2_996, 3_000],
      ],
      false,
    ],
  ])('%j: %s', (arms, isEnough) => {
    expect(compare(...arms).isEnough).toBe(isEnough);
  });

  it('is as many people away as bring what is missing at the rate so far', () => {
    expect(compare([2, 88], [40, 400]).missing).toEqual({
      control: { users: 132, conversions: 3, nonConversions: 0 },
      treatment: { users: 0, conversions: 0, nonConversions: 0 },
    });
    expect(compare([0, 12], [99, 100]).missing).toEqual({
      control: { users: 18, conversions: 5, nonConversions: 0 },
      treatment: { users: 400, conversions: 0, nonConversions: 4 },
    });
  });
});

/** Arms that a test may be made of. */
function armsWithEnough() {
  const arm = fc
    .integer({ min: 30, max: 20_000 })
    .chain((users) => fc.integer({ min: 5, max: users - 5 }).map((conversions) => ({ users, conversions })));
  return fc.record({ control: arm, treatment: arm });
}
