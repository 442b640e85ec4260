import type { ArmCounts, ByArm, Comparison, Missing } from '../domain/results.ts';
import { liftInterval, liftOf } from './lift.ts';
import { rateOf, testDifference } from './t-test.ts';

/** Amplitude's rule: fewer than these in an arm, and nothing is called significant. */
const MIN_USERS = 30;
const MIN_OUTCOMES = 5;

/** All that can be said of two arms by their counts. */
export function compareArms(arms: ByArm<ArmCounts>): Comparison {
  const test = testDifference(arms);
  const lift = liftOf(arms);
  const interval = lift === null ? null : liftInterval(arms);
  const missing = { control: missingIn(arms.control), treatment: missingIn(arms.treatment) };
  return {
    rates: { control: rateOf(arms.control), treatment: rateOf(arms.treatment) },
    lift,
    liftLow: interval?.low ?? null,
    liftHigh: interval?.high ?? null,
    pValue: test?.pValue ?? null,
    significance: test ? 1 - test.pValue : null,
    missing,
    isEnough: Object.values(missing).every((arm) => !isMissing(arm)),
  };
}

function isMissing({ users, conversions, nonConversions }: Missing): boolean {
  return users > 0 || conversions > 0 || nonConversions > 0;
}

function missingIn({ users, conversions }: ArmCounts): Missing {
  const nonConversions = users - conversions;
  // As many people as would bring five of each at the rate so far; without any so far, nobody knows how many.
  const needed = [conversions, nonConversions].map((count) =>
    count === 0 ? 0 : Math.ceil((MIN_OUTCOMES * users) / count),
  );
  return {
    users: Math.max(0, Math.max(MIN_USERS, ...needed) - users),
    conversions: Math.max(0, MIN_OUTCOMES - conversions),
    nonConversions: Math.max(0, MIN_OUTCOMES - nonConversions),
  };
}
