import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { SourceDeclaration } from '../domain/content-source.ts';
import type { Item } from './item.ts';

/** Where items are kept beyond this process. Every method may reject. */
export type ItemStore = {
  readonly read: (key: string) => string | null | Promise<string | null>;
  readonly write: (key: string, value: string, keepMs: number) => Promise<void>;
};

/** What a source said of an id, and when. */
export type KnownItem = {
  /** Null: the source has no such item. */
  readonly item: Item | null;
  /** Wall clock, milliseconds. */
  readonly saidAtMs: number;
};

export type KnownItems = {
  readonly inMemory: (locale: string | null, id: string) => KnownItem | null;
  /** Brings what the store has of these ids into memory. Never rejects. */
  readonly recall: (locale: string | null, ids: readonly string[]) => Promise<void>;
  readonly learn: (locale: string | null, id: string, item: Item | null) => void;
  readonly size: () => number;
};

export type KnownItemsOptions = {
  readonly declaration: SourceDeclaration;
  readonly store: ItemStore;
  /** How long the store keeps an item, and that there is none. Milliseconds. */
  readonly keepMs: number;
  readonly keepMissingMs: number;
  readonly wallNow: () => number;
};

/** A few ten thousand items with usual texts. */
const MAX_BYTES = 64 * 1_048_576;

/** What is known of a remote source's items: in memory, and behind it in the store, so that a restart loses nothing. */
export function createKnownItems(options: KnownItemsOptions): KnownItems {
  const { declaration, store, keepMs, keepMissingMs, wallNow } = options;
  const memory = new LRUCache<string, KnownItem>({ maxSize: MAX_BYTES });
  const prefix = `=content\n${declaration.name}\n${fingerprintOf(declaration)}`;
  const keyOf = (locale: string | null, id: string): string => `${locale ?? ''}\n${id}`;

  const keep = (key: string, known: KnownItem, text: string): void => {
    memory.set(key, known, { size: 300 + key.length + 2 * text.length });
  };

  return {
    inMemory: (locale, id) => memory.get(keyOf(locale, id)) ?? null,
    recall: async (locale, ids) => {
      const recallOne = async (id: string): Promise<void> => {
        const key = keyOf(locale, id);
        try {
          const text = await store.read(`${prefix}\n${key}`);
          const known = text === null ? null : parseEntry(text, id, declaration.fields.length);
          if (text !== null && known && !memory.has(key)) keep(key, known, text);
        } catch {
          // It is asked for at its source instead, and the guard around the store has counted the failure.
        }
      };
      await Promise.all(ids.map(recallOne));
    },
    learn: (locale, id, item) => {
      const key = keyOf(locale, id);
      const known = { item, saidAtMs: wallNow() };
      const text = formatEntry(known);
      keep(key, known, text);
      store.write(`${prefix}\n${key}`, text, item ? keepMs : keepMissingMs).catch(() => {});
    },
    size: () => memory.size,
  };
}

/** A source that is read in another way has said nothing yet. Passwords may change without that. */
function fingerprintOf(declaration: SourceDeclaration): string {
  const { fields, key } = declaration;
  const asked =
    declaration.type === 'http'
      ? [declaration.url, declaration.body, declaration.rows, declaration.resolve]
      : declaration.type === 'postgres'
        ? [declaration.query]
        : [];
  return createHash('sha256')
    .update(JSON.stringify([fields, key, asked]))
    .digest('base64url')
    .slice(0, 16);
}

const Value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Entry = z.object({
  v: z.literal(1),
  at: z.number(),
  values: z.array(z.union([Value, z.record(z.string(), Value)])).nullable(),
});

function formatEntry({ item, saidAtMs }: KnownItem): string {
  return JSON.stringify({ v: 1, at: saidAtMs, values: item?.values ?? null });
}

/** Null for what is no entry of this version. */
function parseEntry(text: string, id: string, fieldCount: number): KnownItem | null {
  try {
    const entry = Entry.safeParse(JSON.parse(text)).data;
    if (!entry || (entry.values && entry.values.length !== fieldCount)) return null;
    return { item: entry.values && { id, values: entry.values }, saidAtMs: entry.at };
  } catch {
    return null;
  }
}
