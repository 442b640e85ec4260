import type { PersonFault } from './person.ts';
import type { Placement } from './placement.ts';
import type { Lookup, UnavailableReason } from './profile.ts';

/** What was served. Amplitude's control group is a reason for `baseline`, never a synonym for it. */
export type Variant = 'treatment' | 'baseline';

export const REASONS = [
  'recommended',
  'control',
  'no_recommendation',
  'unknown_user',
  'no_user',
  'unresolved_merge_tag',
  'invalid_user',
  'throttled',
  'timeout',
  'upstream_error',
  'circuit_open',
  'invalid_response',
  'upstream_rejected',
  'no_content',
  'disabled',
] as const satisfies readonly (PersonFault | UnavailableReason | string)[];
export type Reason = (typeof REASONS)[number];

/** What one person gets in one placement: the item ids are candidates in order, more than may be shown. */
export type Decision = {
  readonly variant: Variant;
  readonly reason: Reason;
  readonly itemIds: readonly string[];
};

/** Why a person is not looked up at all. */
export type Skipped = { readonly status: 'skipped'; readonly reason: PersonFault | 'disabled' };

const MAY_MEND: ReadonlySet<Reason> = new Set(['throttled', 'timeout', 'upstream_error', 'circuit_open']);

/** Treatment or baseline: the one place where Amplitude's `is_control` becomes a variant. */
export function decide(placement: Placement, lookup: Lookup | Skipped): Decision {
  switch (lookup.status) {
    case 'found':
      if (lookup.isControl) return serveBaseline(placement, 'control');
      if (lookup.items.length === 0) return serveBaseline(placement, 'no_recommendation');
      return { variant: 'treatment', reason: 'recommended', itemIds: lookup.items };
    case 'no_recommendation':
    case 'unknown_user':
      return serveBaseline(placement, lookup.status);
    case 'unavailable':
    case 'skipped':
      return serveBaseline(placement, lookup.reason);
  }
}

/** The decision that takes over when none of a treatment's items can be shown. */
export function decideWithoutContent(placement: Placement): Decision {
  return serveBaseline(placement, 'no_content');
}

function serveBaseline(placement: Placement, reason: Reason): Decision {
  return { variant: 'baseline', reason, itemIds: placement.baseline };
}

/** Of a decision that was made. */
export function variantOf(reason: Reason): Variant {
  return reason === 'recommended' ? 'treatment' : 'baseline';
}

/** A fallback is a baseline served for any reason but control. */
export function isFallback(decision: Decision): boolean {
  return decision.variant === 'baseline' && decision.reason !== 'control';
}

/** Whether a later call for the same person may get more than this fallback. */
export function mayMend(reason: Reason): boolean {
  return MAY_MEND.has(reason);
}
