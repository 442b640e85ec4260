import { LRUCache } from 'lru-cache';
import type { Clock } from '../domain/clock.ts';
import type { Known, KnownLookup } from '../domain/freshness.ts';
import type { Person } from '../domain/person.ts';
import { NO_TRAITS } from '../domain/profile.ts';
import { formatEntry, intern, parseEntry } from './entry.ts';

/** Where entries are kept beyond this process. Every method may reject. */
export type EntryStore = {
  readonly read: (key: string) => string | null | Promise<string | null>;
  readonly write: (key: string, value: string, keepMs: number) => Promise<void>;
};

export type KnownPeopleOptions = {
  readonly store: EntryStore;
  readonly cacheBytes: number;
  /** The longest that any placement may use what is known. */
  readonly keepMs: () => number;
  readonly clock: Clock;
  /** Someone moved between treatment and control of a recommendation. */
  readonly onArmFlip: (recommendation: string) => void;
};

/** What Amplitude has said of people: in memory, and behind it in the store. */
export type KnownPeople = {
  readonly inMemory: (key: string) => Known | null;
  /** What is newest after looking into the store, which may not answer. */
  readonly anywhere: (key: string) => Promise<Known | null>;
  /** Known from now on, here; resolves when the store has it as well, or has failed. */
  readonly learn: (key: string, lookup: KnownLookup) => Promise<void>;
  /** Forgets what is in memory of someone. */
  readonly forget: (person: Person) => void;
  readonly size: () => { readonly entries: number; readonly bytes: number };
};

export function createKnownPeople(options: KnownPeopleOptions): KnownPeople {
  const { store, cacheBytes, keepMs, clock, onArmFlip } = options;
  const memory = new LRUCache<string, Known>({ maxSize: cacheBytes, sizeCalculation: sizeOf });
  /** What stands around people in the keys: finding someone in a million by looking at each takes a second. */
  const frames = new Map<string, Frame>();

  const remember = (key: string, known: Known): void => {
    memory.set(key, known);
    const frame = frameOf(key);
    frames.set(frame.join('\n'), frame);
  };

  return {
    inMemory: (key) => memory.get(key) ?? null,
    anywhere: async (key) => {
      const stored = await readEntry(store, key);
      const remembered = memory.peek(key) ?? null;
      if (!stored || (remembered && remembered.saidAtMs >= stored.saidAtMs)) return remembered;
      remember(key, stored);
      return stored;
    },
    learn: async (key, lookup) => {
      const known = { lookup: compact(lookup), saidAtMs: clock.wall() };
      // Counted by the one who was told; whoever knew of someone before has looked into the store by now.
      const before = memory.peek(key);
      if (before && isFlip(before.lookup, known.lookup)) onArmFlip(frameOf(key)[1]);
      remember(key, known);
      try {
        await store.write(key, formatEntry(known), keepMs());
      } catch {
        // It is in memory, and the guard around the store has counted the failure.
      }
    },
    forget: ({ kind, id }) => {
      for (const [project, recommendation] of frames.values()) {
        memory.delete(`${project}\n${kind}\n${id}\n${recommendation}`);
      }
    },
    size: () => ({ entries: memory.size, bytes: memory.calculatedSize }),
  };
}

/** The parts of a key that are not the person's, of which there are a few. */
type Frame = readonly [project: string, recommendation: string];

function frameOf(key: string): Frame {
  return [key.slice(0, key.indexOf('\n')), key.slice(key.lastIndexOf('\n') + 1)];
}

/** Null also if the store does not answer, or says what this version cannot read. */
async function readEntry(store: EntryStore, key: string): Promise<Known | null> {
  try {
    const text = await store.read(key);
    return text === null ? null : parseEntry(text);
  } catch {
    return null;
  }
}

function isFlip(before: KnownLookup, after: KnownLookup): boolean {
  return before.status === 'found' && after.status === 'found' && before.isControl !== after.isControl;
}

function compact(lookup: KnownLookup): KnownLookup {
  return lookup.status === 'found' ? { ...lookup, items: intern(lookup.items) } : lookup;
}

/** Bytes, roughly: V8 keeps Latin text one byte a character; the objects and the cache's own slots are the rest. */
function sizeOf({ lookup }: Known, key: string): number {
  const items = lookup.status === 'found' ? lookup.items.length * 8 : 0;
  const hasTraits = 'traits' in lookup && lookup.traits !== NO_TRAITS;
  return 300 + key.length + items + (hasTraits ? JSON.stringify(lookup.traits).length * 2 : 0);
}
