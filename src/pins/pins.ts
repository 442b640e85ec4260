import type { Person } from '../domain/person.ts';
import { mayBeMended, type Pin, type PinKey } from '../domain/pin.ts';
import { formatPin, parsePin } from './entry.ts';
import { createPinMemory } from './memory.ts';

/** Where pins are kept beyond this process. Every method may reject. */
export type PinStore = {
  readonly read: (key: string) => string | null | Promise<string | null>;
  /** Writes the value unless there is one; gives the one that holds from now on. */
  readonly claim: (key: string, value: string, keepMs: number) => Promise<string>;
  readonly write: (key: string, value: string, keepMs: number) => Promise<void>;
};

export type PinsOptions = {
  readonly store: PinStore;
  /** True if other processes pin in the same store. */
  readonly isShared: boolean;
  readonly cacheBytes: number;
  /** Milliseconds. */
  readonly wallNow: () => number;
};

export type Pins = {
  /** The pin that holds, or null. Without a promise where it is in memory. Never rejects. */
  readonly find: (key: PinKey) => Pin | null | Promise<Pin | null>;
  /**
   * Pins, unless somebody was first, and gives the pin that holds from now on. `instead` is a pin that is to be
   * replaced. Resolves when a crash no longer loses it. Without the store a pin holds in this process alone, until the
   * store takes it. Never rejects.
   */
  readonly commit: (key: PinKey, pin: Pin, instead: Pin | null) => Promise<Pin>;
  /** Forgets what is in memory of someone. */
  readonly forget: (person: Person) => void;
};

/** What another replica pins instead is seen here after so long. One message is made, or opened, faster than that. */
const TRUST_MS = 10_000;

export function createPins({ store, isShared, cacheBytes, wallNow }: PinsOptions): Pins {
  const memory = createPinMemory(cacheBytes);
  /** What is being pinned, for others who come meanwhile. */
  const underWay = new Map<string, Promise<Pin>>();

  const holds = ({ untilMs }: Pin): boolean => wallNow() < untilMs;

  const recall = (key: PinKey) => {
    const remembered = memory.get(key);
    return remembered && holds(remembered.pin) ? remembered : null;
  };

  /** How long the store need not be asked what holds. */
  const trustMs = (pin: Pin, isOwed: boolean): number => {
    if (isOwed) return 0;
    if (!isShared) return Number.POSITIVE_INFINITY;
    // A fallback may be mended by any other replica at any time.
    return mayBeMended(pin) ? 0 : TRUST_MS;
  };

  const remember = (key: PinKey, pin: Pin, { length }: string, isOwed: boolean): Pin => {
    const askStoreAtMs = wallNow() + trustMs(pin, isOwed);
    memory.set(key, { pin, characters: length, askStoreAtMs, isOwed });
    return pin;
  };

  /** What the store has, if it holds. */
  const accept = (key: PinKey, text: string): Pin | null => {
    const pin = parsePin(text);
    return pin && holds(pin) ? remember(key, pin, text, false) : null;
  };

  const findInStore = (key: PinKey): Pin | null | Promise<Pin | null> => {
    const known = recall(key);
    const take = (text: string | null): Pin | null | Promise<Pin | null> => {
      const pin = text === null ? null : accept(key, text);
      if (pin || !known) return pin;
      if (known.isOwed) return begin(key, known.pin, null);
      // It was forgotten, or lost with the store.
      memory.delete(key);
      return null;
    };
    // Without the store, somebody may be decided on again; the guard around it has counted the failure.
    const doWithout = (): Pin | null => known?.pin ?? null;
    try {
      const text = store.read(storeKeyOf(key));
      return text instanceof Promise ? text.then(take, doWithout) : take(text);
    } catch {
      return doWithout();
    }
  };

  const put = async (key: PinKey, pin: Pin, instead: Pin | null): Promise<Pin> => {
    const storeKey = storeKeyOf(key);
    const text = formatPin(pin);
    const keepMs = Math.max(1, pin.untilMs - wallNow());
    try {
      // In the place of one whose time is over by now, another may be already.
      const claimed = instead && holds(instead) ? null : await store.claim(storeKey, text, keepMs);
      const other = claimed === null || claimed === text ? null : accept(key, claimed);
      if (other) return other;
      // What is to be replaced, cannot be read, or is over by the clock here.
      if (claimed !== text) await store.write(storeKey, text, keepMs);
      return remember(key, pin, text, false);
    } catch {
      // Counted by the guard. What another replica decides meanwhile may differ.
      return remember(key, pin, text, true);
    }
  };

  const begin = (key: PinKey, pin: Pin, instead: Pin | null): Promise<Pin> => {
    const storeKey = storeKeyOf(key);
    const pinning = put(key, pin, instead).finally(() => underWay.delete(storeKey));
    underWay.set(storeKey, pinning);
    return pinning;
  };

  return {
    find: (key) => {
      const known = recall(key);
      if (known && wallNow() < known.askStoreAtMs) return known.pin;
      return underWay.get(storeKeyOf(key)) ?? findInStore(key);
    },
    commit: async (key, pin, instead) => {
      const storeKey = storeKeyOf(key);
      for (let first = underWay.get(storeKey); first; first = underWay.get(storeKey)) {
        const held = await first;
        if (!isSame(held, instead)) return held;
      }
      const known = recall(key);
      return known && !isSame(known.pin, instead) ? known.pin : begin(key, pin, instead);
    },
    forget: memory.forget,
  };
}

function isSame(pin: Pin, other: Pin | null): boolean {
  return pin === other || (other !== null && formatPin(pin) === formatPin(other));
}

/** All of a person's pins begin so in the store. */
export function pinPrefixOf({ kind, id }: Person): string {
  return `=pin\n${kind}\n${id}\n`;
}

function storeKeyOf({ placement, person, campaign }: PinKey): string {
  return `${pinPrefixOf(person)}${placement}\n${campaign}`;
}
