import { type HttpDeclaration, linkSchemes, type PostgresDeclaration } from '../domain/content-source.ts';
import { createFinder } from './finder.ts';
import { createLocalizer, createRewriter, originOf, shapeOf } from './item.ts';
import { createItemAges } from './item-age.ts';
import { createKnownItems, type ItemStore } from './known-items.ts';
import { createLanguages } from './languages.ts';
import { createContentsView } from './localized.ts';
import { createRequests, type RequestsOptions, type RequestsStatus } from './requests.ts';
import { createShowItem } from './shown-items.ts';
import type { ContentSource } from './source.ts';
import { createWarmth } from './warmth.ts';

export type CatalogueParts = Omit<RequestsOptions, 'declaration' | 'known' | 'isUsable'> & {
  readonly store: ItemStore;
  /** Lets go of what requests are made with. */
  readonly close: () => Promise<void>;
};

/** The content of a remote source: asked for in batches, remembered, and shown while the source fails. */
export type Catalogue = ContentSource & {
  /**
   * Keeps these ids in memory from now on, and no others, in these locales and those asked for lately. Resolves when what
   * was not known of them was asked about once. Never rejects.
   */
  readonly keepWarm: (ids: readonly string[], locales: readonly (string | null)[]) => Promise<void>;
  /** How the source is doing; `items` counts what is in memory. */
  readonly status: () => RequestsStatus & { readonly items: number };
};

export function createCatalogue(
  declaration: HttpDeclaration | PostgresDeclaration,
  parts: CatalogueParts,
): Catalogue {
  const { name, fields, batch, freshMs } = declaration;
  const { clock, store } = parts;
  const shape = shapeOf(declaration);
  const ages = createItemAges(declaration, clock.wall);
  const known = createKnownItems({ declaration, store, wallNow: clock.wall });
  const languages = createLanguages(speaksLanguages(declaration), clock.monotonic);
  const requests = createRequests({ ...parts, declaration, known, isUsable: ages.isUsable });
  const warmth = createWarmth({ known, ages, requests, languages, batch, freshMs });
  const show = createShowItem(known, ages);
  const view = createContentsView(createLocalizer(fields));
  return {
    name,
    shape,
    schemes: linkSchemes(fields),
    origin: originOf(declaration),
    rewrite: createRewriter(fields),
    has: () => null,
    someIds: [],
    find: createFinder({ known, ages, requests, languages, show, view, shape, batch, clock }),
    keepWarm: warmth.keep,
    status: () => ({ ...requests.status(), items: known.size() }),
    close: async () => {
      warmth.stop();
      requests.close();
      await parts.close();
    },
  };
}

/** Whether the source itself answers in languages, so that each is asked for on its own. */
function speaksLanguages(declaration: HttpDeclaration | PostgresDeclaration): boolean {
  if (declaration.type === 'postgres') return /\$2\b/.test(declaration.query);
  return declaration.url.includes('{locale}') || JSON.stringify(declaration.body).includes('"{locale}"');
}
