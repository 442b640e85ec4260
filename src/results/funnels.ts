import { hash } from 'node:crypto';
import { type BulkheadPolicy, bulkhead } from 'cockatiel';
import type { Clock } from '../domain/clock.ts';
import { type Allowance, createAllowance, MAX_COST } from './allowance.ts';
import type { Dashboard } from './dashboard.ts';
import { type FunnelFault, type FunnelQuery, faultOf } from './funnel.ts';
import { formatEntry, isFresh, KEEP_MS, type KnownFunnel, parseEntry } from './funnel-entry.ts';
import { costOf, formatQuery } from './funnel-wire.ts';
import { createMemo, type ResultsStore } from './memo.ts';

/** Amplitude answers no more at once, and a few may wait. */
const MAX_QUESTIONS = 5;
const MAX_WAITING = 10;

/** Where Amplitude does not say how long it has enough. */
const PAUSE_MS = 60_000;

export type FunnelsParts = {
  readonly dashboard: Dashboard;
  readonly store: ResultsStore;
  readonly clock: Clock;
  /** For one question, waiting included. */
  readonly timeoutMs: number;
  /** How a question that was really asked ended, for those who count. */
  readonly observe: (result: 'answered' | FunnelFault['fault']) => void;
};

/** Funnels that belong together, all of one time; with a fault where what is old had to do. */
export type AskedFunnels<Name extends string> = {
  readonly funnels: Readonly<Record<Name, KnownFunnel>>;
  readonly fault: FunnelFault | null;
};

export type Funnels = {
  /** Each from memory or store while it is good, else from Amplitude. Never rejects for what happens there. */
  readonly fetch: <Name extends string>(
    queries: Readonly<Record<Name, FunnelQuery>>,
  ) => Promise<AskedFunnels<Name> | FunnelFault>;
};

type Limits = { readonly allowance: Allowance; readonly room: BulkheadPolicy };

/** These say something of the moment; all others would be as true of the next question. */
const MAY_PASS: ReadonlySet<FunnelFault['fault']> = new Set([
  'no_allowance',
  'throttled',
  'failed',
  'timeout',
  'odd_answer',
]);

/** Remembered, asked once however many want to know, and within what Amplitude allows. */
export function createFunnels(parts: FunnelsParts): Funnels {
  const { dashboard, store, clock, timeoutMs, observe } = parts;
  const memo = createMemo(store, '=results\n');
  const flights = new Map<string, Promise<KnownFunnel | FunnelFault>>();
  const limits = new Map<string, Limits>();

  const limitsOf = (identity: string): Limits => {
    const known = limits.get(identity);
    const made = known ?? {
      allowance: createAllowance(clock.monotonic),
      room: bulkhead(MAX_QUESTIONS, MAX_WAITING),
    };
    limits.set(identity, made);
    return made;
  };

  const askNow = async (query: FunnelQuery, { allowance, room }: Limits) => {
    if (room.executionSlots + room.queueSlots === 0) return faultOf('no_allowance', null, timeoutMs);
    const refused = allowance.take(costOf(query));
    if (refused) return faultOf('no_allowance', null, refused.waitMs);
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await room.execute(() => dashboard.ask(query, signal));
    observe('fault' in answer ? answer.fault : 'answered');
    return answer;
  };

  const fetchOne = async (
    key: string,
    query: FunnelQuery,
    before: KnownFunnel | null,
    identity: string,
  ): Promise<KnownFunnel | FunnelFault> => {
    const own = limitsOf(identity);
    const answer = await askNow(query, own);
    if ('fault' in answer) {
      if (answer.fault !== 'throttled') return answer;
      const retryAfterMs = answer.retryAfterMs ?? PAUSE_MS;
      own.allowance.pause(retryAfterMs);
      return { ...answer, retryAfterMs };
    }
    const hasShrunk = before !== null && answer.counts.users < before.counts.users;
    const shrankFrom = hasShrunk ? before.counts.users : null;
    const known = { ...answer, saidAtMs: clock.wall(), shrankFrom };
    await memo.write(key, formatEntry(known), KEEP_MS);
    return known;
  };

  const find = async (query: FunnelQuery, identity: string) => {
    const key = hash('sha256', JSON.stringify([identity, formatQuery(query)]), 'base64url');
    const text = await memo.read(key);
    return { query, key, known: text === null ? null : parseEntry(text) };
  };

  const renew = ({ query, key, known }: Awaited<ReturnType<typeof find>>, identity: string) => {
    if (known && isFresh(known, query.range, query.windowSeconds, clock.wall())) return known;
    const flight =
      flights.get(key) ?? fetchOne(key, query, known, identity).finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };

  return {
    fetch: async <Name extends string>(queries: Readonly<Record<Name, FunnelQuery>>) => {
      const named = Object.entries(queries) as [Name, FunnelQuery][];
      const identity = dashboard.identityOf(named[0]?.[1].project ?? null);
      if (identity === null) return faultOf('off');
      if (named.some(([, query]) => costOf(query) > MAX_COST)) return faultOf('too_dear');
      const found = await Promise.all(named.map(([, query]) => find(query, identity)));
      const renewed = await Promise.all(found.map((one) => renew(one, identity)));
      const fault = worstOf(renewed.filter((one) => 'fault' in one));
      const answers = fault && MAY_PASS.has(fault.fault) ? found.map(({ known }) => known) : renewed;
      const funnels = answers.filter((one) => one !== null && !('fault' in one));
      if (fault && funnels.length < named.length) return fault;
      const byName = Object.fromEntries(named.map(([name], index) => [name, funnels[index]]));
      return { funnels: byName as Record<Name, KnownFunnel>, fault };
    },
  };
}

/** What asking again does not mend comes first, then what takes longest. */
function worstOf(faults: readonly FunnelFault[]): FunnelFault | null {
  const [worst] = faults.toSorted(
    (a, b) =>
      Number(MAY_PASS.has(a.fault)) - Number(MAY_PASS.has(b.fault)) ||
      (b.retryAfterMs ?? 0) - (a.retryAfterMs ?? 0),
  );
  return worst ?? null;
}
