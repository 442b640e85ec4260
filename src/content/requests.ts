import { type BreakerState, createBreaker } from '../breaker.ts';
import type { Clock } from '../domain/clock.ts';
import type { HttpDeclaration, PostgresDeclaration } from '../domain/content-source.ts';
import { createBatches, MAX_REQUESTS } from './batches.ts';
import { createItemReader, type Item, readId } from './item.ts';
import type { KnownItems } from './known-items.ts';
import { type FetchRows, type Row, SourceError, type SourceFailure } from './source.ts';

/**
 * How a request ended. `lost_items`: it had none of what the source had a moment ago; `circuit_open`: it was not made,
 * since the source is failing.
 */
export type RequestResult = SourceFailure | 'ok' | 'lost_items' | 'circuit_open';

/** A row that is of no use: it was not asked for, or its id cannot be read. */
export type OddRow = 'not_asked_for' | 'no_id';

export type RequestEvents = {
  readonly onRequest: (result: RequestResult, ms: number) => void;
  readonly onOddRow: (reason: OddRow) => void;
  /** Trouble that is not the same as before; null when it is over. For the log. */
  readonly onTrouble: (message: string | null) => void;
};

export type RequestsOptions = RequestEvents & {
  readonly declaration: HttpDeclaration | PostgresDeclaration;
  readonly fetchRows: FetchRows;
  readonly known: KnownItems;
  readonly clock: Clock;
};

export type RequestsStatus = {
  readonly breaker: BreakerState;
  /** Wall clock, milliseconds; null if never. */
  readonly lastGoodAtMs: number | null;
  readonly trouble: string | null;
};

export type Requests = {
  /** Asks about these ids, together with others that are asked for now. Resolves when what there is to know is known. */
  readonly ask: (ids: readonly string[], locale: string | null) => Promise<void>;
  /** True for a while after a failure, in which answers that have something to show do not wait for the next. */
  readonly isFailing: () => boolean;
  readonly status: () => RequestsStatus;
};

const RETRY_AFTER_MS = 5_000;

/** So many known items do not vanish at once; an answer without any of them is a fault of the source. */
const LOST_ITEMS = 3;

/** Requests to one remote source: batched, bounded, and spared while it fails. What comes back is learnt. */
export function createRequests(options: RequestsOptions): Requests {
  const { declaration, clock, known, onRequest, onTrouble } = options;
  const breaker = createBreaker<RequestResult>({
    isFailure: (result) => result !== 'ok',
    maxCalls: MAX_REQUESTS,
    wallNow: clock.wall,
  });
  const readRows = createRowsReader(options);
  let lastFailureAt = Number.NEGATIVE_INFINITY;
  let lastGoodAtMs: number | null = null;
  let trouble: string | null = null;

  const fetch = async (ids: readonly string[], locale: string | null): Promise<Outcome> => {
    try {
      const signal = AbortSignal.timeout(declaration.timeoutMs);
      const { found, isSelective } = readRows(await options.fetchRows(ids, locale, signal), ids);
      const lost = ids.filter((id) => known.inMemory(locale, id)?.item);
      if (found.size === 0 && lost.length >= LOST_ITEMS) return LOST;
      for (const id of ids) {
        const item = found.get(id) ?? null;
        if (item !== null || isSelective) known.learn(locale, id, item);
      }
      return { result: 'ok', trouble: null };
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      return { result: error.failure, trouble: error.message };
    }
  };

  const record = (outcome: Outcome, ms: number): void => {
    onRequest(outcome.result, ms);
    if (outcome.result === 'ok') lastGoodAtMs = clock.wall();
    else lastFailureAt = clock.monotonic();
    if (outcome.trouble !== trouble) onTrouble(outcome.trouble);
    trouble = outcome.trouble;
  };

  const request = async (ids: readonly string[], locale: string | null): Promise<void> => {
    const startedAt = clock.monotonic();
    const result = await breaker.run(async () => {
      const outcome = await fetch(ids, locale);
      record(outcome, clock.monotonic() - startedAt);
      return outcome.result;
    });
    if (result === null) onRequest('circuit_open', 0);
  };

  const batches = createBatches({ batch: declaration.batch, request });
  return {
    ask: batches.ask,
    isFailing: () => clock.monotonic() - lastFailureAt < RETRY_AFTER_MS,
    status: () => ({ breaker: breaker.state(), lastGoodAtMs, trouble }),
  };
}

type Outcome = { readonly result: RequestResult; readonly trouble: string | null };

const LOST: Outcome = { result: 'lost_items', trouble: 'has none of the items that it had a moment ago' };

type RowsRead = {
  readonly found: ReadonlyMap<string, Item>;
  /**
   * False where rows came that nobody asked for: some sources drop a filter that is too long for them, and answer what
   * comes first. That says nothing about what is missing.
   */
  readonly isSelective: boolean;
};

/** Sources answer in an order of their own, and leave ids out silently. */
function createRowsReader({ declaration: { fields, key }, onOddRow }: RequestsOptions) {
  const readItem = createItemReader(fields);
  return (rows: readonly Row[], ids: readonly string[]): RowsRead => {
    const wanted = new Set(ids);
    const found = new Map<string, Item>();
    let isSelective = true;
    for (const row of rows) {
      const read = readId(row, key);
      if ('fault' in read) {
        onOddRow('no_id');
      } else if (!wanted.has(read.id)) {
        isSelective = false;
        onOddRow('not_asked_for');
      } else if (!found.has(read.id)) {
        found.set(read.id, readItem(read.id, row));
      }
    }
    return { found, isSelective };
  };
}
