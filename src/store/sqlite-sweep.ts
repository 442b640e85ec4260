import type { DatabaseSync } from 'node:sqlite';

/** Few enough that whoever waits for the next batch does not notice. */
export const SWEEP_ROWS = 100;

/** Removes what is over by then, and tells how many that were: `SWEEP_ROWS` at most. */
export function prepareSweep(
  db: DatabaseSync,
  table: 'entries' | 'queue' | 'outbox',
): (wallNowMs: number) => number {
  const sweep = db.prepare(
    `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE expires_at <= ? LIMIT ${SWEEP_ROWS})`,
  );
  return (wallNowMs) => Number(sweep.run(wallNowMs).changes);
}
