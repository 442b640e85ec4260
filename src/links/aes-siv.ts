import { unsafe } from '@noble/ciphers/aes.js';

const { encrypt, expandKeyLE } = unsafe;

// noble's own `aessiv` expands its keys anew for every text, four times, which is most of what a short one costs. Here
// that is done once, on noble's block cipher; tests hold the two side by side. As there, words are little-endian.

/** AES-SIV (RFC 5297) with one piece of associated data: deterministic, encrypted and authenticated. */
export type AesSiv = {
  readonly encrypt: (associated: Uint8Array, text: Uint8Array) => Buffer;
  /** Null for what was not encrypted with this key and these data, or was changed. */
  readonly decrypt: (associated: Uint8Array, sealed: Uint8Array) => Buffer | null;
};

/** Four words. */
type Block = ReturnType<typeof encrypt>;
type Schedule = ReturnType<typeof expandKeyLE>;

const BYTES = 16;
const WORDS = 4;
const ZERO: Block = { s0: 0, s1: 0, s2: 0, s3: 0 };

/** `key`: 32, 48 or 64 bytes, one half for the tag and one for the text. */
export function createAesSiv(key: Uint8Array): AesSiv {
  const half = key.length / 2;
  const load = createDesk();
  const tagOf = createS2v(expandKeyLE(key.slice(0, half)), load);
  const addKeyStream = createCtr(expandKeyLE(key.slice(half)), load);
  return {
    encrypt: (associated, text) => {
      const tag = tagOf(associated, text);
      const sealed = Buffer.allocUnsafe(BYTES + text.length);
      sealed.writeInt32LE(tag.s0, 0);
      sealed.writeInt32LE(tag.s1, 4);
      sealed.writeInt32LE(tag.s2, 8);
      sealed.writeInt32LE(tag.s3, 12);
      sealed.set(addKeyStream(tag, text), BYTES);
      return sealed;
    },
    decrypt: (associated, sealed) => {
      if (sealed.length < BYTES) return null;
      const tag = blockAt(load(sealed.subarray(0, BYTES)), 0);
      const text = Buffer.from(addKeyStream(tag, sealed.subarray(BYTES)));
      return isSame(tag, tagOf(associated, text)) ? text : null;
    },
  };
}

/** One text at a time, as bytes and as words, in blocks that are filled up with zeros; at least one block. */
type Loaded = { readonly bytes: Uint8Array; readonly words: Int32Array; readonly blocks: number };
type Load = (text: Uint8Array) => Loaded;

/** All texts lie in the same place in turn: to make another costs more than to encrypt a short one. */
function createDesk(): Load {
  let bytes = new Uint8Array(1_024);
  let words = new Int32Array(bytes.buffer);
  return (text) => {
    const blocks = Math.max(1, Math.ceil(text.length / BYTES));
    if (blocks * BYTES > bytes.length) {
      bytes = new Uint8Array(blocks * BYTES);
      words = new Int32Array(bytes.buffer);
    }
    bytes.set(text);
    bytes.fill(0, text.length, blocks * BYTES);
    return { bytes, words, blocks };
  };
}

/** S2V of RFC 5297 (2.4) for two strings. */
function createS2v(schedule: Schedule, load: Load): (associated: Uint8Array, text: Uint8Array) => Block {
  const cmac = createCmac(schedule);
  const start = double(cmac(load(new Uint8Array(BYTES)), BYTES));
  return (associated, text) => {
    const mask = xor(start, cmac(load(associated), associated.length));
    const loaded = load(text);
    if (text.length >= BYTES) {
      xorBytes(loaded.bytes, text.length - BYTES, mask);
      return cmac(loaded, text.length);
    }
    loaded.bytes[text.length] = 0x80;
    xorInto(loaded, 0, double(mask));
    return cmac(loaded, BYTES);
  };
}

/** AES-CMAC (RFC 4493) of so many bytes. */
function createCmac(schedule: Schedule): (loaded: Loaded, length: number) => Block {
  const whole = double(encryptBlock(schedule, ZERO));
  const padded = double(whole);
  return (loaded, length) => {
    const isWhole = length > 0 && length % BYTES === 0;
    if (!isWhole) loaded.bytes[length] = 0x80;
    xorInto(loaded, loaded.blocks - 1, isWhole ? whole : padded);
    let chained = ZERO;
    for (let index = 0; index < loaded.blocks; index += 1) {
      chained = encryptBlock(schedule, xor(chained, blockAt(loaded, index)));
    }
    return chained;
  };
}

/** CTR mode, which undoes itself. The tag is the counter, without two of its bits so that it never overflows. */
function createCtr(schedule: Schedule, load: Load): (tag: Block, text: Uint8Array) => Uint8Array {
  return ({ s0, s1, s2, s3 }, text) => {
    const loaded = load(text);
    const first = reverseBytes(s3 & ~0x80);
    for (let index = 0; index < loaded.blocks; index += 1) {
      const counter = { s0, s1, s2: s2 & ~0x80, s3: reverseBytes(first + index) };
      xorInto(loaded, index, encryptBlock(schedule, counter));
    }
    return loaded.bytes.subarray(0, text.length);
  };
}

function encryptBlock(schedule: Schedule, { s0, s1, s2, s3 }: Block): Block {
  return encrypt(schedule, s0, s1, s2, s3);
}

function blockAt({ words }: Loaded, index: number): Block {
  const at = index * WORDS;
  return { s0: words[at] ?? 0, s1: words[at + 1] ?? 0, s2: words[at + 2] ?? 0, s3: words[at + 3] ?? 0 };
}

function xor(one: Block, other: Block): Block {
  return { s0: one.s0 ^ other.s0, s1: one.s1 ^ other.s1, s2: one.s2 ^ other.s2, s3: one.s3 ^ other.s3 };
}

function xorInto(loaded: Loaded, index: number, block: Block): void {
  const { s0, s1, s2, s3 } = xor(blockAt(loaded, index), block);
  const { words } = loaded;
  const at = index * WORDS;
  words[at] = s0;
  words[at + 1] = s1;
  words[at + 2] = s2;
  words[at + 3] = s3;
}

/** Sixteen bytes, wherever they lie. */
function xorBytes(bytes: Uint8Array, start: number, { s0, s1, s2, s3 }: Block): void {
  let at = start;
  for (const word of [s0, s1, s2, s3]) {
    for (let shift = 0; shift < 32; shift += 8, at += 1) bytes[at] = (bytes[at] ?? 0) ^ (word >>> shift);
  }
}

/** Shifted left by one bit, as one number of 128, and reduced (RFC 4493, 2.3). */
function double({ s0, s1, s2, s3 }: Block): Block {
  const [a, b, c, d] = [reverseBytes(s0), reverseBytes(s1), reverseBytes(s2), reverseBytes(s3)];
  return {
    s0: reverseBytes((a << 1) | (b >>> 31)),
    s1: reverseBytes((b << 1) | (c >>> 31)),
    s2: reverseBytes((c << 1) | (d >>> 31)),
    s3: reverseBytes((d << 1) ^ (0x87 & -(a >>> 31))),
  };
}

function reverseBytes(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

/** Takes the same time wherever they differ. */
function isSame(one: Block, other: Block): boolean {
  const { s0, s1, s2, s3 } = xor(one, other);
  return (s0 | s1 | s2 | s3) === 0;
}
