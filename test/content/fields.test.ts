import fc from 'fast-check';
import { Liquid } from 'liquidjs';
import { describe, expect, it } from 'vitest';
import { createValueReader, valueAt } from '../../src/content/fields.ts';
import { type FieldRule, linkSchemes } from '../../src/domain/content-source.ts';

/** Without the name and the origin that every rule has. */
type Kind<Rule = FieldRule> = Rule extends FieldRule ? Omit<Rule, 'name' | 'from'> : never;

function reader(kind: Kind): (raw: unknown) => unknown {
  return createValueReader({ ...kind, name: 'field', from: 'column' } as FieldRule);
}

const readUrl = reader({ type: 'url', base: null });

describe('a URL field', () => {
  it.each([
    ['https://www.example.com/a', 'https://www.example.com/a'],
    ['http://www.example.com/a', 'http://www.example.com/a'],
    ['  https://www.example.com/a\n', 'https://www.example.com/a'],
    ['HTTPS://WWW.EXAMPLE.COM/A', 'https://www.example.com/A'],
    ['https://www.example.com', 'https://www.example.com/'],
    ['https://www.example.com/a?b=1&c=2#d', 'https://www.example.com/a?b=1&c=2#d'],
    ['https://www.example.com/ü?q=ü', 'https://www.example.com/%C3%BC?q=%C3%BC'],
    ['https://www.example.com/a b?c d', 'https://www.example.com/a%20b?c%20d'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://www.example.com/%7B%7Bx', 'https://www.example.com/%7B%7Bx'],
    ['https://[::1]:8080/a', 'https://[::1]:8080/a'],
  ])('%j becomes %j', (text, expected) => {
    expect(readUrl(text)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '/relative',
    'relative/path',
    '//www.example.com/a',
    'www.example.com/a',
    '#anchor',
    'https://',
    'https:///',
    'https://a b.example/',
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'ftp://www.example.com/a',
    'mailto:a@example.com',
    'blob:https://www.example.com/a',
    'myapp://learn/a',
    'https://name:password@www.example.com/',
    'https://name@www.example.com/',
    'https://www.example.com@evil.example/',
  ])('%j counts as missing', (text) => {
    expect(readUrl(text)).toBeNull();
  });

  it.each(['{{x}}', '{%x%}', '"onerror="alert(1)', "'onerror='x", '<script>', '`x`', '\\x', 'a(b)'])(
    'with %j in its path, its query or its fragment can neither leave its attribute nor run',
    (text) => {
      for (const raw of [
        `https://x.example/${text}`,
        `https://x.example/?q=${text}`,
        `https://x.example/#${text}`,
      ]) {
        const url = String(readUrl(raw));
        expect(url).toMatch(/^https:\/\/x\.example\/[^{}"'<>`\\\s()]*$/);
        const decoded = url.replace(/%([0-9A-F]{2})/g, (_code, hex) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        );
        expect(decoded.replaceAll('/', '\\')).toContain(text.replaceAll('/', '\\'));
      }
    },
  );

  it('is absolute, web, safe in an attribute and inert for Liquid, whatever it was made of, and stays so', () => {
    const liquid = new Liquid();
    const part = fc.oneof(
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc.constantFrom(
        'https:',
        '//',
        'x.example',
        '/',
        '?',
        '#',
        '@',
        ':',
        '{{',
        '{%',
        '}}',
        '"',
        "'",
        '<',
        ' ',
        '%',
        '\\',
      ),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
    );
    const anything = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        fc.oneof(
          anything,
          anything.map((rest) => `https://x.example/${rest}`),
        ),
        (text) => {
          const url = readUrl(text);
          if (typeof url !== 'string') return;
          expect(url).toMatch(/^https?:\/\/[^/?#@]+[/?#][\u0021-\u007e]*$/);
          expect(url).not.toMatch(/[{}"'<>`\\]/);
          expect(readUrl(url)).toBe(url);
          expect(liquid.parseAndRenderSync(url)).toBe(url);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each([null, undefined, true, false, {}, ['https://x.example/'], 42])(
    'whose value is %j counts as missing',
    (raw) => {
      expect(readUrl(raw)).toBeNull();
    },
  );

  it.each([
    ['https://www.example.com/a/b-c/d_e.f~g', 'https://www.example.com/a/b-c/d_e.f~g'],
    ['https://www.example.com/a?b=c&d=e.f', 'https://www.example.com/a?b=c&d=e.f'],
    ['https://a--b.example/a', 'https://a--b.example/a'],
    ['https://127.1/x', 'https://127.0.0.1/x'],
    ['https://2130706433/x', 'https://127.0.0.1/x'],
    ['https://0x7f.1/x', 'https://127.0.0.1/x'],
    ['https://1.0x7f/x', 'https://1.0.0.127/x'],
    ['https://a.0x7f/x', null],
    ['https://a.1/x', null],
    ['https://x.example./x', 'https://x.example./x'],
    ['https://x..example/x', 'https://x..example/x'],
    ['https://xn--bcher-kva.example/x', 'https://xn--bcher-kva.example/x'],
    ['https://x.example:443/x', 'https://x.example/x'],
    ['https://x.example:444/x', 'https://x.example:444/x'],
    ['https://X.example/x', 'https://x.example/x'],
    ['https://x.example/a/../b', 'https://x.example/b'],
    ['https://x.example/a/./b', 'https://x.example/a/b'],
    ['https://x.example/a/..', 'https://x.example/'],
    ['https://x.example/a/%2e%2E/b', 'https://x.example/b'],
    ['https://x.example//a', 'https://x.example//a'],
    ['https://x.example/a/', 'https://x.example/a/'],
    ['https://x.example?a', 'https://x.example/?a'],
    ['https://x.example/a?', 'https://x.example/a?'],
    ['https://x.example/a?b?c', 'https://x.example/a?b?c'],
    ['https://x.example/100%', 'https://x.example/100%'],
    ['https:/x.example/a', 'https://x.example/a'],
    ['https:\\\\x.example\\a', 'https://x.example/a'],
    ['https://x.exa\nmple/a', 'https://x.example/a'],
    ['https://x.example/a\n', 'https://x.example/a'],
  ])('%j, which is nearly in normal form, becomes %j', (text, expected) => {
    expect(readUrl(text)).toBe(expected);
  });

  it('is the same whether it was in normal form or had to be parsed', () => {
    const host = fc
      .array(
        fc.constantFrom(
          'a',
          'x',
          '0x7f',
          '127',
          '1',
          'xn--',
          'xn--bcher-kva',
          '-',
          '--',
          '_',
          '.',
          '..',
          'example',
          'com',
        ),
        { maxLength: 6 },
      )
      .map((parts) => parts.join(''));
    const rest = fc
      .array(
        fc.constantFrom(
          '/',
          '/a',
          '..',
          '.',
          '%',
          '%2e',
          '?',
          '=',
          '&',
          '#',
          '-',
          '_',
          '~',
          ':',
          '@',
          'ü',
          ' ',
          'Z',
          '{',
        ),
        { maxLength: 8 },
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.constantFrom('https://', 'http://', 'https:'), host, rest, (scheme, name, path) => {
        const text = `${scheme}${name}.example${path}`;
        for (const url of [text, `${scheme}${name}${path}`]) {
          const parsed = URL.parse(url);
          // A blank before it makes sure that it is parsed.
          expect(readUrl(url)).toBe(readUrl(` ${url}`));
          if (readUrl(url) === url) expect(parsed?.href).toBe(url);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    `https://${'aaaaaaaaaaaaaaaa.'.repeat(1_000)}!`,
    `https://x.example${'/a.-~'.repeat(10_000)}!`,
    `https://${'a'.repeat(50_000)}`,
  ])('takes no time, however nearly it is in normal form (%#)', (text) => {
    const start = performance.now();
    readUrl(text);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  describe('with a base', () => {
    const readRelative = reader({ type: 'url', base: 'https://shop.example/de/' });

    it.each<[unknown, string | null]>([
      ['/a', 'https://shop.example/a'],
      ['a/b', 'https://shop.example/de/a/b'],
      ['../a', 'https://shop.example/a'],
      ['?a=1', 'https://shop.example/de/?a=1'],
      ['//cdn.example/a', 'https://cdn.example/a'],
      ['https://other.example/a', 'https://other.example/a'],
      [42, 'https://shop.example/de/42'],
      ['{{x}}', 'https://shop.example/de/%7B%7Bx%7D%7D'],
      ['javascript:alert(1)', null],
      ['data:text/html,x', null],
      ['//user@evil.example/', null],
      ['', null],
      [' ', null],
      [false, null],
      [null, null],
    ])('takes %j as %j', (raw, expected) => {
      expect(readRelative(raw)).toBe(expected);
    });
  });
});

describe('an image field', () => {
  it.each<[unknown, string | null, string | null]>([
    ['https://img.example/a.png', null, 'https://img.example/a.png'],
    ['//img.example/a.png', null, 'https://img.example/a.png'],
    [' //img.example/a.png ', null, 'https://img.example/a.png'],
    ['//img.example/a.png', 'https://cdn.example/', 'https://img.example/a.png'],
    ['/a.png', 'https://cdn.example/', 'https://cdn.example/a.png'],
    ['/a.png', null, null],
    ['http://img.example/a.png', null, null],
    ['data:image/png;base64,AAAA', null, null],
    ['data:image/png;base64,AAAA', 'https://cdn.example/', null],
    ['javascript:alert(1)', null, null],
    ['//', null, null],
    [false, 'https://cdn.example/', null],
    ['', 'https://cdn.example/', null],
    [null, 'https://cdn.example/', null],
    [{ url: 'https://img.example/a.png' }, null, null],
  ])('takes %j with the base %j as %j', (raw, base, expected) => {
    expect(reader({ type: 'image', base })(raw)).toBe(expected);
  });
});

describe('a link field', () => {
  const link = (schemes: string[], text: string): unknown => reader({ type: 'link', schemes })(text);

  it('takes the schemes that it names, and no other', () => {
    expect(link(['https', 'myapp'], 'myapp://learn/a')).toBe('myapp://learn/a');
    expect(link(['https', 'myapp'], 'https://www.example.com/a')).toBe('https://www.example.com/a');
    expect(link(['https', 'myapp'], 'http://www.example.com/a')).toBeNull();
    expect(link(['myapp'], 'https://www.example.com/a')).toBeNull();
    expect(link(['myapp'], 'other://learn/a')).toBeNull();
    expect(link(['myapp'], 'javascript:alert(1)')).toBeNull();
  });

  it('is safe in an attribute and inert for Liquid', () => {
    expect(link(['myapp'], 'myapp:{{x}}"onclick="y"<b>')).toMatch(/^myapp:[^{}"'<>\s]+$/);
  });

  it('adds its schemes to those of the web', () => {
    const rules: FieldRule[] = [
      { name: 'a', from: 'a', type: 'link', schemes: ['myapp', 'https'] },
      { name: 'b', from: 'b', type: 'link', schemes: ['tel'] },
      { name: 'c', from: 'c', type: 'text', max: null },
    ];
    expect(linkSchemes(rules).sort()).toEqual(['http', 'https', 'myapp', 'tel']);
    expect(linkSchemes([]).sort()).toEqual(['http', 'https']);
  });
});

describe('a number field', () => {
  const readNumber = reader({ type: 'number', currency: 'USD' });

  it.each<[unknown, number | null]>([
    ['29.00', 29],
    ['0', 0],
    ['-5.5', -5.5],
    [' 12 ', 12],
    [12.5, 12.5],
    [0, 0],
    ['', null],
    [' ', null],
    ['free', null],
    ['12 USD', null],
    ['1,234.50', null],
    ['Infinity', null],
    ['NaN', null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    [true, null],
    [null, null],
    [undefined, null],
    [[], null],
    [['5'], null],
    [{}, null],
  ])('reads %j as %j', (raw, expected) => {
    expect(readNumber(raw)).toBe(expected);
  });

  it.each<[unknown, number | null]>([
    ['1e3', 1_000],
    ['.5', 0.5],
    ['5.', 5],
    ['+5', 5],
    [12n, 12],
    ['-0', 0],
    [-0, 0],
    ['0x10', null],
    ['0b1', null],
    ['1e999', null],
    ['1_000', null],
    ['1.2.3', null],
    ['-', null],
    [new Date(5), null],
  ])('reads the odd %s as %s', (raw, expected) => {
    expect(readNumber(raw)).toBe(expected);
  });
});

describe('a date field', () => {
  const readDate = reader({ type: 'date', style: null });

  it.each<[unknown, string | null]>([
    ['2026-11-27', '2026-11-27'],
    [' 2026-11-27\n', '2026-11-27'],
    ['2024-02-29', '2024-02-29'],
    ['2026-11-27T09:00:00Z', '2026-11-27T09:00:00.000Z'],
    ['2026-11-27T09:00:00.5Z', '2026-11-27T09:00:00.500Z'],
    ['2026-11-27T09:00Z', '2026-11-27T09:00:00.000Z'],
    ['2026-11-27T09:00', '2026-11-27T09:00:00.000Z'],
    ['2026-11-27T09:00+01:00', '2026-11-27T08:00:00.000Z'],
    ['2026-11-27T09:00-0530', '2026-11-27T14:30:00.000Z'],
    ['2026-11-27t09:00:00z', '2026-11-27T09:00:00.000Z'],
    ['2026-11-27 09:00:00', '2026-11-27T09:00:00.000Z'],
    ['2026-11-27 09:00:00.123456+00', '2026-11-27T09:00:00.123Z'],
    ['2026-11-27 09:00:00 +0100', '2026-11-27T08:00:00.000Z'],
    ['2026-11-27 09:00:00 UTC', '2026-11-27T09:00:00.000Z'],
    ['2026-11-28T00:30+01:00', '2026-11-27T23:30:00.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
    [new Date('2026-11-27T09:00:00Z'), '2026-11-27T09:00:00.000Z'],
    [1_795_770_000, '2026-11-27T09:00:00.000Z'],
    [1_795_770_000_000, '2026-11-27T09:00:00.000Z'],
    [1_795_770_000_123, '2026-11-27T09:00:00.123Z'],
    ['1795770000', '2026-11-27T09:00:00.000Z'],
    ['1795770000000', '2026-11-27T09:00:00.000Z'],
    [100_000_000, '1973-03-03T09:46:40.000Z'],
    [100_000_000_000, '1973-03-03T09:46:40.000Z'],
    [99_999_999_999, '5138-11-16T09:46:39.000Z'],
  ])('reads %j as %j', (raw, expected) => {
    expect(readDate(raw)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    'soon',
    'Nov 27, 2026',
    '27.11.2026',
    '11/27/2026',
    '2026-11',
    '2026',
    '20261127',
    '2026-11-27x',
    '2026-11-27T09',
    '2026-11-27T09:00 (CET)',
    '2026-11-27T09:00:00 Europe/Berlin',
    '2026-13-01',
    '2026-02-30',
    '2026-02-30T09:00Z',
    '2026-11-27T25:00Z',
    '2026-11-27T09:60Z',
    '2026-11-27T09:00+99:00',
    '0000-00-00',
    '0000-00-00 00:00:00',
    '9999-12-31T23:59:59-01:00',
    '0000-01-01T00:00+01:00',
    0,
    -1,
    2026,
    20_261_127,
    99_999_999,
    1_795_770_000_000_000,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    new Date(Number.NaN),
    new Date(-1e15),
    true,
    null,
    undefined,
    {},
    ['2026-11-27'],
  ])('%j counts as missing', (raw) => {
    expect(readDate(raw)).toBeNull();
  });

  it('is a day or a moment that reads back as the same, whatever it was made of', () => {
    const piece = fc.constantFrom(
      '2026',
      '-',
      '11',
      '02',
      '30',
      'T',
      ' ',
      ':',
      '09',
      '00',
      '.',
      '5',
      'Z',
      '+',
      '01',
    );
    const anything = fc.oneof(
      fc.array(piece, { maxLength: 16 }).map((parts) => parts.join('')),
      fc.date({ noInvalidDate: false }),
      fc.double(),
      fc.integer(),
    );
    fc.assert(
      fc.property(anything, (raw) => {
        const text = readDate(raw);
        if (text === null) return;
        expect(text).toMatch(/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\.\d{3}Z)?$/);
        expect(readDate(text)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a boolean field', () => {
  const readBoolean = reader({ type: 'boolean' });

  it.each<[unknown, boolean]>([
    ...[true, 1, 3, 0.5, 7n, '1', ' 12 ', 'true', 'TRUE', 'Yes', 'y', 't', 'on'].map(
      (raw) => [raw, true] as [unknown, boolean],
    ),
    ...[
      'in stock',
      'in_stock',
      'In-Stock',
      'InStock',
      'available',
      'preorder',
      'https://schema.org/InStock',
      'http://schema.org/PreOrder',
    ].map((raw) => [raw, true] as [unknown, boolean]),
    ...[false, 0, -1, 0n, '0', '-3', 'false', 'No', 'n', 'f', 'off'].map(
      (raw) => [raw, false] as [unknown, boolean],
    ),
    ...[
      'out of stock',
      'out_of_stock',
      'OutOfStock',
      'sold out',
      'discontinued',
      'https://schema.org/OutOfStock',
    ].map((raw) => [raw, false] as [unknown, boolean]),
  ])('reads %s as %s', (raw, expected) => {
    expect(readBoolean(raw)).toBe(expected);
  });

  it.each(['', ' ', 'maybe', 'constructor', Number.NaN, null, undefined, {}, [], [true], new Date(5)])(
    '%j counts as missing',
    (raw) => {
      expect(readBoolean(raw)).toBeNull();
    },
  );
});

describe('an HTML field', () => {
  const readHtml = reader({ type: 'html' });

  it.each<[unknown, string | null]>([
    ['<p onclick="x()">Investing <b>101</b></p>', '<p>Investing <b>101</b></p>'],
    ['Tom & Ann', 'Tom &amp; Ann'],
    [101, '101'],
    ['', null],
    ['<p></p>', null],
    [null, null],
    [undefined, null],
    [{}, null],
    [['<p>a</p>'], null],
  ])('reads %j as %j', (raw, expected) => {
    expect(readHtml(raw)).toBe(expected);
  });
});

describe('a text field', () => {
  const text = (raw: unknown, max: number | null = null): unknown => reader({ type: 'text', max })(raw);

  it.each<[unknown, string | null]>([
    ['<b>Investing</b> &amp; more', 'Investing & more'],
    ['', null],
    ['   ', null],
    [101, '101'],
    [0, '0'],
    [true, 'true'],
    [null, null],
    [undefined, null],
    [{}, null],
    [['a'], null],
  ])('reads %j as %j', (raw, expected) => {
    expect(text(raw)).toBe(expected);
  });

  it('is shortened to what it declares', () => {
    expect(text('Investing for beginners', 16)).toBe('Investing for…');
  });
});

describe('where a value stands', () => {
  it.each<[string, string, unknown, unknown]>([
    ['a column', 'a', { a: 'x' }, 'x'],
    ['a path', 'a.b.c', { a: { b: { c: 'x' } } }, 'x'],
    ['a column with dots in its name before a path', 'a.b', { 'a.b': 'x', a: { b: 'y' } }, 'x'],
    ['a place in a list', 'a.0', { a: ['x'] }, 'x'],
    ['a path through a list', 'a.1.b', { a: [{}, { b: 'x' }] }, 'x'],
    ['nowhere', 'a.b', { a: 'x' }, undefined],
    ['beyond a null', 'a.b', { a: null }, undefined],
    ['beyond the end of a list', 'a.1', { a: ['x'] }, undefined],
    ['a name that every object has', 'constructor.name', {}, undefined],
    ['a method that every object has', 'toString', {}, undefined],
    ['the prototype', '__proto__', {}, undefined],
    ['the prototype of a value', 'a.__proto__.constructor', { a: {} }, undefined],
    ['a column of that name', '__proto__', JSON.parse('{"__proto__":"x"}'), 'x'],
    ['a row that is none', 'a', null, undefined],
    ['a row that is text', 'length', 'abc', undefined],
  ])('%s', (_case, path, row, expected) => {
    expect(valueAt(row, path)).toBe(expected);
  });
});

describe('whatever a source holds', () => {
  const KINDS: Kind[] = [
    { type: 'text', max: 10 },
    { type: 'html' },
    { type: 'url', base: 'https://x.example/' },
    { type: 'link', schemes: ['myapp'] },
    { type: 'image', base: null },
    { type: 'number', currency: null },
    { type: 'date', style: 'long' },
    { type: 'boolean' },
  ];

  it.each(KINDS)('a field of type $type is of its type or null, never empty, and JSON keeps it', (kind) => {
    const type = kind.type === 'number' || kind.type === 'boolean' ? kind.type : 'string';
    const readValue = reader(kind);
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }), (raw) => {
        const value = readValue(raw);
        if (value === null) return;
        expect(typeof value).toBe(type);
        expect(value).not.toBe('');
        expect(JSON.parse(JSON.stringify(value))).toBe(value);
      }),
      { numRuns: 1_000 },
    );
  });
});
