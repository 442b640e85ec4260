/** A property's value as Amplitude gives it. Numbers may arrive as text. */
export type TraitValue = string | number | boolean | null;

/** What a placement may ask about a person besides the recommendation. */
export type TraitRequest = {
  /** User properties, named as in Amplitude, with or without `gp:`. */
  readonly properties: readonly string[];
  /** Cohort ids. */
  readonly cohorts: readonly string[];
  /** Prediction ids. */
  readonly predictions: readonly string[];
};

export type Prediction = {
  /** 0…1, or null where Amplitude gives none. */
  readonly probability: number | null;
  /** A rank among all users, 0…100; not a probability. */
  readonly percentile: number | null;
};

/** What Amplitude told of a person beside the recommendation; empty where nothing was asked. */
export type Traits = {
  readonly properties: Readonly<Record<string, TraitValue>>;
  readonly cohorts: readonly string[];
  readonly predictions: Readonly<Record<string, Prediction>>;
};

export const NO_TRAITS: Traits = { properties: {}, cohorts: [], predictions: {} };

/** Reasons for which Amplitude's answer is missing. */
export type UnavailableReason =
  | 'throttled'
  | 'timeout'
  | 'upstream_error'
  | 'circuit_open'
  | 'invalid_response'
  | 'upstream_rejected';

/** What is known of one person and one recommendation, with what went wrong as a value. */
export type Lookup =
  | {
      readonly status: 'found';
      /** Amplitude's assignment. */
      readonly isControl: boolean;
      /** Item ids, best first. Those of a control person are a random selection and must never be shown. */
      readonly items: readonly string[];
      readonly traits: Traits;
    }
  | { readonly status: 'no_recommendation'; readonly traits: Traits }
  | { readonly status: 'unknown_user' }
  | { readonly status: 'unavailable'; readonly reason: UnavailableReason };
