import { hash } from 'node:crypto';
import type { Person } from '../domain/person.ts';

const SHARDS = 256;
const FIRST_SLOTS = 64;
/** Beyond it, finding a free place takes long. */
const MAX_FILL = 0.75;

/**
 * Remembers who was there, as 64 bits of SHA-256 each: 17 MB for a million people, 67 MB for five. So somebody new is taken for
 * somebody else, and left out, with a chance of n² / 2⁶⁵: one in 37 million for any of a million people, one in 1.5 million for
 * any of five million.
 */
export class SeenPeople {
  // Growing is done in 256 parts, so that it never takes long.
  readonly #shards = Array.from({ length: SHARDS }, () => new Shard());

  /** False if the person was there before. */
  add({ kind, id }: Person): boolean {
    // No id has a control character, so these are never those of another kind.
    const bits = hash('sha256', kind === 'user_id' ? id : `\n${id}`, 'binary');
    return this.#shards[bits.charCodeAt(8)]?.add(wordAt(bits, 0), wordAt(bits, 4)) ?? false;
  }
}

function wordAt(bits: string, at: number): number {
  return (
    (bits.charCodeAt(at) |
      (bits.charCodeAt(at + 1) << 8) |
      (bits.charCodeAt(at + 2) << 16) |
      (bits.charCodeAt(at + 3) << 24)) >>>
    0
  );
}

/** A set of pairs of 32 bits with open addressing: a slot is two words, both 0 while it is free. */
class Shard {
  #words = new Uint32Array(2 * FIRST_SLOTS);
  #count = 0;

  /** False if it is there already. */
  add(high: number, low: number): boolean {
    // What a free slot looks like is none of the pairs.
    const pair = high === 0 && low === 0 ? 1 : low;
    const at = place(this.#words, high, pair);
    if (this.#words[at] !== 0 || this.#words[at + 1] !== 0) return false;
    this.#words[at] = high;
    this.#words[at + 1] = pair;
    this.#count += 1;
    if (this.#count > (this.#words.length / 2) * MAX_FILL) this.#grow();
    return true;
  }

  #grow(): void {
    const words = new Uint32Array(2 * this.#words.length);
    for (let from = 0; from < this.#words.length; from += 2) {
      const high = this.#words[from] ?? 0;
      const low = this.#words[from + 1] ?? 0;
      if (high === 0 && low === 0) continue;
      const at = place(words, high, low);
      words[at] = high;
      words[at + 1] = low;
    }
    this.#words = words;
  }
}

/** Where the pair is, or the free slot for it. */
function place(words: Uint32Array, high: number, low: number): number {
  const mask = words.length - 1;
  let at = (low * 2) & mask;
  while ((words[at] !== 0 || words[at + 1] !== 0) && (words[at] !== high || words[at + 1] !== low)) {
    at = (at + 2) & mask;
  }
  return at;
}
