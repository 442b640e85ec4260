import { CsvError, type CsvFormat, type CsvRecord, createCsvSplitter } from '../csv-records.ts';
import {
  asKind,
  type FoundColumns,
  findIdColumns,
  isKnownName,
  kindOf,
  noIdColumn,
  type WantedColumn,
} from './audience-columns.ts';

/** What the beginning of a CSV file says about the rest. */
export type CsvHead = {
  readonly format: CsvFormat;
  /** The header's cells, or those of the first line if there is no header. */
  readonly names: readonly string[];
  readonly hasHeader: boolean;
  readonly columns: FoundColumns;
  /** Where people begin. */
  readonly firstLine: number;
};

const DELIMITERS = [',', ';', '\t'];

/** What Excel writes above the header, and obeys. */
const SEPARATOR_LINE = /^\s*"?sep=(.)"?[\r\n]/i;

/** Of a header whose cells span lines, and of blank ones before it. */
const MAX_LINES_TRIED = 50;

type Reading = { readonly format: CsvFormat; readonly first: CsvRecord };

/**
 * Null if more text is needed, or nothing is there. Cells are separated by what makes a column of ids appear, else by what gives
 * most of them. Throws an `AudienceError` if no column holds ids, and a `CsvError`.
 */
export function findCsvHead(
  text: string,
  isLast: boolean,
  wanted: WantedColumn,
  hint: string,
): CsvHead | null {
  const newline = newlineOf(text, isLast);
  if (newline === null) return null;
  const readings = readFirst(text, isLast, newline);
  const [someReading] = readings;
  if (!someReading) return null;
  for (const { format, first } of readings) {
    const columns = findIdColumns(first.cells, wanted);
    if (columns) {
      return { format, names: first.cells, hasHeader: true, columns, firstLine: first.line + 1 };
    }
  }
  const widest = readings.reduce(
    (a, b) => (b.first.cells.length > a.first.cells.length ? b : a),
    someReading,
  );
  const head = byPosition(widest, wanted);
  if (head) return head;
  throw noIdColumn(widest.first.cells, wanted, hint);
}

/** A number counts columns, from 1, in a file without a header: its first line is a person, unless it has a name that is known. */
function byPosition({ format, first }: Reading, { column, idKind }: WantedColumn): CsvHead | null {
  if (column === null || !/^\d{1,4}$/.test(column.trim())) return null;
  const index = Number(column) - 1;
  const name = first.cells[index];
  if (name === undefined) return null;
  const hasHeader = isKnownName(name);
  const columns = asKind(index, idKind ?? kindOf(name));
  return { format, names: first.cells, hasHeader, columns, firstLine: first.line + (hasHeader ? 1 : 0) };
}

function newlineOf(text: string, isLast: boolean): CsvFormat['newline'] | null {
  const found = /\r\n|\n|\r/.exec(text);
  if (found === null) return isLast ? '\n' : null;
  // It may be half of one.
  if (found[0] === '\r' && found.index === text.length - 1 && !isLast) return null;
  return found[0] === '\r' ? '\r' : '\n';
}

/** The first record under each of the delimiters under which it is whole and valid. */
function readFirst(text: string, isLast: boolean, newline: CsvFormat['newline']): readonly Reading[] {
  const separator = SEPARATOR_LINE.exec(text)?.[1];
  const delimiters = separator === undefined ? DELIMITERS : [separator];
  const faults: CsvError[] = [];
  const readings = delimiters.flatMap((delimiter) => {
    const format = { delimiter, newline };
    try {
      const first = recordAfter(separator === undefined ? 0 : 1, format, text, isLast);
      return first ? [{ format, first }] : [];
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      faults.push(error);
      return [];
    }
  });
  if (readings.length === 0 && faults[0]) throw faults[0];
  return readings;
}

/** The one after so many that are not blank. No further is read: a fault further down is none of the header's. */
function recordAfter(count: number, format: CsvFormat, text: string, isLast: boolean): CsvRecord | null {
  const split = createCsvSplitter(format);
  const records: CsvRecord[] = [];
  for (const lines of beginning(text, format.newline)) {
    records.push(...split(lines, false).filter(isNotBlank));
    if (records.length > count) break;
  }
  if (isLast && records.length <= count) records.push(...split('', true).filter(isNotBlank));
  return records[count] ?? null;
}

/** A line at a time, and what comes after so many at once. */
function* beginning(text: string, newline: string): Generator<string> {
  let from = 0;
  for (let count = 0; count < MAX_LINES_TRIED; count += 1) {
    const end = text.indexOf(newline, from) + 1;
    if (end === 0) break;
    yield text.slice(from, end);
    from = end;
  }
  yield text.slice(from);
}

export function isNotBlank({ cells }: CsvRecord): boolean {
  return cells.length !== 1 || cells[0]?.trim() !== '';
}
