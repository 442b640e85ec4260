import type { Content, Contents, NoContent } from '../domain/content.ts';
import type { Item } from './item.ts';

/** Callers name locales, so what is kept of one item must not grow with them. */
const MAX_LOCALES = 20;

/** Items in one language. */
export type ViewContents = (locale: string | null, find: (id: string) => Item | NoContent) => Contents;

/** Content is made once for each item and locale, since renderers keep what they prepared with it. */
export function createContentsView(localize: (item: Item, locale: string | null) => Content): ViewContents {
  const made = new WeakMap<Item, Map<string | null, Content>>();

  const contentOf = (item: Item, locale: string | null): Content => {
    let languages = made.get(item);
    if (!languages || (languages.size >= MAX_LOCALES && !languages.has(locale))) {
      languages = new Map();
      made.set(item, languages);
    }
    let content = languages.get(locale);
    if (!content) {
      content = localize(item, locale);
      languages.set(locale, content);
    }
    return content;
  };

  return (locale, find) => ({
    get: (id) => {
      const item = find(id);
      return typeof item === 'string' ? item : contentOf(item, locale);
    },
  });
}
