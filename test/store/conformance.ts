import { afterEach, assert, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { describeClaims } from './conformance-claims.ts';
import { describeOutbox } from './conformance-outbox.ts';
import { describeRemoveAll } from './conformance-remove-all.ts';
import { LONG_MS, ODD_TEXT, type OpenedStore, PASSES_MS, SHORT_MS } from './opened-store.ts';

export function describeStore(name: string, open: () => Promise<OpenedStore>, outlivesProcess = true): void {
  describe(`${name}: a store`, () => {
    let opened: OpenedStore;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      await opened.close();
    });

    describeEntries(() => opened, outlivesProcess);
    describeClaims(() => opened, outlivesProcess);
    describeRemoveAll(() => opened, outlivesProcess);
    describeLeases(() => opened);
    describeBudget(() => opened, outlivesProcess);
    describeQueue(() => opened, outlivesProcess);
    describeOutbox(() => opened, outlivesProcess);

    it('closes twice', async () => {
      await opened.store.entries.write('a', '1', LONG_MS);
      await opened.store.close();
      await opened.store.close();
    });

    it('closes while it is asked to', async () => {
      await Promise.all([opened.store.close(), opened.store.close()]);
    });
  });
}

function describeEntries(opened: () => OpenedStore, outlivesProcess: boolean): void {
  const itOutliving = outlivesProcess ? it : () => {};
  describe('entries', () => {
    it('gives null for a key that nobody wrote', async () => {
      expect(await opened().store.entries.read('nobody')).toBe(null);
    });

    it('gives back what was written, whatever the characters', async () => {
      const { entries } = opened().store;
      for (const value of ['', '{"a":1}', ODD_TEXT]) {
        await entries.write('a', value, LONG_MS);
        expect(await entries.read('a')).toBe(value);
      }
    });

    it('tells keys apart by every character', async () => {
      const { entries } = opened().store;
      const keys = [
        'a',
        'A',
        'a ',
        'ä',
        'a\u0308',
        `${ODD_TEXT}`,
        `${ODD_TEXT}x`,
        'a:b',
        'a\nb',
        'k'.repeat(1_000),
      ];
      await Promise.all(keys.map((key, index) => entries.write(key, `value ${index}`, LONG_MS)));
      expect(await Promise.all(keys.map((key) => entries.read(key)))).toEqual(
        keys.map((_key, index) => `value ${index}`),
      );
    });

    it('keeps a value of a megabyte', async () => {
      const { entries } = opened().store;
      const value = '👋🏽 héllo '.repeat(50_000);
      await entries.write('large', value, LONG_MS);
      expect((await entries.read('large')) === value).toBe(true);
    });

    it('replaces the value and the time', async () => {
      const { store, advance } = opened();
      await store.entries.write('a', 'old', SHORT_MS);
      await store.entries.write('a', 'new', LONG_MS);
      await advance(PASSES_MS);
      expect(await store.entries.read('a')).toBe('new');
      await store.entries.write('a', 'newest', SHORT_MS);
      await advance(PASSES_MS);
      expect(await store.entries.read('a')).toBe(null);
    });

    it('forgets one when its time is over, and not another', async () => {
      const { store, advance } = opened();
      await store.entries.write('short', '1', SHORT_MS);
      await store.entries.write('long', '2', LONG_MS);
      await advance(PASSES_MS);
      expect(await store.entries.read('short')).toBe(null);
      expect(await store.entries.read('long')).toBe('2');
    });

    it('takes a new one under a key whose time is over', async () => {
      const { store, advance } = opened();
      await store.entries.write('a', '1', SHORT_MS);
      await advance(PASSES_MS);
      await store.entries.write('a', '2', LONG_MS);
      expect(await store.entries.read('a')).toBe('2');
    });

    it('takes odd lifetimes: a fraction of a millisecond, a year', async () => {
      const { entries } = opened().store;
      await entries.write('a', '1', LONG_MS + 0.5);
      await entries.write('b', '2', 365 * 86_400_000);
      expect([await entries.read('a'), await entries.read('b')]).toEqual(['1', '2']);
    });

    it('removes one', async () => {
      const { entries } = opened().store;
      await entries.write('a', '1', LONG_MS);
      await entries.write('b', '2', LONG_MS);
      await entries.remove('a');
      expect(await entries.read('a')).toBe(null);
      expect(await entries.read('b')).toBe('2');
    });

    it('removes one that is not there', async () => {
      await opened().store.entries.remove('nobody');
    });

    it('keeps the order of what is asked at once', async () => {
      const { entries } = opened().store;
      const last = Array.from({ length: 300 }, (_, index) => entries.write('a', String(index), LONG_MS)).at(
        -1,
      );
      await last;
      expect(await entries.read('a')).toBe('299');
      await Promise.all([entries.write('a', 'more', LONG_MS), entries.remove('a')]);
      expect(await entries.read('a')).toBe(null);
    });

    itOutliving('are there when it is opened again', async () => {
      const { store, reopen } = opened();
      assert(reopen);
      await store.entries.write('a', ODD_TEXT, LONG_MS);
      expect(await (await reopen()).entries.read('a')).toBe(ODD_TEXT);
    });
  });
}

