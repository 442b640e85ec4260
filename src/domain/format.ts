import { DATE_STYLES, type DateStyle } from './content-source.ts';

// How numbers and dates are written for readers. Making a format costs some 20 µs, using one well under 1 µs, so formats
// are kept; callers name the locale, so not without bound.
const MAX_FORMATS = 500;

export function formatNumber(value: number, locale: string): string {
  return numberFormat(locale, null).format(value);
}

/** The currency is an ISO 4217 code. */
export function formatPrice(value: number, currency: string, locale: string): string {
  return numberFormat(locale, currency).format(value);
}

/** In UTC; a day stands for itself, whatever the reader's time zone. */
export function formatDate(ms: number, style: DateStyle, locale: string): string {
  return dateFormat(locale, style).format(ms);
}

export function isDateStyle(text: unknown): text is DateStyle {
  return DATE_STYLES.some((style) => style === text);
}

const numberFormats = new Map<string, Intl.NumberFormat>();
const dateFormats = new Map<string, Intl.DateTimeFormat>();

function numberFormat(locale: string, currency: string | null): Intl.NumberFormat {
  return kept(numberFormats, `${locale} ${currency}`, () =>
    currency === null
      ? new Intl.NumberFormat(locale)
      : new Intl.NumberFormat(locale, { style: 'currency', currency }),
  );
}

function dateFormat(locale: string, style: DateStyle): Intl.DateTimeFormat {
  return kept(
    dateFormats,
    `${locale} ${style}`,
    () => new Intl.DateTimeFormat(locale, { dateStyle: style, timeZone: 'UTC' }),
  );
}

function kept<T>(formats: Map<string, T>, key: string, make: () => T): T {
  const known = formats.get(key);
  if (known) return known;
  if (formats.size >= MAX_FORMATS) formats.clear();
  const format = make();
  formats.set(key, format);
  return format;
}
