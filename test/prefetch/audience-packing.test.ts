import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { cutAt, read, readShortly, refusal } from './audience-reading.ts';
import { BZIP2_ZIP, CSV, ENCRYPTED_ZIP, streamedZip, ZIPS } from './audience-zips.ts';

const PEOPLE = ['anna', 'ben'];
const bytes = (text: string): Uint8Array => Buffer.from(text);
const zip = (files: Readonly<Record<string, string>>): Buffer =>
  Buffer.from(zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, bytes(text)]))));

describe('a packed file', () => {
  it.each<[string, Uint8Array, string | null, string]>([
    ['as it is', bytes(CSV), null, 'plain'],
    ['as it is, though something is said', bytes(CSV), 'gzip', 'plain'],
    ['gzip', gzipSync(CSV), null, 'gzip'],
    ['gzip, and said to be', gzipSync(CSV), 'gzip', 'gzip'],
    ['gzip twice, once by the client', gzipSync(gzipSync(CSV)), 'GZIP', 'gzip'],
    ['gzip in two parts', Buffer.concat([gzipSync('user_id\nanna\n'), gzipSync('ben\n')]), null, 'gzip'],
    ['zip', zip({ 'a.csv': CSV }), null, 'zip'],
    ['zip, packed again by the client', gzipSync(zip({ 'a.csv': CSV })), 'x-gzip', 'zip'],
    ['gzip, packed by the client with Brotli', brotliCompressSync(gzipSync(CSV)), 'br', 'gzip'],
    ['Brotli', brotliCompressSync(CSV), 'br', 'plain'],
    ['Deflate', deflateSync(CSV), 'deflate', 'plain'],
  ])('%s', async (_case, file, contentEncoding, packing) => {
    const { people, report } = await read(file, { contentEncoding });
    expect(people.map(({ id }) => id)).toEqual(PEOPLE);
    expect(report.packing).toBe(packing);
  });

  it.each(Object.entries(ZIPS))('a zip by another program: %s', async (_case, file) => {
    expect(await readShortly(file)).toEqual(PEOPLE);
    expect((await read(cutAt(file, [...file.keys()]))).report.users).toBe(2);
  });

  it('a zip that is not packed', async () => {
    const file = Buffer.from(zipSync({ 'a.csv': bytes(CSV) }, { level: 0 }));
    expect(await readShortly(file)).toEqual(PEOPLE);
  });

  it.each(['stored', 'deflated'] as const)('a zip written as a stream, %s', async (packing) => {
    expect(await readShortly(streamedZip({ 'a.csv': CSV, '__MACOSX/a.csv': 'x' }, packing))).toEqual(PEOPLE);
  });

  it.each(['stored', 'deflated'] as const)(
    'a zip with what looks like parts of one in it, %s',
    async (packing) => {
      const ids = ['PK\x03\x04', 'PK\x07\x08', 'PK\x01\x02', 'PK\x07\x08'.repeat(20)].map(
        (id, index) => `${index}${id}`,
      );
      const people = Array.from({ length: 20_000 }, (_, index) => `user-${index}`);
      const rows = [...ids, ...people, ...ids.map((id) => `x${id}`)].map((id) => `"${id}",x`).join('\n');
      const { report } = await read(streamedZip({ 'a.csv': `user_id,y\n${rows}` }, packing));
      expect(report).toMatchObject({ rows: 20_008, users: 20_000, impossible: { count: 8 } });
    },
  );

  it('a file that is said to be gzip and is not is read as it is', async () => {
    expect(await readShortly(CSV, { contentType: 'application/gzip', fileName: 'a.csv.gz' })).toEqual(PEOPLE);
  });
});

describe('a zip of several files', () => {
  it.each<[string, Record<string, string>]>([
    ['folders', { 'x/': '', 'x/a.csv': CSV }],
    ['what macOS adds', { 'a.csv': CSV, '__MACOSX/._a.csv': 'x', '.DS_Store': 'x', '._a.csv': 'x' }],
    ['what Windows adds', { 'Thumbs.db': 'x', 'a.csv': CSV }],
    ['words for people', { 'README.txt': 'Hello.', LICENSE: 'x', 'a.csv': CSV }],
    ['pictures', { 'logo.png': 'x', 'a.csv': CSV }],
    ['an empty one', { 'a.csv': '', 'b.csv': CSV, 'c.json': '  ' }],
    ['the same columns in each', { '1.csv': 'user_id\nanna\n', '2.csv': 'user_id\nben\nanna\n' }],
    ['NDJSON in each', { '1.txt': '{"user_id":"anna"}\n', '2.txt': '{"x":1,"user_id":"ben"}' }],
    [
      'NDJSON in each, the first without anybody known',
      { '1.txt': '{"x":1}', '2.txt': '{"user_id":"anna"}\n{"user_id":"ben"}' },
    ],
    ['a list in each', { '1.json': '["anna"]', '2.json': '["ben"]' }],
  ])('may hold %s', async (_case, files) => {
    expect(await readShortly(zip(files))).toEqual(PEOPLE);
    expect(await readShortly(streamedZip(files, 'stored'))).toEqual(PEOPLE);
  });

  it.each<[string, Record<string, string>, string]>([
    ['whose columns differ', { 'users.csv': CSV, 'orders.csv': 'order,user_id\n1,cy\n' }, 'several_files'],
    ['whose formats differ', { 'users.csv': CSV, 'users.json': '["anna"]' }, 'several_files'],
    ['none of which has people', { 'a.pdf': 'x', 'b.png': 'x' }, 'no_file'],
    ['that are all empty', { 'a.csv': '', 'b.csv': '\n' }, 'empty'],
    ['that are a workbook', { '[Content_Types].xml': '<x/>', 'xl/workbook.xml': '<x/>' }, 'spreadsheet'],
    [
      'that are an OpenDocument',
      { mimetype: 'application/vnd.oasis.opendocument.spreadsheet' },
      'spreadsheet',
    ],
    ['that are of Numbers', { 'Index/Document.iwa': 'x', 'preview.jpg': 'x' }, 'spreadsheet'],
  ])('is refused with files %s', async (_case, files, code) => {
    expect((await refusal(zip(files))).code).toBe(code);
  });

  it('hands out nobody of a file that does not belong to the first', async () => {
    const people: string[] = [];
    const file = zip({ '1.csv': CSV, '2.csv': `order,user_id\n${'1,cy\n'.repeat(2_000)}` });
    await expect(
      read(file).then(({ people: some }) => people.push(...some.map(({ id }) => id))),
    ).rejects.toMatchObject({ code: 'several_files' });
    expect(people).toEqual([]);
  });
});