function describeLeases(opened: () => OpenedStore): void {
  describe('leases', () => {
    it('has one owner at a time', async () => {
      const { leases } = opened().store;
      expect(await leases.take('a', 'one', LONG_MS)).toBe(true);
      expect(await leases.take('a', 'two', LONG_MS)).toBe(false);
      expect(await leases.take('b', 'two', LONG_MS)).toBe(true);
    });

    it('has one owner among many who ask at once', async () => {
      const { leases } = opened().store;
      const taken = await Promise.all(
        Array.from({ length: 50 }, (_, index) => leases.take('a', `owner ${index}`, LONG_MS)),
      );
      expect(taken.filter((isTaken) => isTaken)).toHaveLength(1);
    });

    it('lets the owner take it again, for the new time', async () => {
      const { store, advance } = opened();
      await store.leases.take('a', 'one', SHORT_MS);
      expect(await store.leases.take('a', 'one', LONG_MS)).toBe(true);
      await advance(PASSES_MS);
      expect(await store.leases.take('a', 'two', LONG_MS)).toBe(false);
    });

    it('is free again when its owner gives it back', async () => {
      const { leases } = opened().store;
      await leases.take('a', 'one', LONG_MS);
      await leases.release('a', 'one');
      expect(await leases.take('a', 'two', LONG_MS)).toBe(true);
    });

    it('stays when somebody else gives it back', async () => {
      const { leases } = opened().store;
      await leases.take('a', 'one', LONG_MS);
      await leases.release('a', 'two');
      await leases.release('b', 'two');
      expect(await leases.take('a', 'two', LONG_MS)).toBe(false);
    });

    it('is free again when its time is over, and the former owner cannot give it back', async () => {
      const { store, advance } = opened();
      await store.leases.take('a', 'one', SHORT_MS);
      await advance(PASSES_MS);
      expect(await store.leases.take('a', 'two', LONG_MS)).toBe(true);
      await store.leases.release('a', 'one');
      expect(await store.leases.take('a', 'three', LONG_MS)).toBe(false);
    });
  });
}

