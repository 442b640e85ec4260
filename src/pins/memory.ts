import { LRUCache } from 'lru-cache';
import type { Person } from '../domain/person.ts';
import type { Pin, PinKey } from '../domain/pin.ts';

/** A pin as this process remembers it. */
export type Remembered = {
  readonly pin: Pin;
  /** Length of what the store keeps of it. */
  readonly characters: number;
  /** From then on the store is asked first: another replica may have pinned something else. Wall clock, milliseconds. */
  readonly askStoreAtMs: number;
  /** The store failed to take it. */
  readonly isOwed: boolean;
};

export type PinMemory = {
  readonly get: (key: PinKey) => Remembered | null;
  readonly set: (key: PinKey, remembered: Remembered) => void;
  readonly delete: (key: PinKey) => void;
  readonly forget: (person: Person) => void;
};

/** Of someone, by placement and campaign. */
type PersonsPins = ReadonlyMap<string, Remembered>;

/** Nobody is in more sends at once; the store has the rest. */
const MAX_OF_PERSON = 50;

/** By person, because going through a million pins to forget one takes a second, in which nobody is answered. */
export function createPinMemory(maxBytes: number): PinMemory {
  const people = new LRUCache<string, PersonsPins>({ maxSize: maxBytes, sizeCalculation: sizeOf });

  /** The cache takes the size of a map anew only if it is another map. */
  const change = ({ person, placement, campaign }: PinKey, remembered: Remembered | null): void => {
    const personKey = keyOfPerson(person);
    const pins = new Map(people.peek(personKey));
    const sendKey = keyOfSend(placement, campaign);
    pins.delete(sendKey);
    const [oldest] = pins.keys();
    if (oldest !== undefined && pins.size >= MAX_OF_PERSON) pins.delete(oldest);
    if (remembered) pins.set(sendKey, remembered);
    people.set(personKey, pins);
  };

  return {
    get: ({ person, placement, campaign }) =>
      people.get(keyOfPerson(person))?.get(keyOfSend(placement, campaign)) ?? null,
    set: change,
    delete: (key) => change(key, null),
    forget: (person) => void people.delete(keyOfPerson(person)),
  };
}

// Neither ids nor names nor campaigns hold control characters, so that the parts cannot run into each other.

function keyOfPerson({ kind, id }: Person): string {
  return `${kind}\n${id}`;
}

function keyOfSend(placement: string, campaign: string): string {
  return `${placement}\n${campaign}`;
}

/** Bytes, roughly: what was read from the store has strings of its own. */
function sizeOf(pins: PersonsPins, personKey: string): number {
  let size = 200 + personKey.length;
  for (const [sendKey, { characters }] of pins) size += 400 + sendKey.length + 3 * characters;
  return size;
}
