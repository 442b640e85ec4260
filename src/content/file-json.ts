import { valueAt } from './fields.ts';
import { FileSourceError } from './file-error.ts';
import { ArraySplitter } from './file-json-array.ts';
import { missingColumns, type NumberedJson, type RowParser, refuseLongRow } from './file-parser.ts';
import type { Row } from './source.ts';

type SplitText = (text: string, isLast: boolean) => readonly NumberedJson[];

/** An array of objects. */
export function createJsonParser(paths: readonly string[]): RowParser {
  const splitter = new ArraySplitter();
  return createParser((text, isLast) => splitter.push(text, isLast), paths);
}

/** One JSON object on each line. */
export function createNdjsonParser(paths: readonly string[]): RowParser {
  return createParser(createLineSplitter(), paths);
}

function createParser(split: SplitText, paths: readonly string[]): RowParser {
  const check = createPathCheck(paths);
  return (text, isLast) => {
    const rows = split(text, isLast).map(({ json, line }) => ({ row: parseRow(json, line), line }));
    check(rows, isLast);
    return rows;
  };
}

function createLineSplitter(): SplitText {
  let rest = '';
  let line = 1;
  return (text, isLast) => {
    const lines = (rest + text).split('\n');
    rest = isLast ? '' : (lines.pop() ?? '');
    const numbered = lines.map((json, index) => ({ json, line: line + index }));
    line += lines.length;
    refuseLongRow('JSON', rest, line);
    return numbered.filter(({ json }) => json.trim() !== '');
  };
}

function parseRow(json: string, line: number): Row {
  try {
    return JSON.parse(json);
  } catch (error) {
    // The place that it names is counted from where the row begins.
    const reason = (error as Error).message.replace(/(?: in JSON)? at position .*/, '');
    throw new FileSourceError(`is not valid JSON: ${reason}`, line);
  }
}

/** A row may lack a path; one that no row has is a mistake in the declaration. */
function createPathCheck(
  paths: readonly string[],
): (rows: readonly { readonly row: Row }[], isLast: boolean) => void {
  let unseen = paths;
  let present: readonly string[] | null = null;
  return (rows, isLast) => {
    for (const { row } of rows) {
      if (typeof row !== 'object' || row === null || Array.isArray(row)) continue;
      present ??= Object.keys(row);
      if (unseen.length > 0) unseen = unseen.filter((path) => valueAt(row, path) === undefined);
    }
    if (isLast && present && unseen.length > 0) throw missingColumns(unseen, present, null);
  };
}
