import { randomBytes } from 'node:crypto';
import { aessiv } from '@noble/ciphers/aes.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAesSiv } from '../../src/links/aes-siv.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** RFC 5297, A.1. */
const EXAMPLE = {
  key: hex('fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff'),
  associated: hex('10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627'),
  text: hex('11223344 55667788 99aabbcc ddee'),
  sealed: hex('85632d07 c6e8f37f 950acd32 0a2ecc93 40c02b96 90c4dc04 daef7f6a fe5c'),
};

describe('AES-SIV', () => {
  it('gives what RFC 5297 gives as an example', () => {
    const { key, associated, text, sealed } = EXAMPLE;
    const siv = createAesSiv(key);
    expect(siv.encrypt(associated, text)).toEqual(sealed);
    expect(siv.decrypt(associated, sealed)).toEqual(text);
  });

  it('gives what noble gives, for any key, data and text', () => {
    const keys = fc
      .constantFrom(32, 48, 64)
      .chain((bytes) => fc.uint8Array({ minLength: bytes, maxLength: bytes }));
    const bytes = fc.uint8Array({ maxLength: 100 });
    fc.assert(
      fc.property(keys, bytes, bytes, (key, associated, text) => {
        const siv = createAesSiv(key);
        const sealed = siv.encrypt(associated, text);
        expect(sealed).toEqual(Buffer.from(aessiv(key, associated).encrypt(text)));
        expect(siv.decrypt(associated, sealed)).toEqual(Buffer.from(text));
      }),
      { numRuns: 500 },
    );
  });

  it('gives what noble gives for a text of thousands of bytes, and wherever it lies in a buffer', () => {
    const key = randomBytes(64);
    const siv = createAesSiv(key);
    for (const offset of [0, 1, 2, 3]) {
      const text = randomBytes(8_000).subarray(offset);
      expect(siv.encrypt(Buffer.alloc(0), text)).toEqual(
        Buffer.from(aessiv(key, Buffer.alloc(0)).encrypt(text)),
      );
    }
  });

  it('leaves key, data and text as they were', () => {
    const { key, associated, text, sealed } = EXAMPLE;
    const before = [key, associated, text, sealed].map((bytes) => bytes.toString('hex'));
    const siv = createAesSiv(key);
    siv.encrypt(associated, text);
    siv.decrypt(associated, sealed);
    expect([key, associated, text, sealed].map((bytes) => bytes.toString('hex'))).toEqual(before);
  });

  it('opens nothing that was changed in one bit, cut off, prolonged, or sealed with other data', () => {
    const { key, associated, sealed } = EXAMPLE;
    const siv = createAesSiv(key);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(siv.decrypt(associated, changed)).toBeNull();
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(siv.decrypt(associated, sealed.subarray(0, length))).toBeNull();
    }
    expect(siv.decrypt(associated, Buffer.concat([sealed, Buffer.of(0)]))).toBeNull();
    expect(siv.decrypt(associated.subarray(1), sealed)).toBeNull();
    expect(siv.decrypt(Buffer.alloc(0), sealed)).toBeNull();
  });
});
