import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localeChain, parseLocale } from '../../src/domain/locale.ts';

describe('a locale', () => {
  it.each([
    ['de', 'de'],
    ['de-AT', 'de-AT'],
    ['de_AT', 'de-AT'],
    ['DE_at', 'de-AT'],
    [' de ', 'de'],
    ['zh-hant-tw', 'zh-Hant-TW'],
    ['sr_Latn_RS', 'sr-Latn-RS'],
    ['es-419', 'es-419'],
    ['fil', 'fil'],
    ['ca-ES-valencia', 'ca-ES-valencia'],
    ['iw', 'he'],
    ['en-u-ca-buddhist', 'en'],
    ['de-DE-u-co-phonebk-nu-arab', 'de-DE'],
    ['en-US-x-private', 'en-US'],
    ['de-t-en', 'de'],
  ])('%j is %s', (text, locale) => {
    expect(parseLocale(text)).toBe(locale);
  });

  it.each([
    '',
    ' ',
    'default',
    'german',
    'deutsch',
    'd',
    'x-private',
    'i-klingon',
    'root',
    'und',
    'und-DE',
    'C',
    'POSIX',
    'de_DE.UTF-8',
    'de--AT',
    'de-',
    '-de',
    'de-A',
    'en-u',
    'de-toolongpart',
    'de-1996-1996',
    'de AT',
    'de,en',
    'de;q=0.5',
    '{{locale}}',
    '__proto__',
    'constructor',
    'dé',
    `de${'-abcdefgh'.repeat(10)}`,
    'd'.repeat(100_000),
  ])('%j names no language', (text) => {
    expect(parseLocale(text)).toBeNull();
  });

  it('is written in one way, which reads as itself and every format can use', () => {
    const part = fc.constantFrom(
      'de',
      'at',
      'zh',
      'hant',
      '1996',
      'u',
      'ca',
      'x',
      'buddhist',
      '419',
      '_',
      '',
    );
    const anything = fc.oneof(
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('-')),
      fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const locale = parseLocale(text);
        if (locale === null) return;
        expect(parseLocale(locale)).toBe(locale);
        expect(parseLocale(text.toLowerCase().replaceAll('-', '_'))).toBe(locale);
        expect(locale).toMatch(/^[a-z]{2,8}(-[A-Za-z0-9]{2,8})*$/);
        expect(() => new Intl.NumberFormat(locale)).not.toThrow();
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('the languages to look in', () => {
  it.each<[string | null, string[]]>([
    [null, []],
    ['de', ['de']],
    ['de-AT', ['de-AT', 'de']],
    ['zh-Hant-TW', ['zh-Hant-TW', 'zh-Hant', 'zh']],
  ])('for %s are %j, the nearest first', (locale, chain) => {
    expect(localeChain(locale)).toEqual(chain);
  });
});
