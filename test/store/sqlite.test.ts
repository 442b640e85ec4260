import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as timeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { describeStore } from './conformance.ts';
import { countRows, createClocks, lockFile, makeStoreFolder, openSqlite } from './sqlite-support.ts';

const HOUR_MS = 3_600_000;
const PERSON = 'user-4711@example.com';

describeStore('sqlite', async () => {
  const path = join(makeStoreFolder(), 'store.db');
  const clocks = createClocks();
  let store: Store = await openSqlite(path, clocks);
  return {
    store,
    advance: clocks.advance,
    reopen: async () => {
      await store.close();
      store = await openSqlite(path, clocks);
      return store;
    },
    close: () => store.close(),
  };
});

async function open(options: Parameters<typeof openSqlite>[2] = {}) {
  const path = join(makeStoreFolder(), 'store.db');
  const clocks = createClocks();
  return { path, clocks, store: await openSqlite(path, clocks, options) };
}

/** Other work in this process goes on: so many turns of a timer, and the longest that one of them was kept waiting. */
async function turns(count: number): Promise<number> {
  let longestMs = 0;
  for (let turn = 0; turn < count; turn += 1) {
    const startedAt = performance.now();
    await timeout(1);
    longestMs = Math.max(longestMs, performance.now() - startedAt);
  }
  return longestMs;
}

describe('reading', () => {
  it('needs no promise', async () => {
    const { store } = await open();
    await store.entries.write('a', '1', HOUR_MS);
    expect(store.entries.read('a')).toBe('1');
    expect(store.entries.read('b')).toBe(null);
  });

  it('goes by the wall clock: entries outlive the machine', async () => {
    const { store, clocks } = await open();
    await store.entries.write('a', '1', HOUR_MS);
    clocks.stepWall(HOUR_MS + 1);
    expect(store.entries.read('a')).toBe(null);
  });
});

describe('while another program holds the file', () => {
  it('reads go on, the process is not held up, and what was written meanwhile is kept', async () => {
    const { store, path } = await open();
    await store.entries.write('a', 'old', HOUR_MS);
    const unlock = lockFile(path);
    onTestFinished(unlock);

    let isWritten = false;
    const write = store.entries.write('a', 'new', HOUR_MS).then(() => {
      isWritten = true;
    });
    const longestMs = await turns(100);
    expect(store.entries.read('a')).toBe('old');
    expect(isWritten).toBe(false);
    expect(longestMs).toBeLessThan(150);

    unlock();
    await write;
    expect(store.entries.read('a')).toBe('new');
  });

  it('for long, writes fail, and work again afterwards', async () => {
    const { store, path } = await open();
    const unlock = lockFile(path);
    onTestFinished(unlock);
    await expect(store.entries.write(PERSON, '1', HOUR_MS)).rejects.toThrow(
      'the store failed: database is locked',
    );
    unlock();
    await store.entries.write(PERSON, '2', HOUR_MS);
    expect(store.entries.read(PERSON)).toBe('2');
  });

  it('a reservation that could not be recorded counts all the same', async () => {
    const { store, path } = await open();
    const unlock = lockFile(path);
    onTestFinished(unlock);
    await expect(store.budget.reserve('a', 1, HOUR_MS)).rejects.toThrow();
    unlock();
    expect(await store.budget.reserve('b', 1, HOUR_MS)).toBe(false);
  });

  it('not more waits than fits in memory', async () => {
    const { store, path } = await open();
    const unlock = lockFile(path);
    onTestFinished(unlock);
    const results = Array.from({ length: 25_000 }, (_, index) =>
      store.entries.write(`key ${index}`, '1', HOUR_MS).then(
        () => 'written',
        (error: Error) => error.message,
      ),
    );
    expect(await results.at(-1)).toBe('the store is too far behind');
    unlock();
    expect(await results[19_000]).toBe('written');
  });
});

