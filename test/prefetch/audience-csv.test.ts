import { describe, expect, it } from 'vitest';
import type { AudienceOptions } from '../../src/prefetch/audience.ts';
import { read, readShortly, refusal } from './audience-reading.ts';

const utf16 = (text: string, isBig = false): Buffer => {
  const bytes = Buffer.from(text, 'utf16le');
  return isBig ? bytes.swap16() : bytes;
};

describe('a CSV file', () => {
  it.each<[string, string | Uint8Array, readonly string[]]>([
    ['has one column of ids', 'user_id\nanna\nben\n', ['anna', 'ben']],
    ['need not end with a line break', 'user_id\nanna\nben', ['anna', 'ben']],
    ['has Windows line ends', 'user_id\r\nanna\r\nben\r\n', ['anna', 'ben']],
    ['has line ends of an old Mac', 'user_id,name\ranna,A\rben,B\r', ['anna', 'ben']],
    ['has ids among other columns', 'name,user_id,city\nA,anna,x\nB,ben,y\n', ['anna', 'ben']],
    ['has Braze external ids', 'external_id,email\nanna,a@x.com\n', ['anna']],
    ['has device ids', 'device_id\nd-1\n', ['device d-1']],
    ['has semicolons', 'name;user_id\nA;anna\n', ['anna']],
    ['has semicolons and commas in its cells', 'name;user_id\nMay, A;anna\n', ['anna']],
    ['has tabs', 'name\tuser_id\nA\tanna\n', ['anna']],
    ['says what separates its cells', 'sep=;\r\nname;user_id\r\nA;anna\r\n', ['anna']],
    ['says that it is something else', 'sep=|\nname|user_id\nA|anna\n', ['anna']],
    ['has a delimiter in the header in quotes', '"name; city",user_id\nA,anna\n', ['anna']],
    ['has quotes', '"user_id","name"\n"anna","A"\n', ['anna']],
    ['has quotes, delimiters and line breaks in quotes', 'name,user_id\n"May, ""A""\nx",anna\n', ['anna']],
    ['has a quote in a cell without', 'size,user_id\n5" pipe,anna\n', ['anna']],
    ['has a byte order mark', '\ufeffuser_id\nanna\n', ['anna']],
    ['has a byte order mark and quotes', '\ufeff"user_id"\n"anna"\n', ['anna']],
    ['has names in capitals', 'USER_ID\nanna\n', ['anna']],
    ['has names with blanks', ' User ID ,x\nanna,1\n', ['anna']],
    ['has names with dashes', 'External-Id\nanna\n', ['anna']],
    ['has blank lines', '\n\nuser_id\n\nanna\n  \nben\n\n', ['anna', 'ben']],
    ['has blanks around ids', 'user_id,x\n anna ,1\n', ['anna']],
    ['has rows without their last cells', 'user_id,name,city\nanna\nben,B\n', ['anna', 'ben']],
    ['has empty cells after its last', 'user_id,name\nanna,A,,\n', ['anna']],
    [
      'has ids that only a text can hold',
      'user_id\n0012\n1e5\n9007199254740993\n',
      ['0012', '1e5', '9007199254740993'],
    ],
    ['has ids in any script', 'user_id\njürgen\n🦊\n', ['jürgen', '🦊']],
    ['is UTF-16 with a mark', utf16('\ufeffuser_id\tname\r\njürgen\tJ\r\n'), ['jürgen']],
    ['is UTF-16 without', utf16('user_id\njürgen\n'), ['jürgen']],
    ['is big-endian UTF-16 with a mark', utf16('\ufeffuser_id\njürgen\n', true), ['jürgen']],
    ['is big-endian UTF-16 without', utf16('user_id\njürgen\n', true), ['jürgen']],
  ])('%s', async (_case, file, people) => {
    expect(await readShortly(file)).toEqual(people);
  });

  it('with user and device ids has the user, and the device where the user id is blank', async () => {
    const { people, report } = await read('device_id,user_id\nd-1,anna\nd-2, \n,\n');
    expect(people).toEqual([
      { kind: 'user_id', id: 'anna' },
      { kind: 'device_id', id: 'd-2' },
    ]);
    expect(report).toMatchObject({ idColumn: 'user_id', idKind: 'user_id', deviceColumn: 'device_id' });
    expect(report.blank).toEqual({ count: 1, firstLines: [4] });
  });

  it('with user ids and external ids has the user ids', async () => {
    expect(await readShortly('external_id,user_id\nx,anna\ny,\n')).toEqual(['anna']);
  });
});

