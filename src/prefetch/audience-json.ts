import { MAX_RECORD_CHARACTERS } from '../csv-records.ts';
import { endOfElement } from '../json-elements.ts';
import type { WantedColumn } from './audience-columns.ts';
import { AudienceError } from './audience-error.ts';
import { createJsonIds } from './audience-json-ids.ts';
import { findUsersArray } from './audience-json-users.ts';
import { type AudienceRow, longRow, type RowReader } from './audience-row.ts';

/** An array of objects or ids, alone or as the `users` of an object. Never the whole of it is in memory. */
export function createJsonReader(wanted: WantedColumn): RowReader {
  const ids = createJsonIds(wanted);
  const array = new ArrayReader((json, element) => ids.read(parseElement(json, element), json, element));
  return {
    format: 'json',
    read(text, isLast) {
      const rows = array.read(text);
      if (isLast) array.finish();
      return rows;
    },
    columns: ids.columns,
    lack: ids.lack,
    shape: () => '',
  };
}

class ArrayReader {
  readonly #readElement: (json: string, element: number) => AudienceRow;
  #place: 'before' | 'within' | 'after' = 'before';
  /** What is there of the text, from where it is not read yet. */
  #text = '';
  /** What stands in front of the array. */
  #before = '';
  #elements = 0;

  constructor(readElement: (json: string, element: number) => AudienceRow) {
    this.#readElement = readElement;
  }

  read(text: string): readonly AudienceRow[] {
    this.#text += text;
    if (this.#place === 'before') this.#open();
    const rows = this.#place === 'within' ? this.#readElements() : [];
    if (this.#text.length > MAX_RECORD_CHARACTERS) throw longRow(null);
    return rows;
  }

  /** Throws an `AudienceError` unless the array is closed, and in valid JSON if it were empty. */
  finish(): void {
    if (this.#place !== 'after')
      throw malformed('The JSON ends before its list of people does.', this.#elements || null);
    try {
      const rest: unknown = JSON.parse(`${this.#before}[]${this.#text}`);
      if (isEmptyArray(rest) || isEmptyArray((rest as { users?: unknown } | null)?.users)) return;
    } catch {
      // Only a SyntaxError is possible, and its message would repeat the text.
    }
    throw malformed('What stands around the list of people is not valid JSON.', null);
  }

  #open(): void {
    const at = findUsersArray(this.#text);
    if (typeof at === 'string') return;
    this.#before = this.#text.slice(0, at);
    this.#text = this.#text.slice(at + 1);
    this.#place = 'within';
  }

  #readElements(): readonly AudienceRow[] {
    const rows: AudienceRow[] = [];
    let from = 0;
    for (let end = endOfElement(this.#text, from); end !== -1; end = endOfElement(this.#text, from)) {
      const json = this.#text.slice(from, end);
      const isLast = this.#text[end] !== ',';
      if (this.#text[end] === '}') throw malformed('A brace closes the list.', this.#elements);
      from = end + 1;
      const isEmptyList = isLast && this.#elements === 0 && json.trim() === '';
      if (!isEmptyList) {
        this.#elements += 1;
        rows.push(this.#readElement(json, this.#elements));
      }
      if (isLast) {
        this.#place = 'after';
        break;
      }
    }
    this.#text = this.#text.slice(from);
    return rows;
  }
}

function parseElement(json: string, element: number): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // As above.
    throw malformed(`Element ${element} of the list is not valid JSON.`, element);
  }
}

function malformed(detail: string, element: number | null): AudienceError {
  return new AudienceError('malformed_json', detail, element);
}

function isEmptyArray(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
