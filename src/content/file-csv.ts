import Papa, { type ParseResult } from 'papaparse';
import { FileSourceError } from './file-error.ts';
import {
  countLineFeeds,
  missingColumns,
  type NumberedRow,
  type RowParser,
  refuseLongRow,
} from './file-parser.ts';
import type { Row } from './source.ts';

type Cells = readonly string[];
type NumberedCells = { readonly cells: Cells; readonly line: number };
type ReadRow = (cells: NumberedCells) => Row;

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

/** Papa Parse as its own streams use it: what follows the last whole record is parsed again with the next piece. */
function createSplitter(): (text: string, isLast: boolean) => NumberedCells[] {
  const parser = new Papa.Parser({ delimiter: ',', newline: '\n' });
  let rest = '';
  let line = 1;

  return (text, isLast) => {
    const whole = rest + text;
    const { data, errors, meta } = parser.parse(whole, 0, !isLast) as ParseResult<string[]>;
    const lineFeeds = countLineFeeds(whole, 0, meta.cursor);
    // The last record need not end with one.
    const records = number(data, line, lineFeeds > data.length - (isLast ? 1 : 0));
    const error = errors[0];
    // An error in what is not whole yet may come of its being cut here.
    if (error?.row !== undefined && error.row < data.length) throw invalid(error.code, records[error.row]);
    rest = whole.slice(meta.cursor);
    line += lineFeeds;
    refuseLongRow('CSV', rest, line);
    return records;
  };
}

function number(data: readonly string[][], firstLine: number, hasBreaksInCells: boolean): NumberedCells[] {
  let line = firstLine;
  return data.map((cells) => {
    const record = { cells: withoutCarriageReturn(cells), line };
    line += 1;
    if (hasBreaksInCells) for (const cell of cells) line += countLineFeeds(cell);
    return record;
  });
}

/** Of a Windows line end. */
function withoutCarriageReturn(cells: string[]): Cells {
  const last = cells.length - 1;
  if (cells[last]?.endsWith('\r')) cells[last] = cells[last].slice(0, -1);
  return cells;
}

function isBlank(cells: Cells): boolean {
  return cells.length === 1 && cells[0]?.trim() === '';
}

function createRowReader({ cells: header, line }: NumberedCells, columns: readonly string[]): ReadRow {
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

function invalid(code: string, record: NumberedCells | undefined): FileSourceError {
  const fault = code === 'MissingQuotes' ? 'a quote is not closed' : 'text follows a closing quote';
  return new FileSourceError(`is not valid CSV: ${fault}`, record?.line ?? null);
}
