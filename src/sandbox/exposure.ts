import type { BookedEvent } from './event-book.ts';

/** What Amplitude logs each time a recommendation is asked for, and its property that is true for control. */
export const EXPOSURE_EVENT = '[Recs] Recommendation Event';
export const CONTROL_PROPERTY = 'recommendations.recommendation_control';

/** Somebody was told whether they are in control. Nothing removes duplicates. */
export function exposureOf(
  person: Pick<BookedEvent, 'userId' | 'deviceId'>,
  isControl: boolean,
  timeMs: number,
): BookedEvent {
  const { userId, deviceId } = person;
  const properties = { [CONTROL_PROPERTY]: isControl };
  return { eventType: EXPOSURE_EVENT, userId, deviceId, timeMs, properties };
}
