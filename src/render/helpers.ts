import { formatDate, formatNumber, formatPrice, isDateStyle } from '../domain/format.ts';
import { DEFAULT_LOCALE } from '../domain/locale.ts';
import { truncate } from '../text.ts';
import { Html } from './html.ts';

/** What Handlebars hands to every helper behind its values. */
type Options = { readonly data?: { readonly root?: { readonly locale?: unknown } } };

/** The locale of the message, in which numbers and dates are written. */
export function localeOf(values: readonly unknown[]): string {
  const locale = (values.at(-1) as Options | undefined)?.data?.root?.locale;
  return typeof locale === 'string' ? locale : DEFAULT_LOCALE;
}

/** What templates may call, besides `text` and Handlebars' own `if`, `unless`, `each`, `with` and `lookup`. */
export const HELPERS: Readonly<Record<string, (...values: never[]) => unknown>> = {
  /** `{{price 145 "EUR"}}` → €145.00; nothing for what is no number, or if the currency is none. Without one, USD. */
  price: (value: unknown, ...more: unknown[]) => {
    const currency = more.length > 1 ? asText(more[0]).toUpperCase() : 'USD';
    if (!isCurrency(currency)) return '';
    return ifNumber(value, (number) => formatPrice(number, currency, localeOf(more)));
  },

  /** `{{number 1234.5}}` → 1,234.5 */
  number: (value: unknown, ...more: unknown[]) =>
    ifNumber(value, (number) => formatNumber(number, localeOf(more))),

  /** `{{date "2026-11-27" "long"}}` → November 27, 2026. Styles: full, long, medium (default), short. Read as UTC. */
  date: (value: unknown, ...more: unknown[]) => {
    const date = new Date(typeof value === 'number' ? value : inUtc(asText(value)));
    const style = isDateStyle(more[0]) ? more[0] : 'medium';
    return Number.isNaN(date.getTime()) ? '' : formatDate(date.getTime(), style, localeOf(more));
  },

  /** `{{truncate title 40}}`: at most 40 characters, cut between words, with an ellipsis. */
  truncate: (value: unknown, max: unknown) => truncate(asText(value), typeof max === 'number' ? max : 80),

  /** `{{default title_short title}}`: the first that is not absent, empty or false. */
  default: (...values: unknown[]) => values.slice(0, -1).find((value) => isTruthy(value)) ?? null,

  /** `{{encode title}}`: percent-encoded, for a part of a URL. */
  encode: (value: unknown) => encodeURIComponent(asText(value).toWellFormed()),

  eq: (a: unknown, b: unknown) => plain(a) === plain(b),
  ne: (a: unknown, b: unknown) => plain(a) !== plain(b),
  lt: (a: unknown, b: unknown) => toNumber(a) < toNumber(b),
  lte: (a: unknown, b: unknown) => toNumber(a) <= toNumber(b),
  gt: (a: unknown, b: unknown) => toNumber(a) > toNumber(b),
  gte: (a: unknown, b: unknown) => toNumber(a) >= toNumber(b),
  and: (...values: unknown[]) => values.slice(0, -1).every(isTruthy),
  or: (...values: unknown[]) => values.slice(0, -1).some(isTruthy),
  not: (value: unknown) => !isTruthy(value),
};

function isCurrency(code: string): boolean {
  return /^[A-Z]{3}$/.test(code);
}

function isTruthy(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** A value as text; nothing for what is absent or a list. */
export function asText(value: unknown): string {
  const text = plain(value);
  return text === null || text === undefined || typeof text === 'object' ? '' : String(text);
}

/** HTML as the text that it reads, anything else as it is. */
export function plain(value: unknown): unknown {
  return value instanceof Html ? value.toText() : value;
}

/** What is absent or no number compares false with everything, as NaN does. */
function toNumber(value: unknown): number {
  return typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')
    ? Number(value)
    : Number.NaN;
}

function ifNumber(value: unknown, format: (number: number) => string): string {
  const number = toNumber(value);
  return Number.isFinite(number) ? format(number) : '';
}

/** JavaScript reads a time without zone in that of the machine, which no message is about. */
function inUtc(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+$/.test(text)) return `${text}Z`;
  return /^\d{4}-|(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})\)?$/i.test(text) ? text : `${text} UTC`;
}
