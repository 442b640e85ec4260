import type { Block, BlockItem } from '../domain/block.ts';
import type { Content, FieldValue } from '../domain/content.ts';
import { isFallback } from '../domain/decision.ts';
import type { MessageContext } from '../domain/message-context.ts';
import { nameTraits } from '../domain/traits.ts';
import { cleanText } from '../text.ts';
import { Html } from './html.ts';

const TOP_LIST = [
  'placement',
  'title',
  'variant',
  'reason',
  'is_treatment',
  'is_fallback',
  'is_sample',
  'has_items',
  'item_count',
  'items',
  'item',
  'profile',
  'campaign',
  'channel',
  'locale',
] as const;
export type TopName = (typeof TOP_LIST)[number];

/** What templates can name besides the fields of items. */
export const TOP_NAMES: ReadonlySet<string> = new Set(TOP_LIST);

/** What templates see, under the names that they can use. */
export type View = (block: Block, message: MessageContext) => Record<TopName, unknown>;

/** `html` names the fields that are sanitised HTML; plain text takes what they read. */
export function createView(html: readonly string[], isText: boolean): View {
  const valuesOf = createValues(html, isText);
  const viewItem = (item: BlockItem): object => ({
    ...valuesOf(item.content),
    ...('url' in item.content.values && { url: item.url }),
    id: item.content.id,
    position: item.position,
    click_url: item.clickUrl,
  });

  return (block, message) => {
    const { placement, decision } = block;
    const items = block.items.map(viewItem);
    return {
      placement: placement.name,
      title: placement.title,
      variant: decision.variant,
      reason: decision.reason,
      is_treatment: decision.variant === 'treatment',
      is_fallback: isFallback(decision),
      is_sample: block.isSample,
      has_items: items.length > 0,
      item_count: items.length,
      items,
      item: items[0] ?? null,
      profile: nameTraits(placement, block.traits),
      campaign: message.campaign,
      channel: message.channel,
      locale: message.locale,
    };
  };
}

/** An item's values as templates see them. HTML is prepared once for each content. */
function createValues(
  html: readonly string[],
  isText: boolean,
): (content: Content) => Readonly<Record<string, unknown>> {
  if (html.length === 0) return ({ values }) => values;
  const known = new WeakMap<Content, Readonly<Record<string, unknown>>>();
  const view = (value: FieldValue): unknown => {
    if (typeof value !== 'string') return value;
    return isText ? cleanText(value) : new Html(value);
  };
  return (content) => {
    const prepared = known.get(content);
    if (prepared) return prepared;
    const ready = html.map((name) => [name, view(content.values[name] ?? null)]);
    const values = { ...content.values, ...Object.fromEntries(ready) };
    known.set(content, values);
    return values;
  };
}
