import { parse as parseCsv } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCsvParser } from '../../src/content/file-csv.ts';
import { createJsonParser, createNdjsonParser } from '../../src/content/file-json.ts';
import type { NumberedRow, RowParser } from '../../src/content/file-parser.ts';

const COLUMNS = ['sku', 'name', 'link'];

/** The text in pieces that end at these places. */
function parseInPieces(parse: RowParser, text: string, cuts: readonly number[]): NumberedRow[] {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  const pieces = places.slice(1).map((place, index) => text.slice(places[index], place));
  return [...pieces.flatMap((piece) => parse(piece, false)), ...parse('', true)];
}

const cuts = fc.array(fc.nat(), { maxLength: 6 });
const cell = fc.string({
  unit: fc.constantFrom('a', 'ä', '🍏', ' ', ',', ';', '"', '\n', '\r\n', '\t', '\\', "'"),
  maxLength: 6,
});
const lineEnd = fc.constantFrom('\n', '\r\n');

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function written(text: string): string {
  return /[",\r\n]/.test(text) ? quoted(text) : text;
}

describe('CSV', () => {
  type Table = {
    readonly rows: readonly (readonly string[])[];
    readonly write: (cell: string) => string;
    readonly end: string;
    readonly endsWithBreak: boolean;
  };

  const table: fc.Arbitrary<Table> = fc.record({
    rows: fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }),
    write: fc.constantFrom(quoted, written),
    end: lineEnd,
    endsWithBreak: fc.boolean(),
  });

  const textOf = ({ rows, write, end, endsWithBreak }: Table): string =>
    [COLUMNS, ...rows].map((cells) => cells.map(write).join(',')).join(end) + (endsWithBreak ? end : '');

  it('is read as csv-parse reads it, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(table, cuts, (written, cuts) => {
        const text = textOf(written);
        const rows = parseInPieces(createCsvParser(COLUMNS), text, cuts).map(({ row }) => row);
        expect(rows).toEqual(parseCsv(text, { columns: true, skip_empty_lines: true }));
      }),
      { numRuns: 500 },
    );
  });

  it('has each row on the line where it begins, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(table, cuts, (written, cuts) => {
        const text = textOf(written);
        const lines = parseInPieces(createCsvParser(COLUMNS), text, cuts).map(({ line }) => line);
        const before = written.rows.map((_, index) =>
          textOf({ ...written, rows: written.rows.slice(0, index), endsWithBreak: true }),
        );
        expect(lines).toEqual(before.map((text) => text.split('\n').length));
      }),
      { numRuns: 500 },
    );
  });

  it('may have quotes within a cell that is not quoted, and blanks after one that is', () => {
    const text = 'sku,name,link\na,5" pipe,"x" \n';
    const [first] = parseInPieces(createCsvParser(COLUMNS), text, []);
    expect(first?.row).toEqual({ sku: 'a', name: '5" pipe', link: 'x' });
  });
});

describe('JSON', () => {
  // No backslash as a key: having parsed {"a":1,"\\":2}, V8 13.6 takes {"a":1,"\n":2} for the same again.
  const character = fc.constantFrom('a', 'ä', '🍏', ' ', ',', '"', '[', '}', '\n');
  const key = fc.constantFrom('sku', 'name', '"', '[', '}', ',', '\n', '__proto__');
  const value = fc.oneof(
    fc.json({ maxDepth: 2, stringUnit: character }),
    fc.string().map((text) => JSON.stringify(text)),
  );
  const object = fc
    .uniqueArray(fc.tuple(key, value), { maxLength: 4, selector: ([name]) => name })
    .map((pairs) => {
      const members = pairs.map(([name, json]) => `${JSON.stringify(name)}: ${json}`);
      return `{${members.join(', ')}}`;
    });
  const blanks = fc.constantFrom('', ' ', '\n', '\r\n\t');

  it('is read as a whole array would be, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(object, value), { maxLength: 6 }),
        blanks,
        cuts,
        (elements, blank, cuts) => {
          const text = `${blank}[${blank}${elements.join(`${blank},${blank}`)}${blank}]${blank}`;
          const rows = parseInPieces(createJsonParser([]), text, cuts).map(({ row }) => row);
          expect(JSON.stringify(rows)).toBe(JSON.stringify(JSON.parse(text)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('has each element on the line where it begins', () => {
    const text = '\n[\n\n{\n"sku":1},{"sku":\n2}\n,\n{"sku":3}]\n';
    for (const cut of text.split('').keys()) {
      const rows = parseInPieces(createJsonParser(['sku']), text, [cut]);
      expect(rows.map(({ line }) => line)).toEqual([4, 5, 8]);
    }
  });

  it('a line each is read in whatever pieces it comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(object, fc.constant('')), { maxLength: 6 }),
        lineEnd,
        cuts,
        (objects, end, cuts) => {
          const rows = parseInPieces(createNdjsonParser([]), objects.join(end), cuts);
          const expected = objects.flatMap((json, index) =>
            json === '' ? [] : [{ row: JSON.parse(json), line: index + 1 }],
          );
          expect(JSON.stringify(rows)).toBe(JSON.stringify(expected));
        },
      ),
      { numRuns: 300 },
    );
  });
});
