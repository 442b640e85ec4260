/** A field's value after it was cleaned: text without markup or live Liquid, an absolute URL, a number; null is absent. */
export type FieldValue = string | number | null;

/** The fields that every item of a content source has, in the order they are answered, besides `id`. */
export type ContentShape = {
  /** Names in `[a-z0-9_]+`. */
  readonly fields: readonly string[];
  /** Of these, what an item needs to be shown. */
  readonly required: readonly string[];
};

/** What people see of one item. Made once, when its content is loaded. */
export type Content = {
  readonly id: string;
  /** One value for each of the shape's fields. */
  readonly values: Readonly<Record<string, FieldValue>>;
};

/** True when nothing that its source requires is missing. */
export function isComplete(content: Content, shape: ContentShape): boolean {
  return shape.required.every((field) => content.values[field] != null);
}
