import Handlebars from 'handlebars';
import type { Block, BlockItem } from '../domain/block.ts';
import type { Content, ContentShape } from '../domain/content.ts';
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
 * The JSON of one placement: always the same keys, absent values null. It is put together from pieces that were
 * made before: the keys at load, an item's values when it is first shown.
 */
export function createJsonRenderer(placement: Placement, shape: ContentShape): RenderJson {
  const names = itemKeys(shape);
  const positions = Array.from({ length: placement.items }, (_, index) => index + 1);
  const numberedKeys = positions.map((position) => names.map((name) => `"item_${position}_${name}":`));
  const singleKeys = names.map((name) => `"item_${name}":`);
  const listKeys = names.map((name) => `"${name}":`);
  const clickIndex = names.indexOf('click_url');
  const profileKeys = traitNames(placement);
  const plainValues = new WeakMap<Content, readonly string[]>();

  const valuesOf = (content: Content, escaping: JsonOptions['escape']): readonly string[] => {
    if (escaping !== null) return encodeValues(content, names, escapeValue);
    const known = plainValues.get(content);
    if (known) return known;
    const values = encodeValues(content, names, (value) => value);
    plainValues.set(content, values);
    return values;
  };

  const pairs = (
    keys: readonly string[],
    item: BlockItem | undefined,
    escaping: JsonOptions['escape'],
  ): string => {
    if (!item) return keys.map((key) => `${key}null`).join();
    const values = valuesOf(item.content, escaping);
    let json = '';
    for (let index = 0; index < keys.length; index += 1) {
      const value = index === clickIndex ? encode(item.clickUrl, escaping) : values[index];
      json += `${index === 0 ? '' : ','}${keys[index]}${value}`;
    }
    return json;
  };

  const itemsJson = (block: Block, options: JsonOptions): string => {
    if (options.position !== null) {
      return `"position":${options.position},${pairs(singleKeys, block.items[0], options.escape)}`;
    }
    if (options.shape === 'list') {
      return `"items":[${block.items.map((item) => `{${pairs(listKeys, item, options.escape)}}`).join()}]`;
    }
    return numberedKeys.map((keys, index) => pairs(keys, block.items[index], options.escape)).join();
  };

  return (block, options) => {
    const profile = profileKeys.length === 0 ? '' : profileJson(block, options.escape);
    const explain = options.explain === null ? '' : prefixed('explain_', options.explain, null);
    return `{${head(block)},${itemsJson(block, options)}${profile}${explain}}`;
  };
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

function encodeValues(
  content: Content,
  names: readonly string[],
  change: (value: unknown) => unknown,
): readonly string[] {
  return names.map((name) =>
    JSON.stringify(change(name === 'id' ? content.id : (content.values[name] ?? null))),
  );
}

function encode(value: unknown, escaping: JsonOptions['escape']): string {
  return JSON.stringify(escaping === null ? value : escapeValue(value));
}

function escapeValue(value: unknown): unknown {
  return typeof value === 'string' ? Handlebars.escapeExpression(value) : value;
}
