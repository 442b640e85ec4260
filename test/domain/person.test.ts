import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePerson } from '../../src/domain/person.ts';

const user = (id: string) => ({ kind: 'user_id', id });
const device = (id: string) => ({ kind: 'device_id', id });

describe('whom a call is about', () => {
  it.each<[string, string | null, string | null, object]>([
    ['the user id', 'anna', null, user('anna')],
    ['the device id', null, 'd-1', device('d-1')],
    ['the user id before the device id', 'anna', 'd-1', user('anna')],
    ['the device id if the user id is empty', '', 'd-1', device('d-1')],
    ['the device id if the user id is blank', ' \u00a0', 'd-1', device('d-1')],
  ])('%s', (_case, userId, deviceId, expected) => {
    expect(parsePerson(userId, deviceId)).toEqual(expected);
  });

  it('an id that cannot be used is not replaced by the other, who may be somebody else', () => {
    expect(parsePerson('{{${user_id}}}', 'd-1')).toBe('unresolved_merge_tag');
    expect(parsePerson('a\u0000b', 'd-1')).toBe('invalid_user');
    expect(parsePerson('a'.repeat(257), 'd-1')).toBe('invalid_user');
  });

  it.each(['Anna', 'ANNA@EXAMPLE.COM', 'a b', 'a\u00a0b', '0012', 'a+b', 'a&b#c', '🦊', 'e\u0301', 'null'])(
    'the id %j stays as it is',
    (id) => {
      expect(parsePerson(id, null)).toEqual(user(id));
    },
  );

  it.each([' anna', 'anna ', '\u00a0anna\u00a0', '\u3000anna', ' \u00a0 anna'])(
    'around %j, blanks are cut',
    (id) => {
      expect(parsePerson(id, null)).toEqual(user('anna'));
      expect(parsePerson(null, id)).toEqual(device('anna'));
    },
  );
});

describe('nobody', () => {
  it.each<[string | null, string | null]>([
    [null, null],
    ['', ''],
    ['', null],
    [null, ''],
    ['  ', '\t'],
    ['\u00a0', '\u00a0\u00a0'],
  ])('ids %j and %j are no user', (userId, deviceId) => {
    expect(parsePerson(userId, deviceId)).toBe('no_user');
  });
});

describe('a merge tag that nobody resolved', () => {
  it.each([
    '{{${user_id}}}',
    '{{user_id}}',
    '{{ customer.id | default: "x" }}',
    '{{}}',
    '{{campaign.${dispatch_id}}}',
    'user-{{id}}',
    '[user_id]',
    '[User Id]',
    '[external.id-1]',
    '%%user_id%%',
    '%%=v(@id)=%%',
    '$$user_id$$',
    '*|USER_ID|*',
    '*|MERGE1|*',
    ' {{x}} ',
  ])('%s is recognised', (id) => {
    expect(parsePerson(id, null)).toBe('unresolved_merge_tag');
    expect(parsePerson(null, id)).toBe('unresolved_merge_tag');
  });

  it.each([
    '100%',
    '50%%',
    '$100',
    'a*b',
    'a|b',
    '{id}',
    'a{b}c',
    'x[1]',
    '*|',
    '%%',
    '$$',
    'a$$b',
    '100%-5%',
  ])('%s is an id like others', (id) => {
    expect(parsePerson(id, null)).toEqual(user(id));
  });
});

describe('an id that cannot be looked up', () => {
  it.each<[string, string]>([
    ['a NUL', 'a\u0000b'],
    ['a tab', 'a\tb'],
    ['a line break', 'a\nb'],
    ['an escape', 'a\u001bb'],
    ['a delete', 'a\u007fb'],
    ['a C1 control', 'a\u0085b'],
  ])('holds %s', (_case, id) => {
    expect(parsePerson(id, null)).toBe('invalid_user');
  });

  it.each<[string, string, number]>([
    ['ASCII', 'a', 256],
    ['two bytes each', 'ü', 128],
    ['three bytes each', '中', 85],
    ['four bytes each', '🦊', 64],
  ])('is longer than 256 bytes: %s', (_case, character, most) => {
    expect(parsePerson(character.repeat(most), null)).toEqual(user(character.repeat(most)));
    expect(parsePerson(character.repeat(most + 1), null)).toBe('invalid_user');
  });

  it('blanks around it do not count', () => {
    expect(parsePerson(` ${'a'.repeat(256)} `, null)).toEqual(user('a'.repeat(256)));
  });

  it('is not well-formed Unicode, which no URL can hold', () => {
    expect(parsePerson('a\ud800b', null)).toBe('invalid_user');
  });
});

describe('whatever the ids are', () => {
  it('a person has an id of 1 to 256 bytes without control characters, and the rest are faults', () => {
    const anyId = fc.oneof(
      fc.option(fc.string({ unit: 'binary', maxLength: 300 })),
      fc.constantFrom('', ' ', 'a'.repeat(256), '{{x}}'),
    );
    fc.assert(
      fc.property(anyId, anyId, (userId, deviceId) => {
        const person = parsePerson(userId, deviceId);
        if (typeof person === 'string') {
          expect(['no_user', 'unresolved_merge_tag', 'invalid_user']).toContain(person);
        } else {
          expect(person.id).toBe((person.kind === 'user_id' ? userId : deviceId)?.trim());
          expect(Buffer.byteLength(person.id)).toBeGreaterThan(0);
          expect(Buffer.byteLength(person.id)).toBeLessThanOrEqual(256);
          expect(person.id).not.toMatch(/\p{Cc}/u);
        }
      }),
    );
  });
});
