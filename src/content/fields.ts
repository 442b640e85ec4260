import type { FieldValue } from '../domain/content.ts';
import type { FieldRule } from '../domain/content-source.ts';
import { cleanHtml, cleanText } from '../text.ts';

/** Reads one value as its source has it; what cannot be read is null. */
export type ReadValue = (raw: unknown) => FieldValue;

const WEB_SCHEMES: readonly string[] = ['https', 'http'];
const IMAGE_SCHEMES: readonly string[] = ['https'];

/** Makes the function that reads a field's values, cleaned. */
export function createValueReader(rule: FieldRule): ReadValue {
  switch (rule.type) {
    case 'text':
      return (raw) => {
        const text = asText(raw);
        return text === null ? null : cleanText(text, rule.max);
      };
    case 'html':
      return (raw) => {
        const html = asText(raw);
        return html === null ? null : cleanHtml(html);
      };
    case 'url':
      return (raw) => parseUrl(asText(raw), WEB_SCHEMES, rule.base);
    case 'link':
      return (raw) => parseUrl(asText(raw), rule.schemes);
    case 'image':
      // Mail clients show no picture that is not sent over https; `//host/…` is how some systems write either.
      return (raw) =>
        parseUrl(asText(raw)?.replace(/^\s*\/\//, 'https://') ?? null, IMAGE_SCHEMES, rule.base);
    case 'number':
      return parseNumber;
    case 'date':
      return parseDate;
    case 'boolean':
      return parseBoolean;
  }
}

// What most catalogues hold already is in normal form, and parsing it would cost most of the time that loading takes.
const NORMAL_URL =
  /^https:\/\/[a-z0-9-]+(?:\.[a-z0-9-]*[a-z][a-z0-9-]*)+(?:\/(?!\.)[\w~-][\w.~-]*)+(?:\?[\w.~=&-]*)?$/;

/**
 * An absolute URL of one of the schemes in normal form, safe in an attribute and for Liquid; else null. A relative one
 * is resolved against `base`, where there is one.
 */
export function parseUrl(
  text: string | null,
  schemes: readonly string[],
  base: string | null = null,
): string | null {
  if (text === null) return null;
  if (schemes.includes('https') && NORMAL_URL.test(text)) return text;
  const trimmed = text.trim();
  const url = trimmed === '' ? null : URL.parse(trimmed, base ?? undefined);
  if (!url || !schemes.includes(url.protocol.slice(0, -1))) return null;
  if (url.username !== '' || url.password !== '') return null;
  return url.href.replace(/[{}()"'<>`\\\s]/g, percentEncode);
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function parseNumber(raw: unknown): number | null {
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : null;
  if (typeof raw !== 'string' || raw.trim() === '') return null;
  const number = Number(raw);
  return Number.isFinite(number) ? number : null;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/;

/** `2026-11-27` as it is, a moment as `2026-11-27T09:00:00.000Z`; one without a zone is in UTC. Seconds since 1970 will do. */
function parseDate(raw: unknown): string | null {
  const text = raw instanceof Date ? raw.getTime() : typeof raw === 'string' ? raw.trim() : raw;
  if (typeof text === 'number')
    return formatMoment(text < 1e11 && !(raw instanceof Date) ? text * 1_000 : text);
  if (typeof text !== 'string') return null;
  if (DAY.test(text)) return formatMoment(Date.parse(text)) === null ? null : isDay(text);
  if (!MOMENT.test(text)) return null;
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text);
  return formatMoment(Date.parse(hasZone ? text : `${text.replace(' ', 'T')}Z`));
}

/** The 30th of February is no day, though `Date` may take it for one in March. */
function isDay(text: string): string | null {
  return new Date(text).toISOString().startsWith(text) ? text : null;
}

function formatMoment(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

// What tables, shops and product feeds write.
const TRUE = new Set(['true', 't', 'yes', 'y', 'on', 'in stock', 'in_stock', 'instock', 'available']);
const FALSE = new Set([
  'false',
  'f',
  'no',
  'n',
  'off',
  'out of stock',
  'out_of_stock',
  'outofstock',
  'unavailable',
]);

/** A number, such as what is left in stock, is true above 0. */
function parseBoolean(raw: unknown): boolean | null {
  if (typeof raw === 'boolean') return raw;
  const number = parseNumber(raw);
  if (number !== null) return number > 0;
  const text = typeof raw === 'string' ? raw.trim().toLowerCase() : '';
  return TRUE.has(text) ? true : FALSE.has(text) ? false : null;
}

function asText(raw: unknown): string | null {
  if (typeof raw === 'string') return raw;
  return typeof raw === 'number' || typeof raw === 'boolean' || typeof raw === 'bigint' ? String(raw) : null;
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
