import { describe, expect, it, vi } from 'vitest';
import { guardStore } from '../../src/store/guarded.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { StoreBehindError, StoreUnavailable } from '../../src/store/store-errors.ts';
import { settle, useFakeTime } from '../profile/fake-time.ts';
import { createMoodyStore, type MoodyStore } from './moody-store.ts';

const clock = useFakeTime();

const TIMEOUT_MS = 100;
/** By then a time-out is over, and the turn of the event loop in which it was noticed. */
const LATE_MS = TIMEOUT_MS + 1;
const REMOVE_ALL_TIMEOUT_MS = 30_000;
const OUTBOX_TIMEOUT_MS = 2_000;

const DOWN = new Error('the store is down');

function guard(store: Store) {
  const failures: string[] = [];
  const health: boolean[] = [];
  const guarded = guardStore(store, {
    timeoutMs: TIMEOUT_MS,
    onFailure: (operation) => failures.push(operation),
    onHealth: (isHealthy) => health.push(isHealthy),
  });
  return { guarded, failures, health };
}

function open(isShared = true) {
  const store = createMoodyStore(clock, isShared);
  return { store, ...guard(store) };
}

/** Left alone after three failures. */
async function openBroken(mood: MoodyStore['mood'] = DOWN) {
  const opened = open();
  opened.store.mood = mood;
  for (let time = 0; time < 3; time += 1) {
    const failing = expect(opened.guarded.queue.size()).rejects.toThrow();
    await vi.advanceTimersByTimeAsync(LATE_MS);
    await failing;
  }
  opened.store.asked.length = 0;
  return opened;
}

const OPERATIONS: readonly (readonly [string, (store: Store) => unknown])[] = [
  ['read', (store) => store.entries.read('a')],
  ['write', (store) => store.entries.write('a', 'b', 1_000)],
  ['claim', (store) => store.entries.claim('a', 'b', 1_000)],
  ['remove', (store) => store.entries.remove('a')],
  ['lease', (store) => store.leases.take('a', 'us', 1_000)],
  ['lease', (store) => store.leases.release('a', 'us')],
  ['budget', (store) => store.budget.reserve('a', 1, 1_000)],
  ['budget', (store) => store.budget.hold('a', 1_000)],
  ['budget', (store) => store.budget.adopt([])],
  ['budget', (store) => store.budget.inUse()],
  ['queue', (store) => store.queue.add('a', 'b', 1_000)],
  ['queue', (store) => store.queue.take(1)],
  ['queue', (store) => store.queue.remove('a')],
  ['queue', (store) => store.queue.size()],
];

