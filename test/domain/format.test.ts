import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DATE_STYLES, type DateStyle } from '../../src/domain/content-source.ts';
import { formatDate, formatNumber, formatPrice, isDateStyle } from '../../src/domain/format.ts';

/** Blanks that do not break look like others. */
const plain = (text: string): string => text.replaceAll(/\s/g, ' ');

const ODD_LOCALES = [
  '',
  ' ',
  'x-private',
  'i-klingon',
  'root',
  'und',
  'qqq',
  'C',
  'POSIX',
  'en-US-POSIX',
  'de_AT',
  'no such locale',
  'en-',
  '-en',
  'en--US',
  'en-a',
  'en-u',
  'en-u-ca',
  'en-x-',
  'de-1996-1996',
  '__proto__',
  'constructor',
  'e'.repeat(10_000),
  `de${'-abcdefgh'.repeat(1_000)}`,
  '\u0000',
  '🦊',
];

describe('a price', () => {
  it.each<[number, string, string, string]>([
    [29, 'USD', 'en-US', '$29.00'],
    [24.5, 'USD', 'en-US', '$24.50'],
    [0, 'USD', 'en-US', '$0.00'],
    [-5, 'USD', 'en-US', '-$5.00'],
    [1234.5, 'EUR', 'en-US', '€1,234.50'],
    [1234.5, 'EUR', 'de', '1.234,50 €'],
    [1234.5, 'EUR', 'de-AT', '€ 1.234,50'],
    [1234.5, 'EUR', 'de_AT', '€ 1.234,50'],
    [1500, 'JPY', 'en-US', '¥1,500'],
    [5, 'XTS', 'en-US', 'XTS 5.00'],
  ])('of %f %s in %s reads %s', (value, currency, locale, text) => {
    expect(plain(formatPrice(value, currency, locale))).toBe(text);
  });
});

describe('a number', () => {
  it.each<[number, string, string]>([
    [1234.5, 'en-US', '1,234.5'],
    [1234.5, 'de', '1.234,5'],
    [1234.5, 'fr', '1 234,5'],
    [0, 'en-US', '0'],
  ])('%f in %s reads %s', (value, locale, text) => {
    expect(plain(formatNumber(value, locale))).toBe(text);
  });
});

describe('a date', () => {
  const DAY = Date.parse('2026-11-27');

  it.each<[DateStyle, string, string]>([
    ['full', 'en-US', 'Friday, November 27, 2026'],
    ['long', 'en-US', 'November 27, 2026'],
    ['medium', 'en-US', 'Nov 27, 2026'],
    ['short', 'en-US', '11/27/26'],
    ['long', 'de', '27. November 2026'],
    ['long', 'en-u-ca-buddhist', 'November 27, 2026'],
  ])('in the style %s in %s reads %s', (style, locale, text) => {
    expect(plain(formatDate(DAY, style, locale))).toBe(text);
  });

  it('is that of UTC from its first moment to its last', () => {
    expect(formatDate(DAY, 'long', 'en-US')).toBe('November 27, 2026');
    expect(formatDate(DAY + 86_399_999, 'long', 'en-US')).toBe('November 27, 2026');
    expect(formatDate(DAY + 86_400_000, 'long', 'en-US')).toBe('November 28, 2026');
  });

  it('has no style but those of its list', () => {
    expect(DATE_STYLES.every(isDateStyle)).toBe(true);
    expect(['', 'LONG', 'constructor', null, undefined, 1].some(isDateStyle)).toBe(false);
  });
});

describe('a locale', () => {
  it.each(ODD_LOCALES)('%j never throws', (locale) => {
    expect(formatPrice(5, 'USD', locale)).not.toBe('');
    expect(formatNumber(5, locale)).not.toBe('');
    expect(formatDate(0, 'long', locale)).not.toBe('');
  });

  it.each(['', 'x-private', 'i-klingon', 'root', 'und', 'qqq', 'no such locale', 'e'.repeat(10_000)])(
    '%j is as good as the default, whatever the machine speaks',
    (locale) => {
      expect(formatPrice(1234.5, 'USD', locale)).toBe('$1,234.50');
      expect(formatNumber(1234.5, locale)).toBe('1,234.5');
      expect(formatDate(0, 'long', locale)).toBe('January 1, 1970');
    },
  );

  it.each(['de-u-nu-arab', 'de-DE-u-cu-usd', 'de-x-arab', 'de-t-ar'])(
    '%s has the digits of its language',
    (locale) => {
      expect(plain(formatPrice(1234.5, 'EUR', locale))).toBe('1.234,50 €');
    },
  );

  it('never throws, whatever it is', () => {
    const part = fc.constantFrom(
      'de',
      'AT',
      'zh',
      'Hant',
      '1996',
      'u',
      'ca',
      'x',
      't',
      'a',
      '419',
      '',
      'abcdefghi',
    );
    const locale = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('-')),
    );
    fc.assert(
      fc.property(locale, (text) => {
        formatPrice(5, 'USD', text);
        formatDate(0, 'short', text);
      }),
      { numRuns: 2_000 },
    );
  });

  describe('by the thousand', () => {
    afterEach(() => vi.restoreAllMocks());

    it('is kept in one spelling, and no more of them than some hundred', () => {
      const made = vi.spyOn(Intl, 'DateTimeFormat');
      const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');
      const locales = letters.flatMap((a) => letters.map((b) => `fr-${(a + b).toUpperCase()}`));

      for (const locale of locales) formatDate(0, 'long', locale);
      const first = made.mock.calls.length;
      expect(first).toBeGreaterThan(600);
      formatDate(0, 'long', 'fr-ZZ');
      for (let round = 0; round < 100; round += 1) formatDate(0, 'long', `fr_zz-x-${round}${'a'.repeat(5)}`);
      expect(made).toHaveBeenCalledTimes(first);
      formatDate(0, 'long', 'fr-AA');
      expect(made).toHaveBeenCalledTimes(first + 1);
    });
  });
});
