import type { Item, ItemValue } from './item.ts';
import { addressIn, createSlots, grown, hashOf, NOWHERE, type Slots, setSlot, slotOf } from './pack-index.ts';

/**
 * Items as bytes: off the JavaScript heap, where a million of them would cost the garbage collector seconds, and handed
 * from thread to thread without a copy.
 *
 * An item is a byte of flags, the id's length (2 bytes), the values' length (4 bytes, little-endian as all), the id, and the
 * values as JSON in the order of the declared fields. Its address counts through segments of one size.
 */
export type Pack = {
  readonly segments: readonly ArrayBuffer[];
  readonly slots: Slots;
};

const SEGMENT_BITS = 22;
const SEGMENT_BYTES = 2 ** SEGMENT_BITS;
const HEADER_BYTES = 7;
const MAX_ID_BYTES = 768;
/** So that any item fits into a segment, whatever its characters take in UTF-8. */
const MAX_VALUES_CHARACTERS = 1_000_000;
const COMPLETE = 1;
/** The values are Latin-1, as western languages can be. It is read in a quarter of the time that UTF-8 takes. */
const LATIN1 = 2;
const BEYOND_LATIN1 = /[^\0-\xff]/;

/** What is to be handed over, not copied, when a pack changes threads. */
export function buffersOf({ segments, slots }: Pack): ArrayBuffer[] {
  return [...segments, slots.buffer];
}

/** Why an item was not packed. */
export type Unpacked = 'repeated' | 'too_large' | 'full';

/** Packs items one by one. */
export class Packer {
  readonly #maxBytes: number;
  readonly #segments: Buffer<ArrayBuffer>[] = [];
  readonly #id = Buffer.alloc(MAX_ID_BYTES);
  #slots = createSlots();
  #count = 0;
  /** Up to where the last segment is in use. */
  #used = SEGMENT_BYTES;

  /** `maxBytes` is for items and index together, at most 4 GB. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** How many items there are. */
  get count(): number {
    return this.#count;
  }

  /** Null if it was packed. The id has at most 256 characters. */
  add({ id, values }: Item, isComplete: boolean): Unpacked | null {
    const idLength = writeId(this.#id, id);
    const hash = hashOf(this.#id, idLength);
    const slot = slotOf(this.#slots, hash, (address) => isIdAt(this.#segments, address, this.#id, idLength));
    if (addressIn(this.#slots, slot) !== NOWHERE) return 'repeated';
    const json = JSON.stringify(values);
    if (json.length > MAX_VALUES_CHARACTERS) return 'too_large';
    if (!this.#makeRoom(HEADER_BYTES + idLength + json.length * 3)) return 'full';
    setSlot(this.#slots, slot, hash, this.#append(idLength, json, isComplete));
    this.#count += 1;
    if (this.#count * 4 > this.#slots.length) this.#slots = grown(this.#slots);
    return null;
  }

  /** The packer is of no use after this. */
  finish(): Pack {
    const segments = this.#segments.map(({ buffer }) => buffer);
    const last = segments.pop();
    if (last) segments.push(last.slice(0, this.#used));
    return { segments, slots: this.#slots };
  }

  #makeRoom(bytes: number): boolean {
    const wholeSegments = Math.max(0, this.#segments.length - 1) * SEGMENT_BYTES;
    if (wholeSegments + (this.#used % SEGMENT_BYTES) + bytes + this.#slots.byteLength > this.#maxBytes)
      return false;
    if (this.#used + bytes <= SEGMENT_BYTES) return true;
    this.#segments.push(Buffer.allocUnsafeSlow(SEGMENT_BYTES));
    this.#used = 0;
    return true;
  }

  #append(idLength: number, json: string, isComplete: boolean): number {
    const segment = this.#segments.at(-1) as Buffer;
    const start = this.#used;
    const valuesAt = start + HEADER_BYTES + idLength;
    const isLatin1 = !BEYOND_LATIN1.test(json);
    const valuesLength = segment.write(json, valuesAt, isLatin1 ? 'latin1' : 'utf8');
    segment.writeUInt8((isComplete ? COMPLETE : 0) | (isLatin1 ? LATIN1 : 0), start);
    segment.writeUInt16LE(idLength, start + 1);
    segment.writeUInt32LE(valuesLength, start + 3);
    this.#id.copy(segment, start + HEADER_BYTES, 0, idLength);
    this.#used = valuesAt + valuesLength;
    return (this.#segments.length - 1) * SEGMENT_BYTES + start;
  }
}

/** What a pack says of one item. */
export type PackedItem = {
  readonly values: readonly ItemValue[];
  /** What the values take in the pack. */
  readonly bytes: number;
};

export type PackReader = {
  /** Null if there is no such item. */
  readonly read: (id: string) => PackedItem | null;
  /** Whether there is such an item and it is complete. */
  readonly isComplete: (id: string) => boolean;
};

export function createPackReader({ segments: buffers, slots }: Pack): PackReader {
  const segments = buffers.map((buffer) => Buffer.from(buffer));
  const scratch = Buffer.alloc(MAX_ID_BYTES);

  function locate(id: string): number {
    if (id.length * 3 > MAX_ID_BYTES) return NOWHERE;
    const length = writeId(scratch, id);
    const isIt = (address: number): boolean => isIdAt(segments, address, scratch, length);
    return addressIn(slots, slotOf(slots, hashOf(scratch, length), isIt));
  }

  return {
    read: (id) => {
      const address = locate(id);
      return address === NOWHERE ? null : readItem(segments, address);
    },
    isComplete: (id) => {
      const address = locate(id);
      return address !== NOWHERE && hasFlag(segmentOf(segments, address), placeOf(address), COMPLETE);
    },
  };
}

/** Gives its length. Most ids are ASCII, and short: a call into the runtime would take longer. */
function writeId(bytes: Buffer, id: string): number {
  for (let index = 0; index < id.length; index += 1) {
    const code = id.charCodeAt(index);
    if (code > 0x7f) return bytes.write(id);
    bytes[index] = code;
  }
  return id.length;
}

function readItem(segments: readonly Buffer[], address: number): PackedItem {
  const segment = segmentOf(segments, address);
  const at = placeOf(address);
  const bytes = segment.readUInt32LE(at + 3);
  const valuesAt = at + HEADER_BYTES + segment.readUInt16LE(at + 1);
  const encoding = hasFlag(segment, at, LATIN1) ? 'latin1' : 'utf8';
  return { values: JSON.parse(segment.toString(encoding, valuesAt, valuesAt + bytes)), bytes };
}

function hasFlag(segment: Buffer, at: number, flag: number): boolean {
  return ((segment[at] ?? 0) & flag) !== 0;
}

function isIdAt(segments: readonly Buffer[], address: number, id: Uint8Array, length: number): boolean {
  const segment = segmentOf(segments, address);
  const at = placeOf(address);
  if (segment.readUInt16LE(at + 1) !== length) return false;
  for (let index = 0; index < length; index += 1) {
    if (segment[at + HEADER_BYTES + index] !== id[index]) return false;
  }
  return true;
}

function segmentOf(segments: readonly Buffer[], address: number): Buffer {
  return segments[address >>> SEGMENT_BITS] as Buffer;
}

function placeOf(address: number): number {
  return address & (SEGMENT_BYTES - 1);
}
