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

/** How long prefetches keep fresh what they found. Null for one that is not known here. Wall clock, milliseconds. */
export type Holds = {
  /** Until when; without end while it goes on. */
  readonly untilMs: (hold: string) => number | null;
  /** The earliest and the latest that this can be. */
  readonly atLeastUntilMs: (hold: string) => number | null;
  readonly atMostUntilMs: (hold: string) => number | null;
};

export type KnownPeopleOptions = {
  readonly store: EntryStore;
  readonly holds: Holds;
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
  /**
   * Known from now on, here; resolves when the store has it as well, or has failed. Kept by this prefetch, or by the one
   * that keeps what was known before.
   */
  readonly learn: (key: string, lookup: KnownLookup, hold?: string | null) => Promise<void>;
  /** Has a prefetch keep what is known. True when the store has it so. */
  readonly keepFor: (key: string, hold: string) => Promise<boolean>;
  /** Forgets what is in memory of someone. */
  readonly forget: (person: Person) => void;
  readonly size: () => { readonly entries: number; readonly bytes: number };
};

export function createKnownPeople(options: KnownPeopleOptions): KnownPeople {
  const { store, holds, cacheBytes, keepMs, clock, onArmFlip } = options;
  const memory = new LRUCache<string, Known>({ maxSize: cacheBytes, sizeCalculation: sizeOf });
  /** What stands around people in the keys: finding someone in a million by looking at each takes a second. */
  const frames = new Map<string, Frame>();
  /** What is being written; true if that succeeded. */
  const writing = new Map<string, Promise<boolean>>();
  /** What prefetches keep and the store does not have: a few, since they go no further without it. */
  const owed = new Set<string>();

  const remember = (key: string, known: Known): void => {
    memory.set(key, known);
    const frame = frameOf(key);
    frames.set(frame.join('\n'), frame);
  };

  const write = async (key: string, known: Known): Promise<boolean> => {
    const heldMs = known.hold === null ? 0 : (holds.atMostUntilMs(known.hold) ?? 0) - clock.wall();
    try {
      await store.write(key, formatEntry(known), Math.max(keepMs(), heldMs));
      owed.delete(key);
      return true;
    } catch {
      // It is in memory, and the guard around the store has counted the failure.
      if (known.hold !== null) owed.add(key);
      return false;
    }
  };

  const beginToWrite = (key: string, known: Known): Promise<boolean> => {
    const written = write(key, known).finally(() => {
      if (writing.get(key) === written) writing.delete(key);
    });
    writing.set(key, written);
    return written;
  };

  /** Whether what keeps something already does so for as long. */
  const lasts = (before: string | null, hold: string): boolean =>
    before !== null && (holds.atLeastUntilMs(before) ?? 0) >= (holds.atLeastUntilMs(hold) ?? 0);

  const isHeld = ({ hold }: Known): boolean =>
    hold !== null && clock.wall() < (holds.untilMs(hold) ?? Number.NEGATIVE_INFINITY);

  return {
    inMemory: (key) => memory.get(key) ?? null,
    anywhere: async (key) => {
      const stored = await readEntry(store, key);
      const remembered = memory.peek(key) ?? null;
      if (!stored || (remembered && !isNews(stored, remembered))) return remembered;
      remember(key, stored);
      return stored;
    },
    learn: async (key, lookup, hold = null) => {
      // Whoever knew of someone before has looked into the store by now.
      const before = memory.peek(key);
      const heldBefore = before && isHeld(before) ? before.hold : null;
      const known = { lookup: compact(lookup), saidAtMs: clock.wall(), hold: hold ?? heldBefore };
      // Counted by the one who was told.
      if (before && isFlip(before.lookup, known.lookup)) onArmFlip(frameOf(key)[1]);
      remember(key, known);
      await beginToWrite(key, known);
    },
    keepFor: async (key, hold) => {
      const underWay = await writing.get(key);
      const known = memory.peek(key);
      if (!known) return false;
      const isKept = known.hold === hold || lasts(known.hold, hold);
      if (isKept && (underWay ?? !owed.has(key))) return true;
      const kept = isKept ? known : { ...known, hold };
      remember(key, kept);
      return beginToWrite(key, kept);
    },
    forget: ({ kind, id }) => {
      for (const [project, recommendation] of frames.values()) {
        const key = `${project}\n${kind}\n${id}\n${recommendation}`;
        memory.delete(key);
        owed.delete(key);
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

/** Another replica was told something later, or keeps the same for a prefetch. */
function isNews(stored: Known, remembered: Known): boolean {
  if (stored.saidAtMs !== remembered.saidAtMs) return stored.saidAtMs > remembered.saidAtMs;
  return stored.hold !== null && stored.hold !== remembered.hold;
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
