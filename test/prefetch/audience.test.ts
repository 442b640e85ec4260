import { describe, expect, it } from 'vitest';
import type { AudienceOptions } from '../../src/prefetch/audience.ts';
import { read, readShortly, refusal } from './audience-reading.ts';

describe('what is reported of an audience', () => {
  it('counts every row once, and says where the first of the odd ones are', async () => {
    const rows = [
      'anna,A',
      'ben,"B',
      'B"',
      ',C',
      '{{${user_id}}},D',
      'anna,E',
      ' ben ,F',
      `${'x'.repeat(257)},G`,
      'cy\0,H',
      'May, I,dora',
      '',
      ' ,J',
      'Anna,K',
    ];
    const { people, report } = await read(`user_id,name\n${rows.join('\n')}\n`);
    expect(people.map(({ id }) => id)).toEqual(['anna', 'ben', 'Anna']);
    expect(report).toEqual({
      rows: 11,
      users: 3,
      idColumn: 'user_id',
      idKind: 'user_id',
      deviceColumn: null,
      format: 'csv',
      packing: 'plain',
      duplicates: { count: 2, firstLines: [7, 8] },
      blank: { count: 2, firstLines: [5, 13] },
      impossible: {
        count: 4,
        firstLines: [6, 9, 10, 11],
        reasons: { unresolved_merge_tag: 1, invalid_user: 2, too_many_cells: 1 },
      },
    });
  });

  it('names five lines of each kind at most', async () => {
    const { report } = await read(`user_id\n${'anna\n'.repeat(10)}`);
    expect(report.duplicates).toEqual({ count: 9, firstLines: [3, 4, 5, 6, 7] });
  });

  it('is there even if nobody can be looked up', async () => {
    expect((await read('user_id\n[user_id]\n')).report).toMatchObject({ rows: 1, users: 0 });
  });

  it('takes a user and a device with the same id for two people', async () => {
    expect(await readShortly('user_id,device_id\nx,\n,x\n')).toEqual(['x', 'device x']);
  });
});

describe('an upload that is no audience', () => {
  it.each<[string, string | Uint8Array, Partial<AudienceOptions>, string]>([
    ['nothing', '', {}, 'empty'],
    ['blanks', ' \r\n\t\n', {}, 'empty'],
    ['a byte order mark', '\ufeff', {}, 'empty'],
    ['a header alone', 'user_id,name\n', {}, 'empty'],
    ['an empty list', '[]', {}, 'empty'],
    ['a list of nobody in an object', '{"users":[]}', {}, 'empty'],
    ['a page', '<!doctype html><html></html>', {}, 'unknown_format'],
    ['a document', Buffer.from('%PDF-1.7\n\xe2\xe3', 'latin1'), {}, 'unknown_format'],
    ['rich text', '{\\rtf1 anna}', {}, 'unknown_format'],
    ['zeros', Buffer.from('a\0\0\0b\0\0\0\0\0c'), {}, 'unknown_format'],
    [
      'a form',
      '--x\r\nContent-Disposition: form-data',
      { contentType: 'multipart/form-data; boundary=x' },
      'unknown_format',
    ],
    ['Latin-1', Buffer.from('user_id,name\nanna,A\nben,J\xfcrgen\n', 'latin1'), {}, 'not_utf8'],
    ['UTF-8 that ends within a character', Buffer.from('user_id\nj\u00fc').subarray(0, -1), {}, 'not_utf8'],
    ['half a character of UTF-16', Buffer.from('\ufeffuser_id\na\ud800', 'utf16le'), {}, 'not_utf8'],
    ['too many people', 'user_id\na\nb\nc\n', { maxUsers: 2 }, 'too_many_users'],
  ])('%s', async (_case, file, options, code) => {
    expect((await refusal(file, options)).code).toBe(code);
  });

  it('is refused with the line that is not UTF-8', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `ü-${index}`);
    const file = Buffer.from(`user_id\n${rows.join('\n')}\n`);
    for (const row of [0, 7_777, 19_999]) {
      const broken = Buffer.from(file);
      broken[file.indexOf(`ü-${row}\n`) + 1] = 0x20;
      expect((await refusal(broken)).line).toBe(row + 2);
    }
  });

  it('as many people as are allowed are none too many', async () => {
    expect((await read('user_id\na\nb\nb\n', { maxUsers: 2 })).report.users).toBe(2);
  });
});
