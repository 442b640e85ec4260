import type { Content, ContentShape } from './content.ts';
import type { Decision } from './decision.ts';
import type { Placement } from './placement.ts';
import type { Traits } from './profile.ts';

export type BlockItem = {
  readonly content: Content;
  /** 1…n. */
  readonly position: number;
  /** Where a click leads, or null if the item has no link. */
  readonly clickUrl: string | null;
};

/** A decision joined to content: all that rendering needs, in any form. */
export type Block = {
  readonly placement: Placement;
  readonly shape: ContentShape;
  readonly decision: Decision;
  readonly items: readonly BlockItem[];
  /** Null if nothing is known of the person. */
  readonly traits: Traits | null;
  readonly isSample: boolean;
};

/** How much of the decision a caller asked for. */
export type Selection = {
  /** 1…n: that item alone. */
  readonly position: number | null;
  /** At most so many items. */
  readonly limit: number | null;
  /** Item ids to leave out. */
  readonly exclude: readonly string[];
};

/** Ids that may be joined for a decision, in order, each once. */
export function candidates({ itemIds }: Decision, exclude: readonly string[]): readonly string[] {
  const unique = [...new Set(itemIds)];
  return exclude.length === 0 ? unique : unique.filter((id) => !exclude.includes(id));
}

/**
 * The first items that have content. A missing one is backfilled by the next candidate, which keeps the order
 * of the recommendation and never mixes baseline items into a treatment.
 */
export function joinItems(
  ids: readonly string[],
  find: (id: string) => Content | null,
  most: number,
): Content[] {
  const found: Content[] = [];
  for (const id of ids) {
    if (found.length === most) break;
    const content = find(id);
    if (content) found.push(content);
  }
  return found;
}

/** Numbers the items and picks the one asked for. */
export function placeItems(contents: readonly Content[], position: number | null): BlockItem[] {
  const items = contents.map((content, index) => ({
    content,
    position: index + 1,
    clickUrl: clickUrlOf(content),
  }));
  return position === null ? items : items.slice(position - 1, position);
}

function clickUrlOf(content: Content): string | null {
  const url = content.values.url;
  return typeof url === 'string' ? url : null;
}
