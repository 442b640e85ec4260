import { extname } from 'node:path';
import { createCsvParser } from './file-csv.ts';
import { FileSourceError } from './file-error.ts';
import { createJsonParser, createNdjsonParser } from './file-json.ts';
import type { NumberedRow, RowParser } from './file-parser.ts';
import { readText } from './file-text.ts';

type CreateParser = (columns: readonly string[]) => RowParser;

const PARSERS: Readonly<Record<string, CreateParser>> = {
  '.csv': createCsvParser,
  '.json': createJsonParser,
  '.ndjson': createNdjsonParser,
  '.jsonl': createNdjsonParser,
};

/** All rows of the file, some hundreds at a time. `columns` are those without which it is of no use. */
export async function* readRows(
  path: string,
  columns: readonly string[],
): AsyncGenerator<readonly NumberedRow[]> {
  const parse = parserFor(path)(columns);
  for await (const text of readText(path)) yield parse(text, false);
  yield parse('', true);
}

function parserFor(path: string): CreateParser {
  const ending = extname(path);
  const create = PARSERS[ending.toLowerCase()];
  if (create) return create;
  throw new FileSourceError(`ends in "${ending}"; known are .csv, .json, .ndjson and .jsonl`);
}
