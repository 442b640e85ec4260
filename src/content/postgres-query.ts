import pg from 'pg';
import { queryError } from './postgres-errors.ts';
import { type Row, SourceError } from './source.ts';

const { DATE, TIMESTAMP, TEXT } = pg.types.builtins;
/** Arrays have no names there. */
const DATES = 1182;
const TIMESTAMPS = 1115;
const TEXTS = 1009;

const MAX_BYTES = 4 * 1_048_576;
/** Rows for each id, since an id may have several; a query that forgets the ids would answer the whole table. */
const MAX_ROWS_PER_ID = 10;

/** Days and moments without a zone as PostgreSQL writes them: `pg` would take them for this machine's time. */
export const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') => {
    if (oid === DATE || oid === TIMESTAMP) return pg.types.getTypeParser(TEXT);
    return pg.types.getTypeParser(oid === DATES || oid === TIMESTAMPS ? TEXTS : oid, format);
  }) as typeof pg.types.getTypeParser,
};

/** Told what its parameters are, PostgreSQL takes both even where the query uses only one. */
class RowsQuery extends pg.Query<Row> {
  readonly types = [TEXTS, TEXT];
}

export type Question = {
  readonly query: string;
  /** After which the server gives up by itself. */
  readonly timeoutMs: number;
  readonly ids: readonly string[];
  readonly locale: string | null;
};

/**
 * Runs the query in a transaction that can write nothing and is never committed. An error of SQL is given, not thrown:
 * after it the client can be used again; after whatever is thrown it cannot.
 */
export async function readRows(
  client: pg.PoolClient,
  question: Question,
): Promise<readonly Row[] | SourceError> {
  try {
    await client.query(begin(question.timeoutMs));
    const rows = await askForRows(client, question);
    await client.query('ROLLBACK');
    return rows;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    const told = queryError(error);
    if (told.failure === 'connection') throw told;
    await client.query('ROLLBACK');
    return told;
  }
}

/**
 * In one round trip. As settings of this transaction, since a pooler such as PgBouncer refuses or mixes up settings of
 * a session. A query cannot undo READ ONLY once it runs.
 */
function begin(timeoutMs: number): string {
  return `BEGIN READ ONLY; SET LOCAL statement_timeout = ${Math.ceil(timeoutMs)}; SET LOCAL datestyle = 'ISO'`;
}

/** Rejects as soon as the answer is too large, with the rest of it still to come. */
function askForRows(client: pg.PoolClient, { query, ids, locale }: Question): Promise<readonly Row[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Row[]>();
  const rows: Row[] = [];
  let bytes = 0;
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) reject(tooLarge(`${MAX_BYTES / 1_048_576} MB`));
  };
  const { stream } = client.connection;
  stream.on('data', count);
  const asked = new RowsQuery({ text: query, values: [ids, locale] })
    .on('row', (row) => {
      rows.push(row);
      if (rows.length > ids.length * MAX_ROWS_PER_ID) reject(tooLarge(`${MAX_ROWS_PER_ID} rows an id`));
    })
    .on('error', reject)
    .on('end', () => resolve(rows));
  // With parameters, PostgreSQL takes one statement and no more.
  client.query(asked);
  return promise.finally(() => stream.off('data', count));
}

function tooLarge(most: string): SourceError {
  return new SourceError('too_large', `answered more than ${most}`);
}
