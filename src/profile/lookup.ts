import type { Deadline } from '../deadline.ts';
import type { Clock } from '../domain/clock.ts';
import { ageOf, type Freshness, freshnessOf, type Known, type Windows } from '../domain/freshness.ts';
import type { Person } from '../domain/person.ts';
import type { Lookup, TraitRequest, UnavailableReason } from '../domain/profile.ts';
import type { Priority } from './budget.ts';
import type { FetchProfile } from './fetch-profile.ts';
import type { Errand, Flights } from './flights.ts';
import type { Holds, KnownPeople } from './known.ts';
import { createLookUpFor, type LookUpFor, type Prefetching } from './look-up-for.ts';

/**
 * `hit`: known in memory; `store_hit`: known in the store; `stale`: known, and asked again behind the answer; `miss`:
 * this answer asked; `collapsed`: it waited for another's question; `stale_if_error`: known for long, since asking failed.
 */
export type CacheOutcome = 'hit' | 'store_hit' | 'stale' | 'miss' | 'collapsed' | 'stale_if_error';

export type LookupRequest = {
  readonly project: string | null;
  readonly person: Person;
  readonly recommendation: string;
  /** All that is asked in the same call, this recommendation among them. */
  readonly together: readonly string[];
  readonly traits: TraitRequest;
  readonly windows: Windows;
};

export type LookupResult = {
  readonly lookup: Lookup;
  readonly cache: CacheOutcome;
  /** How long ago Amplitude said so, in milliseconds; null if it did not. */
  readonly ageMs: number | null;
  /** Why Amplitude could not be asked, where that was tried; null otherwise. */
  readonly failure: UnavailableReason | null;
};

export type LookUp = (request: LookupRequest, deadline: Deadline) => LookupResult | Promise<LookupResult>;

export type LookupOptions = {
  readonly known: KnownPeople;
  readonly flights: Flights<ReadonlyMap<string, Lookup>>;
  readonly fetchProfile: FetchProfile;
  readonly isExhausted: (priority: Priority) => boolean;
  readonly holds: Pick<Holds, 'untilMs' | 'atLeastUntilMs'>;
  readonly clock: Clock;
  /** Something broke behind an answer that nobody waits for. */
  readonly onUnexpected: (error: unknown) => void;
};

export type Lookups = {
  readonly lookUp: LookUp;
  /** What is known of someone, without asking Amplitude, now or later; null if that is nothing that could still be used. */
  readonly recall: (request: LookupRequest) => LookupResult | null | Promise<LookupResult | null>;
  /** Asks for someone who waits for a later answer. The reason if that failed, else null. */
  readonly lookUpAhead: (request: LookupRequest, priority: Priority) => Promise<UnavailableReason | null>;
  /** Has a prefetch know someone: without a call if what is known is fresh when it is needed. */
  readonly lookUpFor: LookUpFor<LookupRequest>;
};

/** Whoever is looked up ahead comes back within seconds. */
const AHEAD_RETRY_MS = 1_000;

