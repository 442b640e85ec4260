/**
 * A field's value after it was cleaned: text without markup or live Liquid, an absolute URL, a number, a day or moment
 * in ISO 8601, yes or no, or sanitised HTML; null is absent.
 */
export type FieldValue = string | number | boolean | null;

/** The fields that every item of a content source has, in the order they are answered, besides `id`. */
export type ContentShape = {
  /** Names in `[a-z0-9_]+`. */
  readonly fields: readonly string[];
  /** Of these, what an item needs to be shown. */
  readonly required: readonly string[];
  /** Of these, sanitised HTML, the only values that reach a message without being escaped. */
  readonly html: readonly string[];
};

/** What people see of one item in one language. Made once, and kept as long as its source says the same. */
export type Content = {
  readonly id: string;
  /** One value for each of the shape's fields. */
  readonly values: Readonly<Record<string, FieldValue>>;
};

/** Why there is no content for an id: its source does not have it, or could not be asked. */
export type NoContent = 'not_found' | 'source_unavailable';

/** What a source knows of the items that it was asked for, in one language. */
export type Contents = { readonly get: (id: string) => Content | NoContent };

/** Why an item is not shown. */
export type LeftOutReason = NoContent | 'incomplete' | 'out_of_stock' | 'not_started' | 'ended' | 'gated';

/** Fields of these names decide whether an item is shown: in stock, from when, and until when. */
export const AVAILABILITY_FIELDS = ['available', 'starts_at', 'ends_at'] as const;

const DAY_MS = 86_400_000;

/** Null if the item may be shown at this time (wall clock, milliseconds). What is absent restricts nothing. */
export function whyLeftOut(content: Content, shape: ContentShape, nowMs: number): LeftOutReason | null {
  const { values } = content;
  if (!isComplete(content, shape)) return 'incomplete';
  if (values.available === false) return 'out_of_stock';
  if (typeof values.starts_at === 'string' && nowMs < Date.parse(values.starts_at)) return 'not_started';
  if (typeof values.ends_at === 'string' && nowMs >= endOf(values.ends_at)) return 'ended';
  return null;
}

/** True when nothing that its source requires is missing. */
export function isComplete(content: Content, shape: ContentShape): boolean {
  return shape.required.every((field) => content.values[field] != null);
}

/** A day ends with its last moment, in UTC. */
function endOf(text: string): number {
  return Date.parse(text) + (text.length === 'YYYY-MM-DD'.length ? DAY_MS : 0);
}
