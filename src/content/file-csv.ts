import { CsvError, type CsvRecord, createCsvSplitter, type SplitCsv } from '../csv-records.ts';
import { FileSourceError } from './file-error.ts';
import { longRow, missingColumns, type NumberedRow, type RowParser } from './file-parser.ts';
import type { Row } from './source.ts';

type Cells = readonly string[];
type ReadRow = (record: CsvRecord) => Row;

/**
 * Comma-separated, with a header line. Rows hold the cells of the named columns only. Each row must have as many cells as
 * the header, since one comma too many moves everything after it into the wrong column.
 */
export function createCsvParser(columns: readonly string[]): RowParser {
  const split = createSplitter();
  let read: ReadRow | null = null;

  return (text, isLast) => {
    const rows: NumberedRow[] = [];
    for (const record of split(text, isLast)) {
      if (isBlank(record.cells)) continue;
      if (read) rows.push({ row: read(record), line: record.line });
      else read = createRowReader(record, columns);
    }
    return rows;
  };
}

/** Faults in this file's words. */
function createSplitter(): SplitCsv {
  const split = createCsvSplitter({ delimiter: ',', newline: '\n' });
  return (text, isLast) => {
    try {
      return split(text, isLast);
    } catch (error) {
      throw error instanceof CsvError ? invalid(error) : error;
    }
  };
}

function isBlank(cells: Cells): boolean {
  return cells.length === 1 && cells[0]?.trim() === '';
}

function createRowReader({ cells: header, line }: CsvRecord, columns: readonly string[]): ReadRow {
  const names = header.map((name) => name.trim());
  checkColumns(names, columns, line);
  const used = columns.map((column) => ({ column, index: names.indexOf(column) }));

  return ({ cells, line }) => {
    if (cells.length !== names.length) {
      throw new FileSourceError(
        `is not valid CSV: a row has ${cells.length} cells, the header ${names.length}`,
        line,
      );
    }
    const row: Record<string, string | undefined> = {};
    for (const { column, index } of used) row[column] = cells[index];
    return row;
  };
}

function checkColumns(names: readonly string[], columns: readonly string[], line: number): void {
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0 && names.length === 1 && /[;\t]/.test(names[0] ?? '')) {
    throw new FileSourceError('has cells separated by semicolons or tabs; save it with commas', line);
  }
  if (names.some((name) => /\r(?!\n)/.test(name))) {
    throw new FileSourceError('has line ends of one carriage return each; save it with line feeds', line);
  }
  if (missing.length > 0) throw missingColumns(missing, names, line);
  const twice = columns.find((column) => names.indexOf(column) !== names.lastIndexOf(column));
  if (twice !== undefined) throw new FileSourceError(`has two columns "${twice}"`, line);
}

function invalid({ fault, line }: CsvError): FileSourceError {
  if (fault === 'record_too_long') return longRow('CSV', line);
  const reason = fault === 'quote_not_closed' ? 'a quote is not closed' : 'text follows a closing quote';
  return new FileSourceError(`is not valid CSV: ${reason}`, line);
}
