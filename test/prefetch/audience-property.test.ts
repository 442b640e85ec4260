import { gzipSync } from 'node:zlib';
import { parse as parseCsv } from 'csv-parse/sync';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { type Person, parsePerson } from '../../src/domain/person.ts';
import type { AudienceOptions } from '../../src/prefetch/audience.ts';
import { AudienceError } from '../../src/prefetch/audience-error.ts';
import { cutAt, NO_OPTIONS, type Reading, read } from './audience-reading.ts';
import { CSV, streamedZip, ZIPS } from './audience-zips.ts';

const id = fc.string({
  unit: fc.constantFrom(
    'a',
    'b',
    'ü',
    '🦊',
    ' ',
    ',',
    ';',
    '\t',
    '"',
    '\n',
    '\r\n',
    '{',
    '}',
    '[',
    '\\',
    '\0',
  ),
  maxLength: 5,
});
const cuts = fc.array(fc.nat(), { maxLength: 8 });

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const written = (text: string): string => (/[",;\t\r\n]/.test(text) ? quoted(text) : text);

type Row = { readonly user: string; readonly device: string };
const rows = fc.array(fc.record<Row>({ user: id, device: id }), { maxLength: 12 });

const csv = fc
  .record({
    rows,
    delimiter: fc.constantFrom(',', ';', '\t'),
    end: fc.constantFrom('\n', '\r\n'),
    write: fc.constantFrom(quoted, written),
    names: fc.constantFrom(['user_id', 'device_id'], ['User ID', '"Device-ID"'], ['"external_id"', 'x']),
  })
  .map(({ rows, delimiter, end, write, names }) => ({
    delimiter,
    text: [names, ...rows.map(({ user, device }) => [write(user), write(device)])]
      .map((cells) => cells.join(delimiter) + end)
      .join(''),
  }));

const json = rows.map((some) =>
  JSON.stringify(some.map(({ user, device }) => ({ user_id: user, device_id: device }))),
);
const ndjson = rows.map((some) =>
  some.map(({ user }) => `${JSON.stringify({ x: 1, user_id: user })}\n`).join(''),
);
const utf16 = csv.map(({ text }) => Buffer.from(`\ufeff${text}`, 'utf16le'));

const packed = fc.constantFrom<(file: Buffer) => Buffer>(
  (file) => file,
  (file) => gzipSync(file, { level: 1 }),
  (file) => Buffer.from(zipSync({ 'a.csv': file })),
  (file) => streamedZip({ 'b.txt': file.toString() }, 'stored'),
  (file) => streamedZip({ 'c.json': file.toString() }, 'deflated'),
);

const anyFile = fc
  .tuple(
    fc.oneof(
      csv.map(({ text }) => text),
      json,
      ndjson,
    ),
    packed,
  )
  .map(([text, pack]) => pack(Buffer.from(text)));

/** What comes of it: a reading, or the refusal's code and line. Anything else is thrown on. */
async function outcome(
  file: Uint8Array | readonly Uint8Array[],
  options: AudienceOptions = NO_OPTIONS,
): Promise<Reading | object> {
  try {
    return await read(file, options);
  } catch (error) {
    if (error instanceof AudienceError) return { code: error.code, line: error.line, message: error.message };
    throw error;
  }
}

describe('whatever the file is', () => {
  it('it does not matter in which pieces it comes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyFile, utf16), cuts, async (file, cuts) => {
        expect(await outcome(cutAt(file, cuts))).toEqual(await outcome([file]));
      }),
      { numRuns: 200 },
    );
  });

  it.each(Object.entries(ZIPS))('nor for zip %s, cut anywhere', async (_case, file) => {
    for (const cut of file.keys()) expect((await read(cutAt(file, [cut]))).report.users).toBe(2);
  });

  it('rows are people, or duplicates, or blank, or impossible, and nobody comes twice', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, async (file) => {
        const found = await outcome(file);
        if (!('report' in found)) return;
        const { people, report } = found;
        expect(report.rows).toBe(
          report.users + report.duplicates.count + report.blank.count + report.impossible.count,
        );
        expect(people.length).toBe(report.users);
        expect(new Set(people.map(({ kind, id }) => `${kind} ${id}`)).size).toBe(people.length);
        for (const { kind, id } of people) {
          expect(parsePerson(kind === 'user_id' ? id : null, kind === 'device_id' ? id : null)).toEqual({
            kind,
            id,
          });
        }
      }),
      { numRuns: 150 },
    );
  });

  it('a CSV file has the people that csv-parse finds in it', async () => {
    await fc.assert(
      fc.asyncProperty(csv, async ({ text, delimiter }) => {
        const [header = [], ...cells] = parseCsv(text, {
          delimiter,
          skip_empty_lines: true,
          relax_quotes: true,
        });
        const hasDevices = header[1] !== 'x';
        const persons = cells
          .map(([user = '', device = '']) => parsePerson(user, hasDevices ? device : null))
          .filter((person): person is Person => typeof person !== 'string');
        const unique = new Map(persons.map((person) => [`${person.kind} ${person.id}`, person]));
        const found = await outcome(Buffer.from(text));
        if ('people' in found) expect(found.people).toEqual([...unique.values()]);
        else expect(cells).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});

describe('whatever the bytes are', () => {
  const encoding = fc.constantFrom(null, 'gzip', 'br', 'deflate');
  const column = fc.constantFrom(null, '1', 'x');

  it('they are read, or refused with a reason', async () => {
    const beginning = fc.constantFrom(
      '',
      'user_id\n',
      '{"',
      '[',
      'PK\x03\x04',
      '\x1f\x8b\x08',
      '\xff\xfe',
      '\xef\xbb\xbf',
    );
    await fc.assert(
      fc.asyncProperty(
        beginning,
        fc.uint8Array({ maxLength: 300 }),
        encoding,
        column,
        async (start, bytes, contentEncoding, column) => {
          await outcome(Buffer.concat([Buffer.from(start, 'latin1'), bytes]), {
            ...NO_OPTIONS,
            contentEncoding,
            column,
          });
        },
      ),
      { numRuns: 400 },
    );
  });

  it('nor does a good file in which something was changed, dropped or repeated do any harm', async () => {
    const change = fc.record({
      at: fc.nat(),
      to: fc.nat({ max: 255 }),
      drop: fc.nat({ max: 3 }),
      times: fc.nat({ max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(
        anyFile,
        fc.array(change, { minLength: 1, maxLength: 3 }),
        column,
        async (file, changes, column) => {
          const broken = changes.reduce((bytes, { at, to, drop, times }) => {
            const place = at % (bytes.length + 1);
            return Buffer.concat([
              bytes.subarray(0, place),
              ...Array.from({ length: times }, () => Buffer.from([to])),
              bytes.subarray(place + drop),
            ]);
          }, file);
          await outcome(broken, { ...NO_OPTIONS, column });
        },
      ),
      { numRuns: 400 },
    );
  });

  it('a zip in which one byte is another is read alike, or refused', async () => {
    for (const file of [...Object.values(ZIPS), Buffer.from(zipSync({ 'a.csv': Buffer.from(CSV) }))]) {
      for (const at of file.keys()) {
        const broken = Buffer.from(file);
        broken[at] = (broken[at] ?? 0) ^ 0x41;
        const found = await outcome(broken);
        // The name may have become one that is passed over.
        if ('people' in found) expect(found.people).toHaveLength(2);
      }
    }
  });

  it('nothing of what stands in the file comes back in a refusal', async () => {
    const secret = 'Zebra-7731';
    const files = [
      `${secret}\n`,
      `${secret},${secret}\n1,2\n`,
      `user_id\n"${secret}`,
      `user_id\n"${secret}"${secret}\n`,
      `["${secret}`,
      `[${secret}]`,
      `{"user_id":"${secret}"\n`,
      `[{"${secret}":1}]`,
      `{"users":["${secret}"]}${secret}`,
      `user_id,user_id\n${secret},x\n`,
      `<p>${secret}</p>`,
      `user_id\n${secret}\nx\n`,
    ];
    for (const file of files) {
      const found = await outcome(Buffer.from(file), { ...NO_OPTIONS, maxUsers: 1 });
      expect(found).toHaveProperty('code');
      expect(JSON.stringify(found)).not.toContain('7731');
    }
  });
});