/** Looks people up: memory → store → single flight → budget → breaker → Amplitude. */
export function createLookups(options: LookupOptions): Lookups {
  const { known, flights, fetchProfile, isExhausted, holds, clock, onUnexpected } = options;

  const freshnessNow = (found: Known, { windows }: LookupRequest): Freshness =>
    freshnessOf(found, windows, clock.wall(), found.hold === null ? null : holds.untilMs(found.hold));

  const isFresh = (found: Known, request: LookupRequest, prefetching: Prefetching | null): boolean => {
    if (prefetching === null) return freshnessNow(found, request) === 'fresh';
    if (found.hold === prefetching.id) return true;
    const heldUntilMs = found.hold === null ? null : holds.atLeastUntilMs(found.hold);
    const neededAtMs = Math.max(clock.wall(), prefetching.neededAtMs);
    return freshnessOf(found, request.windows, neededAtMs, heldUntilMs) === 'fresh';
  };

  const errandFor = (
    request: LookupRequest,
    priority: Priority,
    retryWithinMs: number,
    prefetching: Prefetching | null,
  ): Errand<ReadonlyMap<string, Lookup>> => ({
    find: () => findTogether(request, prefetching),
    fetch: async () => {
      const { project, person, together: recommendations, traits } = request;
      const result = await fetchProfile(
        project,
        { person, recommendations, traits },
        priority,
        retryWithinMs,
      );
      const writes = [...result].map(([recommendation, lookup]) =>
        lookup.status === 'unavailable'
          ? null
          : known.learn(keyOf(request, recommendation), lookup, prefetching?.id),
      );
      return { result, written: Promise.all(writes) };
    },
    late: unavailable(request, 'timeout'),
  });

  const fly = (
    request: LookupRequest,
    priority: Priority,
    retryWithinMs: number,
    prefetching: Prefetching | null = null,
  ): Promise<ReadonlyMap<string, Lookup>> =>
    flights.fly(flightKeyOf(request), errandFor(request, priority, retryWithinMs, prefetching));

  /** All of the group, if all of it is fresh: now, or when a prefetch needs it. */
  const findTogether = async (
    request: LookupRequest,
    prefetching: Prefetching | null = null,
  ): Promise<ReadonlyMap<string, Lookup> | null> => {
    const found = new Map<string, Lookup>();
    for (const recommendation of request.together) {
      const one = await known.anywhere(keyOf(request, recommendation));
      if (!one || !isFresh(one, request, prefetching)) return null;
      found.set(recommendation, one.lookup);
    }
    return found;
  };

  const serve = (request: LookupRequest, found: Known, from: 'hit' | 'store_hit'): LookupResult | null => {
    const now = clock.wall();
    const freshness = freshnessNow(found, request);
    if (freshness !== 'fresh' && freshness !== 'stale') return null;
    if (freshness === 'stale') refreshBehind(request);
    const cache = freshness === 'stale' ? 'stale' : from;
    return { lookup: found.lookup, cache, ageMs: ageOf(found, now), failure: null };
  };

  const refreshBehind = (request: LookupRequest): void => {
    if (flights.isFlying(flightKeyOf(request)) || isExhausted('refresh')) return;
    fly(request, 'refresh', 0).catch(onUnexpected);
  };

  const ask = async (request: LookupRequest, deadline: Deadline): Promise<LookupResult> => {
    const hasJoined = flights.isFlying(flightKeyOf(request));
    if (!hasJoined && isExhausted('live')) return { ...failed('throttled'), cache: 'miss' };
    // Nobody would get what is found now, and yet it would log an exposure.
    if (!hasJoined && deadline.remainingMs === 0) return { ...failed('timeout'), cache: 'miss' };
    const late = unavailable(request, 'timeout');
    let lookup = pick(await deadline.wait(fly(request, 'live', deadline.remainingMs), late), request);
    if (hasJoined && isThrottled(lookup) && !isExhausted('live') && deadline.remainingMs > 0) {
      // What it joined was a refresh, for which less of the budget may be spent.
      lookup = pick(await deadline.wait(fly(request, 'live', deadline.remainingMs), late), request);
    }
    const cache = hasJoined ? 'collapsed' : 'miss';
    return lookup.status === 'unavailable'
      ? { ...failed(lookup.reason), cache }
      : { lookup, cache, ageMs: 0, failure: null };
  };

  const lookUpBeyondMemory = async (request: LookupRequest, deadline: Deadline): Promise<LookupResult> => {
    const key = keyOf(request, request.recommendation);
    const stored = await deadline.wait(known.anywhere(key), known.inMemory(key));
    const served = stored && serve(request, stored, 'store_hit');
    if (served) return served;
    const asked = await ask(request, deadline);
    if (asked.failure === null || !stored) return asked;
    const now = clock.wall();
    if (freshnessNow(stored, request) === 'gone') return asked;
    return { ...asked, lookup: stored.lookup, cache: 'stale_if_error', ageMs: ageOf(stored, now) };
  };

  return {
    lookUp: (request, deadline) => {
      const found = known.inMemory(keyOf(request, request.recommendation));
      return (found && serve(request, found, 'hit')) ?? lookUpBeyondMemory(request, deadline);
    },
    recall: (request) => {
      const key = keyOf(request, request.recommendation);
      const outcomeOf = (found: Known | null, cache: CacheOutcome): LookupResult | null => {
        const now = clock.wall();
        if (!found || freshnessNow(found, request) === 'gone') return null;
        return { lookup: found.lookup, cache, ageMs: ageOf(found, now), failure: null };
      };
      const found = known.inMemory(key);
      return found
        ? outcomeOf(found, 'hit')
        : known.anywhere(key).then((stored) => outcomeOf(stored, 'store_hit'));
    },
    lookUpAhead: async (request, priority) => {
      if (isExhausted(priority)) return 'throttled';
      const lookups = (await findTogether(request)) ?? (await fly(request, priority, AHEAD_RETRY_MS));
      const lookup = pick(lookups, request);
      return lookup.status === 'unavailable' ? lookup.reason : null;
    },
    lookUpFor: createLookUpFor<LookupRequest>({
      find: findTogether,
      fetch: (request, prefetching) => fly(request, 'background', 0, prefetching),
      keep: ({ id }, request, recommendation) => known.keepFor(keyOf(request, recommendation), id),
      isExhausted: () => isExhausted('background'),
    }),
  };
}

function pick(lookups: ReadonlyMap<string, Lookup>, { recommendation }: LookupRequest): Lookup {
  return lookups.get(recommendation) ?? { status: 'unavailable', reason: 'invalid_response' };
}

function failed(reason: UnavailableReason): Omit<LookupResult, 'cache'> {
  return { lookup: { status: 'unavailable', reason }, ageMs: null, failure: reason };
}

function isThrottled(lookup: Lookup): boolean {
  return lookup.status === 'unavailable' && lookup.reason === 'throttled';
}

function unavailable({ together }: LookupRequest, reason: UnavailableReason): Map<string, Lookup> {
  return new Map(together.map((id) => [id, { status: 'unavailable', reason }]));
}

/** By the project's name and not its key, so that rotating the key loses nothing. */
function keyOf({ project, person }: LookupRequest, recommendation: string): string {
  // Ids hold no control characters, so the parts cannot run into each other.
  return `${project ?? ''}\n${person.kind}\n${person.id}\n${recommendation}`;
}

function flightKeyOf(request: LookupRequest): string {
  return keyOf(request, request.together.join());
}
