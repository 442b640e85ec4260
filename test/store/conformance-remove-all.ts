import fc from 'fast-check';
import { assert, describe, expect, it } from 'vitest';
import type { EntryStore } from '../../src/store/store.ts';
import { LONG_MS, type OpenedStore } from './opened-store.ts';

/** What means something to globs, to LIKE and to clusters; and what is last or first in some order of characters. */
const CHARACTERS = [...'*?[]^-{}\\%_\'"\n\u0000aAbé', 'e\u0301', '\u007f', '\u0080', '\u07ff', '\u0800'];
const LAST_ONES = ['\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}', '👩‍🚀'];

const text = fc
  .array(
    fc.oneof(fc.constantFrom(...CHARACTERS, ...LAST_ONES), fc.string({ unit: 'binary', maxLength: 2 })),
    {
      maxLength: 4,
    },
  )
  .map((parts) => parts.join(''));

/** Keys of which some begin with the prefix, and one is it. */
const keysAndPrefix = fc
  .record({ prefix: text, rests: fc.array(text, { maxLength: 4 }), others: fc.array(text, { maxLength: 6 }) })
  .map(({ prefix, rests, others }) => ({
    prefix,
    keys: [...new Set([prefix, ...rests.map((rest) => prefix + rest), ...others])],
  }));

/** Holds for every store: what is kept of somebody goes, and what is kept of others stays. */
export function describeRemoveAll(opened: () => OpenedStore, outlivesProcess: boolean): void {
  const itOutliving = outlivesProcess ? it : () => {};
  const writeAll = async ({ entries }: { entries: EntryStore }, keys: readonly string[]): Promise<void> => {
    for (let from = 0; from < keys.length; from += 500) {
      await Promise.all(keys.slice(from, from + 500).map((key) => entries.write(key, 'value', LONG_MS)));
    }
  };
  const keptOf = async ({ entries }: { entries: EntryStore }, keys: readonly string[]): Promise<string[]> => {
    const kept: string[] = [];
    for (const key of keys) if ((await entries.read(key)) !== null) kept.push(key);
    return kept;
  };

  describe('removing all that begin with a prefix', () => {
    it('removes those of one person and of nobody else', async () => {
      const { store } = opened();
      const theirs = ['=pin\nuser_id\nu1\nhome\nw1', '=pin\nuser_id\nu1\nhome\nw2', '=pin\nuser_id\nu1\n'];
      const others = ['=pin\nuser_id\nu10\nhome\nw1', '=pin\nuser_id\nu1', '=pin\ndevice_id\nu1\nhome\nw1'];
      await writeAll(store, [...theirs, ...others]);
      await store.entries.removeAll('=pin\nuser_id\nu1\n');
      expect(await keptOf(store, [...theirs, ...others])).toEqual(others);
    });

    it('removes what was claimed, so that it can be claimed anew', async () => {
      const { entries } = opened().store;
      await entries.claim('a b', 'first', LONG_MS);
      await entries.removeAll('a');
      expect(await entries.read('a b')).toBe(null);
      expect(await entries.claim('a b', 'second', LONG_MS)).toBe('second');
    });

    it('removes thousands', async () => {
      const { store } = opened();
      const many = Array.from({ length: 2_500 }, (_, index) => `many ${index}`);
      await writeAll(store, [...many, 'man', 'many']);
      await store.entries.removeAll('many ');
      expect(await keptOf(store, [...many, 'man', 'many'])).toEqual(['man', 'many']);
    });

    it('finds none, and finds them a second time', async () => {
      const { store } = opened();
      await store.entries.removeAll('nobody');
      for (let time = 0; time < 2; time += 1) {
        await writeAll(store, ['a 1', 'b 1']);
        await store.entries.removeAll('a');
        expect(await keptOf(store, ['a 1', 'b 1'])).toEqual(['b 1']);
      }
    });

    it('removes every entry if nothing is asked for, and nothing but entries', async () => {
      const { store } = opened();
      await writeAll(store, ['', 'a', '\u{10ffff}']);
      await store.leases.take('a', 'one', LONG_MS);
      await store.budget.reserve('a', 9, LONG_MS);
      await store.queue.add('a', 'v', LONG_MS);
      await store.entries.removeAll('');
      expect(await keptOf(store, ['', 'a', '\u{10ffff}'])).toEqual([]);
      expect(await store.leases.take('a', 'two', LONG_MS)).toBe(false);
      expect(await store.budget.inUse()).toBe(1);
      expect(await store.queue.take(9)).toEqual([{ key: 'a', value: 'v' }]);
    });

    it('goes by every character and takes each for itself', async () => {
      const { store } = opened();
      const property = fc.asyncProperty(keysAndPrefix, async ({ keys, prefix }) => {
        await writeAll(store, keys);
        await store.entries.removeAll(prefix);
        expect(await keptOf(store, keys)).toEqual(keys.filter((key) => !key.startsWith(prefix)));
        await store.entries.removeAll('');
        expect(await keptOf(store, keys)).toEqual([]);
      });
      await fc.assert(property, { numRuns: 200 });
    });

    itOutliving('is not undone when it is opened again', async () => {
      const { store, reopen } = opened();
      assert(reopen);
      await writeAll(store, ['a 1', 'b 1']);
      await store.entries.removeAll('a');
      expect(await keptOf(await reopen(), ['a 1', 'b 1'])).toEqual(['b 1']);
    });
  });
}
