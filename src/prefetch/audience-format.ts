import { MAX_RECORD_CHARACTERS } from '../csv-records.ts';
import type { WantedColumn } from './audience-columns.ts';
import { createCsvReader } from './audience-csv.ts';
import { AudienceError } from './audience-error.ts';
import { createJsonReader } from './audience-json.ts';
import { findUsersArray } from './audience-json-users.ts';
import { createNdjsonReader } from './audience-ndjson.ts';
import { type AudienceFormat, longRow, type RowReader } from './audience-row.ts';

/** What is said about a file. Its text counts for more. */
export type FormatHints = { readonly contentType: string | null; readonly fileName: string | null };

const FORM_HINT = ' curl needs --data-binary @file: with -d it takes the line ends out.';

/** Takes a file's text piece by piece; the reader of its format, and the text for it, as soon as that can be told. */
export function createFormatFinder(
  hints: FormatHints,
  wanted: WantedColumn,
): (text: string, isLast: boolean) => { readonly reader: RowReader; readonly text: string } | null {
  let pending = '';
  return (text, isLast) => {
    pending += text;
    // Blanks in front of everything are no use to anybody.
    if (pending.length > MAX_RECORD_CHARACTERS) throw longRow(1);
    const format = detectFormat(pending, isLast, hints);
    return format && { reader: createReader(format, hints, wanted), text: pending };
  };
}

function createReader(format: AudienceFormat, hints: FormatHints, wanted: WantedColumn): RowReader {
  if (format === 'json') return createJsonReader(wanted);
  if (format === 'ndjson') return createNdjsonReader(wanted);
  return createCsvReader(wanted, typeOf(hints).includes('form-urlencoded') ? FORM_HINT : '');
}

/** Null if more text is needed, or nothing is there. */
function detectFormat(text: string, isLast: boolean, hints: FormatHints): AudienceFormat | null {
  const beginning = text.trimStart();
  if (beginning === '') return null;
  refuseOthers(beginning, hints);
  if (/^[[{]/.test(beginning)) {
    const users = findUsersArray(text);
    if (users === 'more_text_needed') return isLast ? 'ndjson' : null;
    return users === 'none' ? 'ndjson' : 'json';
  }
  return isNdjson(hints) ? 'ndjson' : 'csv';
}

function isNdjson(hints: FormatHints): boolean {
  return (
    /ndjson|jsonl|json-seq|jsonlines/.test(typeOf(hints)) || /\.(ndjson|jsonl)$/i.test(hints.fileName ?? '')
  );
}

function refuseOthers(beginning: string, hints: FormatHints): void {
  if (typeOf(hints).includes('multipart/')) {
    throw unknownFormat('Send the file itself as the body, not a form with the file in it.');
  }
  if (/^(<|\{\\rtf)/.test(beginning))
    throw unknownFormat('This is a page or document, not a list of people.');
  const [firstLine = ''] = beginning.slice(0, 1_000).split(/[\r\n]/, 1);
  if (firstLine.includes('\0')) throw unknownFormat('This is not text.');
}

function unknownFormat(reason: string): AudienceError {
  return new AudienceError('unknown_format', `${reason} CSV, NDJSON and JSON can be read.`);
}

function typeOf({ contentType }: FormatHints): string {
  return contentType?.toLowerCase() ?? '';
}
