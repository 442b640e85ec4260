import type { DatabaseSync } from 'node:sqlite';
import type { Journal } from './sqlite-journal.ts';
import { prepareOutbox } from './sqlite-outbox.ts';
import type { Operation, Queued, Results, Times } from './sqlite-protocol.ts';
import { prepareSweep, SWEEP_ROWS } from './sqlite-sweep.ts';

const MAX_QUEUED = 100_000;

/** Of those that begin alike: above all of them in SQLite's order of bytes, because no byte of UTF-8 is 0xFF. */
const END_OF_PREFIX = "?1 || CAST(x'FF' AS TEXT)";

/** What an operation does within a transaction; run again if the transaction has to be. */
export type Step = () => Results[Operation['kind']];

/** Turns operations into steps. */
export function createPlanner(
  db: DatabaseSync,
  journal: Journal,
): (operation: Operation, times: Times) => Step {
  const entries = prepareEntries(db);
  const queue = prepareQueue(db);
  const outbox = prepareOutbox(db);

  return (operation, { nowMs, wallNowMs }) => {
    switch (operation.kind) {
      case 'write':
        return () => entries.write(operation.key, operation.value, operation.expiresAt);
      case 'claim':
        return () => entries.claim(operation.key, operation.value, operation.expiresAt, wallNowMs);
      case 'removeAll':
        return () => entries.removeAll(operation.prefix);
      case 'remove':
        return () => entries.remove(operation.key);
      case 'reserve':
        return journal.reserve(operation.id, operation.limit, operation.holdMs, nowMs);
      case 'hold':
        return journal.hold(operation.id, operation.holdMs, nowMs);
      case 'adopt':
        return journal.adopt(operation.reservations, nowMs);
      case 'countReservations':
        return journal.count(nowMs);
      case 'enqueue':
        return () => queue.add(operation.key, operation.value, operation.expiresAt, wallNowMs);
      case 'dequeue':
        return () => queue.take(operation.most, wallNowMs);
      case 'unqueue':
        return () => queue.remove(operation.key);
      case 'countQueued':
        return () => queue.count(wallNowMs);
      case 'append':
        return () => outbox.append(operation.box, operation.row, operation.expiresAt);
      case 'replace':
        return () => outbox.replace(operation.box, operation.from, operation.row);
      case 'removeRows':
        return () => outbox.remove(operation.box, operation.ids);
      case 'countBox':
        return () => outbox.count(operation.box);
      case 'sweep': {
        const sweepJournal = journal.sweep(nowMs);
        return () => {
          sweepJournal();
          const expired = [entries.sweep(wallNowMs), queue.sweep(wallNowMs), outbox.sweep(wallNowMs)];
          return expired.includes(SWEEP_ROWS);
        };
      }
    }
  };
}

function prepareEntries(db: DatabaseSync) {
  const insert = db.prepare('INSERT OR REPLACE INTO entries (key, value, expires_at) VALUES (?, ?, ?)');
  const claim = db.prepare(
    `INSERT INTO entries (key, value, expires_at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE
     SET value = excluded.value, expires_at = excluded.expires_at WHERE entries.expires_at <= ?`,
  );
  const select = db.prepare('SELECT value FROM entries WHERE key = ?');
  const remove = db.prepare('DELETE FROM entries WHERE key = ?');
  const removeAll = db.prepare(
    `DELETE FROM entries WHERE rowid IN
     (SELECT rowid FROM entries WHERE key >= ?1 AND key < ${END_OF_PREFIX} LIMIT ${SWEEP_ROWS})`,
  );
  return {
    write: (key: string, value: string, expiresAt: number) => void insert.run(key, value, expiresAt),
    claim: (key: string, value: string, expiresAt: number, wallNowMs: number): string | null =>
      claim.run(key, value, expiresAt, wallNowMs).changes === 1 ? null : (select.get(key)?.value as string),
    remove: (key: string) => void remove.run(key),
    removeAll: (prefix: string) => removeAll.run(prefix).changes === SWEEP_ROWS,
    sweep: prepareSweep(db, 'entries'),
  };
}

function prepareQueue(db: DatabaseSync) {
  const insert = db.prepare(
    `INSERT INTO queue (key, value, expires_at) SELECT ?, ?, ?
     WHERE (SELECT rows FROM queue_size) < ${MAX_QUEUED} ON CONFLICT DO NOTHING`,
  );
  const find = db.prepare('SELECT 1 FROM queue WHERE key = ?');
  const removeExpired = db.prepare('DELETE FROM queue WHERE key = ? AND expires_at <= ?');
  const remove = db.prepare('DELETE FROM queue WHERE key = ?');
  const take = db.prepare(
    `DELETE FROM queue WHERE place IN (SELECT place FROM queue WHERE expires_at > ? ORDER BY place LIMIT ?)
     RETURNING place, key, value`,
  );
  const count = db.prepare('SELECT count(*) AS waiting FROM queue WHERE expires_at > ?');
  return {
    add: (key: string, value: string, expiresAt: number, wallNowMs: number): boolean => {
      removeExpired.run(key, wallNowMs);
      return insert.run(key, value, expiresAt).changes === 1 || find.get(key) !== undefined;
    },
    // SQLite returns deleted rows in an order of its own.
    take: (most: number, wallNowMs: number): Queued[] =>
      take
        .all(wallNowMs, most)
        .sort((a, b) => Number(a.place) - Number(b.place))
        .map(({ key, value }) => ({ key: String(key), value: String(value) })),
    remove: (key: string) => void remove.run(key),
    count: (wallNowMs: number) => Number(count.get(wallNowMs)?.waiting),
    sweep: prepareSweep(db, 'queue'),
  };
}