describe('the column that is asked for', () => {
  it.each<[string, string, Partial<AudienceOptions>, readonly string[]]>([
    ['has another name', 'customer,name\nanna,A\n', { column: 'customer' }, ['anna']],
    ['is written otherwise', 'Customer No,name\nanna,A\n', { column: 'customer_no' }, ['anna']],
    ['counts before the known ones', 'user_id,email\nanna,a@x.com\n', { column: 'email' }, ['a@x.com']],
    ['is the one of its very name', 'Id,id\nx,anna\n', { column: 'id' }, ['anna']],
    ['is of device ids', 'idfv\nd-1\n', { column: 'idfv', idKind: 'device_id' }, ['device d-1']],
    [
      'says itself that it is of device ids',
      'device_id,user_id\nd-1,anna\n',
      { column: 'device_id' },
      ['device d-1'],
    ],
    ['decides on the delimiter', 'a,b;customer\n1,2;anna\n', { column: 'customer' }, ['anna']],
    ['is counted where there is no header', 'anna\nben\n', { column: '1' }, ['anna', 'ben']],
    ['is counted among others', 'A;anna\nB;ben\n', { column: '2' }, ['anna', 'ben']],
    ['is counted, and has a known name after all', 'x,user_id\n1,anna\n', { column: '2' }, ['anna']],
    ['has a number as its name', '1,2\nx,anna\n', { column: '2' }, ['anna']],
    [
      'is the only one of its kind that counts',
      'user_id,device_id\nanna,d-1\n',
      { idKind: 'device_id' },
      ['device d-1'],
    ],
    ['excludes devices', 'user_id,device_id\n,d-1\nanna,d-2\n', { idKind: 'user_id' }, ['anna']],
  ])('%s', async (_case, file, options, people) => {
    expect(await readShortly(file, options)).toEqual(people);
  });

  it('is named in the report as the file names it', async () => {
    const { report } = await read('Customer No,name\nanna,A\n', { column: 'customer_no' });
    expect(report).toMatchObject({ idColumn: 'Customer No', idKind: 'user_id', deviceColumn: null });
  });

  it('has no name where there is no header', async () => {
    expect((await read('anna\n', { column: '1', idKind: 'device_id' })).report).toMatchObject({
      idColumn: null,
      idKind: 'device_id',
      rows: 1,
    });
  });
});

describe('a CSV file without a column of ids', () => {
  it('is refused with the columns there are, and how to name one', async () => {
    expect(await refusal('customer_no,email,first name\n1,a@x.com,A\n')).toMatchObject({
      code: 'no_id_column',
      message:
        'No column is called user_id, external_id or device_id. There are: customer_no, email, first name. Name the one ' +
        'that holds the ids with column=…, or with column=1 if the file has no header line and its first column holds them.',
    });
  });

  it.each<[string, string, Partial<AudienceOptions>]>([
    ['of user ids', 'device_id\nx\n', { idKind: 'user_id' }],
    ['of device ids', 'user_id\nx\n', { idKind: 'device_id' }],
    ['of the name asked for', 'user_id\nx\n', { column: 'customer' }],
    ['in that place', 'a,b\nc,d\n', { column: '3' }],
    ['in place 0', 'a,b\nc,d\n', { column: '0' }],
  ])('%s', async (_case, file, options) => {
    expect((await refusal(file, options)).code).toBe('no_id_column');
  });

  it.each([
    'anna\nben\n',
    'Anna,May,anna@example.com\n',
    'user-10422,A\n',
    'anna@example.com\n',
    '8f14e45f-ceea-467f-a9d7-1a2b3c4d5e6f\n',
    'Anna May;Berlin;0170 1234567\n',
    'user_123456,id\n',
  ])('tells nothing of its first line if that may be a person: %j', async (file) => {
    const { message } = await refusal(file);
    expect(message).not.toMatch(/anna|may|10422|8f14|berlin|0170|123456/i);
    expect(message).not.toContain('There are');
  });

  it('tells twenty of its columns at most', async () => {
    const names = Array.from(
      { length: 500 },
      (_, index) => `name ${String.fromCharCode(97 + (index % 26))}${index % 10}`,
    );
    expect((await refusal(`${names.join(',')}\nx\n`)).message.length).toBeLessThan(500);
  });

  it('is refused with a word about curl where that took the line ends out', async () => {
    const { code, message } = await refusal('user_idannaben', {
      contentType: 'application/x-www-form-urlencoded',
    });
    expect(code).toBe('no_id_column');
    expect(message).toContain('--data-binary');
  });
});

describe('a CSV file that breaks the rules', () => {
  it.each<[string, string, string, number | null]>([
    ['a quote that is never closed', 'user_id\nanna\n"ben\ncy\n', 'malformed_csv', 3],
    ['text after a closing quote', 'user_id,name\nanna,A\nben,"B"x\n', 'malformed_csv', 3],
    ['text after a closing quote in the first row', 'user_id,name\nanna,"A"x\n', 'malformed_csv', 2],
    ['a header with text after a quote', '"user_id"x\nanna\n', 'malformed_csv', 1],
    ['a row that does not end', `user_id\nanna\n"${'x'.repeat(1_100_000)}`, 'row_too_long', 3],
    ['a header that does not end', 'x'.repeat(200_000), 'row_too_long', 1],
    ['two columns of the name that counts', 'user_id,User ID\nanna,ben\n', 'ambiguous_column', null],
  ])('%s', async (_case, file, code, line) => {
    expect(await refusal(file)).toMatchObject({ code, line });
  });

  it('two columns of the name asked for', async () => {
    expect((await refusal('a,id,id\n1,2,3\n', { column: 'id' })).code).toBe('ambiguous_column');
  });
});
