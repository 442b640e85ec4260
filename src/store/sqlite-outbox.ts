import type { DatabaseSync } from 'node:sqlite';
import { prepareSweep } from './sqlite-sweep.ts';
import type { NewRow, OutboxRow } from './store.ts';

/** Of one box: some two hundred thousand events. */
const MAX_BYTES = 64 * 1_048_576;

/** More are not looked at for one answer, however small they are. */
const MAX_ROWS = 1_000;

/** What the writing thread does with boxes. */
export function prepareOutbox(db: DatabaseSync) {
  const insert = db.prepare(
    `INSERT INTO outbox (box, count, expires_at, value) SELECT ?1, ?2, ?3, ?4
     WHERE (SELECT total(bytes) FROM outbox_size WHERE box = ?1) + octet_length(?4) <= ${MAX_BYTES}`,
  );
  const update = db.prepare(
    'UPDATE outbox SET value = ?, count = ? WHERE place = ? AND box = ? AND value = ?',
  );
  const remove = db.prepare('DELETE FROM outbox WHERE place = ? AND box = ?');
  const count = db.prepare('SELECT things FROM outbox_size WHERE box = ?');
  return {
    append: (box: string, { value, count }: NewRow, expiresAt: number): boolean =>
      insert.run(box, count, expiresAt, value).changes === 1,
    replace: (box: string, { id, value }: OutboxRow, by: NewRow): boolean =>
      update.run(by.value, by.count, Number(id), box, value).changes === 1,
    remove: (box: string, ids: readonly string[]): undefined => {
      for (const id of ids) remove.run(Number(id), box);
    },
    count: (box: string): number => Number(count.get(box)?.things ?? 0),
    sweep: prepareSweep(db, 'outbox'),
  };
}

export type PeekOutbox = (
  box: string,
  characters: number,
  after: string | null,
  wallNowMs: number,
) => OutboxRow[];

/** What any thread reads of them. */
export function prepareOutboxReader(db: DatabaseSync): PeekOutbox {
  const select = db.prepare(
    `SELECT place, value FROM outbox WHERE box = ? AND place > ? AND expires_at > ? ORDER BY place LIMIT ${MAX_ROWS}`,
  );
  return (box, characters, after, wallNowMs) => {
    const rows: OutboxRow[] = [];
    let held = 0;
    for (const { place, value } of select.iterate(box, Number(after ?? 0), wallNowMs)) {
      const row = { id: String(place), value: String(value) };
      held += row.value.length;
      if (held > characters && rows.length > 0) break;
      rows.push(row);
    }
    return rows;
  };
}