function describeBudget(opened: () => OpenedStore, outlivesProcess: boolean): void {
  const itOutliving = outlivesProcess ? it : () => {};
  describe('budget', () => {
    it('counts nothing at first', async () => {
      expect(await opened().store.budget.inUse()).toBe(0);
    });

    it('reserves up to the limit and no further', async () => {
      const { budget } = opened().store;
      expect(await budget.reserve('a', 2, LONG_MS)).toBe(true);
      expect(await budget.reserve('b', 2, LONG_MS)).toBe(true);
      expect(await budget.reserve('c', 2, LONG_MS)).toBe(false);
      expect(await budget.inUse()).toBe(2);
      expect(await budget.reserve('c', 3, LONG_MS)).toBe(true);
    });

    it('reserves nothing under a limit of none', async () => {
      expect(await opened().store.budget.reserve('a', 0, LONG_MS)).toBe(false);
    });

    it('keeps the limit among many who ask at once', async () => {
      const { budget } = opened().store;
      const reserved = await Promise.all(
        Array.from({ length: 400 }, (_, index) => budget.reserve(`call ${index}`, 150, LONG_MS)),
      );
      expect(reserved.filter((isReserved) => isReserved)).toHaveLength(150);
      expect(await budget.inUse()).toBe(150);
    });

    it('counts one until its hold is over, and then makes room', async () => {
      const { store, advance } = opened();
      await store.budget.reserve('short', 2, SHORT_MS);
      await store.budget.reserve('long', 2, LONG_MS);
      await advance(PASSES_MS);
      expect(await store.budget.inUse()).toBe(1);
      expect(await store.budget.reserve('next', 2, LONG_MS)).toBe(true);
      expect(await store.budget.reserve('one more', 2, LONG_MS)).toBe(false);
    });

    it('shortens a hold', async () => {
      const { store, advance } = opened();
      await store.budget.reserve('a', 9, LONG_MS);
      await store.budget.hold('a', SHORT_MS);
      expect(await store.budget.inUse()).toBe(1);
      await advance(PASSES_MS);
      expect(await store.budget.inUse()).toBe(0);
    });

    it('gives one back with a hold of nothing', async () => {
      const { store, advance } = opened();
      await store.budget.reserve('a', 9, LONG_MS);
      await store.budget.hold('a', 0);
      await advance(SHORT_MS);
      expect(await store.budget.inUse()).toBe(0);
    });

    it('lengthens a hold, from now on', async () => {
      const { store, advance } = opened();
      await store.budget.reserve('a', 9, PASSES_MS * 2);
      await advance(PASSES_MS);
      await store.budget.hold('a', PASSES_MS * 3);
      await advance(PASSES_MS * 2);
      expect(await store.budget.inUse()).toBe(1);
      await advance(PASSES_MS * 2);
      expect(await store.budget.inUse()).toBe(0);
    });

    it('does not hold one that counts no longer, or never did', async () => {
      const { store, advance } = opened();
      await store.budget.reserve('a', 9, SHORT_MS);
      await advance(PASSES_MS);
      await store.budget.hold('a', LONG_MS);
      await store.budget.hold('nobody', LONG_MS);
      expect(await store.budget.inUse()).toBe(0);
    });

    it('adopts reservations beyond any limit, and they count against it', async () => {
      const { budget } = opened().store;
      await budget.reserve('own', 1, LONG_MS);
      await budget.adopt(['a', 'b', 'c'].map((id) => ({ id, holdMs: LONG_MS })));
      await budget.adopt([]);
      expect(await budget.inUse()).toBe(4);
      expect(await budget.reserve('next', 4, LONG_MS)).toBe(false);
      expect(await budget.reserve('next', 5, LONG_MS)).toBe(true);
    });

    it('keeps the longer hold of one that it knows', async () => {
      const { store, advance } = opened();
      await store.budget.reserve('kept', 9, LONG_MS);
      await store.budget.reserve('lengthened', 9, SHORT_MS);
      await store.budget.adopt([
        { id: 'kept', holdMs: SHORT_MS },
        { id: 'lengthened', holdMs: LONG_MS },
        { id: 'new', holdMs: SHORT_MS },
      ]);
      expect(await store.budget.inUse()).toBe(3);
      await advance(PASSES_MS);
      expect(await store.budget.inUse()).toBe(2);
    });

    it('lets an adopted one be held for less or more', async () => {
      const { store, advance } = opened();
      await store.budget.adopt([
        { id: 'less', holdMs: LONG_MS },
        { id: 'more', holdMs: PASSES_MS },
      ]);
      await store.budget.hold('less', SHORT_MS);
      await store.budget.hold('more', LONG_MS);
      await advance(PASSES_MS * 2);
      expect(await store.budget.inUse()).toBe(1);
    });

    itOutliving('counts on when it is opened again', async () => {
      const { store, advance, reopen } = opened();
      assert(reopen);
      await store.budget.reserve('over', 9, SHORT_MS);
      await store.budget.reserve('shortened', 9, LONG_MS);
      await store.budget.hold('shortened', SHORT_MS);
      await store.budget.reserve('kept', 9, LONG_MS);
      await store.budget.adopt([{ id: 'adopted', holdMs: LONG_MS }]);
      await advance(PASSES_MS);
      const { budget } = await reopen();
      expect(await budget.inUse()).toBe(2);
      expect(await budget.reserve('next', 2, LONG_MS)).toBe(false);
    });
  });
}

