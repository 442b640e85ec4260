import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { type CsvError, parse as parseCsv } from 'csv-parse/sync';
import type { Content } from '../domain/content.ts';
import { isComplete } from '../domain/content.ts';
import { cleanText } from '../text.ts';
import { createFieldReader, type FieldRule, fieldNames, linkSchemes, type Row, valueAt } from './fields.ts';
import type { ContentFault, ContentSource } from './source.ts';

/** A catalogue in a file: CSV with a header line, a JSON array of objects, or NDJSON. */
export type FileSourceOptions = {
  readonly name: string;
  /** Absolute; the ending tells the format. */
  readonly path: string;
  /** The column or path that holds the item id. */
  readonly key: string;
  readonly fields: readonly FieldRule[];
  readonly required: readonly string[];
};

export type FileSource = ContentSource & {
  /** Every id that can be shown, in the file's order. */
  readonly ids: readonly string[];
  /** Rows that will not be shown, and why. */
  readonly faults: readonly ContentFault[];
  /** URL schemes that its links may have. */
  readonly schemes: readonly string[];
};

type NumberedRow = { readonly row: Row; readonly line: number | null };

/** Reads the whole file. Throws a `FileSourceError` if nothing of it can be used. */
export function loadFileSource(options: FileSourceOptions): FileSource {
  const rows = parseRows(readText(options.path), extname(options.path));
  checkColumns(options, rows);
  const read = createFieldReader(options.fields);
  const shape = { fields: options.fields.flatMap(fieldNames), required: options.required };
  const items = new Map<string, Content>();
  const faults: ContentFault[] = [];

  for (const { row, line } of rows) {
    const id = String(valueAt(row, options.key) ?? '').trim();
    if (id === '') {
      faults.push({ line, message: `has no ${options.key}` });
    } else if (cleanText(id) !== id) {
      faults.push({ line, message: `has a ${options.key} with markup or control characters` });
    } else if (items.has(id)) {
      faults.push({ line, message: `repeats the item "${id}"; the first one counts` });
    } else {
      const content = { id, values: read(row) };
      items.set(id, content);
      const missing = shape.required.filter((field) => content.values[field] == null);
      if (missing.length > 0) {
        faults.push({ line, message: `item "${id}" lacks ${missing.join(', ')} and will not be shown` });
      }
    }
  }

  return {
    name: options.name,
    shape,
    ids: [...items.values()].filter((content) => isComplete(content, shape)).map(({ id }) => id),
    faults,
    schemes: linkSchemes(options.fields),
    find: () => items,
  };
}

/** A file that cannot be used, with the line where it breaks. */
export class FileSourceError extends Error {
  override readonly name = 'FileSourceError';
  readonly line: number | null;

  constructor(message: string, line: number | null = null) {
    super(message);
    this.line = line;
  }
}

function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new FileSourceError('there is no such file');
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw new FileSourceError('is not UTF-8 text');
    throw new FileSourceError(`cannot be read (${code})`);
  }
}

function parseRows(text: string, extension: string): NumberedRow[] {
  if (extension === '.csv') return parseCsvRows(text);
  if (extension === '.json') return parseJsonRows(text);
  if (extension === '.ndjson' || extension === '.jsonl') return parseNdjsonRows(text);
  throw new FileSourceError(`ends in "${extension}"; known are .csv, .json, .ndjson and .jsonl`);
}

function parseCsvRows(text: string): NumberedRow[] {
  try {
    const records = parseCsv(text, {
      columns: (header: string[]) => header.map((column) => column.trim()),
      info: true,
      skip_empty_lines: true,
    }) as unknown as { record: Row; info: { lines: number } }[];
    return records.map(({ record, info }) => ({ row: record, line: info.lines }));
  } catch (error) {
    const { message, lines } = error as CsvError & { lines?: number };
    throw new FileSourceError(`is not valid CSV: ${message}`, lines ?? null);
  }
}

function parseJsonRows(text: string): NumberedRow[] {
  const data = parseJson(text, null);
  if (!Array.isArray(data)) throw new FileSourceError('must be a JSON array of objects');
  // JSON keeps no lines.
  return data.map((row: Row) => ({ row, line: null }));
}

function parseNdjsonRows(text: string): NumberedRow[] {
  return text
    .split('\n')
    .map((json, index) => ({ json, line: index + 1 }))
    .filter(({ json }) => json.trim() !== '')
    .map(({ json, line }) => ({ row: parseJson(json, line) as Row, line }));
}

function parseJson(text: string, line: number | null): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FileSourceError(`is not valid JSON: ${(error as Error).message}`, line);
  }
}

function checkColumns({ key, fields }: FileSourceOptions, rows: readonly NumberedRow[]): void {
  const first = rows.find(({ row }) => typeof row === 'object' && row !== null);
  if (!first) throw new FileSourceError('holds no items');
  const missing = [
    key,
    ...fields.flatMap(({ from }) => (typeof from === 'string' ? from : Object.values(from))),
  ]
    .filter((column) => rows.every(({ row }) => valueAt(row, column) === undefined))
    .filter((column, index, all) => all.indexOf(column) === index);
  if (missing.length > 0) {
    const known = Object.keys(first.row).join(', ');
    throw new FileSourceError(`has no ${missing.join(', ')}; it has ${known}`, 1);
  }
}
