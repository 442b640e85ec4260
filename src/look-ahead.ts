import type { Answer, Question } from './answer.ts';
import { Deadline } from './deadline.ts';
import { distinctCalls, type LookupPlan } from './domain/lookup-plan.ts';
import type { Person } from './domain/person.ts';
import { type Ahead, type AheadResult, aheadResultOf } from './domain/prefetch.ts';
import type { Lookup, UnavailableReason } from './domain/profile.ts';

/** A placement as it is looked up and answered. */
type Served = Pick<Question, 'placement' | 'plan' | 'source'>;

type FindServed = (placementName: string) => Served | null;

/** For whom people are looked up, and when that is. */
type Target = {
  readonly id: string;
  readonly placements: readonly string[];
  readonly campaign: string | null;
  /** Wall clock, milliseconds. */
  readonly neededAtMs: number;
};

export type LookAheadParts = {
  readonly findServed: FindServed;
  readonly lookUpFor: (
    request: LookupPlan & { readonly person: Person },
    prefetching: Pick<Target, 'id' | 'neededAtMs'>,
  ) => Promise<{
    readonly lookups: ReadonlyMap<string, Lookup>;
    readonly isCalled: boolean;
    readonly isKept: boolean;
  }>;
  /** People to test with, who are never looked up. */
  readonly isSample: (person: Person) => boolean;
  /** Whether somebody waits for a look-up of their own, who comes first. */
  readonly isBusy: () => boolean;
  readonly pin: PinAhead;
};

/** Looks somebody up for all placements of a prefetch, and pins what follows where it has a campaign. */
export function createLookAhead({
  findServed,
  lookUpFor,
  isSample,
  isBusy,
  pin,
}: LookAheadParts): (target: Target, person: Person) => Promise<Ahead> {
  return async ({ id, placements, campaign, neededAtMs }, person) => {
    const served = placements.map(findServed);
    const found = served.filter((one) => one !== null);
    if (found.length < served.length) return { kind: 'blocked', reason: 'unknown_placement', calls: 0 };
    if (found.some(({ placement }) => !placement.enabled))
      return { kind: 'blocked', reason: 'placement_disabled', calls: 0 };
    if (isSample(person)) return { kind: 'found', results: new Map(), calls: 0 };
    if (isBusy()) return { kind: 'wait', reason: 'throttled', calls: 0 };

    let calls = 0;
    const lookups = new Map<string, Lookup>();
    for (const plan of distinctCalls(found.map(({ plan }) => plan))) {
      const ended = await lookUpFor({ ...plan, person }, { id, neededAtMs });
      if (ended.isCalled) calls += 1;
      const failure = failureOf(ended.lookups);
      if (failure) return afterFailure(failure, calls);
      if (!ended.isKept) return { kind: 'wait', reason: 'store_unavailable', calls };
      for (const [recommendation, lookup] of ended.lookups) lookups.set(keyOf(plan, recommendation), lookup);
    }
    const results = new Map<string, AheadResult>();
    for (const { placement, plan } of found) {
      const lookup = lookups.get(keyOf(plan, plan.recommendation));
      const result = lookup ? aheadResultOf(lookup) : null;
      if (result) results.set(placement.name, result);
    }
    if (campaign !== null) await Promise.all(placements.map((name) => pin(name, person, campaign)));
    return { kind: 'found', results, calls };
  };
}

function keyOf({ project }: LookupPlan, recommendation: string): string {
  return `${project ?? ''}\n${recommendation}`;
}

function failureOf(lookups: ReadonlyMap<string, Lookup>): UnavailableReason | null {
  for (const lookup of lookups.values()) if (lookup.status === 'unavailable') return lookup.reason;
  return null;
}

function afterFailure(reason: UnavailableReason, calls: number): Ahead {
  switch (reason) {
    case 'throttled':
    case 'circuit_open':
    case 'upstream_rejected':
      return { kind: 'wait', reason, calls };
    case 'timeout':
    case 'upstream_error':
    case 'invalid_response':
      return { kind: 'failed', reason, calls };
  }
}

/** Pins what somebody gets who is known. Nothing where there is no such placement. */
export type PinAhead = (placementName: string, person: Person, campaign: string) => Promise<void>;

export type PinAheadParts = {
  readonly findServed: FindServed;
  readonly answer: (question: Question, deadline: Deadline) => Promise<Answer>;
  /** For content and the pin. */
  readonly deadlineMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
};

/** By the same pipeline as every answer, which finds the person known and makes no call. */
export function createPinAhead({ findServed, answer, deadlineMs, now }: PinAheadParts): PinAhead {
  return async (placementName, person, campaign) => {
    const served = findServed(placementName);
    if (!served) return;
    const { placement, plan, source } = served;
    const question: Question = {
      ...{ placement, plan, source, person },
      sample: null,
      selection: { position: null, limit: null, exclude: [] },
      message: { campaign, channel: null, locale: placement.locale },
      access: 'everything',
      // Should it not be known any more after all, what would be a fallback is not pinned.
      onUnavailable: 'retry',
    };
    await answer(question, new Deadline(deadlineMs, now));
  };
}
