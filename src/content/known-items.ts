import { LRUCache } from 'lru-cache';
import type { NoContent } from '../domain/content.ts';
import type { HttpDeclaration, PostgresDeclaration } from '../domain/content-source.ts';
import type { Item } from './item.ts';
import { keyIn } from './languages.ts';
import { formatStored, parseStored, storePrefix } from './stored-item.ts';

/** Where items are kept beyond this process. Every method may fail, and none takes long. */
export type ItemStore = {
  readonly read: (key: string) => string | null | Promise<string | null>;
  readonly write: (key: string, value: string, keepMs: number) => Promise<void>;
};

/** What a source said of an id, and when. */
export type KnownItem = {
  /** `source_unavailable`: what it answered does not tell whether it has such an item. */
  readonly item: Item | NoContent;
  /** Wall clock, milliseconds. */
  readonly saidAtMs: number;
};

export type KnownItems = {
  readonly inMemory: (locale: string | null, id: string) => KnownItem | null;
  /** Brings what the store has of these ids into memory, where it is news. Never rejects. */
  readonly recall: (locale: string | null, ids: readonly string[]) => Promise<void>;
  /** Known from now on. An item is not given up for an answer that does not tell. */
  readonly learn: (locale: string | null, id: string, item: Item | NoContent) => void;
  /** How many are in memory, gaps included. */
  readonly size: () => number;
};

export type KnownItemsOptions = {
  readonly declaration: HttpDeclaration | PostgresDeclaration;
  readonly store: ItemStore;
  readonly wallNow: () => number;
};

/** A few ten thousand items with usual texts. */
const MAX_BYTES = 64 * 1_048_576;

/** A gap overwrites the item that the store had, even where gaps are not to be remembered at all. */
const MIN_KEEP_MS = 1_000;

/** What is known of a remote source's items: in memory, and behind it in the store, so that a restart loses nothing. */
export function createKnownItems({ declaration, store, wallNow }: KnownItemsOptions): KnownItems {
  const { fields, staleIfErrorMs, missingMs } = declaration;
  const memory = new LRUCache<string, KnownItem>({ maxSize: MAX_BYTES });
  const prefix = storePrefix(declaration);

  const keep = (key: string, known: KnownItem, text: string): void => {
    memory.set(key, known, { size: 300 + key.length + 2 * text.length });
  };

  const recallOne = async (key: string, id: string): Promise<void> => {
    try {
      const text = await store.read(`${prefix}\n${key}`);
      const stored = text === null ? null : parseStored(text, id, fields.length);
      if (text === null || !stored || !isNews(stored, memory.peek(key))) return;
      keep(key, { ...stored, item: stored.item ?? 'not_found' }, text);
    } catch {
      // It is asked for at its source instead, and the guard around the store has counted the failure.
    }
  };

  const persist = async (key: string, text: string, keepMs: number): Promise<void> => {
    try {
      await store.write(`${prefix}\n${key}`, text, Math.max(MIN_KEEP_MS, keepMs));
    } catch {
      // It is in memory, and the guard around the store has counted the failure.
    }
  };

  return {
    inMemory: (locale, id) => memory.get(keyIn(locale, id)) ?? null,
    recall: async (locale, ids) => {
      await Promise.all(ids.map((id) => recallOne(keyIn(locale, id), id)));
    },
    learn: (locale, id, said) => {
      const key = keyIn(locale, id);
      const saidAtMs = wallNow();
      const before = memory.peek(key)?.item;
      if (said === 'source_unavailable') {
        if (!isItem(before)) keep(key, { item: said, saidAtMs }, '');
        return;
      }
      const item = isItem(said) ? said : null;
      const text = formatStored({ item, saidAtMs });
      keep(key, { item: isSame(before, said) ? before : said, saidAtMs }, text);
      void persist(key, text, item ? staleIfErrorMs : missingMs);
    },
    size: () => memory.size,
  };
}

function isNews({ saidAtMs }: { readonly saidAtMs: number }, known: KnownItem | undefined): boolean {
  return !known || known.item === 'source_unavailable' || known.saidAtMs < saidAtMs;
}

function isItem(said: Item | NoContent | undefined): said is Item {
  return typeof said === 'object';
}

/** Then the old one stays, and with it all that was made of it for messages. */
function isSame(before: Item | NoContent | undefined, said: Item | NoContent): before is Item {
  return isItem(before) && isItem(said) && JSON.stringify(before.values) === JSON.stringify(said.values);
}
