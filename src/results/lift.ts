import type { ArmCounts, ByArm } from '../domain/results.ts';
import { studentQuantile } from './distributions.ts';
import { rateOf, rateVariance, testDifference } from './t-test.ts';

/** How sure the interval is, as Amplitude's own 95 %. */
export const CONFIDENCE = 0.95;

/** Nobody can convert less often than never. */
const LOWEST = -1;

export type Interval = { readonly low: number; readonly high: number };

/** How much higher the treatment's rate is, as a part of control's; null where nobody in control converted. */
export function liftOf({ control, treatment }: ByArm<ArmCounts>): number | null {
  // Of whole numbers, so that 12 % against 10 % is 0.2 and not something near it.
  const before = control.conversions * treatment.users;
  const after = treatment.conversions * control.users;
  return before === 0 ? null : (after - before) / before;
}

/**
 * Fieller's interval for the ratio of two rates, with the t of Welch's test: the ratios R for which the test would not
 * tell treatment − R × control from 0. At R = 1 that is the test itself, so that the interval leaves out a lift of 0
 * exactly where p is below 5 %; an interval by the logarithm of the ratio would contradict it near there. Null where
 * control's own rate cannot be told from 0, since then no lift is too large.
 */
export function liftInterval(arms: ByArm<ArmCounts>): Interval | null {
  const test = testDifference(arms);
  const [before, after] = [rateOf(arms.control), rateOf(arms.treatment)];
  const [beforeVariance, afterVariance] = [rateVariance(arms.control), rateVariance(arms.treatment)];
  if (!test || before === null || after === null || beforeVariance === null || afterVariance === null) {
    return null;
  }
  const square = studentQuantile(1 - CONFIDENCE, test.freedom) ** 2;
  // The roots of (before² − q²·v₁)·R² − 2·before·after·R + (after² − q²·v₂) = 0.
  const leading = before ** 2 - square * beforeVariance;
  if (leading <= 0) return null;
  const constant = after ** 2 - square * afterVariance;
  const root = Math.sqrt(Math.max(0, (before * after) ** 2 - leading * constant));
  return {
    low: Math.max(LOWEST, (before * after - root) / leading - 1),
    high: (before * after + root) / leading - 1,
  };
}
