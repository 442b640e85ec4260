import { assert, describe, expect, it } from 'vitest';
import { LONG_MS, ODD_TEXT, type OpenedStore, PASSES_MS, SHORT_MS } from './opened-store.ts';

const KEY = '=pin\nuser_id\nuser-4711\nhome-hero\nweekly-2026-11-27';

/** Holds for every store: a decision is stored once, and whoever claims its key is given it. */
export function describeClaims(opened: () => OpenedStore, outlivesProcess: boolean): void {
  const itOutliving = outlivesProcess ? it : () => {};
  describe('claims', () => {
    it('gives the value of whoever was first, and so does reading', async () => {
      const { entries } = opened().store;
      expect(await entries.claim(KEY, 'first', LONG_MS)).toBe('first');
      expect(await entries.claim(KEY, 'second', LONG_MS)).toBe('first');
      expect(await entries.read(KEY)).toBe('first');
    });

    it('gives what was written before', async () => {
      const { entries } = opened().store;
      await entries.write(KEY, 'written', LONG_MS);
      expect(await entries.claim(KEY, 'claimed', LONG_MS)).toBe('written');
    });

    it('gives what is written over it afterwards', async () => {
      const { entries } = opened().store;
      await entries.claim(KEY, 'claimed', LONG_MS);
      await entries.write(KEY, 'written', LONG_MS);
      expect(await entries.claim(KEY, 'another', LONG_MS)).toBe('written');
    });

    it('claims each key for itself', async () => {
      const { entries } = opened().store;
      await entries.claim(KEY, '1', LONG_MS);
      expect(await entries.claim(`${KEY}x`, '2', LONG_MS)).toBe('2');
      expect(await entries.read(KEY)).toBe('1');
    });

    it('gives one value to all among many who ask at once', async () => {
      const { entries } = opened().store;
      const values = Array.from({ length: 400 }, (_, index) => `value ${index}`);
      const given = await Promise.all(values.map((value) => entries.claim(KEY, value, LONG_MS)));
      expect(values).toContain(given[0]);
      expect(new Set(given).size).toBe(1);
      expect(await entries.read(KEY)).toBe(given[0]);
    });

    it('gives any value back as it was, also an empty one', async () => {
      const { entries } = opened().store;
      for (const value of ['', '{"a":1}', ODD_TEXT, 'x'.repeat(200_000)]) {
        expect(await entries.claim(value.slice(0, 100), value, LONG_MS)).toBe(value);
        expect(await entries.claim(value.slice(0, 100), 'another', LONG_MS)).toBe(value);
        expect(await entries.read(value.slice(0, 100))).toBe(value);
      }
    });

    it('is free again when its time is over', async () => {
      const { store, advance } = opened();
      await store.entries.claim(KEY, 'first', SHORT_MS);
      await advance(PASSES_MS);
      expect(await store.entries.read(KEY)).toBe(null);
      expect(await store.entries.claim(KEY, 'second', LONG_MS)).toBe('second');
      expect(await store.entries.read(KEY)).toBe('second');
    });

    it('is kept no longer and no shorter for those who come too late', async () => {
      const { store, advance } = opened();
      await store.entries.claim('short', '1', SHORT_MS);
      await store.entries.claim('short', '2', LONG_MS);
      await store.entries.claim('long', '1', LONG_MS);
      await store.entries.claim('long', '2', SHORT_MS);
      await advance(PASSES_MS);
      expect([await store.entries.read('short'), await store.entries.read('long')]).toEqual([null, '1']);
    });

    it('is free again when it is removed', async () => {
      const { entries } = opened().store;
      await entries.claim(KEY, 'first', LONG_MS);
      await entries.remove(KEY);
      expect(await entries.claim(KEY, 'second', LONG_MS)).toBe('second');
    });

    it('takes odd lifetimes: a fraction of a millisecond, a year', async () => {
      const { entries } = opened().store;
      expect(await entries.claim('a', '1', LONG_MS + 0.5)).toBe('1');
      expect(await entries.claim('b', '2', 365 * 86_400_000)).toBe('2');
      expect([await entries.read('a'), await entries.read('b')]).toEqual(['1', '2']);
    });

    itOutliving('hold when it is opened again', async () => {
      const { store, reopen } = opened();
      assert(reopen);
      await store.entries.claim(KEY, ODD_TEXT, LONG_MS);
      const { entries } = await reopen();
      expect(await entries.claim(KEY, 'another', LONG_MS)).toBe(ODD_TEXT);
    });
  });
}
