import Handlebars from 'handlebars';
import type { Block, BlockItem } from '../domain/block.ts';
import type { Content, ContentShape, FieldValue } from '../domain/content.ts';
import { isFallback } from '../domain/decision.ts';
import type { Placement } from '../domain/placement.ts';
import { nameTraits, traitNames } from '../domain/traits.ts';

export type JsonOptions = {
  readonly shape: 'flat' | 'list';
  /** Only that item, its keys without the number. */
  readonly position: number | null;
  /** `html`: every text is entity-encoded. */
  readonly escape: 'html' | null;
  /** Added at the end, each name behind `explain_`; null for none. */
  readonly explain: Readonly<Record<string, string | number | boolean | null>> | null;
};

export type RenderJson = (block: Block, options: JsonOptions) => string;

/**
 * The JSON of one placement: always the same keys, absent values null. It is put together from few pieces: an item's
 * part, keys and values, is made when the item is first shown in a position and kept with its content.
 */
export function createJsonRenderer(placement: Placement, shape: ContentShape): RenderJson {
  const numbered = Array.from({ length: placement.items }, (_, index) =>
    createItemWriter(shape, `item_${index + 1}_`),
  );
  const single = createItemWriter(shape, 'item_');
  const listed = createItemWriter(shape, '');
  const hasTraits = traitNames(placement).length > 0;

  const itemsJson = ({ items }: Block, { position, shape, escape: escaping }: JsonOptions): string => {
    if (position !== null) return `"position":${position},${single(items[0], escaping)}`;
    if (shape === 'list') return `"items":[${items.map((item) => `{${listed(item, escaping)}}`).join()}]`;
    return numbered.map((write, index) => write(items[index], escaping)).join();
  };

  return (block, options) => {
    const profile = hasTraits ? profileJson(block, options.escape) : '';
    const explain = options.explain === null ? '' : prefixed('explain_', options.explain, null);
    return `{${head(block)},${itemsJson(block, options)}${profile}${explain}}`;
  };
}

/** An item's keys and values, or its keys with null. */
type WriteItem = (item: BlockItem | undefined, escaping: JsonOptions['escape']) => string;

/** What stands before and after the item's links, which are not its content's alone. */
type ItemParts = { readonly before: string; readonly after: string };

function createItemWriter(shape: ContentShape, prefix: string): WriteItem {
  const names = itemKeys(shape);
  const empty = names.map((name) => `"${prefix}${name}":null`).join();
  const known = new WeakMap<Content, ItemParts>();
  const hasUrl = names.includes('url');
  const linksFrom = names.indexOf(hasUrl ? 'url' : 'click_url');
  const linksTo = names.indexOf('click_url') + 1;

  const write = (content: Content, some: readonly string[], escaping: JsonOptions['escape']): string[] =>
    some.map((name) => {
      // Sanitised HTML is safe as it is, and encoded it would show its tags.
      const encoded = encode(fieldOf(content, name), shape.html.includes(name) ? null : escaping);
      return `"${prefix}${name}":${encoded}`;
    });

  const partsOf = (content: Content, escaping: JsonOptions['escape']): ItemParts => ({
    before: write(content, names.slice(0, linksFrom), escaping).join(),
    after: write(content, names.slice(linksTo), escaping)
      .map((pair) => `,${pair}`)
      .join(''),
  });

  const linksOf = ({ url, clickUrl }: BlockItem, escaping: JsonOptions['escape']): string => {
    const click = encode(clickUrl, escaping);
    const own = url === clickUrl ? click : encode(url, escaping);
    return `${hasUrl ? `,"${prefix}url":${own}` : ''},"${prefix}click_url":${click}`;
  };

  return (item, escaping) => {
    if (!item) return empty;
    let parts = escaping === null ? known.get(item.content) : partsOf(item.content, escaping);
    if (!parts) {
      parts = partsOf(item.content, null);
      known.set(item.content, parts);
    }
    return `${parts.before}${linksOf(item, escaping)}${parts.after}`;
  };
}

function fieldOf(content: Content, name: string): FieldValue {
  return name === 'id' ? content.id : (content.values[name] ?? null);
}

/** The keys of an item, without number: its id, its fields, and `click_url` beside `url`. */
function itemKeys({ fields }: ContentShape): string[] {
  const keys = ['id', ...fields];
  keys.splice(keys.includes('url') ? keys.indexOf('url') + 1 : keys.length, 0, 'click_url');
  return keys;
}

function head(block: Block): string {
  const { placement, decision, items } = block;
  return (
    `"placement":"${placement.name}","variant":"${decision.variant}","reason":"${decision.reason}",` +
    `"is_treatment":${decision.variant === 'treatment'},"is_fallback":${isFallback(decision)},` +
    `"is_sample":${block.isSample},"has_items":${items.length > 0},"item_count":${items.length}`
  );
}

function profileJson(block: Block, escaping: JsonOptions['escape']): string {
  return prefixed('profile_', nameTraits(block.placement, block.traits), escaping);
}

function prefixed(
  prefix: string,
  values: Readonly<Record<string, unknown>>,
  escaping: JsonOptions['escape'],
): string {
  return Object.entries(values)
    .map(([name, value]) => `,"${prefix}${name}":${encode(value, escaping)}`)
    .join('');
}

function encode(value: unknown, escaping: JsonOptions['escape']): string {
  return JSON.stringify(escaping === null ? value : escapeValue(value));
}

function escapeValue(value: unknown): unknown {
  return typeof value === 'string' ? Handlebars.escapeExpression(value) : value;
}
