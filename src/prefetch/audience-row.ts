import type { Person } from '../domain/person.ts';
import { AudienceError } from './audience-error.ts';

export type AudienceFormat = 'csv' | 'ndjson' | 'json';
export type IdKind = Person['kind'];

/** Why a row cannot be anybody, whatever its id says. */
export type RowFault =
  /** A JSON value that is neither text nor a whole number. */
  | 'not_text'
  /** Something moved its cells: it has more than there are columns. */
  | 'too_many_cells';

/** What was read, and the line (1-based) on which it begins; in a JSON array, which element (1-based). */
export type AudienceRow =
  | { readonly line: number; readonly userId: string | null; readonly deviceId: string | null }
  | { readonly line: number; readonly fault: RowFault };

/** Which columns hold ids. */
export type IdColumns = {
  /** The column that counts first. Null for a list of ids without names, or columns without a header. */
  readonly idColumn: string | null;
  readonly idKind: IdKind;
  /** The column of device ids that count where the user id is blank. */
  readonly deviceColumn: string | null;
};

/** Reads one file of one format. */
export type RowReader = {
  readonly format: AudienceFormat;
  /** Takes the text piece by piece and gives the rows that are whole by then. Throws an `AudienceError`. */
  read(text: string, isLast: boolean): readonly AudienceRow[];
  /** Null as long as no header or row told. */
  columns(): IdColumns | null;
  /** What to say if no file of the upload had an id. Null if this one had, or nothing was in it. */
  lack(): AudienceError | null;
  /** Equal for files that can be parts of one. Null as long as that cannot be told. */
  shape(): string | null;
};

/** `line` is where it begins. */
export function longRow(line: number | null): AudienceError {
  const where = line === null ? 'A row' : `The row of line ${line}`;
  const detail = `${where} is longer than a row can be: a quote may not be closed, or line ends are missing.`;
  return new AudienceError('row_too_long', detail, line);
}
