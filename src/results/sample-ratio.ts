import type { ArmCounts, ByArm, SampleRatio } from '../domain/results.ts';
import { chiSquareTail } from './distributions.ts';

/** Below this chance the sizes of the arms are no accident. */
const MISMATCH_BELOW = 0.01;

/** Smaller expected counts than this, and chi-square does not say what it seems to. */
const MIN_EXPECTED = 5;

/** Whether control is as large as it should be, by chi-square with one degree of freedom. */
export function checkSampleRatio(
  { control, treatment }: ByArm<ArmCounts>,
  expectedShare: number | null,
): SampleRatio {
  const total = control.users + treatment.users;
  const observedShare = total === 0 ? null : control.users / total;
  const untested = { expectedShare, observedShare, chiSquare: null, pValue: null, isMismatch: null };
  if (expectedShare === null) return untested;
  const expected = [expectedShare * total, (1 - expectedShare) * total] as const;
  if (Math.min(...expected) < MIN_EXPECTED) return untested;
  const difference = (control.users - expected[0]) ** 2;
  const chiSquare = difference / expected[0] + difference / expected[1];
  const pValue = chiSquareTail(chiSquare, 1);
  return { expectedShare, observedShare, chiSquare, pValue, isMismatch: pValue < MISMATCH_BELOW };
}
