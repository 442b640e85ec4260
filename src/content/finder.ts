import type { Clock } from '../domain/clock.ts';
import { type ContentShape, type Contents, isComplete } from '../domain/content.ts';
import type { ItemAges } from './item-age.ts';
import type { KnownItems } from './known-items.ts';
import type { Languages } from './languages.ts';
import type { ViewContents } from './localized.ts';
import type { Requests } from './requests.ts';
import { isPossibleId } from './row-reader.ts';
import type { ShowItem } from './shown-items.ts';
import type { ContentSource } from './source.ts';

export type FinderParts = {
  readonly known: KnownItems;
  readonly ages: ItemAges;
  readonly requests: Requests;
  readonly languages: Languages;
  readonly show: ShowItem;
  readonly view: ViewContents;
  readonly shape: ContentShape;
  /** Most ids in one request. */
  readonly batch: number;
  readonly clock: Clock;
};

/** `find` of a remote source: from memory, else from the store, else by one request. */
export function createFinder(parts: FinderParts): ContentSource['find'] {
  const { known, ages, requests, languages, show, view, shape, batch, clock } = parts;

  /** What has to be waited for, and what may be asked for behind the answer. */
  const survey = (ids: Iterable<string>, language: string | null) => {
    const missing: string[] = [];
    const stale: string[] = [];
    for (const id of ids) {
      const one = known.inMemory(language, id);
      if (one && ages.isFresh(one)) continue;
      if (one && (ages.isServed(one) || (requests.hasFailed(language) && ages.isUsable(one)))) stale.push(id);
      else if (one || isPossibleId(id)) missing.push(id);
    }
    return { missing, stale };
  };

  /** Still one request at most: what goes beyond is left to the next answer. */
  const askBehind = (ids: readonly string[], language: string | null): void => {
    if (ids.length > 0 && requests.mayRetry(language)) void requests.ask(ids.slice(0, batch), language);
  };

  const findMissing: ContentSource['find'] = async (ids, locale, deadline) => {
    const language = languages.for(locale);
    const askedAtMs = clock.wall();
    const contents = view(locale, (id) => show(language, askedAtMs, id));
    const unique = new Set(ids);
    await deadline.wait(known.recall(language, survey(unique, language).missing), undefined);

    const { missing, stale } = survey(unique, language);
    const isSpared = requests.isFailing(language) && hasSomethingToShow(ids, contents, shape);
    if (missing.length === 0 || isSpared) askBehind([...missing, ...stale], language);
    else await deadline.wait(requests.ask(missing.slice(0, batch), language), undefined);
    return contents;
  };

  return (ids, locale, deadline) => {
    const language = languages.for(locale);
    const { missing, stale } = survey(ids, language);
    if (missing.length > 0) return findMissing(ids, locale, deadline);
    askBehind(stale, language);
    return view(locale, (id) => show(language, Number.POSITIVE_INFINITY, id));
  };
}

function hasSomethingToShow(ids: readonly string[], contents: Contents, shape: ContentShape): boolean {
  return ids.some((id) => {
    const content = contents.get(id);
    return typeof content !== 'string' && isComplete(content, shape);
  });
}
