import type { FieldValue } from '../domain/content.ts';
import { cleanText } from '../text.ts';

/** Where a field's value stands in a row: a column or a dotted path, or one for each locale. */
export type FieldOrigin = string | { readonly default: string; readonly [locale: string]: string };

/** One declared field of a content source. */
export type FieldRule = { readonly name: string; readonly from: FieldOrigin } & (
  | { readonly type: 'text'; readonly max: number | null }
  | { readonly type: 'url' }
  | { readonly type: 'link'; readonly schemes: readonly string[] }
  | { readonly type: 'number'; readonly currency: string | null }
);

/** One item as its source has it: cells by column, or an object with paths. */
export type Row = Readonly<Record<string, unknown>>;

/** The locale in which numbers and prices are written where nothing else is asked for. */
const DEFAULT_LOCALE = 'en-US';

const WEB_SCHEMES: readonly string[] = ['https', 'http'];

/** The names a rule answers: a number with a currency has its display form beside it. */
export function fieldNames(rule: FieldRule): string[] {
  return rule.type === 'number' && rule.currency !== null ? [rule.name, `${rule.name}_text`] : [rule.name];
}

/** The URL schemes that links of these fields may have. */
export function linkSchemes(rules: readonly FieldRule[]): string[] {
  return [
    ...new Set([...WEB_SCHEMES, ...rules.flatMap((rule) => (rule.type === 'link' ? rule.schemes : []))]),
  ];
}

/** Makes the function that reads all declared fields of a row, cleaned; what cannot be read is null. */
export function createFieldReader(rules: readonly FieldRule[]): (row: Row) => Record<string, FieldValue> {
  const readers = rules.map((rule) => ({ origin: originOf(rule.from), read: createValueReader(rule) }));
  return (row) => {
    const values: Record<string, FieldValue> = {};
    for (const { origin, read } of readers) read(valueAt(row, origin), values);
    return values;
  };
}

type ValueReader = (raw: unknown, values: Record<string, FieldValue>) => void;

function createValueReader(rule: FieldRule): ValueReader {
  const { name } = rule;
  switch (rule.type) {
    case 'text':
      return (raw, values) => {
        const text = asText(raw);
        values[name] = text === null ? null : cleanText(text, rule.max);
      };
    case 'url':
      return (raw, values) => {
        values[name] = parseUrl(asText(raw), WEB_SCHEMES);
      };
    case 'link':
      return (raw, values) => {
        values[name] = parseUrl(asText(raw), rule.schemes);
      };
    case 'number':
      return createNumberReader(name, rule.currency);
  }
}

function createNumberReader(name: string, currency: string | null): ValueReader {
  const format = currency && new Intl.NumberFormat(DEFAULT_LOCALE, { style: 'currency', currency });
  return (raw, values) => {
    const number = parseNumber(raw);
    values[name] = number;
    if (format) values[`${name}_text`] = number === null ? null : format.format(number);
  };
}

/** An absolute URL of one of the schemes in normal form, safe in an attribute and for Liquid; else null. */
export function parseUrl(text: string | null, schemes: readonly string[]): string | null {
  if (text === null) return null;
  const url = URL.parse(text.trim());
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

function asText(raw: unknown): string | null {
  if (typeof raw === 'string') return raw;
  return typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : null;
}

function originOf(from: FieldOrigin): string {
  return typeof from === 'string' ? from : from.default;
}

/** A column of that very name, or else the value at the dotted path. */
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
