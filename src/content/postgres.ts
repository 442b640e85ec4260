import type { PoolClient } from 'pg';
import type { Logger } from 'pino';
import type { PostgresDeclaration } from '../domain/content-source.ts';
import { connectionError } from './postgres-errors.ts';
import type { PostgresPool } from './postgres-pool.ts';
import type { IsRefusedAddress } from './postgres-sockets.ts';
import { readTlsOptions } from './postgres-tls.ts';
import { parsePostgresUrl } from './postgres-url.ts';
import { type FetchRows, type Row, SourceError } from './source.ts';

export type PostgresRowsOptions = {
  /** Told of connections that are lost while nobody uses them. Default: nobody is. */
  readonly log?: Logger;
  /** IP addresses that must not be connected to. Default: none. Unix sockets have none. */
  readonly isRefusedAddress?: IsRefusedAddress;
  /**
   * After which a connection that does not come about is given up. Default: 5 s, longer than a request may take: what
   * comes too late for one is there for the next.
   */
  readonly connectMs?: number;
};

export type PostgresRows = {
  readonly fetchRows: FetchRows;
  /** Rejects what is under way, and ends all connections. Safe to call twice. */
  readonly close: () => Promise<void>;
};

/**
 * Rows of a PostgreSQL, by the declared query. Nothing is connected before the first rows are asked for. Throws a
 * `PostgresUrlError` if the URL cannot be read, or a file that it names.
 */
export async function openPostgresRows(
  { name, url, query, timeoutMs }: PostgresDeclaration,
  { log, isRefusedAddress = () => false, connectMs = 5_000 }: PostgresRowsOptions = {},
): Promise<PostgresRows> {
  const address = parsePostgresUrl(url);
  const ssl = await readTlsOptions(address.tls);
  // Whoever has no such source does not wait for the client.
  const [{ createPostgresPool }, { readRows }] = await Promise.all([
    import('./postgres-pool.ts'),
    import('./postgres-query.ts'),
  ]);
  const onIdleError = (error: Error): void =>
    log?.info({ source: name }, `content source lost an idle connection: ${connectionError(error).message}`);
  const pool = createPostgresPool({ address, ssl, isRefusedAddress, connectMs, onIdleError });
  const closing = new AbortController();

  return {
    fetchRows: async (ids, locale, signal) => {
      // PostgreSQL has no such character in any text, and refuses all ids for one that has it.
      const possible = ids.filter((id) => !id.includes('\0'));
      if (possible.length === 0) return [];
      return await withClient(pool, AbortSignal.any([signal, closing.signal]), (client) =>
        readRows(client, { query, timeoutMs, ids: possible, locale }),
      );
    },
    close: () => {
      closing.abort(new SourceError('connection', 'is closed'));
      return pool.close();
    },
  };
}

async function withClient(
  pool: PostgresPool,
  signal: AbortSignal,
  read: (client: PoolClient) => Promise<readonly Row[] | SourceError>,
): Promise<readonly Row[]> {
  const client = await takeClient(pool, signal);
  let outcome: readonly Row[] | SourceError;
  try {
    outcome = await orAborted(read(client), signal);
  } catch (error) {
    pool.discard(client);
    throw connectionError(error);
  }
  client.release();
  if (outcome instanceof SourceError) throw outcome;
  return outcome;
}

async function takeClient(pool: PostgresPool, signal: AbortSignal): Promise<PoolClient> {
  if (signal.aborted) throw abortion(signal);
  const connecting = pool.connect();
  try {
    return await orAborted(connecting, signal);
  } catch (error) {
    // It is still on its way, and the next one's.
    connecting.then(
      (client) => client.release(),
      () => {},
    );
    throw connectionError(error);
  }
}

/** What the promise gives, unless the signal aborts first. The promise goes on. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(abortion(signal));
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function abortion({ reason }: AbortSignal): SourceError {
  return reason instanceof SourceError ? reason : new SourceError('timeout', 'did not answer in time');
}
