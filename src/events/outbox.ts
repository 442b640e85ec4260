import { DAY_MS } from '../domain/day.ts';
import type { Person } from '../domain/person.ts';
import { formatRow, parseRow, ROW_CHARACTERS, withoutPerson } from './row.ts';

/** Where events wait to be sent, as the store has it. Every method may reject. */
export type Outbox = {
  readonly append: (
    box: string,
    row: { readonly value: string; readonly count: number },
    keepMs: number,
  ) => Promise<boolean>;
  readonly peek: (
    box: string,
    characters: number,
    after: string | null,
  ) => Promise<readonly { readonly id: string; readonly value: string }[]>;
  readonly replace: (
    box: string,
    row: { readonly id: string; readonly value: string },
    by: { readonly value: string; readonly count: number },
  ) => Promise<boolean>;
  readonly remove: (box: string, ids: readonly string[]) => Promise<void>;
  readonly count: (box: string) => Promise<number>;
};

/**
 * Amplitude knows an `insert_id` again for seven days. Whatever has been on its way for longer than this might be
 * counted twice.
 */
export const MAX_AGE_MS = 6 * DAY_MS;

/** Longer, so that what is too old is come across and counted. */
export const KEEP_MS = 7 * DAY_MS;

/** Takes what tells of someone out of a box, row by row, also while it is being sent from. */
export async function removePerson(outbox: Outbox, box: string, person: Person): Promise<void> {
  let after: string | null = null;
  for (;;) {
    const rows = await outbox.peek(box, ROW_CHARACTERS, after);
    if (rows.length === 0) return;
    for (const row of rows) {
      const parsed = parseRow(row.value);
      const rest = parsed && withoutPerson(parsed, person);
      if (rest && rest.lines.length === 0) await outbox.remove(box, [row.id]);
      // Somebody else was forgotten at the same time, or it was sent: it is looked at once more.
      else if (rest && !(await outbox.replace(box, row, formatRow(rest)))) break;
      after = row.id;
    }
  }
}

/** How long the oldest event has waited; 0 if none does. */
export async function oldestAgeMs(outbox: Outbox, box: string, wallNowMs: number): Promise<number> {
  const [row] = await outbox.peek(box, 1, null);
  const parsed = row && parseRow(row.value);
  return parsed ? Math.max(0, wallNowMs - parsed.sinceMs) : 0;
}
