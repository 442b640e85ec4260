import { z } from 'zod';
import type { Person } from '../domain/person.ts';
import { parseJson } from '../parse-json.ts';
import { isAbout } from './event.ts';

/**
 * Events as they wait in an outbox: a line about the row, then a line for each, as it will be sent, so that a thousand
 * of them are neither read nor written anew on their way.
 */
export type Row = {
  /** How old its oldest event is at most. Wall clock, milliseconds. */
  readonly sinceMs: number;
  /** Not to be sent earlier. Wall clock, milliseconds. */
  readonly notBeforeMs: number;
  readonly lines: readonly string[];
};

/** What a store moves at once while answers wait for it too. */
export const ROW_CHARACTERS = 131_072;

const Head = z.object({ sinceMs: z.number(), notBeforeMs: z.number() });

/** As an outbox takes it. */
export function formatRow({ sinceMs, notBeforeMs, lines }: Row): { value: string; count: number } {
  const head: z.input<typeof Head> = { sinceMs, notBeforeMs };
  return { value: `${JSON.stringify(head)}\n${lines.join('\n')}`, count: lines.length };
}

/** Null for what this version cannot read. */
export function parseRow(value: string): Row | null {
  const [first = '', ...lines] = value.split('\n');
  const head = parseJson(Head, first);
  return head && { ...head, lines };
}

/** The row without what tells of this person; null if nothing does. */
export function withoutPerson(row: Row, person: Person): Row | null {
  const lines = row.lines.filter((line) => !isAbout(line, person));
  return lines.length < row.lines.length ? { ...row, lines } : null;
}
