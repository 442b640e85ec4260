import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../src/domain/results.ts';
import { compareArms } from '../../src/results/compare.ts';
import { checkSampleRatio } from '../../src/results/sample-ratio.ts';
import { createRandom } from '../../src/sandbox/month.ts';

const EXPERIMENTS = 6_000;

type Truth = {
  readonly control: { readonly users: number; readonly rate: number };
  readonly treatment: { readonly users: number; readonly rate: number };
};

/** The share of experiments, drawn with a seed, of which something holds. */
function shareOf(truth: Truth, seed: number, holds: (comparison: Comparison) => boolean): number {
  const random = createRandom(seed);
  const draw = ({ users, rate }: Truth['control']) => {
    let conversions = 0;
    for (let person = 0; person < users; person += 1) conversions += Number(random() < rate);
    return { users, conversions };
  };
  let count = 0;
  for (let experiment = 0; experiment < EXPERIMENTS; experiment += 1) {
    const arms = { control: draw(truth.control), treatment: draw(truth.treatment) };
    count += Number(holds(compareArms(arms)));
  }
  return count / EXPERIMENTS;
}

/** Three standard errors of a share that is 5 %. */
const SAMPLING_ERROR = 3 * Math.sqrt((0.05 * 0.95) / EXPERIMENTS);

describe('experiments without a difference', () => {
  it.each([
    ['of two equal groups', { users: 600, rate: 0.3 }, { users: 600, rate: 0.3 }, 11],
    ['of a small control group', { users: 200, rate: 0.4 }, { users: 1_800, rate: 0.4 }, 12],
    ['with a small rate', { users: 1_000, rate: 0.08 }, { users: 1_000, rate: 0.08 }, 13],
  ])('%s raise a false alarm in 5 of 100, at 95 %% significance', (_case, control, treatment, seed) => {
    const share = shareOf({ control, treatment }, seed, ({ significance }) => (significance ?? 0) >= 0.95);
    expect(Math.abs(share - 0.05)).toBeLessThan(SAMPLING_ERROR);
  });
});

describe('experiments with a difference', () => {
  it('have the true lift in their interval in 95 of 100', () => {
    const truth = { control: { users: 700, rate: 0.2 }, treatment: { users: 700, rate: 0.25 } };
    const isCovered = ({ liftLow, liftHigh }: Comparison): boolean =>
      liftLow !== null && liftHigh !== null && liftLow <= 0.25 && liftHigh >= 0.25;
    expect(Math.abs(shareOf(truth, 21, isCovered) - 0.95)).toBeLessThan(SAMPLING_ERROR);
  });

  it('also where control is small and few convert', () => {
    const truth = { control: { users: 150, rate: 0.1 }, treatment: { users: 1_000, rate: 0.13 } };
    const isCovered = ({ liftLow, liftHigh }: Comparison): boolean =>
      liftLow === null || liftHigh === null || (liftLow <= 0.3 && liftHigh >= 0.3);
    // With 15 conversions the normal approximation costs a percent or so.
    const share = shareOf(truth, 22, isCovered);
    expect(share).toBeGreaterThan(0.93);
    expect(share).toBeLessThan(0.97);
  });

  it('are found: 30 % more of 10 % with 2,000 a group, 85 times in 100', () => {
    const truth = { control: { users: 2_000, rate: 0.1 }, treatment: { users: 2_000, rate: 0.13 } };
    const share = shareOf(truth, 23, ({ pValue, lift }) => (pValue ?? 1) < 0.05 && (lift ?? 0) > 0);
    // The power of the test at z = 0.03 / √(0.09/2000 + 0.1131/2000) is 0.85.
    expect(Math.abs(share - 0.85)).toBeLessThan(0.02);
  });
});

describe('groups that are drawn as they should be', () => {
  it('are called a mismatch once in a hundred times', () => {
    const random = createRandom(31);
    let mismatches = 0;
    for (let experiment = 0; experiment < EXPERIMENTS; experiment += 1) {
      let users = 0;
      for (let person = 0; person < 1_000; person += 1) users += Number(random() < 0.1);
      const arms = {
        control: { users, conversions: 0 },
        treatment: { users: 1_000 - users, conversions: 0 },
      };
      mismatches += Number(checkSampleRatio(arms, 0.1).isMismatch);
    }
    expect(Math.abs(mismatches / EXPERIMENTS - 0.01)).toBeLessThan(3 * Math.sqrt(0.0099 / EXPERIMENTS));
  });
});
