import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PARAMETER_NAMES } from '../../src/http/parameters.ts';
import { parseQuery, queryOf } from '../../src/http/query.ts';
import { encodeRawTarget } from '../../src/http/raw-url.ts';

function read(query: string): Record<string, readonly string[]> {
  return Object.fromEntries(parseQuery(query, PARAMETER_NAMES).values);
}

function hints(query: string): readonly string[] {
  return parseQuery(query, PARAMETER_NAMES).hints;
}

/** The query of a request with these bytes in its URL, which Node's own parser refuses. */
function rawQuery(query: string | Uint8Array): string {
  const start = Buffer.from('GET /p?');
  const bytes = typeof query === 'string' ? Buffer.from(query) : query;
  const rest = Buffer.from(' HTTP/1.1\r\nHost: inlay\r\n\r\n');
  const encoded = encodeRawTarget(Buffer.concat([start, bytes, rest]));
  return queryOf(/^GET (\S*) HTTP/.exec(encoded?.toString('latin1') ?? '')?.[1] ?? '');
}

describe('parameters', () => {
  it.each<[string, Record<string, readonly string[]>]>([
    ['', {}],
    ['&&', {}],
    ['user_id=a', { user_id: ['a'] }],
    ['user_id=a&campaign=b', { user_id: ['a'], campaign: ['b'] }],
    ['user_id=', { user_id: [''] }],
    ['explain', { explain: [''] }],
    ['campaign=a=b', { campaign: ['a=b'] }],
    ['campaign=a&campaign=b', { campaign: ['a', 'b'] }],
    ['campaign=weekly+send', { campaign: ['weekly send'] }],
    ['campaign=weekly%20send%2B1', { campaign: ['weekly send+1'] }],
    ['user%5Fid=a', { user_id: ['a'] }],
    ['unknown=1', { unknown: ['1'] }],
  ])('%j', (query, expected) => {
    expect([...parseQuery(query, PARAMETER_NAMES).values]).toEqual(Object.entries(expected));
  });

  it('may be called like anything', () => {
    expect([...parseQuery('__proto__=1&constructor=2', PARAMETER_NAMES).values]).toEqual([
      ['__proto__', ['1']],
      ['constructor', ['2']],
    ]);
  });
});

describe('ids as sending tools put them into URLs, without encoding', () => {
  it.each<[string, Record<string, readonly string[]>, RegExp | null]>([
    ['user_id=a+b', { user_id: ['a+b'] }, /raw \+/],
    ['user_id=a%2Bb', { user_id: ['a+b'] }, null],
    ['user_id=a%20b', { user_id: ['a b'] }, null],
    ['user_id=a#b', { user_id: ['a#b'] }, /raw #/],
    ['user_id=a#b&campaign=c', { user_id: ['a#b'], campaign: ['c'] }, /raw #/],
    ['user_id=a%23b', { user_id: ['a#b'] }, null],
    ['user_id=a&b', { user_id: ['a&b'] }, /raw &/],
    ['user_id=a&b&c&campaign=d', { user_id: ['a&b&c'], campaign: ['d'] }, /raw &/],
    ['campaign=d&user_id=Tom & Ann', { campaign: ['d'], user_id: ['Tom & Ann'] }, /raw &/],
    ['device_id=a&b', { device_id: ['a&b'] }, /raw &/],
    ['user_id=a%26b', { user_id: ['a&b'] }, null],
    ['user_id=a&explain', { user_id: ['a'], explain: [''] }, null],
    ['user_id=a&campaign=b&c', { user_id: ['a'], campaign: ['b'], c: [''] }, null],
    ['user_id=a=b', { user_id: ['a=b'] }, null],
    ['user_id={{${user_id}}}', { user_id: ['{{${user_id}}}'] }, null],
    ['user_id=%%user_id%%', { user_id: ['%%user_id%%'] }, null],
    ['user_id=[user_id]', { user_id: ['[user_id]'] }, null],
    ['user_id=*|USER_ID|*', { user_id: ['*|USER_ID|*'] }, null],
  ])('%s', (query, expected, hint) => {
    expect(read(query)).toEqual(expected);
    expect([...new Set(hints(query))]).toEqual(hint === null ? [] : [expect.stringMatching(hint)]);
  });

  it('do not repeat the id in a hint', () => {
    expect(hints('user_id=secret+person&other#one').join()).not.toMatch(/secret|person|other|one\b/);
  });
});

describe('broken encodings', () => {
  it.each<[string, string]>([
    ['100%', '100%'],
    ['%', '%'],
    ['a%2', 'a%2'],
    ['a%zz', 'a%zz'],
    ['%41%zz%42', 'A%zzB'],
    ['%C3%BC', 'ü'],
    ['%c3%bc', 'ü'],
    ['%FC', '%FC'],
    ['%C3', '%C3'],
    ['%E2%82', '%E2%82'],
    ['%41%FC%C3%BC', '%41%FC%C3%BC'],
    ['50%+%41', '50%+A'],
    ['%F0%9F%A6%8A', '🦊'],
    ['%ED%A0%80', '%ED%A0%80'],
    ['%00', '\u0000'],
  ])('user_id=%s', (encoded, expected) => {
    expect(read(`user_id=${encoded}`)).toEqual({ user_id: [expected] });
  });

  it('never throw, and never lose the parameters around them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => parseQuery(text, PARAMETER_NAMES)).not.toThrow();
        const value = text.replaceAll('&', '');
        expect(read(`position=1&user_id=${value}&limit=2`)).toMatchObject({ position: ['1'], limit: ['2'] });
      }),
    );
  });

  it('and right ones are read as they were meant', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(read(`user_id=${encodeURIComponent(text)}`)).toEqual({ user_id: [text] });
        expect(read(`campaign=${encodeURIComponent(text)}`)).toEqual({ campaign: [text] });
        expect(read(new URLSearchParams({ campaign: text }).toString())).toEqual({ campaign: [text] });
      }),
    );
  });
});

describe('the query of a request target', () => {
  it.each([
    ['/v1/placements/hero', ''],
    ['/v1/placements/hero?', ''],
    ['/v1/placements/hero?user_id=a?b', 'user_id=a?b'],
    ['/v1/placements/hero?user_id=a#b', 'user_id=a#b'],
  ])('of %s is %j', (path, expected) => {
    expect(queryOf(path)).toBe(expected);
  });

  it('is read whole, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const query = Buffer.from(bytes).toString('latin1');
        expect(queryOf(`/p?${query}`)).toBe(query);
      }),
    );
  });
});

describe('raw bytes in a request target', () => {
  it.each(['ünï', '🦊', 'a\u00a0b', '中文', 'Tom Ann', 'a+b c'])(
    'the id %j arrives as it was meant',
    (id) => {
      expect(read(rawQuery(`user_id=${id}&campaign=c`))).toEqual({ user_id: [id], campaign: ['c'] });
    },
  );

  it('that are no UTF-8 do not harm what is around them', () => {
    const query = rawQuery(Buffer.from('position=1&user_id=a\u00fcb&campaign=c', 'latin1'));
    expect(read(query)).toMatchObject({ position: ['1'], campaign: ['c'] });
    expect(read(query).user_id?.[0]).toMatch(/^a.+b$/);
  });

  it('become printable ASCII, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const target = bytes.filter((byte) => byte !== 10 && byte !== 13);
        expect(rawQuery(target)).toMatch(/^[\x21-\x7e]*$/);
      }),
    );
  });
});
