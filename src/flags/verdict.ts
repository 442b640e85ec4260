import {
  ErrorCode,
  type FlagValue,
  type ResolutionDetails,
  StandardResolutionReasons,
} from '@openfeature/server-sdk';

/** What came of one flag for one person; `default`: the rule's default was used. */
export type GateOutcome = 'on' | 'off' | 'default';

/** OpenFeature's reasons and error codes, and three of our own: too late, too many under way, closed. */
export type GateReason =
  | keyof typeof StandardResolutionReasons
  | `${ErrorCode}`
  | 'TIMEOUT'
  | 'OVERLOADED'
  | 'CLOSED';

export type Verdict = {
  readonly isOpen: boolean;
  readonly outcome: GateOutcome;
  readonly reason: GateReason;
};

// Providers may give any text as a reason. It becomes a label, so what is not in the specification is left out.
const REASONS = new Map<unknown, GateReason>(
  Object.values(StandardResolutionReasons).map((one) => [one, one]),
);
const ERROR_CODES = new Map<unknown, GateReason>(Object.values(ErrorCode).map((one) => [one, one]));

export function fallBack(isOpen: boolean, reason: GateReason): Verdict {
  return { isOpen, outcome: 'default', reason };
}

/** Only yes and no count; a flag of another type is a fault even where its provider does not say so. */
export function verdictOf(details: ResolutionDetails<FlagValue>, fallback: boolean): Verdict {
  const { value, reason, variant, errorCode } = details;
  if (errorCode) return fallBack(fallback, ERROR_CODES.get(errorCode) ?? 'GENERAL');
  if (typeof value !== 'boolean') return fallBack(fallback, 'TYPE_MISMATCH');
  const known = REASONS.get(reason) ?? 'UNKNOWN';
  // A disabled flag, and one without a default variant, hand back the default that they were given.
  const isDefault = variant === undefined && (known === 'DISABLED' || known === 'DEFAULT');
  return { isOpen: value, outcome: isDefault ? 'default' : value ? 'on' : 'off', reason: known };
}
