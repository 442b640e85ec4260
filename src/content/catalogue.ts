import type { Deadline } from '../deadline.ts';
import type { Contents } from '../domain/content.ts';
import { type HttpDeclaration, linkSchemes, type PostgresDeclaration } from '../domain/content-source.ts';
import { createLocalizer, shapeOf } from './item.ts';
import { createKnownItems, type ItemStore, type KnownItem } from './known-items.ts';
import { createContentsView } from './localized.ts';
import { createRequests, type RequestsOptions, type RequestsStatus } from './requests.ts';
import type { ContentSource } from './source.ts';
import { createWarmth } from './warmth.ts';

export type CatalogueParts = Omit<RequestsOptions, 'declaration' | 'known'> & {
  readonly store: ItemStore;
  /** Lets go of what requests are made with. */
  readonly close: () => Promise<void>;
};

/** The content of a remote source: asked for in batches, remembered, and shown while the source fails. */
export type Catalogue = ContentSource & {
  /** Keeps these ids' content in memory from now on. Resolves when all of them were asked about once. */
  readonly keepWarm: (ids: readonly string[]) => Promise<void>;
  /** How the source is doing; `items` counts what is in memory. */
  readonly status: () => RequestsStatus & { readonly items: number };
};

/** Warm items are asked for again a little before they are stale. */
const WARM_PART = 0.8;
const MIN_WARM_EVERY_MS = 5_000;

export function createCatalogue(
  declaration: HttpDeclaration | PostgresDeclaration,
  parts: CatalogueParts,
): Catalogue {
  const { name, fields, batch, freshMs, staleIfErrorMs, missingMs } = declaration;
  const known = createKnownItems({
    declaration,
    store: parts.store,
    keepMs: staleIfErrorMs,
    keepMissingMs: missingMs,
    wallNow: parts.clock.wall,
  });
  const requests = createRequests({ ...parts, declaration, known });
  const { isFresh, isStale, isUsable } = createAges(declaration, parts.clock.wall);
  const view = createContentsView(createLocalizer(fields));
  const hasLanguages = speaksLanguages(declaration);
  const languageOf = (locale: string | null): string | null => (hasLanguages ? locale : null);

  const viewIn = (locale: string | null): Contents =>
    view(locale, (id) => {
      const one = known.inMemory(languageOf(locale), id);
      if (one?.item && isUsable(one)) return one.item;
      return one && isFresh(one) ? 'not_found' : 'source_unavailable';
    });

  /** Nothing has to be waited for. What is stale is asked for behind the answer. */
  const isAtHand = (ids: readonly string[], language: string | null): boolean => {
    const isFailing = requests.isFailing();
    const stale: string[] = [];
    for (const id of ids) {
      const one = known.inMemory(language, id);
      if (one && isFresh(one)) continue;
      if (!one || !(isStale(one) || (isFailing && isUsable(one)))) return false;
      stale.push(id);
    }
    if (stale.length > 0 && !isFailing) void requests.ask(stale, language);
    return true;
  };

  const recall = (ids: readonly string[], language: string | null): Promise<void> =>
    known.recall(
      language,
      ids.filter((id) => known.inMemory(language, id) === null),
    );

  const fetchMissing = async (
    ids: readonly string[],
    language: string | null,
    deadline: Deadline,
  ): Promise<void> => {
    await deadline.wait(recall(ids, language), undefined);
    if (isAtHand(ids, language)) return;
    const needed = ids.filter((id) => {
      const one = known.inMemory(language, id);
      return !one || !(isFresh(one) || isStale(one));
    });
    // One request: what goes beyond it would come too late.
    await deadline.wait(requests.ask(needed.slice(0, batch), language), undefined);
  };

  const warmth = createWarmth({
    everyMs: Math.max(MIN_WARM_EVERY_MS, freshMs * WARM_PART),
    refresh: async (ids, language) => {
      await recall(ids, language);
      if (!requests.isFailing()) await requests.ask(ids, language);
    },
  });

  return {
    name,
    shape: shapeOf(declaration),
    schemes: linkSchemes(fields),
    has: () => null,
    someIds: [],
    find: (ids, locale, deadline) => {
      const language = languageOf(locale);
      warmth.sawLocale(language);
      if (isAtHand(ids, language)) return viewIn(locale);
      return fetchMissing(ids, language, deadline).then(() => viewIn(locale));
    },
    keepWarm: warmth.keep,
    status: () => ({ ...requests.status(), items: known.size() }),
    close: async () => {
      warmth.stop();
      await parts.close();
    },
  };
}

/** What may be done with a known item at its age. */
function createAges(
  { freshMs, staleMs, staleIfErrorMs, missingMs }: HttpDeclaration | PostgresDeclaration,
  wallNow: () => number,
) {
  const ageOf = ({ saidAtMs }: KnownItem): number => Math.max(0, wallNow() - saidAtMs);
  return {
    /** Neither item nor gap is asked for again. */
    isFresh: (one: KnownItem): boolean => ageOf(one) < (one.item ? freshMs : missingMs),
    /** Shown, and asked for again. */
    isStale: (one: KnownItem): boolean => one.item !== null && ageOf(one) < staleMs,
    /** Shown where the source fails. */
    isUsable: (one: KnownItem): boolean => one.item !== null && ageOf(one) < staleIfErrorMs,
  };
}

/** Whether the source itself answers in languages, so that each is asked for on its own. */
function speaksLanguages(declaration: HttpDeclaration | PostgresDeclaration): boolean {
  if (declaration.type === 'postgres') return /\$2\b/.test(declaration.query);
  return declaration.url.includes('{locale}') || JSON.stringify(declaration.body).includes('"{locale}"');
}
