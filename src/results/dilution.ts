import type { Dilution } from '../domain/results.ts';

/** Fallbacks of people who may have been exposed a moment before: Amplitude logs that when it is asked. */
const AFTER_A_CALL = ['timeout', 'upstream_error', 'invalid_response'] as const;

/** Less is not worth a word. */
const MIN_SHARE = 0.001;

/**
 * People assigned the recommendation count as treated, whatever they were shown. As many of them as were shown the
 * baseline, so much smaller is the lift. At most, since not every failed call was counted as an exposure. Null if
 * there are none.
 */
export function estimateDilution(
  fallbacks: Readonly<Record<string, number>>,
  controlShare: number,
  lift: number | null,
): Dilution | null {
  const sum = (shares: readonly (number | undefined)[]): number =>
    shares.reduce<number>((total, share) => total + (share ?? 0), 0);
  const ofTreatment = 1 - controlShare;
  const served = (1 - sum(Object.values(fallbacks))) * ofTreatment;
  // Control needs no content: whoever lacked it was to be shown a recommendation.
  const missed =
    sum([fallbacks.no_content]) + sum(AFTER_A_CALL.map((reason) => fallbacks[reason])) * ofTreatment;
  const share = missed === 0 ? 0 : missed / (served + missed);
  if (share < MIN_SHARE) return null;
  return { share, undilutedLift: lift === null || share === 1 ? null : lift / (1 - share) };
}
