import type { Content, ContentShape, Contents, LeftOutReason } from './content.ts';
import { whyLeftOut } from './content.ts';
import type { Decision } from './decision.ts';
import { addLinkParameters } from './link-parameters.ts';
import type { MessageContext } from './message-context.ts';
import type { Placement } from './placement.ts';
import type { Traits } from './profile.ts';

export type BlockItem = {
  readonly content: Content;
  /** 1…n. */
  readonly position: number;
  /** The item's own URL with the placement's link parameters, or null if it has none. */
  readonly url: string | null;
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

/** An item that a decision names and the block does not show. */
export type LeftOut = { readonly id: string; readonly reason: LeftOutReason };

/** Items in order, and what was left out on the way. */
export type Joined = { readonly contents: readonly Content[]; readonly leftOut: readonly LeftOut[] };

/**
 * The first items that may be shown. One that may not is backfilled by the next candidate, which keeps the order of the
 * recommendation and never mixes baseline items into a treatment.
 */
export function joinItems(
  ids: readonly string[],
  known: Contents,
  shape: ContentShape,
  most: number,
  nowMs: number,
): Joined {
  const contents: Content[] = [];
  const leftOut: LeftOut[] = [];
  for (const id of ids) {
    if (contents.length === most) break;
    const found = known.get(id);
    const reason = typeof found === 'string' ? found : whyLeftOut(found, shape, nowMs);
    if (typeof found !== 'string' && reason === null) contents.push(found);
    else if (reason !== null) leftOut.push({ id, reason });
  }
  return { contents, leftOut };
}

/** What an item's link is made for. */
export type LinkContext = {
  readonly placement: Placement;
  readonly decision: Pick<Decision, 'variant' | 'reason'>;
  readonly message: MessageContext;
};

/** The link that counts a click on an item and leads to its URL. */
export type ToClickUrl = (item: Omit<BlockItem, 'clickUrl'> & { readonly url: string }) => string;

/** Numbers the items, completes their links, and picks the one asked for. */
export function placeItems(
  contents: readonly Content[],
  position: number | null,
  context: LinkContext,
  toClickUrl: ToClickUrl,
): BlockItem[] {
  const place = (content: Content, index: number): BlockItem => {
    const item = { content, position: index + 1 };
    const own = content.values.url;
    if (typeof own !== 'string') return { ...item, url: null, clickUrl: null };
    const url = completeUrl(own, content.id, item.position, context);
    return { ...item, url, clickUrl: toClickUrl({ ...item, url }) };
  };
  if (position === null) return contents.map(place);
  const one = contents[position - 1];
  return one ? [place(one, position - 1)] : [];
}

/** An item's own URL with the link parameters of its placement. */
export function completeUrl(
  url: string,
  itemId: string,
  position: number,
  { placement, decision, message }: LinkContext,
): string {
  if (placement.links.length === 0) return url;
  return addLinkParameters(url, placement.links, {
    placement: placement.name,
    recommendation: placement.recommendation,
    variant: decision.variant,
    reason: decision.reason,
    campaign: message.campaign,
    channel: message.channel,
    locale: message.locale,
    item_id: itemId,
    position,
  });
}
