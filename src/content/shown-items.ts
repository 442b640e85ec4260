import type { NoContent } from '../domain/content.ts';
import { localeChain } from '../domain/locale.ts';
import type { Item } from './item.ts';
import type { ItemAges } from './item-age.ts';
import type { KnownItem, KnownItems } from './known-items.ts';
import { isPossibleId } from './row-reader.ts';

/**
 * What is shown of an id in a language as things are known now. What was said since a moment (wall clock, milliseconds)
 * counts in the answer that asked for it, even where nothing is kept.
 */
export type ShowItem = (language: string | null, sinceMs: number, id: string) => Item | NoContent;

export function createShowItem(known: KnownItems, { isFresh, isUsable }: ItemAges): ShowItem {
  /** Where a language cannot be had, what is known in a more general one is better than nothing. */
  const showOtherLanguage = (language: string | null, id: string): Item | NoContent => {
    for (const other of language === null ? [] : [...localeChain(language).slice(1), null]) {
      const one = known.inMemory(other, id);
      if (isItem(one) && isUsable(one)) return one.item;
    }
    return 'source_unavailable';
  };

  return (language, sinceMs, id) => {
    const one = known.inMemory(language, id);
    if (!one && !isPossibleId(id)) return 'not_found';
    const isNew = one !== null && one.saidAtMs >= sinceMs;
    if (isItem(one) && (isNew || isUsable(one))) return one.item;
    if (one?.item === 'not_found' && (isNew || isFresh(one))) return 'not_found';
    return showOtherLanguage(language, id);
  };
}

function isItem(one: KnownItem | null): one is KnownItem & { readonly item: Item } {
  return typeof one?.item === 'object';
}
