import { LRUCache } from 'lru-cache';

/** Where answers are kept beyond this process. Every method may reject. */
export type ResultsStore = {
  readonly read: (key: string) => string | null | Promise<string | null>;
  readonly write: (key: string, value: string, keepMs: number) => Promise<void>;
};

/** Texts by key, in memory and behind it in the store, which other replicas share. Never rejects. */
export type Memo = {
  readonly read: (key: string) => Promise<string | null>;
  readonly write: (key: string, value: string, keepMs: number) => Promise<void>;
};

const MAX_CHARACTERS = 8 * 1_048_576;

export function createMemo(store: ResultsStore, prefix: string): Memo {
  const memory = new LRUCache<string, string>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (value, key) => value.length + key.length + 1,
  });
  return {
    read: async (key) => {
      try {
        const text = await store.read(`${prefix}${key}`);
        if (text !== null) memory.set(key, text);
        return text ?? memory.get(key) ?? null;
      } catch {
        // The guard around the store has counted the failure.
        return memory.get(key) ?? null;
      }
    },
    write: async (key, value, keepMs) => {
      memory.set(key, value);
      try {
        await store.write(`${prefix}${key}`, value, keepMs);
      } catch {
        // It is in memory, and the guard around the store has counted the failure.
      }
    },
  };
}
