import { DATE_STYLES, type DateStyle } from './content-source.ts';
import { DEFAULT_LOCALE, parseLocale } from './locale.ts';

// How numbers and dates are written for readers. Making a format costs some 20 µs, using one well under 1 µs, so formats
// are kept; callers name the locale, so not without bound. What is no locale, or one that nobody knows how to write in,
// is as good as the default, and never the machine's own.
const MAX_FORMATS = 500;

/** `1234.5` → `1,234.5` */
export function formatNumber(value: number, locale: string): string {
  return numberFormat(locale, null).format(value);
}

/** `29`, `USD` → `$29.00`. The currency is an ISO 4217 code; throws a `RangeError` if it is not three letters. */
export function formatPrice(value: number, currency: string, locale: string): string {
  return numberFormat(locale, currency).format(value);
}

/** In UTC; a day stands for itself, whatever the reader's time zone. Throws a `RangeError` if `ms` is not a time. */
export function formatDate(ms: number, style: DateStyle, locale: string): string {
  return dateFormat(locale, style).format(ms);
}

export function isDateStyle(text: unknown): text is DateStyle {
  return DATE_STYLES.some((style) => style === text);
}

const numberFormats = new Map<string, Intl.NumberFormat>();
const dateFormats = new Map<string, Intl.DateTimeFormat>();

function numberFormat(locale: string, currency: string | null): Intl.NumberFormat {
  return kept(numberFormats, locale, currency ?? '', (locales) =>
    currency === null
      ? new Intl.NumberFormat(locales)
      : new Intl.NumberFormat(locales, { style: 'currency', currency }),
  );
}

function dateFormat(locale: string, style: DateStyle): Intl.DateTimeFormat {
  return kept(
    dateFormats,
    locale,
    style,
    (locales) => new Intl.DateTimeFormat(locales, { dateStyle: style, timeZone: 'UTC' }),
  );
}

function kept<T>(formats: Map<string, T>, locale: string, kind: string, make: (locales: string[]) => T): T {
  const key = `${locale} ${kind}`;
  const known = formats.get(key);
  if (known) return known;
  // Kept under the canonical name alone, so that neither odd spellings nor long ones fill the memory.
  const canonical = parseLocale(locale) ?? DEFAULT_LOCALE;
  if (canonical !== locale) return kept(formats, canonical, kind, make);
  if (formats.size >= MAX_FORMATS) formats.clear();
  const format = make([canonical, DEFAULT_LOCALE]);
  formats.set(key, format);
  return format;
}
