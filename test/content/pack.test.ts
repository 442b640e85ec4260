import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ItemValue } from '../../src/content/item.ts';
import { buffersOf, createPackReader, type Pack, Packer } from '../../src/content/pack.ts';

const MAX_BYTES = 64 * 1_048_576;

function pack(items: Iterable<readonly [string, readonly ItemValue[], boolean?]>): Pack {
  const packer = new Packer(MAX_BYTES);
  for (const [id, values, isComplete = true] of items) packer.add({ id, values }, isComplete);
  return packer.finish();
}

/** As after a change of threads. */
function handOver(packed: Pack): Pack {
  return structuredClone(packed, { transfer: buffersOf(packed) });
}

const simple = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.oneof(simple, fc.dictionary(fc.constantFrom('default', 'de', 'de-AT'), simple));
const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });

describe('a pack', () => {
  it('gives each item as it was put in, also in another thread', () => {
    const items = fc.uniqueArray(fc.tuple(id, fc.array(value), fc.boolean()), { selector: ([id]) => id });
    fc.assert(
      fc.property(items, (items) => {
        const reader = createPackReader(handOver(pack(items)));
        for (const [id, values, isComplete] of items) {
          expect(JSON.stringify(reader.read(id)?.values)).toBe(JSON.stringify(values));
          expect(reader.isComplete(id)).toBe(isComplete);
        }
      }),
    );
  });

  it('finds every one of a hundred thousand, over many segments, and nothing else', () => {
    const text = 'x'.repeat(200);
    const packed = pack(Array.from({ length: 100_000 }, (_, n) => [`item-${n}`, [n, text], n % 2 === 0]));
    expect(packed.segments.length).toBeGreaterThan(4);
    const reader = createPackReader(packed);
    for (let n = 0; n < 100_000; n += 1) {
      if (reader.read(`item-${n}`)?.values[0] !== n) throw new Error(`item-${n} is not found`);
      if (reader.isComplete(`item-${n}`) !== (n % 2 === 0)) throw new Error(`item-${n} has the wrong flag`);
      if (reader.read(`item_${n}`) !== null) throw new Error(`item_${n} is found`);
    }
  });

  it('keeps the first of two items with one id', () => {
    const packer = new Packer(MAX_BYTES);
    expect(packer.add({ id: 'a', values: ['first'] }, false)).toBeNull();
    expect(packer.add({ id: 'a', values: ['second'] }, true)).toBe('repeated');
    expect(packer.count).toBe(1);
    const reader = createPackReader(packer.finish());
    expect([reader.read('a')?.values, reader.isComplete('a')]).toEqual([['first'], false]);
  });

  it('takes no item that is too large, and goes on', () => {
    const packer = new Packer(MAX_BYTES);
    expect(packer.add({ id: 'large', values: ['€'.repeat(990_000)] }, true)).toBeNull();
    expect(packer.add({ id: 'larger', values: ['x'.repeat(1_000_000)] }, true)).toBe('too_large');
    expect(packer.add({ id: 'small', values: ['x'] }, true)).toBeNull();
    const reader = createPackReader(packer.finish());
    expect(reader.read('large')?.values).toEqual(['€'.repeat(990_000)]);
    expect([reader.read('larger'), reader.read('small')?.values]).toEqual([null, ['x']]);
  });

  it('takes no more than it may hold', () => {
    const packer = new Packer(5 * 1_048_576);
    const text = 'x'.repeat(100_000);
    let taken = 0;
    while (packer.add({ id: `item-${taken}`, values: [text] }, true) === null) taken += 1;
    expect(packer.add({ id: 'one more', values: [text] }, true)).toBe('full');
    const bytes = buffersOf(packer.finish()).reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(bytes).toBeGreaterThan(4.5 * 1_048_576);
    expect(bytes).toBeLessThanOrEqual(5 * 1_048_576);
  });

  it('takes no more memory than its items need', () => {
    const bytes = buffersOf(pack([['a', ['x']]])).map(({ byteLength }) => byteLength);
    expect(Math.max(...bytes)).toBeLessThan(10_000);
  });

  it('may be empty', () => {
    expect(createPackReader(pack([])).read('a')).toBeNull();
  });
});
