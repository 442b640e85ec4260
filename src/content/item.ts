import type { Content, ContentShape, FieldValue } from '../domain/content.ts';
import { type FieldRule, fieldNames, type SourceDeclaration } from '../domain/content-source.ts';
import { formatDate, formatPrice } from '../domain/format.ts';
import { DEFAULT_LOCALE, localeChain } from '../domain/locale.ts';
import { cleanText } from '../text.ts';
import { createValueReader, valueAt } from './fields.ts';
import type { ContentOrigin, RewriteContent, Row } from './source.ts';

/** What a source says of one item in all of its languages, cleaned: what is kept, in files of ours and in the store. */
export type Item = {
  readonly id: string;
  /** In the order of the declared fields. */
  readonly values: readonly ItemValue[];
};

/** One value for all languages, or what there is in each, with `default`. */
export type ItemValue = FieldValue | Readonly<Record<string, FieldValue>>;

export function shapeOf({ fields, required }: SourceDeclaration): ContentShape {
  const html = fields.filter(({ type }) => type === 'html').map(({ name }) => name);
  return { fields: fields.flatMap(fieldNames), required, html };
}

/** The item id of a row, or what is wrong with it. Ids are opaque: only trimmed. */
export function readId(row: Row, key: string): { readonly id: string } | { readonly fault: string } {
  const id = idText(valueAt(row, key));
  if (id === '') return { fault: `has no ${key}` };
  if (id.length > MAX_ID_LENGTH) return { fault: `has a ${key} of more than ${MAX_ID_LENGTH} characters` };
  if (cleanText(id) !== id) return { fault: `has a ${key} with markup or control characters` };
  return { id };
}

const MAX_ID_LENGTH = 256;

function idText(raw: unknown): string {
  if (typeof raw === 'string') return raw.trim();
  return Number.isFinite(raw) || typeof raw === 'bigint' ? String(raw) : '';
}

/** Makes the function that reads all declared fields of a row, in all languages. */
export function createItemReader(rules: readonly FieldRule[]): (id: string, row: Row) => Item {
  const readers = rules.map(createFieldReader);
  return (id, row) => ({ id, values: readers.map((read) => read(row)) });
}

function createFieldReader(rule: FieldRule): (row: Row) => ItemValue {
  const read = createValueReader(rule);
  const { from } = rule;
  if (typeof from === 'string') return (row) => read(valueAt(row, from));
  const origins = Object.entries(from);
  return (row) => {
    const values = origins.map(([locale, origin]) => [locale, read(valueAt(row, origin))] as const);
    return Object.fromEntries(values.filter(([, value]) => value !== null));
  };
}

/**
 * Makes the function that gives an item's content in one language, a locale from `parseLocale`: for each field the nearest
 * that is there. Prices and dates are written in the language that was asked for.
 */
export function createLocalizer(rules: readonly FieldRule[]): (item: Item, locale: string | null) => Content {
  const writers = rules.map(createDisplayWriter);
  return ({ id, values: stored }, locale) => {
    const chain = localeChain(locale);
    const values: Record<string, FieldValue> = {};
    for (const [index, rule] of rules.entries()) {
      const value = inLanguage(stored[index] ?? null, chain);
      values[rule.name] = value;
      writers[index]?.(value, locale ?? DEFAULT_LOCALE, values);
    }
    return { id, values };
  };
}

/** Makes the function that changes fields of a content, read as their source's rows are. */
export function createRewriter(rules: readonly FieldRule[]): RewriteContent {
  const known = new Map(
    rules.map((rule) => [
      rule.name,
      { read: createValueReader(rule), writeDisplay: createDisplayWriter(rule) },
    ]),
  );
  return ({ id, values: before }, changes, locale) => {
    const values = { ...before };
    for (const [name, raw] of Object.entries(changes)) {
      const field = known.get(name);
      if (!field) continue;
      const value = raw === null ? null : field.read(raw);
      values[name] = value;
      field.writeDisplay?.(value, locale ?? DEFAULT_LOCALE, values);
    }
    return { id, values };
  };
}

export function originOf({ type, key, fields }: SourceDeclaration): ContentOrigin {
  return { type, key, fields };
}

function inLanguage(value: ItemValue, chain: readonly string[]): FieldValue {
  if (value === null || typeof value !== 'object') return value;
  // A language may be called like something that every object has.
  const nearest = chain.find((locale) => Object.hasOwn(value, locale)) ?? 'default';
  return Object.hasOwn(value, nearest) ? (value[nearest] ?? null) : null;
}

type DisplayWriter = (value: FieldValue, locale: string, values: Record<string, FieldValue>) => void;

/** Null for a field without a display form of its own. */
function createDisplayWriter(rule: FieldRule): DisplayWriter | null {
  const name = `${rule.name}_text`;
  if (rule.type === 'number' && rule.currency !== null) {
    const { currency } = rule;
    return (value, locale, values) => {
      values[name] = typeof value === 'number' ? formatPrice(value, currency, locale) : null;
    };
  }
  if (rule.type === 'date' && rule.style !== null) {
    const { style } = rule;
    return (value, locale, values) => {
      const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
      values[name] = Number.isNaN(ms) ? null : formatDate(ms, style, locale);
    };
  }
  return null;
}
