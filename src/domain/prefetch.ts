import type { Hold } from './hold.ts';
import type { Person } from './person.ts';
import type { Lookup, UnavailableReason } from './profile.ts';

/** What a look-up ahead of a send found out about someone. */
export const AHEAD_RESULTS = ['treatment', 'control', 'no_recommendation', 'unknown_user'] as const;
export type AheadResult = (typeof AHEAD_RESULTS)[number];

/** Of one placement: people by what was found, and those with whom Amplitude failed to the end. */
export type AheadCounts = Readonly<Record<AheadResult | 'failed', number>>;

export const NO_COUNTS: AheadCounts = {
  treatment: 0,
  control: 0,
  no_recommendation: 0,
  unknown_user: 0,
  failed: 0,
};

/** Null where Amplitude failed. */
export function aheadResultOf(lookup: Lookup): AheadResult | null {
  switch (lookup.status) {
    case 'found':
      if (lookup.isControl) return 'control';
      return lookup.items.length > 0 ? 'treatment' : 'no_recommendation';
    case 'no_recommendation':
    case 'unknown_user':
      return lookup.status;
    case 'unavailable':
      return null;
  }
}

/** Why nobody can be asked about at the moment; the next one will get no further. */
export type WaitReason = 'throttled' | 'circuit_open' | 'upstream_rejected' | 'store_unavailable';

/** Why a prefetch stopped by itself, until somebody has it go on. */
export type BlockReason = 'unknown_placement' | 'placement_disabled';

/** What became of one person. `calls`: how many were made to Amplitude. */
export type Ahead =
  /** By placement. All of it is in the store, and fresh until the end of the hold. */
  | { readonly kind: 'found'; readonly results: ReadonlyMap<string, AheadResult>; readonly calls: number }
  | { readonly kind: 'failed'; readonly reason: UnavailableReason; readonly calls: number }
  | { readonly kind: 'wait'; readonly reason: WaitReason; readonly calls: number }
  | { readonly kind: 'blocked'; readonly reason: BlockReason; readonly calls: number };

/** People whom it makes no sense to count, with the lines of the first. */
export type OddPeople = { readonly count: number; readonly firstLines: readonly number[] };

/** What was read of a list of people. */
export type AudienceReport = {
  readonly rows: number;
  /** Different people, each of whom is looked up. */
  readonly users: number;
  /** The column that counts first; null where columns have no names. */
  readonly idColumn: string | null;
  readonly idKind: Person['kind'];
  /** The column of device ids that count where the other has none. */
  readonly deviceColumn: string | null;
  /** `csv`, `ndjson` or `json`. */
  readonly format: string;
  /** `plain`, `gzip` or `zip`. */
  readonly packing: string;
  readonly duplicates: OddPeople;
  readonly blank: OddPeople;
  /** By the reason as well. */
  readonly impossible: OddPeople & { readonly reasons: Readonly<Partial<Record<string, number>>> };
};

/** Takes some people of a list, as they are read; the next come when it is done. */
export type OnPeople = (people: readonly Person[]) => Promise<void>;

/** Reads a list of people and hands them on, each once. Rejects where it cannot be read, or `onPeople` rejects. */
export type ReadAudience = (onPeople: OnPeople) => Promise<AudienceReport>;

/** What somebody wants to have looked up. */
export type PrefetchOrder = Pick<Hold, 'sendAt' | 'holdMs'> & {
  /** Names of placements that are there, at least one. */
  readonly placements: readonly string[];
  /** With it, decisions are pinned. */
  readonly campaign: string | null;
};

export type Estimate = {
  /** Profile API calls if nobody is known yet. */
  readonly calls: number;
  /** Until everyone is looked up, those of earlier sends first; null if live traffic leaves no budget. */
  readonly seconds: number | null;
  /** Wall clock, milliseconds. */
  readonly readyAtMs: number | null;
  /** The latest time to begin; null without a time to send. */
  readonly startByMs: number | null;
  /** One sentence for people. */
  readonly text: string;
};

/** `waiting`: for its turn, or for a replica that takes it up. */
export type PrefetchState = 'waiting' | 'running' | 'paused' | 'done' | 'cancelled';

/** Why it is in this state, where that needs a reason. */
export type PrefetchReason =
  | WaitReason
  | BlockReason
  /** Somebody asked for it. */
  | 'asked'
  /** Others send earlier. */
  | 'queued'
  /** Those with whom Amplitude failed are tried again in a while. */
  | 'retrying'
  /** It was not done within a week. */
  | 'too_old';

/** A prefetch as it is seen from outside. Times are by the wall clock, in milliseconds. */
export type Prefetch = PrefetchOrder & {
  readonly id: string;
  readonly state: PrefetchState;
  readonly reason: PrefetchReason | null;
  readonly audience: AudienceReport;
  readonly createdAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** Until when what it found is fresh; null while it goes on. */
  readonly heldUntilMs: number | null;
  /** People looked up, failed to the end, or forgotten. */
  readonly done: number;
  /** Of these, people for whom no call was made because they were known. */
  readonly known: number;
  /** People with whom Amplitude failed, and who will be tried again. */
  readonly retrying: number;
  readonly failed: number;
  /** People who were forgotten meanwhile. */
  readonly forgotten: number;
  /** By placement. */
  readonly counts: Readonly<Record<string, AheadCounts>>;
  readonly calls: number;
  /** People in the last minute; null while it does not run. */
  readonly perMinute: number | null;
  /** Null where nobody can tell, and when it has ended. */
  readonly remainingSeconds: number | null;
  readonly readyAtMs: number | null;
  /** One sentence for people. */
  readonly text: string;
};

/** One that was just begun. */
export type StartedPrefetch = { readonly prefetch: Prefetch; readonly estimate: Estimate };

/** A list that was only read. */
export type MeasuredPrefetch = { readonly audience: AudienceReport; readonly estimate: Estimate };

export type PrefetchWish = 'pause' | 'resume' | 'cancel';

/** What everyone has to be told who starts one. */
export const EXPOSURE_WARNING =
  'Each look-up is an exposure in Amplitude at that moment, also for people who are never sent the message. ' +
  'Look up only people who will be sent it, shortly before the send.';

/** Why a prefetch cannot be started. Its message says how to mend that, and holds nobody's data. */
export class PrefetchRefusal extends Error {
  override readonly name = 'PrefetchRefusal';
  readonly code: 'nobody' | 'too_many_people' | 'too_many_prefetches' | 'store_unavailable';

  constructor(code: PrefetchRefusal['code'], message: string) {
    super(message);
    this.code = code;
  }
}
