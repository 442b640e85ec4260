import type { Answer, Question } from './answer.ts';
import { DAY_MS } from './domain/day.ts';
import { mayMend } from './domain/decision.ts';
import type { Served } from './domain/served.ts';

/**
 * For so long Amplitude takes a repeated event for the one that it knows (seven days), with room for what is still on its
 * way. What was pinned earlier was told when it was.
 */
const TOLD_FOR_MS = 6 * DAY_MS;

/** Whom an answer showed what; null where nobody was shown anything anew. */
export function servedOf(
  { person, sample, access, onUnavailable, message }: Question,
  { block, itemIds, trace }: Answer,
): Served | null {
  const { placement, decision } = block;
  if (typeof person === 'string' || sample || access === 'pins') return null;
  // It is answered 500, and nobody shows it.
  if (onUnavailable === 'retry' && mayMend(decision.reason)) return null;
  if (trace.cache === 'pinned' && (trace.ageMs ?? 0) > TOLD_FOR_MS) return null;
  const { campaign, channel } = message;
  return { placement, person, decision, itemIds, campaign, channel };
}
