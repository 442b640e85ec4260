import { assert, describe, expect, it } from 'vitest';
import type { OutboxStore, Store } from '../../src/store/store.ts';
import { LONG_MS, ODD_TEXT, type OpenedStore, PASSES_MS, SHORT_MS } from './opened-store.ts';

const BOX = 'events';
const MUCH = 1_000_000;

/** Holds for every store: rows wait in their order until they are removed, each box for itself. */
export function describeOutbox(opened: () => OpenedStore, outlivesProcess: boolean): void {
  const itOutliving = outlivesProcess ? it : () => {};
  const append = async ({ outbox }: Store, ...values: string[]): Promise<void> => {
    for (const value of values) await outbox.append(BOX, { value, count: 1 }, LONG_MS);
  };
  const valuesIn = async ({ outbox }: Store, box = BOX): Promise<string[]> =>
    (await outbox.peek(box, MUCH, null)).map(({ value }) => value);
  const first = async (outbox: OutboxStore) => {
    const [row] = await outbox.peek(BOX, 1, null);
    assert(row);
    return row;
  };

  describe('outbox', () => {
    it('is empty at first', async () => {
      const { outbox } = opened().store;
      expect([await outbox.peek(BOX, MUCH, null), await outbox.count(BOX)]).toEqual([[], 0]);
    });

    it('gives rows in their order, whatever is in them, and keeps them', async () => {
      const { store } = opened();
      await append(store, 'c', '', ODD_TEXT, 'a');
      for (let time = 0; time < 2; time += 1) {
        expect(await valuesIn(store)).toEqual(['c', '', ODD_TEXT, 'a']);
      }
    });

    it('keeps the order of what comes at once', async () => {
      const { store } = opened();
      const values = Array.from({ length: 300 }, (_, index) => `row ${(index * 7) % 300}`);
      const appended = await Promise.all(
        values.map((value) => store.outbox.append(BOX, { value, count: 1 }, LONG_MS)),
      );
      expect(appended.every((isAppended) => isAppended)).toBe(true);
      expect(await valuesIn(store)).toEqual(values);
    });

    it('gives as many as hold so many characters, and one at least', async () => {
      const { store } = opened();
      await append(store, 'x'.repeat(100), 'y'.repeat(100), 'z'.repeat(100));
      const peek = async (characters: number) => (await store.outbox.peek(BOX, characters, null)).length;
      expect([await peek(1), await peek(199), await peek(200), await peek(1_000)]).toEqual([1, 1, 2, 3]);
    });

    it('gives those behind another, also when that is gone', async () => {
      const { store } = opened();
      await append(store, 'a', 'b', 'c');
      const { id } = await first(store.outbox);
      const behind = async () => (await store.outbox.peek(BOX, MUCH, id)).map(({ value }) => value);
      expect(await behind()).toEqual(['b', 'c']);
      await store.outbox.remove(BOX, [id]);
      expect(await behind()).toEqual(['b', 'c']);
      const last = (await store.outbox.peek(BOX, MUCH, null)).at(-1);
      expect(await store.outbox.peek(BOX, MUCH, last?.id ?? '')).toEqual([]);
    });

    it('keeps a row of half a megabyte', async () => {
      const { store } = opened();
      const value = '👋🏽 héllo '.repeat(25_000);
      await append(store, value);
      expect((await first(store.outbox)).value === value).toBe(true);
    });

    it('removes some, again, and none', async () => {
      const { store } = opened();
      await append(store, 'a', 'b', 'c');
      const [a, , c] = await store.outbox.peek(BOX, MUCH, null);
      assert(a && c);
      for (const ids of [[a.id, c.id], [a.id, c.id], []]) await store.outbox.remove(BOX, ids);
      expect([await valuesIn(store), await store.outbox.count(BOX)]).toEqual([['b'], 1]);
    });

    it('never gives an id again, so that whoever is late removes nothing of others', async () => {
      const { store } = opened();
      await append(store, 'old');
      const { id } = await first(store.outbox);
      await store.outbox.remove(BOX, [id]);
      await append(store, 'new');
      await store.outbox.remove(BOX, [id]);
      expect(await valuesIn(store)).toEqual(['new']);
    });

    it('counts the things in its rows', async () => {
      const { outbox } = opened().store;
      await outbox.append(BOX, { value: 'a', count: 3 }, LONG_MS);
      await outbox.append(BOX, { value: 'b', count: 40 }, LONG_MS);
      expect(await outbox.count(BOX)).toBe(43);
      await outbox.remove(BOX, [(await first(outbox)).id]);
      expect(await outbox.count(BOX)).toBe(40);
    });

    it('puts another row in the place of one, and counts what is in that', async () => {
      const { store } = opened();
      await store.outbox.append(BOX, { value: 'ab', count: 2 }, LONG_MS);
      await append(store, 'c');
      const row = await first(store.outbox);
      expect(await store.outbox.replace(BOX, row, { value: ODD_TEXT, count: 1 })).toBe(true);
      expect([await valuesIn(store), await store.outbox.count(BOX)]).toEqual([[ODD_TEXT, 'c'], 2]);
      await store.outbox.remove(BOX, [row.id]);
      expect([await valuesIn(store), await store.outbox.count(BOX)]).toEqual([['c'], 1]);
    });

    it('replaces nothing that has become another, or is gone', async () => {
      const { store } = opened();
      await append(store, 'a');
      const row = await first(store.outbox);
      const replaceBy = (value: string) => store.outbox.replace(BOX, row, { value, count: 1 });
      expect([await replaceBy('b'), await replaceBy('c'), await valuesIn(store)]).toEqual([
        true,
        false,
        ['b'],
      ]);
      await store.outbox.remove(BOX, [row.id]);
      expect([await replaceBy('d'), await valuesIn(store), await store.outbox.count(BOX)]).toEqual([
        false,
        [],
        0,
      ]);
    });

    it('has boxes of which none knows of another', async () => {
      const { store } = opened();
      await append(store, 'main');
      await store.outbox.append('events shop', { value: 'shop', count: 5 }, LONG_MS);
      const { id } = await first(store.outbox);
      await store.outbox.remove('events shop', [id]);
      expect([await valuesIn(store), await valuesIn(store, 'events shop')]).toEqual([['main'], ['shop']]);
      expect([await store.outbox.count(BOX), await store.outbox.count('events shop')]).toEqual([1, 5]);
    });

    it('forgets what nobody takes out, when its time is over', async () => {
      const { store, advance } = opened();
      await store.outbox.append(BOX, { value: 'a', count: 1 }, SHORT_MS);
      await store.outbox.append('kept', { value: 'b', count: 1 }, LONG_MS);
      await advance(PASSES_MS);
      expect([await valuesIn(store), await valuesIn(store, 'kept')]).toEqual([[], ['b']]);
    });

    it('takes no more than it may hold, and more again when there is room', async () => {
      const { outbox } = opened().store;
      const row = { value: 'x'.repeat(1_000_000), count: 1 };
      let rows = 0;
      while (await outbox.append(BOX, row, LONG_MS)) rows += 1;
      expect(rows).toBeGreaterThan(10);
      expect(rows).toBeLessThan(70);
      expect(await outbox.append(BOX, row, LONG_MS)).toBe(false);
      expect(await outbox.append('another', row, LONG_MS)).toBe(true);
      expect(await outbox.count(BOX)).toBe(rows);
      await outbox.remove(BOX, [(await first(outbox)).id]);
      expect(await outbox.append(BOX, row, LONG_MS)).toBe(true);
    });

    itOutliving('is there when it is opened again, in its order', async () => {
      const { store, reopen } = opened();
      assert(reopen);
      await append(store, 'b', 'a', ODD_TEXT);
      await store.outbox.remove(BOX, [(await first(store.outbox)).id]);
      const again = await reopen();
      expect([await valuesIn(again), await again.outbox.count(BOX)]).toEqual([['a', ODD_TEXT], 2]);
    });
  });
}
