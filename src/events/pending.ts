import { MAX_AGE_MS, type Outbox } from './outbox.ts';
import { parseRow, ROW_CHARACTERS, type Row } from './row.ts';

/** Below Amplitude's bound of a megabyte for one request, with room for what is around the events. */
const MOST_BYTES = 900_000;

/** Events for one request, by the rows in which they wait. */
export type Batch = {
  readonly lines: readonly string[];
  readonly parts: readonly Part[];
};

type Part = {
  readonly row: string;
  readonly sinceMs: number;
  /** Which of the lines: from this one on, and how many. */
  readonly from: number;
  readonly count: number;
  /** How many others of the row are still to be sent. */
  readonly others: number;
};

export type PendingOptions = {
  readonly outbox: Outbox;
  readonly box: string;
  /** Milliseconds. */
  readonly wallNow: () => number;
  /** These are not sent any more. */
  readonly onDropped: (why: 'too_old' | 'unknown_format', lines: readonly string[]) => void;
};

/** Both methods reject where the outbox fails; what they were about is then done another time. */
export type Pending = {
  /** The oldest events that may be sent now: so many at most, in no more bytes than one request may have. */
  readonly gather: (most: number) => Promise<Batch>;
  /** Takes out what was gathered last, or of that the lines with these indexes. */
  readonly settle: (batch: Batch, indexes: ReadonlySet<number> | 'all') => Promise<void>;
};

/**
 * What of a box is still to be sent. Rows are removed as a whole, never rewritten, because somebody else may just be
 * taking a person out of them; until then, what of them is done with is known here.
 */
export function createPending({ outbox, box, wallNow, onDropped }: PendingOptions): Pending {
  /** Row → lines of it that are done with, while it is there because of others. */
  const settled = new Map<string, Set<string>>();
  /** Rows that are done with and could not be removed. */
  const over = new Set<string>();

  const remove = async (ids: readonly string[]): Promise<void> => {
    for (const id of ids) over.add(id);
    await outbox.remove(box, ids);
    for (const id of ids) {
      over.delete(id);
      settled.delete(id);
    }
  };

  const forgetRows = (): void => {
    settled.clear();
    over.clear();
  };

  /** Without lines if it is not to be sent now, or never. */
  const openRow = async (id: string, value: string): Promise<Row> => {
    const parsed = parseRow(value);
    const row = parsed ?? { ...NO_ROW, lines: value.split('\n').slice(1) };
    const done = settled.get(id);
    const lines = done ? row.lines.filter((line) => !done.has(line)) : row.lines;
    const isTooOld = wallNow() - row.sinceMs > MAX_AGE_MS;
    if (isTooOld || lines.length === 0 || over.has(id)) {
      if (isTooOld && !over.has(id)) onDropped(parsed ? 'too_old' : 'unknown_format', lines);
      await remove([id]);
      return NO_ROW;
    }
    return row.notBeforeMs > wallNow() ? NO_ROW : { ...row, lines };
  };

  return {
    gather: async (most) => {
      const lines: string[] = [];
      const parts: Part[] = [];
      let bytes = 0;
      let after: string | null = null;
      for (;;) {
        const rows = await outbox.peek(box, ROW_CHARACTERS, after);
        // Others may have emptied it.
        if (rows.length === 0 && after === null) forgetRows();
        if (rows.length === 0) return { lines, parts };
        for (const { id, value } of rows) {
          const row = await openRow(id, value);
          const size = row.lines.length === 0 ? 0 : Buffer.byteLength(value);
          const room = { lines: most - lines.length, bytes: MOST_BYTES - bytes };
          const fits = row.lines.length <= room.lines && size <= room.bytes;
          const count = fits ? row.lines.length : countFitting(row.lines, room, parts.length === 0);
          const others = row.lines.length - count;
          for (const line of others === 0 ? row.lines : row.lines.slice(0, count)) lines.push(line);
          if (count > 0)
            parts.push({ row: id, sinceMs: row.sinceMs, from: lines.length - count, count, others });
          if (others > 0) return { lines, parts };
          bytes += size;
          after = id;
        }
      }
    },
    settle: async ({ lines, parts }, indexes) => {
      const done: string[] = [];
      for (const { row, from, count, others } of parts) {
        const all = lines.slice(from, from + count);
        const these = indexes === 'all' ? all : all.filter((_line, index) => indexes.has(from + index));
        const known = settled.get(row);
        const left = others + count - these.length;
        if (left === 0) done.push(row);
        else settled.set(row, new Set([...(known ?? []), ...these]));
      }
      if (done.length > 0) await remove(done);
    },
  };
}

type Room = { readonly lines: number; readonly bytes: number };

/** How many of the lines there is room for; one at least if `isFirst`, however long it is. */
function countFitting(lines: readonly string[], room: Room, isFirst: boolean): number {
  let left = room.bytes;
  for (const [index, line] of lines.entries()) {
    left -= Buffer.byteLength(line) + 1;
    if (index === room.lines || (left < 0 && !(isFirst && index === 0))) return index;
  }
  return lines.length;
}

/** Older than any. */
const NO_ROW: Row = { sinceMs: Number.NEGATIVE_INFINITY, notBeforeMs: 0, lines: [] };