describe('a packed file that cannot be read', () => {
  const damaged = (file: Uint8Array, at: number): Buffer => {
    const copy = Buffer.from(file);
    copy[at] = (copy[at] ?? 0) ^ 0x10;
    return copy;
  };

  it.each<[string, Uint8Array, string]>([
    ['has a password', ENCRYPTED_ZIP, 'encrypted'],
    ['is packed in a way of its own', BZIP2_ZIP, 'unsupported_zip'],
    ['is an empty zip', zip({}), 'empty'],
    ['is gzip within gzip within gzip', gzipSync(gzipSync(gzipSync(CSV))), 'unknown_format'],
    ['is an old workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'spreadsheet'],
    ['is packed with Zstandard', Buffer.from('28b52ffd0411', 'hex'), 'unknown_format'],
    ['is a zip in a zip', zip({ 'b.zip': 'x' }), 'no_file'],
    ['has a wrong sum', damaged(zip({ 'a.csv': CSV }), 15), 'damaged'],
    ['has a wrong size', damaged(zip({ 'a.csv': CSV }), 18), 'damaged'],
    ['is gzip with a wrong sum', damaged(gzipSync(CSV), gzipSync(CSV).length - 6), 'damaged'],
    [
      'is gzip of which only the beginning is right',
      Buffer.concat([gzipSync(CSV).subarray(0, 10), Buffer.alloc(50, 255)]),
      'damaged',
    ],
  ])('%s', async (_case, file, code) => {
    expect((await refusal(file)).code).toBe(code);
  });

  it('an encoding nobody knows', async () => {
    expect((await refusal(CSV, { contentEncoding: 'compress' })).code).toBe('unknown_encoding');
    expect((await refusal(CSV, { contentEncoding: 'constructor' })).code).toBe('unknown_encoding');
  });

  it('Brotli that is none', async () => {
    expect((await refusal(CSV, { contentEncoding: 'br' })).code).toBe('damaged');
  });

  it.each<[string, Uint8Array]>([
    ['gzip', gzipSync(CSV)],
    ['zip', zip({ 'a.csv': CSV })],
    ['zip, streamed', ZIPS.zip64Streamed],
    ['zip, stored and streamed', ZIPS.storedStreamed],
    ['zip by zip', ZIPS.folder],
  ])('%s that ends anywhere before its end is refused', async (_case, file) => {
    // A gzip of 3 bytes is one; less is nothing in particular. The last 18 bytes of a zip say nothing about its files.
    const last = _case === 'gzip' ? file.length - 1 : file.length - 19;
    for (let length = 4; length <= last; length += 1) {
      const { code } = await refusal(file.subarray(0, length));
      expect({ length, code }).toEqual({ length, code: 'truncated' });
    }
  });
});

describe('a file that unpacks to more than is read', () => {
  const large = `user_id,x\n${`anna,${'x'.repeat(200)}\n`.repeat(6_000)}`;

  it.each<[string, () => Uint8Array, string | null]>([
    ['gzip', () => gzipSync(large), null],
    ['gzip twice', () => gzipSync(gzipSync(large)), null],
    ['Brotli', () => brotliCompressSync(large), 'br'],
    ['zip', () => zip({ 'a.csv': large }), null],
    ['zip, streamed', () => streamedZip({ 'a.csv': large }, 'deflated'), null],
    [
      'zip, in a file that is not read',
      () => streamedZip({ 'a.png': large, 'b.csv': CSV }, 'deflated'),
      null,
    ],
    [
      'zip, in several files',
      () => zip({ 'a.csv': large.slice(0, 800_000), 'b.csv': large.slice(0, 800_000) }),
      null,
    ],
    ['as it is', () => Buffer.from(large), null],
  ])('%s', async (_case, make, contentEncoding) => {
    const error = await refusal(make(), { contentEncoding, maxUnpackedBytes: 1_048_576 });
    expect(error).toMatchObject({
      code: 'too_large',
      message: 'The file holds more than 1 MB. Send it in parts.',
    });
  });
});
