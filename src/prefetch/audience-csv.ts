import { CsvError, type CsvRecord, createCsvSplitter, type SplitCsv } from '../csv-records.ts';
import { describeColumns, type WantedColumn } from './audience-columns.ts';
import { type CsvHead, findCsvHead, isNotBlank } from './audience-csv-head.ts';
import { AudienceError } from './audience-error.ts';
import { type AudienceRow, longRow, type RowReader } from './audience-row.ts';

/** Thousands of columns: what is longer is no header, and is not read again and again in search of one. */
const MAX_HEAD_CHARACTERS = 100_000;

const NO_HEADER_HINT = ', or with column=1 if the file has no header line and its first column holds them.';

/** `hint` goes on after what is said when no column holds ids. */
export function createCsvReader(wanted: WantedColumn, hint: string): RowReader {
  let head: CsvHead | null = null;
  let split: SplitCsv | null = null;
  let pending = '';

  const records = (text: string, isLast: boolean): readonly CsvRecord[] => {
    if (split) return split(text, isLast);
    pending += text;
    head = findCsvHead(pending, isLast, wanted, NO_HEADER_HINT + hint);
    if (!head) {
      if (pending.length > MAX_HEAD_CHARACTERS) throw new CsvError('record_too_long', 1);
      return [];
    }
    split = createCsvSplitter(head.format);
    const beginning = pending;
    pending = '';
    return split(beginning, isLast);
  };

  return {
    format: 'csv',
    read(text, isLast) {
      const found = orAudienceError(() => records(text, isLast)).filter(isNotBlank);
      return head ? rowsOf(found, head) : [];
    },
    columns() {
      return head && describeColumns(head.hasHeader ? head.names : [], head.columns);
    },
    lack: () => null,
    shape() {
      return head && JSON.stringify(head.hasHeader ? head.names : head.names.length);
    },
  };
}

function rowsOf(records: readonly CsvRecord[], { names, columns, firstLine }: CsvHead): AudienceRow[] {
  const { user, device } = columns;
  return records
    .filter(({ line }) => line >= firstLine)
    .map(({ cells, line }) => {
      // Cells at the end may be missing or too many if they are empty: Excel does both.
      if (cells.length > names.length && cells.slice(names.length).some((cell) => cell.trim() !== '')) {
        return { line, fault: 'too_many_cells' };
      }
      return {
        line,
        userId: user === null ? null : (cells[user] ?? null),
        deviceId: device === null ? null : (cells[device] ?? null),
      };
    });
}

function orAudienceError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.fault === 'record_too_long') throw longRow(error.line);
    const fault =
      error.fault === 'quote_not_closed' ? 'a quote is not closed' : 'text follows a closing quote';
    const where = error.line === null ? 'The file' : `Line ${error.line}`;
    throw new AudienceError('malformed_csv', `${where} is not valid CSV: ${fault}.`, error.line);
  }
}