describe('an operation that is wrong by itself', () => {
  it('fails alone', async () => {
    const { store } = await open();
    const results = await Promise.allSettled([
      store.entries.write('first', '1', HOUR_MS),
      store.entries.write('a', '1', HOUR_MS),
      store.entries.write(PERSON, '2', Number.POSITIVE_INFINITY),
      store.entries.write('b', '3', HOUR_MS),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(String((results[2] as PromiseRejectedResult).reason)).not.toContain(PERSON);
    expect([store.entries.read('a'), store.entries.read('b')]).toEqual(['1', '3']);
  });
});

describe('what has expired', () => {
  it('is removed from the file, entries, reservations, the queue and the outbox, and nothing else', async () => {
    const { store, path, clocks } = await open({ sweepEveryMs: 5 });
    for (const [name, keepMs] of [
      ['short', 1_000],
      ['long', HOUR_MS],
    ] as const) {
      const each = Array.from({ length: 700 }, (_, index) => `${name} ${index}`);
      await Promise.all(each.map((key) => store.entries.write(key, '1', keepMs)));
      await Promise.all(each.map((key) => store.queue.add(key, '1', keepMs)));
      await Promise.all(each.map((id) => store.budget.reserve(id, 9_999, keepMs)));
      await Promise.all(each.map((value) => store.outbox.append('a', { value, count: 2 }, keepMs)));
    }
    clocks.advance(2_000);
    await vi.waitFor(() => {
      expect(countRows(path, 'entries')).toBe(700);
      expect(countRows(path, 'queue')).toBe(700);
      expect(countRows(path, 'reservations')).toBe(700);
      expect(countRows(path, 'outbox')).toBe(700);
    });
    expect(store.entries.read('long 0')).toBe('1');
    expect(await store.queue.size()).toBe(700);
    expect(await store.budget.inUse()).toBe(700);
    expect(await store.outbox.count('a')).toBe(1_400);
  });

  it('is told once if it cannot be removed for a while', async () => {
    const { store, path } = await open({ sweepEveryMs: 5 });
    const unlock = lockFile(path);
    onTestFinished(unlock);
    await vi.waitFor(() => expect(store.log).toEqual(['warn store not swept']), { timeout: 5_000 });
    await turns(20);
    unlock();
    await store.entries.write('a', '1', HOUR_MS);
    expect(store.log).toEqual(['warn store not swept']);
  });
});

describe('a file that has reached its bound', () => {
  const BOUND = 1_048_576;
  const value = (): string => randomBytes(150).toString('hex');

  it('lets go of what expires soonest, says so once, and grows no further', async () => {
    const { store, path } = await open({ maxBytes: BOUND });
    const COUNT = 10_000;
    // What is written first expires last.
    for (let from = 0; from < COUNT; from += 500) {
      const indices = Array.from({ length: 500 }, (_, index) => from + index);
      await Promise.all(
        indices.map((index) =>
          store.entries.write(`${PERSON} ${index}`, value(), 2 * COUNT * 1_000 - index * 1_000),
        ),
      );
      await store.budget.reserve(`call ${from}`, 9_999, HOUR_MS);
    }
    expect(store.entries.read(`${PERSON} 0`)).not.toBe(null);
    expect(countRows(path, 'entries')).toBeLessThan(COUNT / 2);
    expect(countRows(path, 'reservations')).toBe(20);
    expect(store.log).toEqual(['warn store full: the entries that expire soonest were dropped']);
    expect(store.logLines.join()).not.toContain(PERSON);
    await store.close();
    expect(statSync(path).size).toBeLessThanOrEqual(BOUND + 64 * 4_096);
  });

  it('refuses a value larger than all of it, and works on', async () => {
    const { store } = await open({ maxBytes: BOUND });
    await expect(store.entries.write(PERSON, 'x'.repeat(2 * BOUND), HOUR_MS)).rejects.toThrow(/full/);
    await store.entries.write('a', '1', HOUR_MS);
    expect(store.entries.read('a')).toBe('1');
  });
});

describe('the queue', () => {
  it('has a hundred thousand places', async () => {
    const { store } = await open();
    for (let from = 0; from < 100_000; from += 10_000) {
      await Promise.all(
        Array.from({ length: 10_000 }, (_, index) => store.queue.add(`key ${from + index}`, '', HOUR_MS)),
      );
    }
    expect(await store.queue.add('one more', '', HOUR_MS)).toBe(false);
    expect(await store.queue.add('key 7', 'waits already', HOUR_MS)).toBe(true);
    await store.queue.take(1);
    expect(await store.queue.add('one more', '', HOUR_MS)).toBe(true);
    expect(await store.queue.size()).toBe(100_000);
  });
});

describe('a closed store', () => {
  it('refuses at once', async () => {
    const { store } = await open();
    await store.close();
    expect(() => store.entries.read('a')).toThrow('the store is closed');
    await expect(store.entries.write('a', '1', HOUR_MS)).rejects.toThrow('the store is closed');
    await expect(store.budget.reserve('a', 1, HOUR_MS)).rejects.toThrow('the store is closed');
    await expect(store.queue.size()).rejects.toThrow('the store is closed');
    expect(store.log).toEqual([]);
  });
});

describe('a writing thread that ends by itself', () => {
  it('fails all that is under way and all that comes, is logged once, and leaves the file free', async () => {
    const posts = vi.spyOn(Worker.prototype, 'postMessage');
    onTestFinished(() => posts.mockRestore());
    const { store, path, clocks } = await open();
    const unlock = lockFile(path);
    onTestFinished(unlock);
    const underWay = store.entries.write(PERSON, '1', HOUR_MS);
    const waiting = store.budget.reserve(PERSON, 1, HOUR_MS);
    const failures = Promise.allSettled([underWay, waiting]);
    await (posts.mock.contexts[0] as Worker).terminate();
    unlock();

    const reasons = (await failures).map((result) => String((result as PromiseRejectedResult).reason));
    expect(reasons).toEqual(Array(2).fill('Error: the store has stopped: its thread ended'));
    expect(() => store.entries.read(PERSON)).toThrow('the store has stopped');
    await expect(store.entries.remove(PERSON)).rejects.toThrow('the store has stopped');
    expect(store.log).toEqual(['error store stopped: nothing is kept any more until a restart']);
    await store.close();
    await openSqlite(path, clocks);
  });
});
