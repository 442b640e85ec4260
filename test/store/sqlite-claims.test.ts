import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StoreBehindError } from '../../src/store/store-errors.ts';
import { createClocks, lockFile, lookInto, makeStoreFolder, openSqlite } from './sqlite-support.ts';

const HOUR_MS = 3_600_000;

async function open() {
  const path = join(makeStoreFolder(), 'store.db');
  const clocks = createClocks();
  return { path, clocks, store: await openSqlite(path, clocks) };
}

/** Resolves how many of them were settled when `promise` was. */
async function settledBefore(
  promise: Promise<unknown>,
  others: readonly Promise<unknown>[],
): Promise<number> {
  let settled = 0;
  const count = (): void => {
    settled += 1;
  };
  for (const other of others) other.then(count, count);
  await promise;
  return settled;
}

describe('a flood of claims', () => {
  it('is not waited for by a reservation, but for the transaction under way', async () => {
    const { store, path } = await open();
    const unlock = lockFile(path);
    onTestFinished(unlock);
    const claims = Array.from({ length: 5_000 }, (_, index) => store.entries.claim(`${index}`, 'v', HOUR_MS));
    const reservation = store.budget.reserve('a', 1, HOUR_MS);
    unlock();
    expect(await settledBefore(reservation, claims)).toBeLessThan(300);
    expect(await reservation).toBe(true);
    await Promise.allSettled(claims);
  });

  it('is refused beyond what may wait, while reservations are taken', async () => {
    const { store, path } = await open();
    const unlock = lockFile(path);
    onTestFinished(unlock);
    const claims = Array.from({ length: 25_000 }, (_, index) =>
      store.entries.claim(`${index}`, 'v', HOUR_MS),
    );
    const all = Promise.allSettled(claims);
    await expect(claims.at(-1)).rejects.toThrow(StoreBehindError);
    const reservation = store.budget.reserve('a', 1, HOUR_MS);
    unlock();
    expect(await reservation).toBe(true);
    const settled = await all;
    expect(settled.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(19_000);
    expect(store.entries.read('19000')).toBe('v');
    expect(await store.entries.claim('one more', 'v', HOUR_MS)).toBe('v');
  });

  it('is refused sooner if it is large', async () => {
    const { store, path } = await open();
    const unlock = lockFile(path);
    onTestFinished(unlock);
    const value = 'x'.repeat(1_048_576);
    const claims = Array.from({ length: 80 }, (_, index) => store.entries.claim(`${index}`, value, HOUR_MS));
    const all = Promise.allSettled(claims);
    await expect(claims.at(-1)).rejects.toThrow(StoreBehindError);
    unlock();
    const settled = await all;
    expect(settled.filter(({ status }) => status === 'rejected').length).toBeLessThan(20);
  });
});

describe('entries', () => {
  it('are claimed, written and removed in the order of what is asked at once', async () => {
    const { store } = await open();
    const { entries } = store;
    const [first, , second, third, , , fourth] = await Promise.all([
      entries.claim('a', 'first', HOUR_MS),
      entries.remove('a'),
      entries.claim('a', 'second', HOUR_MS),
      entries.claim('a', 'third', HOUR_MS),
      entries.claim('ab', 'gone', HOUR_MS),
      entries.removeAll('a'),
      entries.claim('a', 'fourth', HOUR_MS),
    ]);
    expect([first, second, third, fourth]).toEqual(['first', 'second', 'second', 'fourth']);
    expect([entries.read('a'), entries.read('ab')]).toEqual(['fourth', null]);
  });

  it('are claimed by the wall clock: they outlive the machine', async () => {
    const { store, clocks } = await open();
    await store.entries.claim('a', 'first', HOUR_MS);
    clocks.stepWall(HOUR_MS + 1);
    expect(await store.entries.claim('a', 'second', HOUR_MS)).toBe('second');
  });

  it('leave one row however often they are claimed', async () => {
    const { store, path, clocks } = await open();
    for (let time = 0; time < 3; time += 1) {
      await Promise.all([1, 2, 3].map((value) => store.entries.claim('a', `${value}`, HOUR_MS)));
      clocks.advance(HOUR_MS + 1);
    }
    const rows = lookInto(path, (db) => db.prepare('SELECT key, value FROM entries').all());
    expect(rows).toEqual([{ key: 'a', value: '1' }]);
  });
});

describe('removing all that begin with a prefix', () => {
  it('lets reservations and other entries in between', async () => {
    const { store } = await open();
    const keys = Array.from({ length: 5_000 }, (_, index) => `many ${index}`);
    await Promise.all(keys.map((key) => store.entries.write(key, 'v', HOUR_MS)));
    let isOver = false;
    const removal = store.entries.removeAll('many').then(() => {
      isOver = true;
    });
    await store.budget.reserve('a', 1, HOUR_MS);
    await store.entries.write('other', 'v', HOUR_MS);
    expect(isOver).toBe(false);
    await removal;
    expect(keys.filter((key) => store.entries.read(key) !== null)).toEqual([]);
    expect(store.entries.read('other')).toBe('v');
  });

  it('fails if the store is closed meanwhile, and goes on where it ended when asked again', async () => {
    const { store, path, clocks } = await open();
    const keys = Array.from({ length: 5_000 }, (_, index) => `many ${index}`);
    await Promise.all(keys.map((key) => store.entries.write(key, 'v', HOUR_MS)));
    const removal = expect(store.entries.removeAll('many')).rejects.toThrow('the store is closed');
    await store.close();
    await removal;
    const next = await openSqlite(path, clocks);
    expect(next.entries.read('many 4999')).toBe('v');
    await next.entries.removeAll('many');
    expect(keys.filter((key) => next.entries.read(key) !== null)).toEqual([]);
  });
});
