import type { ArmCounts, ByArm } from '../domain/results.ts';
import { studentTails } from './distributions.ts';

/** Welch's two-sided t test, whose arms may differ in size and in variance. */
export type TTest = {
  readonly t: number;
  /** Degrees of freedom, by Welch and Satterthwaite. */
  readonly freedom: number;
  readonly pValue: number;
};

/** Share of those who converted; null without anybody. */
export function rateOf({ users, conversions }: ArmCounts): number | null {
  return users === 0 ? null : conversions / users;
}

/** The variance of an arm's rate, from the sample variance with n − 1; null with fewer than two people. */
export function rateVariance(arm: ArmCounts): number | null {
  const rate = rateOf(arm);
  return rate === null || arm.users < 2 ? null : (rate * (1 - rate)) / (arm.users - 1);
}

/** Of outcomes that are 0 or 1. Null where it is not defined: too few people, or nothing that varies. */
export function testDifference({ control, treatment }: ByArm<ArmCounts>): TTest | null {
  const [before, after] = [rateOf(control), rateOf(treatment)];
  const [beforeVariance, afterVariance] = [rateVariance(control), rateVariance(treatment)];
  if (before === null || after === null || beforeVariance === null || afterVariance === null) return null;
  const variance = beforeVariance + afterVariance;
  if (variance === 0) return null;
  const t = (after - before) / Math.sqrt(variance);
  const freedom =
    variance ** 2 / (beforeVariance ** 2 / (control.users - 1) + afterVariance ** 2 / (treatment.users - 1));
  return { t, freedom, pValue: studentTails(t, freedom) };
}
