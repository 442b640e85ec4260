import Papa, { type ParseResult } from 'papaparse';

export type CsvFormat = {
  /** One character. */
  readonly delimiter: string;
  /** What ends a line. With a line feed, a carriage return before it belongs to it. */
  readonly newline: '\n' | '\r';
};

/** A record's cells, with the line (1-based) on which it begins: a cell in quotes may span several. */
export type CsvRecord = { readonly cells: readonly string[]; readonly line: number };

/**
 * Takes text piece by piece and gives the records that are whole by then; the last piece may be empty. Throws a `CsvError`
 * where the text breaks the rules, as soon as it can tell.
 */
export type SplitCsv = (text: string, isLast: boolean) => readonly CsvRecord[];

export type CsvFault = 'quote_not_closed' | 'text_after_quote' | 'record_too_long';

export class CsvError extends Error {
  override readonly name = 'CsvError';
  readonly fault: CsvFault;
  readonly line: number | null;

  constructor(fault: CsvFault, line: number | null) {
    super(fault);
    this.fault = fault;
    this.line = line;
  }
}

/** A record that never ends, as after a quote that nobody closed, must not fill the memory. */
export const MAX_RECORD_CHARACTERS = 1_000_000;

/** Papa Parse as its own streams use it: what follows the last whole record is parsed again with the next piece. */
export function createCsvSplitter({ delimiter, newline }: CsvFormat): SplitCsv {
  const parser = new Papa.Parser({ delimiter, newline });
  let rest = '';
  let line = 1;

  return (text, isLast) => {
    const whole = rest + text;
    const { data, errors, meta } = parser.parse(whole, 0, !isLast) as ParseResult<string[]>;
    const breaks = countBreaks(whole, newline, meta.cursor);
    // The last record need not end with one.
    const hasBreaksInCells = breaks > data.length - (isLast ? 1 : 0);
    const records = number(data, line, hasBreaksInCells ? newline : null);
    line += breaks;
    const [error, another] = errors;
    // An error in what is not whole yet may come of its being cut here, but only the last one.
    if (error?.row !== undefined && (error.row < data.length || another)) {
      throw invalid(error.code, records[error.row]?.line ?? line);
    }
    rest = whole.slice(meta.cursor);
    if (rest.length > MAX_RECORD_CHARACTERS) throw new CsvError('record_too_long', line);
    return records;
  };
}

function number(data: readonly string[][], firstLine: number, breaksInCells: string | null): CsvRecord[] {
  let line = firstLine;
  return data.map((cells) => {
    const record = { cells: withoutCarriageReturn(cells), line };
    line += 1;
    if (breaksInCells !== null) {
      for (const cell of cells) line += countBreaks(cell, breaksInCells, cell.length);
    }
    return record;
  });
}

/** Of a Windows line end. */
function withoutCarriageReturn(cells: string[]): readonly string[] {
  const last = cells.length - 1;
  if (cells[last]?.endsWith('\r')) cells[last] = cells[last].slice(0, -1);
  return cells;
}

function countBreaks(text: string, newline: string, to: number): number {
  let count = 0;
  for (let at = text.indexOf(newline); at !== -1 && at < to; at = text.indexOf(newline, at + 1)) count += 1;
  return count;
}

function invalid(code: string, line: number | null): CsvError {
  return new CsvError(code === 'MissingQuotes' ? 'quote_not_closed' : 'text_after_quote', line);
}
