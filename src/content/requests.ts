import type { BreakerState } from '../breaker.ts';
import type { Clock } from '../domain/clock.ts';
import type { HttpDeclaration, PostgresDeclaration } from '../domain/content-source.ts';
import { createBatches } from './batches.ts';
import type { KnownItem, KnownItems } from './known-items.ts';
import { createLanguageBreakers } from './language-breakers.ts';
import { createRowReader, type OddRow } from './row-reader.ts';
import { type FetchRows, type Row, SourceError } from './source.ts';
import { createSourceHealth, type Outcome, type SourceHealth, type SourceStatus } from './source-health.ts';

/**
 * How a request ended, or why it was not made: `circuit_open`, since the source is failing; `queue_full`, since too many
 * wait already.
 */
export type RequestResult = Outcome['result'] | 'circuit_open' | 'queue_full';

export type RequestEvents = {
  readonly onRequest: (result: RequestResult, ms: number) => void;
  readonly onOddRow: (reason: OddRow) => void;
  /** Trouble of a kind that is new; null when all of it is over. For the log. */
  readonly onTrouble: (message: string | null) => void;
  /** A fault of ours, which counts as one of the source. */
  readonly onUnexpected: (error: unknown) => void;
};

export type RequestsOptions = RequestEvents & {
  readonly declaration: HttpDeclaration | PostgresDeclaration;
  readonly fetchRows: FetchRows;
  readonly known: KnownItems;
  /** Whether what is known would be shown while the source fails. */
  readonly isUsable: (one: KnownItem) => boolean;
  readonly clock: Clock;
};

export type RequestsStatus = SourceStatus & {
  /** The worst of all languages. */
  readonly breaker: BreakerState;
};

export type Requests = Pick<SourceHealth, 'hasFailed' | 'isFailing' | 'mayRetry'> & {
  /**
   * Asks about these ids, at most as many as `batch`, together with others that are asked for now. Resolves when what
   * there is to know is known. Never rejects.
   */
  readonly ask: (ids: readonly string[], locale: string | null) => Promise<void>;
  readonly status: () => RequestsStatus;
  /** Ends requests under way, and makes none from now on. */
  readonly close: () => void;
};

/** So many known items do not vanish at once; an answer without any of them is a fault of the source. */
const LOST_ITEMS = 3;
const LOST: Outcome = { result: 'lost_items', trouble: 'has none of the items that it had a moment ago' };

const GOOD: Outcome = { result: 'ok', trouble: null };
const UNEXPECTED: Outcome = { result: 'unexpected', trouble: 'could not be asked, by a fault of ours' };

/** Requests to one remote source: batched, bounded, and spared while it fails. What comes back is learnt. */
export function createRequests(options: RequestsOptions): Requests {
  const { declaration, known, isUsable, clock, onRequest, onUnexpected } = options;
  const readRows = createRowReader(declaration, options.onOddRow);
  const health = createSourceHealth(clock, options.onTrouble);
  const breakers = createLanguageBreakers(clock);
  const closing = new AbortController();

  const learn = (rows: readonly Row[], ids: readonly string[], locale: string | null): Outcome => {
    const { found, isSelective } = readRows(rows, ids);
    const lost = ids.filter((id) => {
      const before = known.inMemory(locale, id);
      return before && isUsable(before);
    });
    if (found.size === 0 && lost.length >= LOST_ITEMS) return LOST;
    const otherwise = isSelective ? 'not_found' : 'source_unavailable';
    for (const id of ids) known.learn(locale, id, found.get(id) ?? otherwise);
    return GOOD;
  };

  const fetch = async (ids: readonly string[], locale: string | null): Promise<Outcome> => {
    try {
      const rows = await inTime(
        (signal) => options.fetchRows(ids, locale, signal),
        declaration.timeoutMs,
        closing.signal,
      );
      return learn(rows, ids, locale);
    } catch (error) {
      if (error instanceof SourceError) return { result: error.failure, trouble: error.message };
      onUnexpected(error);
      return UNEXPECTED;
    }
  };

  const request = async (ids: readonly string[], locale: string | null): Promise<void> => {
    const startedAt = clock.monotonic();
    const outcome = await breakers.in(locale).run(() => fetch(ids, locale));
    if (closing.signal.aborted) return;
    if (outcome) health.record(outcome, locale);
    onRequest(outcome?.result ?? 'circuit_open', outcome ? clock.monotonic() - startedAt : 0);
  };

  const batches = createBatches({
    batch: declaration.batch,
    request,
    onFull: () => onRequest('queue_full', 0),
  });
  return {
    ...health,
    ask: batches.ask,
    status: () => ({ ...health.status(), breaker: breakers.worst() }),
    close: () => {
      batches.close();
      closing.abort(new SourceError('connection', 'is closed'));
    },
  };
}

/** Ends with the time, whether or not what was begun heeds its signal. */
async function inTime<T>(
  begin: (signal: AbortSignal) => Promise<T>,
  ms: number,
  closing: AbortSignal,
): Promise<T> {
  const ending = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = (reason: SourceError): void => {
    reject(reason);
    ending.abort(reason);
  };
  const close = (): void => end(closing.reason);
  const timer = setTimeout(end, ms, new SourceError('timeout', 'did not answer in time'));
  closing.addEventListener('abort', close);
  try {
    return await Promise.race([begin(ending.signal), ended]);
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', close);
  }
}
