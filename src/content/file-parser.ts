import { MAX_RECORD_CHARACTERS } from '../csv-records.ts';
import { FileSourceError } from './file-error.ts';
import type { Row } from './source.ts';

/** A row, with the line of the file (1-based) on which it begins. */
export type NumberedRow = { readonly row: Row; readonly line: number };

/**
 * Takes a file's text piece by piece and gives the rows that are whole by then; the last piece may be empty. Throws a
 * `FileSourceError` where the text breaks the format's rules or columns are missing, as soon as it can tell.
 */
export type RowParser = (text: string, isLast: boolean) => readonly NumberedRow[];

/** A row of JSON before it is parsed. */
export type NumberedJson = { readonly json: string; readonly line: number };

/** What is no header at all may be long. */
const MAX_COLUMNS_TOLD = 50;
const MAX_COLUMN_TOLD = 60;

/** `text` is the part of a row that is there so far. */
export function refuseLongRow(format: 'CSV' | 'JSON', text: string, line: number): void {
  if (text.length > MAX_RECORD_CHARACTERS) throw longRow(format, line);
}

export function longRow(format: 'CSV' | 'JSON', line: number | null): FileSourceError {
  return new FileSourceError(
    `is not valid ${format}: a row has more than ${MAX_RECORD_CHARACTERS.toLocaleString('en')} characters; a quote may not be closed`,
    line,
  );
}

export function missingColumns(
  missing: readonly string[],
  present: readonly string[],
  line: number | null,
): FileSourceError {
  const told = present.slice(0, MAX_COLUMNS_TOLD).map((column) => column.slice(0, MAX_COLUMN_TOLD));
  if (told.length < present.length) told.push('…');
  return new FileSourceError(`has no ${missing.join(', ')}; it has ${told.join(', ')}`, line);
}

export function countLineFeeds(text: string, from = 0, to = text.length): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