function describeQueue(opened: () => OpenedStore, outlivesProcess: boolean): void {
  const itOutliving = outlivesProcess ? it : () => {};
  const add = (store: Store, ...keys: string[]): Promise<boolean[]> =>
    Promise.all(keys.map((key) => store.queue.add(key, `value of ${key}`, LONG_MS)));
  const takeKeys = async (store: Store, most: number): Promise<string[]> =>
    (await store.queue.take(most)).map(({ key }) => key);

  describe('queue', () => {
    it('is empty at first', async () => {
      const { queue } = opened().store;
      expect(await queue.take(10)).toEqual([]);
      expect(await queue.size()).toBe(0);
    });

    it('gives the oldest first, each once, with its value', async () => {
      const { store } = opened();
      await add(store, 'c', 'a', ODD_TEXT);
      await store.queue.add('b', ODD_TEXT, LONG_MS);
      expect(await store.queue.take(2)).toEqual([
        { key: 'c', value: 'value of c' },
        { key: 'a', value: 'value of a' },
      ]);
      expect(await store.queue.take(10)).toEqual([
        { key: ODD_TEXT, value: `value of ${ODD_TEXT}` },
        { key: 'b', value: ODD_TEXT },
      ]);
      expect(await store.queue.take(10)).toEqual([]);
    });

    it('keeps the order of many', async () => {
      const { store } = opened();
      const keys = Array.from({ length: 1_000 }, (_, index) => `key ${(index * 7) % 1_000}`);
      await add(store, ...keys);
      expect([...(await takeKeys(store, 300)), ...(await takeKeys(store, 1_000))]).toEqual(keys);
    });

    it('takes a key once, which keeps its place and its value', async () => {
      const { store } = opened();
      expect(await add(store, 'a', 'b')).toEqual([true, true]);
      expect(await store.queue.add('a', 'another', LONG_MS)).toBe(true);
      expect(await store.queue.size()).toBe(2);
      expect(await store.queue.take(1)).toEqual([{ key: 'a', value: 'value of a' }]);
    });

    it('takes a key again, at the end, after it was taken out', async () => {
      const { store } = opened();
      await add(store, 'a', 'b');
      await store.queue.take(1);
      expect(await add(store, 'a')).toEqual([true]);
      expect(await takeKeys(store, 10)).toEqual(['b', 'a']);
    });

    it('counts those who wait', async () => {
      const { store } = opened();
      await add(store, 'a', 'b', 'c');
      await store.queue.take(1);
      expect(await store.queue.size()).toBe(2);
    });

    it('takes nothing if nothing is asked for', async () => {
      const { store } = opened();
      await add(store, 'a');
      expect(await store.queue.take(0)).toEqual([]);
      expect(await store.queue.size()).toBe(1);
    });

    it('gives each to one of many who ask at once', async () => {
      const { store } = opened();
      const keys = Array.from({ length: 60 }, (_, index) => `key ${index}`);
      await add(store, ...keys);
      const taken = await Promise.all(Array.from({ length: 20 }, () => takeKeys(store, 5)));
      expect(taken.flat().sort()).toEqual(keys.sort());
    });

    it('leaves out those whose time is over, and fills up with others', async () => {
      const { store, advance } = opened();
      await store.queue.add('over', '1', SHORT_MS);
      await add(store, 'a', 'b');
      await advance(PASSES_MS);
      expect(await takeKeys(store, 2)).toEqual(['a', 'b']);
    });

    it('takes a key whose time was over anew, at the end', async () => {
      const { store, advance } = opened();
      await store.queue.add('a', 'old', SHORT_MS);
      await add(store, 'b');
      await advance(PASSES_MS);
      expect(await store.queue.add('a', 'new', LONG_MS)).toBe(true);
      expect(await store.queue.take(10)).toEqual([
        { key: 'b', value: 'value of b' },
        { key: 'a', value: 'new' },
      ]);
    });

    it('removes one, or one that is not there', async () => {
      const { store } = opened();
      await add(store, 'a', 'b', 'c');
      await store.queue.remove('b');
      await store.queue.remove('nobody');
      expect(await store.queue.size()).toBe(2);
      expect(await takeKeys(store, 10)).toEqual(['a', 'c']);
    });

    itOutliving('is there when it is opened again, in its order', async () => {
      const { store, reopen } = opened();
      assert(reopen);
      await add(store, 'b', 'a', 'c');
      const again = await reopen();
      expect(await again.queue.size()).toBe(3);
      expect(await takeKeys(again, 10)).toEqual(['b', 'a', 'c']);
    });
  });
}
