import type { Lookup } from '../domain/profile.ts';

/** For which prefetch somebody is looked up, and when they are needed. */
export type Prefetching = {
  readonly id: string;
  /** Wall clock, milliseconds. */
  readonly neededAtMs: number;
};

export type LookedUpFor = {
  readonly lookups: ReadonlyMap<string, Lookup>;
  /** False if all was known, or Amplitude was not asked for want of budget. */
  readonly isCalled: boolean;
  /** All that was found is in the store, and kept for the prefetch. */
  readonly isKept: boolean;
};

/** What is asked in one call. */
type Asked = { readonly together: readonly string[] };

/** Has a prefetch know someone: without a call if what is known is fresh when it is needed. */
export type LookUpFor<Request> = (request: Request, prefetching: Prefetching) => Promise<LookedUpFor>;

export type LookUpForParts<Request> = {
  /** All that is asked together, if all of it is fresh when it is needed. */
  readonly find: (request: Request, prefetching: Prefetching) => Promise<ReadonlyMap<string, Lookup> | null>;
  readonly fetch: (request: Request, prefetching: Prefetching) => Promise<ReadonlyMap<string, Lookup>>;
  /** True when the store has it so. */
  readonly keep: (prefetching: Prefetching, request: Request, recommendation: string) => Promise<boolean>;
  /** True if there was no budget a moment ago. */
  readonly isExhausted: () => boolean;
};

export function createLookUpFor<Request extends Asked>({
  find,
  fetch,
  keep,
  isExhausted,
}: LookUpForParts<Request>): LookUpFor<Request> {
  return async (request, prefetching) => {
    const found = await find(request, prefetching);
    const lookups = found ?? (isExhausted() ? throttled(request) : await fetch(request, prefetching));
    const ended = [...lookups];
    const kept = await Promise.all(
      ended
        .filter(([, { status }]) => status !== 'unavailable')
        .map(([recommendation]) => keep(prefetching, request, recommendation)),
    );
    return {
      lookups,
      isCalled: !found && ended.some(([, lookup]) => !isRefusal(lookup)),
      isKept: kept.every(Boolean),
    };
  };
}

function throttled({ together }: Asked): Map<string, Lookup> {
  return new Map(together.map((id) => [id, { status: 'unavailable', reason: 'throttled' }]));
}

/** Nobody was asked, or nobody but the budget. */
function isRefusal(lookup: Lookup): boolean {
  return lookup.status === 'unavailable' && ['throttled', 'circuit_open'].includes(lookup.reason);
}
