import { describe, expect, it } from 'vitest';
import type { AudienceOptions } from '../../src/prefetch/audience.ts';
import { read, readShortly, refusal } from './audience-reading.ts';

const NDJSON = { contentType: 'application/x-ndjson' };

describe('JSON', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'is a list of objects',
      '[{"user_id":"anna","x":[1,{"user_id":"no"}]},{"user_id":"ben"}]',
      ['anna', 'ben'],
    ],
    ['is a list of ids', '["anna","ben"]', ['anna', 'ben']],
    ['is a list of both', '["anna",{"device_id":"d-1"}]', ['anna', 'device d-1']],
    ['is a list of people in an object', '{"users":[{"user_id":"anna"}]}', ['anna']],
    ['is a list of ids in an object', '{"users":["anna"]}', ['anna']],
    ['has more around the list', '{"a":{"users":["no"]},"b":"users","users":["anna"],"c":[1]}', ['anna']],
    ['has blanks wherever they may stand', ' \n[ \n"anna" ,\n\t"ben"\n ] \n', ['anna', 'ben']],
    ['has a byte order mark', '\ufeff["anna"]', ['anna']],
    ['has external ids', '[{"external_id":"anna"}]', ['anna']],
    ['has names in capitals', '[{"User_ID":"anna"}]', ['anna']],
    [
      'has another kind of id in each object',
      '[{"device_id":"d-1"},{"external_id":"ben"}]',
      ['device d-1', 'ben'],
    ],
    ['has people nobody knows first', '[{"braze_id":"x"},{"external_id":"ben"}]', ['ben']],
    ['has blank user ids beside device ids', '[{"user_id":"","device_id":"d-1"}]', ['device d-1']],
    [
      'has null beside device ids',
      '[{"user_id":"anna"},{"user_id":null,"device_id":"d-1"}]',
      ['anna', 'device d-1'],
    ],
    ['has numbers', '[{"user_id":42},7]', ['42', '7']],
    [
      'has numbers that only a text can hold',
      '[{"a":{"user_id":12345678901234567891},"user_id":12345678901234567890},98765432109876543210]',
      ['12345678901234567890', '98765432109876543210'],
    ],
    ['has escapes', '["\\u0061nna","b\\"en","\\\\"]', ['anna', 'b"en', '\\']],
    ['has brackets in texts', '[{"x":"]}\\"","user_id":"anna"},"a]b"]', ['anna', 'a]b']],
  ])('%s', async (_case, file, people) => {
    const reading = await read(file);
    expect(reading.people.map(({ kind, id }) => (kind === 'user_id' ? id : `device ${id}`))).toEqual(people);
    expect(reading.report.format).toBe('json');
  });

  it('has elements where a file has lines', async () => {
    const { report } = await read('["anna",\n\n"",{"user_id":true},"anna"]');
    expect(report).toMatchObject({
      blank: { count: 1, firstLines: [2] },
      impossible: { count: 1, firstLines: [3], reasons: { not_text: 1 } },
      duplicates: { count: 1, firstLines: [4] },
    });
  });
});

describe('NDJSON', () => {
  it.each<[string, string, Partial<AudienceOptions>, readonly string[]]>([
    ['has an object on each line', '{"user_id":"anna"}\n{"user_id":"ben"}\n', {}, ['anna', 'ben']],
    [
      'has Windows line ends and blank lines',
      '\r\n{"user_id":"anna"}\r\n\r\n{"user_id":"ben"}',
      {},
      ['anna', 'ben'],
    ],
    ['has lists in its objects', '{"tags":["x"],"user_id":"anna"}\n', {}, ['anna']],
    ['has users who are no list', '{"users":"x","user_id":"anna"}\n', {}, ['anna']],
    ['has an id on each line, and says what it is', '"anna"\n"ben"\n', NDJSON, ['anna', 'ben']],
    ['has an id on each line, and a name', '"anna"\n', { fileName: 'a.JSONL' }, ['anna']],
  ])('%s', async (_case, file, options, people) => {
    const { people: found, report } = await read(file, options);
    expect(found.map(({ id }) => id)).toEqual(people);
    expect(report.format).toBe('ndjson');
  });

  it('is read whatever its type is said to be', async () => {
    expect(await readShortly('{"user_id":"anna"}\n', { contentType: 'text/csv', fileName: 'a.csv' })).toEqual(
      ['anna'],
    );
  });
});