describe('every operation', () => {
  it.each(OPERATIONS)('gives what the store gives (%s: %s)', async (_name, operate) => {
    const { store, guarded, failures } = open();
    expect(await operate(guarded)).toEqual(await operate(createMoodyStore(clock)));
    expect([store.asked.length, failures]).toEqual([1, []]);
  });

  it.each(OPERATIONS)('ends in time, and is counted (%s: %s)', async (name, operate) => {
    const { store, guarded, failures } = open();
    store.mood = 'hangs';
    const failing = expect(operate(guarded)).rejects.toBeInstanceOf(StoreUnavailable);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1);
    expect(failures).toEqual([]);
    await vi.advanceTimersByTimeAsync(2);
    await failing;
    expect(failures).toEqual([name]);
  });

  it.each(OPERATIONS)('passes on why it failed, and is counted (%s: %s)', async (name, operate) => {
    const { store, guarded, failures } = open();
    store.mood = DOWN;
    await expect(operate(guarded)).rejects.toThrow('the store is down');
    expect(failures).toEqual([name]);
  });

  it('leaves no timer behind', async () => {
    const { guarded } = open();
    await guarded.queue.size();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a store that keeps failing', () => {
  it('is left alone after three failures in a row: everything rejects at once', async () => {
    const { store, guarded, failures, health } = await openBroken('hangs');
    expect([guarded.isHealthy(), health]).toEqual([false, [false]]);
    for (const [, operate] of OPERATIONS)
      await expect(operate(guarded)).rejects.toBeInstanceOf(StoreUnavailable);
    expect([store.asked, failures.length]).toEqual([[], 3]);
  });

  it('is not left alone for failures with successes between them', async () => {
    const { store, guarded, health } = open();
    for (let time = 0; time < 10; time += 1) {
      store.mood = time % 3 === 2 ? 'good' : DOWN;
      await guarded.queue.size().catch(() => {});
    }
    expect([guarded.isHealthy(), health]).toEqual([true, []]);
  });

  it('is tried after a second by one operation, while the others go on without it', async () => {
    const { store, guarded } = await openBroken();
    await vi.advanceTimersByTimeAsync(1_000);
    store.mood = 'hangs';
    const all = Promise.allSettled(Array.from({ length: 50 }, () => guarded.queue.size()));
    await settle();
    expect(store.asked).toEqual(['queue.size']);
    await expect(guarded.leases.take('a', 'us', 1_000)).rejects.toBeInstanceOf(StoreUnavailable);
    await vi.advanceTimersByTimeAsync(LATE_MS);
    expect((await all).every(({ status }) => status === 'rejected')).toBe(true);
    expect(store.asked).toHaveLength(1);
  });

  it('is left alone for another second if it still fails', async () => {
    const { store, guarded, health } = await openBroken();
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(guarded.queue.size()).rejects.toThrow('the store is down');
    await vi.advanceTimersByTimeAsync(999);
    await expect(guarded.queue.size()).rejects.toBeInstanceOf(StoreUnavailable);
    expect([store.asked.length, health]).toEqual([1, [false]]);
  });

  it('is used again when it answers', async () => {
    const { store, guarded, health } = await openBroken();
    store.mood = 'good';
    await vi.advanceTimersByTimeAsync(1_000);
    expect([await guarded.queue.size(), await guarded.queue.size()]).toEqual([0, 0]);
    expect([guarded.isHealthy(), health]).toEqual([true, [false, true]]);
  });
});

describe('a store that takes no more for the moment', () => {
  it('is not left alone, which is counted all the same', async () => {
    const { store, guarded, failures, health } = open();
    store.mood = new StoreBehindError();
    for (let time = 0; time < 5; time += 1) {
      await expect(guarded.entries.claim('a', 'b', 1_000)).rejects.toBeInstanceOf(StoreBehindError);
    }
    expect([guarded.isHealthy(), health, failures.length]).toEqual([true, [], 5]);
  });

  it('is used again if that is what it says after it failed', async () => {
    const { store, guarded } = await openBroken();
    store.mood = new StoreBehindError();
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(guarded.entries.claim('a', 'b', 1_000)).rejects.toBeInstanceOf(StoreBehindError);
    expect(guarded.isHealthy()).toBe(true);
  });
});

describe('removing all that begin with a prefix', () => {
  it('removes them', async () => {
    const { guarded } = open();
    await guarded.entries.write('ab', '1', 1_000);
    await guarded.entries.removeAll('a');
    expect(await guarded.entries.read('ab')).toBe(null);
  });

  it('may take half a minute, in which others go on, and leaves the store in use if it takes longer', async () => {
    const { store, guarded, failures, health } = open();
    store.mood = 'hangs';
    const removals = [1, 2, 3, 4].map(() =>
      expect(guarded.entries.removeAll('a')).rejects.toBeInstanceOf(StoreUnavailable),
    );
    store.mood = 'good';
    await vi.advanceTimersByTimeAsync(REMOVE_ALL_TIMEOUT_MS - 1);
    expect([failures, await guarded.queue.size()]).toEqual([[], 0]);
    await vi.advanceTimersByTimeAsync(2);
    await Promise.all(removals);
    expect([failures, guarded.isHealthy(), health]).toEqual([Array(4).fill('remove_all'), true, []]);
  });

  it('passes on why it failed, and is counted', async () => {
    const { store, guarded, failures } = open();
    store.mood = DOWN;
    await expect(guarded.entries.removeAll('a')).rejects.toThrow('the store is down');
    expect(failures).toEqual(['remove_all']);
  });

  it('is tried also while the store is left alone, and does not end that', async () => {
    const { store, guarded } = await openBroken();
    store.mood = 'good';
    await guarded.entries.removeAll('a');
    expect([store.asked, guarded.isHealthy()]).toEqual([['entries.removeAll'], false]);
  });

  it('leaves no timer behind', async () => {
    const { guarded } = open();
    await guarded.entries.removeAll('a');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the outbox', () => {
  it.each<[string, (store: Store) => Promise<unknown>]>([
    ['append', (store) => store.outbox.append('a', { value: 'b', count: 1 }, 1_000)],
    ['peek', (store) => store.outbox.peek('a', 1, null)],
    ['replace', (store) => store.outbox.replace('a', { id: '1', value: 'b' }, { value: 'c', count: 1 })],
    ['remove', (store) => store.outbox.remove('a', ['1'])],
    ['count', (store) => store.outbox.count('a')],
  ])('gives what the store gives, ends within two seconds, and is counted: %s', async (_name, operate) => {
    const { store, guarded, failures } = open();
    expect(await operate(guarded)).toEqual(await operate(createMoodyStore(clock)));
    store.mood = 'hangs';
    const failing = expect(operate(guarded)).rejects.toBeInstanceOf(StoreUnavailable);
    await vi.advanceTimersByTimeAsync(OUTBOX_TIMEOUT_MS - 1);
    expect(failures).toEqual([]);
    await vi.advanceTimersByTimeAsync(2);
    await failing;
    expect(failures).toEqual(['outbox']);
  });

  it('that keeps failing is left alone, and nobody else notices', async () => {
    const { store, guarded, health } = open();
    store.mood = DOWN;
    for (let time = 0; time < 5; time += 1) await expect(guarded.outbox.count('a')).rejects.toThrow();
    expect(store.asked).toHaveLength(3);
    store.mood = 'good';
    await guarded.entries.write('a', 'b', 1_000);
    await expect(guarded.outbox.count('a')).rejects.toBeInstanceOf(StoreUnavailable);
    expect([guarded.isHealthy(), health]).toEqual([true, []]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await guarded.outbox.count('a')).toBe(0);
  });

  it('goes on while the others are left alone', async () => {
    const { store, guarded } = await openBroken();
    store.mood = 'good';
    expect(await guarded.outbox.append('a', { value: 'b', count: 1 }, 1_000)).toBe(true);
  });
});

describe('a store that is not shared', () => {
  it.each<[string, (store: Store) => Promise<unknown>, (store: Store) => Promise<unknown>]>([
    [
      'entries',
      (store) => store.entries.claim('a', 'b', 1_000),
      (store) => store.budget.reserve('a', 9, 1_000),
    ],
    ['the queue', (store) => store.queue.size(), (store) => store.leases.take('a', 'us', 1_000)],
    ['the budget', (store) => store.budget.inUse(), (store) => store.entries.write('a', 'b', 1_000)],
  ])('goes on with one half while the other is left alone: %s', async (_name, operate, others) => {
    const { store, guarded, health } = open(false);
    store.mood = DOWN;
    for (let time = 0; time < 3; time += 1) await expect(operate(guarded)).rejects.toThrow('is down');
    store.mood = 'good';
    await expect(operate(guarded)).rejects.toBeInstanceOf(StoreUnavailable);
    await others(guarded);
    expect([guarded.isHealthy(), health]).toEqual([false, [false]]);
  });

  it('is healthy again when both halves are', async () => {
    const { store, guarded, health } = open(false);
    store.mood = DOWN;
    const failing = [guarded.budget.inUse, guarded.queue.size, guarded.budget.inUse, guarded.queue.size];
    for (const operate of [...failing, ...failing]) await operate().catch(() => {});
    expect(health).toEqual([false]);
    store.mood = 'good';
    await vi.advanceTimersByTimeAsync(1_000);
    await guarded.budget.inUse();
    expect([guarded.isHealthy(), health]).toEqual([false, [false]]);
    await guarded.queue.size();
    expect([guarded.isHealthy(), health]).toEqual([true, [false, true]]);
  });

  it('is read without a promise', async () => {
    const { guarded } = guard(createMemoryStore({ now: clock.monotonic }));
    await guarded.entries.write('a', 'b', 1_000);
    expect([guarded.entries.read('a'), guarded.entries.read('none')]).toEqual(['b', null]);
  });

  it('throws at once where reading fails, which is counted', () => {
    const store = createMemoryStore({ now: clock.monotonic });
    const read = () => {
      throw new Error('the disk is gone');
    };
    const { guarded, failures } = guard({ ...store, entries: { ...store.entries, read } });
    expect(() => guarded.entries.read('a')).toThrow('the disk is gone');
    expect(failures).toEqual(['read']);
  });

  it('is read also while what changes it is left alone', async () => {
    const store = createMemoryStore({ now: clock.monotonic });
    await store.entries.write('a', 'b', 1_000);
    const write = () => Promise.reject(new Error('the disk is full'));
    const { guarded } = guard({ ...store, entries: { ...store.entries, write } });
    for (let time = 0; time < 5; time += 1) await guarded.entries.write('c', 'd', 1_000).catch(() => {});
    expect([guarded.isHealthy(), guarded.entries.read('a')]).toEqual([false, 'b']);
  });
});

it('says what is behind it', () => {
  const { guarded } = open();
  expect([guarded.kind, guarded.isShared, guarded.isHealthy()]).toEqual(['redis', true, true]);
});
