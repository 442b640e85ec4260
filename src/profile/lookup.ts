import { LRUCache } from 'lru-cache';
import { Deadline } from '../deadline.ts';
import type { Person } from '../domain/person.ts';
import type { Lookup, TraitRequest } from '../domain/profile.ts';
import type { FetchProfile } from './amplitude.ts';

/** `hit`: known already; `miss`: this answer asked; `collapsed`: it waited for another's question. */
export type CacheOutcome = 'hit' | 'miss' | 'collapsed';

export type LookupRequest = {
  readonly project: string | null;
  readonly person: Person;
  readonly recommendation: string;
  readonly traits: TraitRequest;
};

export type LookupResult = {
  readonly lookup: Lookup;
  readonly cache: CacheOutcome;
  /** How long ago Amplitude said so, in milliseconds; null if it did not. */
  readonly ageMs: number | null;
};

export type LookUp = (request: LookupRequest, deadline: Deadline) => Promise<LookupResult>;

export type LookupOptions = {
  readonly fetchProfile: FetchProfile;
  /** How long a recommendation, or an assignment to control, is served without asking again. */
  readonly freshMs: number;
  readonly cacheBytes: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
};

type Known = { readonly lookup: Lookup; readonly storedAtMs: number };

/** People get known to Amplitude, and recommendations get trained, within minutes. */
const NEGATIVE_FRESH_MS = 5 * 60_000;

/** A question outlives the answer that asked it, so that the next answer finds what Amplitude said. */
const FLIGHT_MS = 5_000;

/** Looks people up, each once however many answers wait for them, and remembers what Amplitude said. */
export function createLookup({ fetchProfile, freshMs, cacheBytes, now }: LookupOptions): LookUp {
  const known = new LRUCache<string, Known>({ maxSize: cacheBytes, sizeCalculation: sizeOf });
  const flights = new Map<string, Promise<Lookup>>();

  const isFresh = ({ lookup, storedAtMs }: Known): boolean =>
    now() - storedAtMs < (lookup.status === 'found' ? freshMs : Math.min(freshMs, NEGATIVE_FRESH_MS));

  const fly = (key: string, request: LookupRequest): Promise<Lookup> => {
    const { project, person, recommendation, traits } = request;
    const flight = fetchProfile(
      project,
      { person, recommendations: [recommendation], traits },
      new Deadline(FLIGHT_MS, now),
    )
      .then((lookups) => {
        const lookup = lookups.get(recommendation) ?? INVALID;
        if (lookup.status !== 'unavailable') known.set(key, { lookup, storedAtMs: now() });
        return lookup;
      })
      .finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };

  return async (request, deadline) => {
    const key = keyOf(request);
    const entry = known.get(key);
    if (entry && isFresh(entry)) {
      return { lookup: entry.lookup, cache: 'hit', ageMs: now() - entry.storedAtMs };
    }
    const flying = flights.get(key);
    const lookup = await deadline.wait(flying ?? fly(key, request), TIMEOUT);
    return {
      lookup,
      cache: flying ? 'collapsed' : 'miss',
      ageMs: lookup.status === 'unavailable' ? null : 0,
    };
  };
}

const TIMEOUT: Lookup = { status: 'unavailable', reason: 'timeout' };
const INVALID: Lookup = { status: 'unavailable', reason: 'invalid_response' };

function keyOf({ project, person, recommendation }: LookupRequest): string {
  // Ids hold no control characters, so the parts cannot run into each other.
  return `${project ?? ''}\n${person.kind}\n${person.id}\n${recommendation}`;
}

/** Bytes, roughly: V8 keeps Latin text one byte a character, and an object with its map and slots some 200. */
function sizeOf({ lookup }: Known, key: string): number {
  const items = lookup.status === 'found' ? lookup.items.reduce((sum, id) => sum + id.length + 32, 0) : 0;
  const traits = 'traits' in lookup ? JSON.stringify(lookup.traits).length : 0;
  return 300 + key.length + items + traits;
}