describe('the member that is asked for', () => {
  it.each<[string, string, Partial<AudienceOptions>, readonly string[]]>([
    ['has another name', '[{"customer":"anna","user_id":"x"}]', { column: 'customer' }, ['anna']],
    ['is of device ids', '[{"idfv":"d-1"}]', { column: 'idfv', idKind: 'device_id' }, ['device d-1']],
    ['is a list of device ids', '["d-1"]', { idKind: 'device_id' }, ['device d-1']],
    ['is a list of device ids by their name', '["d-1"]', { column: 'device_id' }, ['device d-1']],
    ['is missing in some', '[{"customer":"anna"},{"user_id":"x"}]', { column: 'customer' }, ['anna']],
    ['is called __proto__', '[{"__proto__":"anna"}]', { column: '__proto__' }, ['anna']],
  ])('%s', async (_case, file, options, people) => {
    expect(await readShortly(file, options)).toEqual(people);
  });
});

describe('JSON that cannot be read', () => {
  it.each<[string, string, string, number | null]>([
    ['has no ids', '[{"email":"a"},{"email":"b"}]', 'no_id_column', null],
    ['has no ids on its lines', '{"email":"a"}\n', 'no_id_column', null],
    ['ends within the list', '["anna","ben"', 'malformed_json', null],
    ['ends within an element', '[{"user_id":"anna"},{"user', 'malformed_json', null],
    ['ends before the list', '{"total":1,', 'malformed_json', 1],
    ['has a comma too many', '["anna",]', 'malformed_json', 2],
    ['has a comma alone', '[,"anna"]', 'malformed_json', 1],
    ['has an element that is none', '["anna",ben]', 'malformed_json', 2],
    ['has a list closed by a brace', '["anna"}', 'malformed_json', null],
    ['goes on after the list', '["anna"]["ben"]', 'malformed_json', null],
    ['goes on after the object', '{"users":["anna"]} x', 'malformed_json', null],
    ['is an object that does not end', '{"users":["anna"]', 'malformed_json', null],
    ['has two lists of people', '{"users":["anna"],"users":["ben"]}', 'malformed_json', null],
    ['has a line that is none', '{"user_id":"anna"}\n{"user_id":\n', 'malformed_json', 2],
    ['has two objects on a line', '{"user_id":"anna"}{"user_id":"ben"}\n', 'malformed_json', 1],
    ['has one object on several lines', '{\n"user_id":"anna"\n}\n', 'malformed_json', 1],
    ['has an element that does not end', `["${'x'.repeat(1_100_000)}`, 'row_too_long', null],
    ['has a line that does not end', `{"user_id":"a"}\n{"x":"${'x'.repeat(1_100_000)}`, 'row_too_long', 2],
    ['has two names that count', '[{"user_id":"a","USER_ID":"b"}]', 'ambiguous_column', null],
  ])('%s', async (_case, file, code, line) => {
    const error = await refusal(file);
    expect(error.code).toBe(code);
    if (line !== null) expect(error.line).toBe(line);
  });

  it('is refused with the names there are', async () => {
    expect((await refusal('[{"customer_id":"anna","email":"a@x.com"}]')).message).toBe(
      'No column is called user_id, external_id or device_id. There are: customer_id, email. Name the one that holds the ids with column=….',
    );
  });

  it('tells no names that may be ids', async () => {
    expect((await refusal('[{"anna@x.com":1}]')).message).not.toContain('anna');
  });
});
