import fc from 'fast-check';
import { Liquid } from 'liquidjs';
import { describe, expect, it } from 'vitest';
import {
  createFieldReader,
  type FieldRule,
  fieldNames,
  linkSchemes,
  parseUrl,
  type Row,
} from '../../src/content/fields.ts';

const WEB = ['https', 'http'];

function read(rule: FieldRule, row: Row): Record<string, unknown> {
  return createFieldReader([rule])(row);
}

function readNumber(raw: unknown, currency: string | null = null): Record<string, unknown> {
  return read({ name: 'price', from: 'price', type: 'number', currency }, { price: raw });
}

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
    expect(parseUrl(text, WEB)).toBe(expected);
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
    expect(parseUrl(text, WEB)).toBeNull();
  });

  it.each(['{{x}}', '{%x%}', '"onerror="alert(1)', "'onerror='x", '<script>', '`x`', '\\x', 'a(b)'])(
    'with %j in its path, its query or its fragment can neither leave its attribute nor run',
    (text) => {
      for (const raw of [
        `https://x.example/${text}`,
        `https://x.example/?q=${text}`,
        `https://x.example/#${text}`,
      ]) {
        const url = parseUrl(raw, WEB);
        expect(url).toMatch(/^https:\/\/x\.example\/[^{}"'<>`\\\s()]*$/);
        const decoded = url?.replace(/%([0-9A-F]{2})/g, (_code, hex) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        );
        expect(decoded?.replaceAll('/', '\\')).toContain(text.replaceAll('/', '\\'));
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
          const url = parseUrl(text, WEB);
          if (url === null) return;
          expect(url).toMatch(/^https?:\/\/[^/?#@]+[/?#][\u0021-\u007e]*$/);
          expect(url).not.toMatch(/[{}"'<>`\\]/);
          expect(parseUrl(url, WEB)).toBe(url);
          expect(liquid.parseAndRenderSync(url)).toBe(url);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each([null, undefined, true, {}, ['https://x.example/'], 42])(
    'whose value is %j counts as missing',
    (raw) => {
      expect(read({ name: 'url', from: 'u', type: 'url' }, { u: raw })).toEqual({ url: null });
    },
  );
});

describe('a link field', () => {
  const link = (schemes: string[], text: string): unknown =>
    read({ name: 'app_link', from: 'l', type: 'link', schemes }, { l: text }).app_link;

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
    expect(readNumber(raw)).toEqual({ price: expected });
  });

  it.each<[unknown, string, number | null, string | null]>([
    ['29', 'USD', 29, '$29.00'],
    ['24.5', 'USD', 24.5, '$24.50'],
    ['0', 'USD', 0, '$0.00'],
    ['1234.5', 'EUR', 1234.5, '€1,234.50'],
    ['1500', 'JPY', 1500, '¥1,500'],
    ['', 'USD', null, null],
    ['free', 'USD', null, null],
  ])('%j in %s is %j and %j', (raw, currency, price, text) => {
    expect(readNumber(raw, currency)).toEqual({ price, price_text: text });
  });
});

describe('a text field', () => {
  const text = (raw: unknown, max: number | null = null): unknown =>
    read({ name: 'title', from: 't', type: 'text', max }, { t: raw }).title;

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
  const rule = (from: FieldRule['from']): FieldRule => ({ name: 'f', from, type: 'text', max: null });

  it.each<[string, FieldRule['from'], Row, string | null]>([
    ['a column', 'a', { a: 'x' }, 'x'],
    ['a path', 'a.b.c', { a: { b: { c: 'x' } } }, 'x'],
    ['a column with dots in its name before a path', 'a.b', { 'a.b': 'x', a: { b: 'y' } }, 'x'],
    ['a place in a list', 'a.0', { a: ['x'] }, 'x'],
    ['nowhere', 'a.b', { a: 'x' }, null],
    ['beyond a null', 'a.b', { a: null }, null],
    ['a name that every object has', 'constructor.name', {}, null],
    ['the default of several locales', { de: 'd', default: 'e' }, { d: 'ja', e: 'yes' }, 'yes'],
  ])('%s', (_case, from, row, expected) => {
    expect(read(rule(from), row)).toEqual({ f: expected });
  });
});

describe('the names that a field answers', () => {
  it('are its own, and one more for the display form of a price', () => {
    expect(fieldNames({ name: 'title', from: 't', type: 'text', max: null })).toEqual(['title']);
    expect(fieldNames({ name: 'price', from: 'p', type: 'number', currency: null })).toEqual(['price']);
    expect(fieldNames({ name: 'price', from: 'p', type: 'number', currency: 'USD' })).toEqual([
      'price',
      'price_text',
    ]);
  });

  it('are those of what is read, in the same order, whatever the row holds', () => {
    const rules: FieldRule[] = [
      { name: 'title', from: 't', type: 'text', max: 10 },
      { name: 'url', from: 'u', type: 'url' },
      { name: 'app_link', from: 'l', type: 'link', schemes: ['myapp'] },
      { name: 'price', from: 'p', type: 'number', currency: 'USD' },
      { name: 'weight', from: 'w', type: 'number', currency: null },
    ];
    const readAll = createFieldReader(rules);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('t', 'u', 'l', 'p', 'w', 'x'), fc.jsonValue()), (row) => {
        const values = readAll(row);
        expect(Object.keys(values)).toEqual(rules.flatMap(fieldNames));
        expect(Object.values(values)).not.toContain('');
        expect(Object.values(values)).not.toContain(undefined);
      }),
    );
  });
});
