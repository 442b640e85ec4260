import type { Comparison, Missing, SampleRatio } from '../domain/results.ts';
import { CONFIDENCE } from './lift.ts';
import { list, percent, whole } from './wording.ts';

export type Judged = {
  readonly outcome: string;
  readonly comparison: Comparison;
  readonly sampleRatio: SampleRatio;
};

/** What the figures come to, for people: no more than they bear. */
export function describeVerdict({ outcome, comparison, sampleRatio }: Judged): string {
  if (!comparison.isEnough) return describeMissing(comparison);
  const told = describeDifference(outcome, comparison);
  return sampleRatio.isMismatch
    ? `The groups do not have the sizes that they should, so do not rely on this: ${told}`
    : told;
}

function describeDifference(outcome: string, { lift, liftLow, liftHigh, pValue }: Comparison): string {
  const isTold = pValue !== null && pValue <= 1 - CONFIDENCE;
  if (!isTold || lift === null || liftLow === null || liftHigh === null) {
    return 'No difference can be told yet.';
  }
  const bounds = [Math.abs(liftLow), Math.abs(liftHigh)].sort((a, b) => a - b);
  const [least = 0, most = 0] = bounds;
  const verb = lift > 0 ? 'raised' : 'lowered';
  const sure = `${percent(CONFIDENCE)} sure it is between ${percent(least)} and ${percent(most)}`;
  return `The recommendation ${verb} ${outcome} by ${percent(Math.abs(lift))} (${sure}).`;
}

function describeMissing({ missing }: Comparison): string {
  const parts = [
    ...describeArm(missing.control, 'in control'),
    ...describeArm(missing.treatment, 'with the recommendation'),
  ];
  return `Not enough data yet: ${list(parts)}.`;
}

/** People, where it can be told how many; what they do is only counted where nobody has done it so far. */
function describeArm({ users, conversions, nonConversions }: Missing, where: string): string[] {
  if (users > 0) return [`${whole(users)} more ${users === 1 ? 'person' : 'people'} ${where}`];
  if (conversions > 0) return [`${conversions} people who convert ${where}`];
  return nonConversions > 0 ? [`${nonConversions} people who do not convert ${where}`] : [];
}
