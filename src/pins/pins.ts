import { LRUCache } from 'lru-cache';
import type { Person } from '../domain/person.ts';
import type { Pin, PinKey } from '../domain/pin.ts';
import { formatPin, parsePin } from './entry.ts';

/** Where pins are kept beyond this process. Every method may reject. */
export type PinStore = {
  readonly read: (key: string) => string | null | Promise<string | null>;
  /** Writes the value unless there is one; gives the one that holds from now on. */
  readonly claim: (key: string, value: string, keepMs: number) => Promise<string>;
  readonly write: (key: string, value: string, keepMs: number) => Promise<void>;
};

export type PinsOptions = {
  readonly store: PinStore;
  readonly cacheBytes: number;
  /** Milliseconds. */
  readonly wallNow: () => number;
};

export type Pins = {
  /** The pin that holds, or null. Without a promise where it is in memory. Never rejects. */
  readonly find: (key: PinKey) => Pin | null | Promise<Pin | null>;
  /**
   * Pins, unless somebody was first, and gives the pin that holds from now on. `instead` is a pin that is to be
   * replaced. Without the store a pin holds in this process alone. Never rejects.
   */
  readonly commit: (key: PinKey, pin: Pin, instead: Pin | null) => Promise<Pin>;
  /** Forgets what is in memory of someone. */
  readonly forget: (person: Person) => void;
  readonly size: () => number;
};

/** Of someone, by placement and campaign. */
type PersonsPins = Map<string, Pin>;

/** Nobody is in more sends at once; the store has the rest. */
const MAX_OF_PERSON = 50;

export function createPins({ store, cacheBytes, wallNow }: PinsOptions): Pins {
  const memory = new LRUCache<string, PersonsPins>({ maxSize: cacheBytes });

  const remember = (key: PinKey, pin: Pin): void => {
    const personKey = keyOfPerson(key.person);
    const known = memory.peek(personKey);
    const pins: PersonsPins = known && known.size < MAX_OF_PERSON ? known : new Map();
    pins.set(keyOfSend(key), pin);
    memory.set(personKey, pins, { size: sizeOf(personKey, pins) });
  };

  const inMemory = (key: PinKey): Pin | null => {
    const pin = memory.get(keyOfPerson(key.person))?.get(keyOfSend(key));
    return pin && holds(pin) ? pin : null;
  };

  const holds = ({ untilMs }: Pin): boolean => wallNow() < untilMs;

  const accept = (key: PinKey, text: string | null): Pin | null => {
    const pin = text === null ? null : parsePin(text);
    if (!pin || !holds(pin)) return null;
    remember(key, pin);
    return pin;
  };

  const findInStore = (key: PinKey): Pin | null | Promise<Pin | null> => {
    try {
      const text = store.read(storeKeyOf(key));
      if (!(text instanceof Promise)) return accept(key, text);
      return text.then(
        (found) => accept(key, found),
        () => null,
      );
    } catch {
      // Somebody is decided on again; the guard around the store has counted the failure.
      return null;
    }
  };

  return {
    find: (key) => inMemory(key) ?? findInStore(key),
    commit: async (key, pin, instead) => {
      const storeKey = storeKeyOf(key);
      const text = formatPin(pin);
      const keepMs = pin.untilMs - pin.pinnedAtMs;
      const before = inMemory(key);
      // Who was first in this process is so in the store as well, or will be.
      if (before && before !== instead) return before;
      remember(key, pin);
      try {
        if (instead) await store.write(storeKey, text, keepMs);
        else return accept(key, await store.claim(storeKey, text, keepMs)) ?? pin;
      } catch {
        // It holds here, and what another replica decides meanwhile may differ.
      }
      return pin;
    },
    forget: (person) => void memory.delete(keyOfPerson(person)),
    size: () => memory.size,
  };
}

/** All of a person's pins begin so in the store. */
export function pinPrefixOf(person: Person): string {
  return `=pin\n${keyOfPerson(person)}\n`;
}

function keyOfPerson({ kind, id }: Person): string {
  return `${kind}\n${id}`;
}

/** Neither names nor campaigns hold control characters. */
function keyOfSend({ placement, campaign }: PinKey): string {
  return `${placement}\n${campaign}`;
}

function storeKeyOf(key: PinKey): string {
  return `${pinPrefixOf(key.person)}${keyOfSend(key)}`;
}

/** Bytes, roughly. */
function sizeOf(personKey: string, pins: PersonsPins): number {
  let size = 200 + personKey.length;
  for (const [key, { itemIds, urls }] of pins) {
    size +=
      250 + key.length + itemIds.length * 8 + urls.reduce((sum, url) => sum + 20 + (url?.length ?? 0), 0);
  }
  return size;
}
