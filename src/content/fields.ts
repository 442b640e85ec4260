import type { FieldValue } from '../domain/content.ts';
import type { FieldRule } from '../domain/content-source.ts';
import { cleanText } from '../text.ts';
import { cleanHtml } from './html.ts';
import { parseUrl } from './url.ts';

/** Reads one value as its source has it; what cannot be read is null. */
export type ReadValue = (raw: unknown) => FieldValue;

const WEB_SCHEMES: readonly string[] = ['https', 'http'];
const IMAGE_SCHEMES: readonly string[] = ['https'];

/** Makes the function that reads a field's values, cleaned. */
export function createValueReader(rule: FieldRule): ReadValue {
  switch (rule.type) {
    case 'text':
      return (raw) => fromText(asText(raw), (text) => cleanText(text, rule.max));
    case 'html':
      return (raw) => fromText(asText(raw), cleanHtml);
    case 'url':
      return (raw) => fromText(asAddress(raw), (text) => parseUrl(text, WEB_SCHEMES, rule.base));
    case 'link':
      return (raw) => fromText(asAddress(raw), (text) => parseUrl(text, rule.schemes));
    case 'image':
      return (raw) => fromText(asAddress(raw), (text) => parseImageUrl(text, rule.base));
    case 'number':
      return parseNumber;
    case 'date':
      return parseDate;
    case 'boolean':
      return parseBoolean;
  }
}

function fromText(text: string | null, read: (text: string) => FieldValue): FieldValue {
  return text === null ? null : read(text);
}

function asText(raw: unknown): string | null {
  if (typeof raw === 'string') return raw;
  return typeof raw === 'number' || typeof raw === 'boolean' || typeof raw === 'bigint' ? String(raw) : null;
}

/** A number may be relative to a base; WordPress says `false` where there is no picture. */
function asAddress(raw: unknown): string | null {
  return typeof raw === 'boolean' ? null : asText(raw);
}

/** Mail clients show no picture that is not sent over https; `//host/…` is how some systems write either. */
function parseImageUrl(text: string, base: string | null): string | null {
  return parseUrl(text.replace(/^\s*\/\//, 'https://'), IMAGE_SCHEMES, base);
}

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

function parseNumber(raw: unknown): number | null {
  const text = typeof raw === 'string' ? raw.trim() : null;
  const isNumber =
    typeof raw === 'number' || typeof raw === 'bigint' || (text !== null && DECIMAL.test(text));
  const number = isNumber ? Number(text ?? raw) : Number.NaN;
  // JSON has no −0, and an item must stay the same where it is kept.
  return Number.isFinite(number) ? number + 0 : null;
}

/**
 * A day, `2026-11-27`, stays as it is; a moment becomes `2026-11-27T09:00:00.000Z`, and is in UTC where it names no zone.
 * So do seconds and milliseconds since 1970.
 */
function parseDate(raw: unknown): string | null {
  if (raw instanceof Date) return formatMoment(raw.getTime());
  if (typeof raw === 'number') return formatSinceEpoch(raw);
  if (typeof raw !== 'string') return null;
  const text = raw.trim();
  if (/^\d{9,13}$/.test(text)) return formatSinceEpoch(Number(text));
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? parseDay(text) : parseMoment(text);
}

/** The 30th of February is no day, though `Date` takes it for one in March. */
function parseDay(text: string): string | null {
  return formatMoment(Date.parse(text))?.startsWith(text) ? text : null;
}

const MOMENT =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?:(:\d{2})(?:[.,](\d+))?)? ?(?:Z|UTC|GMT|([+-]\d{2})(?::?(\d{2}))?)?$/i;

/** ISO 8601, and as databases write it: `2026-11-27 10:00:00.123456+01`. */
function parseMoment(text: string): string | null {
  const [, date = '', minute, second = ':00', fraction = '', hours, minutes = '00'] = MOMENT.exec(text) ?? [];
  if (parseDay(date) === null) return null;
  const zone = hours === undefined ? 'Z' : `${hours}:${minutes}`;
  return formatMoment(Date.parse(`${date}T${minute}${second}.${fraction.slice(0, 3).padEnd(3, '0')}${zone}`));
}

/** Smaller than in 1973, a number is a year, a day such as 20261127, or 0 for none; smaller than 5138, it is in seconds. */
function formatSinceEpoch(number: number): string | null {
  if (!(number >= 1e8)) return null;
  return formatMoment(number < 1e11 ? number * 1_000 : number);
}

/** Years have four digits, or other systems do not read them. */
function formatMoment(ms: number): string | null {
  const date = new Date(ms);
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString();
  return text.length === 'YYYY-MM-DDTHH:mm:ss.sssZ'.length ? text : null;
}

// What tables, shops, schema.org and product feeds write, in small letters and without what separates words.
const TRUE = new Set('true t yes y on instock available limitedavailability preorder backorder'.split(' '));
const FALSE = new Set('false f no n off outofstock unavailable soldout discontinued'.split(' '));

/** A number, such as what is left in stock, is true above 0. */
function parseBoolean(raw: unknown): boolean | null {
  if (typeof raw === 'boolean') return raw;
  const number = parseNumber(raw);
  if (number !== null) return number > 0;
  const text = typeof raw === 'string' ? raw.trim().toLowerCase() : '';
  const word = text.replace(/^https?:\/\/schema\.org\//, '').replace(/[\s_-]+/g, '');
  return TRUE.has(word) ? true : FALSE.has(word) ? false : null;
}

/** A column of that very name, or else the value at the dotted path, in which numbers count through lists. */
export function valueAt(row: unknown, path: string): unknown {
  if (!isObject(row)) return undefined;
  if (Object.hasOwn(row, path)) return row[path];
  let value: unknown = row;
  for (const step of path.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
