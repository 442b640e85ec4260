import { MAX_AGE_MS, type Outbox } from './outbox.ts';
import { parseRow, ROW_CHARACTERS } from './row.ts';

/** Below Amplitude's bound of a megabyte for one request, with room for what is around the events. */
const MOST_BYTES = 900_000;

/** An event that waits, and the row that it is in. */
export type Line = { readonly row: string; readonly sinceMs: number; readonly text: string };

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
  readonly gather: (most: number) => Promise<readonly Line[]>;
  /** Takes out what was gathered last, or some of it. */
  readonly settle: (lines: readonly Line[]) => Promise<void>;
};

/**
 * What of a box is still to be sent. Rows are removed as a whole, never rewritten, because somebody else may just be
 * taking a person out of them; until then, what of them is done with is known here.
 */
export function createPending({ outbox, box, wallNow, onDropped }: PendingOptions): Pending {
  /** Row → lines of it that are done with, while it is there because of others. */
  const settled = new Map<string, Set<string>>();
  /** What is left of the rows that were gathered from. */
  let left = new Map<string, Set<string>>();

  const openLines = async ({ id, value }: { id: string; value: string }): Promise<readonly Line[]> => {
    const row = parseRow(value);
    const lines = (row?.lines ?? value.split('\n').slice(1)).filter((line) => !settled.get(id)?.has(line));
    const isTooOld = row !== null && wallNow() - row.sinceMs > MAX_AGE_MS;
    if (row === null || isTooOld || lines.length === 0) {
      await outbox.remove(box, [id]);
      settled.delete(id);
      if (lines.length > 0) onDropped(isTooOld ? 'too_old' : 'unknown_format', lines);
      return [];
    }
    if (row.notBeforeMs > wallNow()) return [];
    left.set(id, new Set(lines));
    return lines.map((text) => ({ row: id, sinceMs: row.sinceMs, text }));
  };

  return {
    gather: async (most) => {
      const gathered: Line[] = [];
      left = new Map();
      let bytes = 0;
      let after: string | null = null;
      for (;;) {
        const rows = await outbox.peek(box, ROW_CHARACTERS, after);
        // Others may have emptied it.
        if (rows.length === 0 && after === null) settled.clear();
        if (rows.length === 0) return gathered;
        for (const row of rows) {
          for (const line of await openLines(row)) {
            bytes += Buffer.byteLength(line.text) + 1;
            const isFull = gathered.length === most || (bytes > MOST_BYTES && gathered.length > 0);
            if (isFull) return gathered;
            gathered.push(line);
          }
          after = row.id;
        }
      }
    },
    settle: async (lines) => {
      const done: string[] = [];
      for (const { row, text } of lines) {
        settled.set(row, (settled.get(row) ?? new Set()).add(text));
        const others = left.get(row);
        if (others?.delete(text) && others.size === 0) done.push(row);
      }
      if (done.length === 0) return;
      await outbox.remove(box, done);
      for (const row of done) settled.delete(row);
    },
  };
}
