import { MAX_RECORD_CHARACTERS } from '../csv-records.ts';
import type { WantedColumn } from './audience-columns.ts';
import { AudienceError } from './audience-error.ts';
import { createJsonIds } from './audience-json-ids.ts';
import { longRow, type RowReader } from './audience-row.ts';

/** One JSON value on each line: an object, or an id alone. */
export function createNdjsonReader(wanted: WantedColumn): RowReader {
  const ids = createJsonIds(wanted);
  let rest = '';
  let line = 1;

  return {
    format: 'ndjson',
    read(text, isLast) {
      const lines = (rest + text).split('\n');
      rest = isLast ? '' : (lines.pop() ?? '');
      const firstLine = line;
      line += lines.length;
      if (rest.length > MAX_RECORD_CHARACTERS) throw longRow(line);
      const rows = lines.flatMap((json, index) =>
        json.trim() === '' ? [] : [ids.read(parseLine(json, firstLine + index), json, firstLine + index)],
      );
      return rows;
    },
    columns: ids.columns,
    lack: ids.lack,
    shape: () => '',
  };
}

function parseLine(json: string, line: number): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Only a SyntaxError is possible, and its message would repeat the text.
    throw new AudienceError(
      'malformed_json',
      `Line ${line} is not valid JSON. Each line must be a whole object.`,
      line,
    );
  }
}
