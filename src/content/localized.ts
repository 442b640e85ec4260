import { LRUCache } from 'lru-cache';
import type { Content, Contents, NoContent } from '../domain/content.ts';
import type { Item } from './item.ts';
import { keyIn } from './languages.ts';

/** Items in one language. */
export type ViewContents = (locale: string | null, find: (id: string) => Item | NoContent) => Contents;

/** Of all items in all locales, which callers name; with what renderers keep of each. */
const MAX_BYTES = 32 * 1_048_576;

/** Content is made once for each item and locale, as long as there is room, since renderers keep what they prepared with it. */
export function createContentsView(localize: (item: Item, locale: string | null) => Content): ViewContents {
  const made = new LRUCache<string, { readonly item: Item; readonly content: Content }>({
    maxSize: MAX_BYTES,
  });

  const contentOf = (item: Item, locale: string | null): Content => {
    const key = keyIn(locale, item.id);
    const known = made.get(key);
    if (known?.item === item) return known.content;
    const content = localize(item, locale);
    made.set(key, { item, content }, { size: estimateBytes(content) });
    return content;
  };

  return (locale, find) => ({
    get: (id) => {
      const item = find(id);
      return typeof item === 'string' ? item : contentOf(item, locale);
    },
  });
}

/** The texts themselves, and once more as they stand in a message; either may take two bytes a character. */
function estimateBytes({ id, values }: Content): number {
  const texts = Object.values(values).filter((value) => typeof value === 'string');
  return 800 + 4 * texts.reduce((sum, text) => sum + text.length, id.length);
}
