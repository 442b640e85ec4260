import { z } from 'zod';
import type { ResultsRule } from '../domain/placement.ts';
import { DAY_MS, duration, SECOND_MS } from './times.ts';

/** Of an event or one of its properties, which Amplitude compares to the letter. */
const name = z
  .string('must be a name as Amplitude shows it')
  .regex(/^[^\p{Cc}]{1,256}$/u, 'must be a name of 1 to 256 characters')
  .refine((text) => text.trim() === text, 'has white space at its ends');

const CONTROL_SHARE = 'must be a number between 0 and 1, as 0.1 for 10 %';

/** The `results:` of a placement. */
export const ResultsKeys = z
  .strictObject({
    outcome: name.nullable().default(null),
    exposure_event: name.default('[Recs] Recommendation Event'),
    control_property: name.default('recommendations.recommendation_control'),
    recommendation_property: name.nullable().default(null),
    control_share: z.number(CONTROL_SHARE).gt(0, CONTROL_SHARE).lt(1, CONTROL_SHARE).nullable().default(null),
    // 30 days are Amplitude's own default.
    conversion_window: duration(SECOND_MS, 365 * DAY_MS).default(30 * DAY_MS),
  })
  .transform(
    (keys): ResultsRule => ({
      outcome: keys.outcome,
      exposureEvent: keys.exposure_event,
      controlProperty: keys.control_property,
      recommendationProperty: keys.recommendation_property,
      controlShare: keys.control_share,
      conversionWindowMs: keys.conversion_window,
    }),
  );

/** Of a placement that says nothing of it. */
export const USUAL_RESULTS: ResultsRule = ResultsKeys.parse({});
