/** A flat answer. */
export type FlatAnswer = Readonly<Record<string, string | number | boolean | null>>;

/** The ids of its items, in order. */
export function itemIds(body: FlatAnswer): string[] {
  return Object.entries(body)
    .filter(([key, value]) => /^item_\d+_id$/.test(key) && value !== null)
    .map(([, value]) => String(value));
}
