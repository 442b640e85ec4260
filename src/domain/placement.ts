import type { LinkParameter } from './link-parameters.ts';
import type { TraitRequest } from './profile.ts';

/** A named spot in a message: one recommendation, its baseline, and where its items' content comes from. */
export type Placement = {
  /** `[a-z0-9-]+`, unique; the name of its folder. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Other names it answers to. */
  readonly aliases: readonly string[];
  /** False: every answer is the baseline with the reason `disabled`, and nobody is looked up. */
  readonly enabled: boolean;
  /** Name of the Amplitude project whose key is used; null is the main one. */
  readonly project: string | null;
  /** Amplitude's `rec_id`. */
  readonly recommendation: string;
  /** How many items a full answer holds, 1…20. */
  readonly items: number;
  /** Name of the content source. */
  readonly content: string;
  /** Item ids shown to everyone who gets no recommendation, in order; those past `items` stand in for missing ones. */
  readonly baseline: readonly string[];
  readonly profile: TraitRequest;
  /** The language of answers to calls that name none; null for the content's default. */
  readonly locale: string | null;
  /** Added to every item's URL. */
  readonly links: readonly LinkParameter[];
  /** Where a link leads that finds no item; null for the service's `FALLBACK_URL`. */
  readonly fallbackUrl: string | null;
  /** The picture where there is none; null for a transparent one. */
  readonly fallbackImageUrl: string | null;
  /** True: public image and page links may look people up, within limits of their own. */
  readonly openLookups: boolean;
  /** The feature flag that an item must pass; null for none. */
  readonly gate: GateRule | null;
  /** Placements of one message, looked up in one call: each person is exposed to all of them. Null for none. */
  readonly lookupGroup: string | null;
  /** How long what Amplitude said is used; null for the service's settings. */
  readonly freshMs: number | null;
  readonly staleMs: number | null;
  readonly staleIfErrorMs: number | null;
  /** Milliseconds for the whole answer, or null for the service's `ANSWER_DEADLINE`. */
  readonly deadlineMs: number | null;
  readonly results: ResultsRule;
};

/** How it is found out whether the recommendation worked: names as they are in the Amplitude project. */
export type ResultsRule = {
  /** The event that counts as success; null if whoever asks says so. */
  readonly outcome: string | null;
  /** What Amplitude logs at each look-up. */
  readonly exposureEvent: string;
  /** Its property that is true for control. */
  readonly controlProperty: string;
  /** Its property that holds the recommendation, where there is one; null counts all that share the event. */
  readonly recommendationProperty: string | null;
  /** Control's share of all people, 0…1, as set in Amplitude; null if nobody says. */
  readonly controlShare: number | null;
  /** How long after the exposure the outcome counts. */
  readonly conversionWindowMs: number;
};

/** An item is shown only while its flag is on for that person. */
export type GateRule = {
  /** The flag's key, in which `{id}` is the item's id and `{placement}` the placement's name. */
  readonly flag: string;
  /** What counts where the flag does not exist or cannot be evaluated in time. */
  readonly default: boolean;
};
