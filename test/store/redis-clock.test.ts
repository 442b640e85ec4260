import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharedClock } from '../../src/store/redis-clock.ts';
import type { Store } from '../../src/store/store.ts';
import { answers, openStore, type Redis, redisProgram, startRedis } from '../support/redis.ts';

const HOUR_MS = 3_600_000;

describe('what a process knows of the shared time', () => {
  it('is nothing before the first answer', () => {
    expect(new SharedClock(() => 0).bounds()).toBeNull();
  });

  it('is the last answer and what passed since it was asked for and came, with a second for the way', async () => {
    let now = 100;
    const clock = new SharedClock(() => now);
    await clock.time(async () => {
      now = 107;
      return { serverMs: 50_000 };
    });
    expect(clock.bounds()).toEqual({ leastMs: 50_000, mostMs: 51_007 });
    now = 207.5;
    expect(clock.bounds()).toEqual({ leastMs: 50_100, mostMs: 51_108 });
  });

  it('stays as it was when a call fails', async () => {
    const clock = new SharedClock(() => 0);
    await clock.time(async () => ({ serverMs: 50_000 }));
    await clock.time(() => Promise.reject(new Error('lost'))).catch(() => {});
    expect(clock.bounds()).toEqual({ leastMs: 50_000, mostMs: 51_000 });
  });
});

describe.skipIf(redisProgram() === null)('the budget when the clock of Redis steps', () => {
  let redis: Redis;
  let store: Store;
  let other: Store;

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());

  beforeEach(async () => {
    await redis.command('FLUSHALL');
    store = openStore(redis.url);
    other = openStore(redis.url);
    await Promise.all([answers(store), answers(other)]);
  });
  afterEach(() => Promise.all([store.close(), other.close()]));

  /** To the script it is the same whether Redis's clock is an hour ahead or its correction an hour behind. */
  const step = (ms: number) => redis.command('HINCRBY', '{inlay:budget}:clock', 'ahead', String(-ms));
  const isFree = () => vi.waitFor(async () => expect(await store.budget.inUse()).toBe(0), { timeout: 5_000 });

  it('goes on counting the calls of the last minute after a step forward, however often it is asked', async () => {
    expect(await store.budget.reserve('a', 1, 60_000)).toBe(true);
    await step(HOUR_MS);
    for (let call = 0; call < 100; call += 1)
      expect(await store.budget.reserve(`b${call}`, 1, 60_000)).toBe(false);
    expect(await store.budget.inUse()).toBe(1);
  });

  it('goes on counting them after many steps', async () => {
    await store.budget.reserve('a', 1, 60_000);
    for (let call = 0; call < 20; call += 1) {
      await step(HOUR_MS);
      expect(await store.budget.reserve(`b${call}`, 1, 60_000)).toBe(false);
    }
  });

  it.each([
    ['forward', HOUR_MS],
    ['back', -HOUR_MS],
  ])('frees them in time after a step %s', async (_, ms) => {
    await store.budget.reserve('a', 2, 1_500);
    await step(ms);
    await store.budget.reserve('b', 2, 1_500);
    await isFree();
  });

  it('counts them for a process that starts after a step back, and frees them in time', async () => {
    await store.budget.reserve('a', 1, 60_000);
    await store.budget.hold('a', 500);
    await step(-HOUR_MS);
    expect(await other.budget.reserve('b', 1, 60_000)).toBe(false);
    await vi.waitFor(async () => expect(await other.budget.inUse()).toBe(0), { timeout: 5_000 });
  });

  it('counts them for a process that starts after a step forward that another has seen', async () => {
    await store.budget.reserve('a', 1, 60_000);
    await step(HOUR_MS);
    await store.budget.reserve('b', 1, 60_000);
    expect(await other.budget.reserve('c', 1, 60_000)).toBe(false);
  });

  it('counts them for a process that starts long after such a step', async () => {
    await redis.command('HSET', '{inlay:budget}:clock', 'ahead', String(HOUR_MS));
    await store.budget.reserve('a', 1, 60_000);
    expect(await other.budget.reserve('b', 1, 60_000)).toBe(false);
  });

  it('knows its steps when Redis comes back empty', async () => {
    await store.budget.reserve('a', 1, 60_000);
    await step(HOUR_MS);
    await store.budget.reserve('b', 1, 60_000);
    const before = Number(await redis.command('HGET', '{inlay:budget}:clock', 'last'));
    await redis.command('FLUSHALL');
    await store.budget.adopt([{ id: 'a', holdMs: 60_000 }]);
    const after = Number(await redis.command('HGET', '{inlay:budget}:clock', 'last'));
    expect(after - before).toBeGreaterThanOrEqual(0);
    expect(after - before).toBeLessThan(5_000);
  });

  it('keeps its keys for a day, so that a step forward does not expire them', async () => {
    await store.budget.reserve('a', 1, 60_000);
    for (const key of ['{inlay:budget}', '{inlay:budget}:clock']) {
      expect(Number(await redis.command('PTTL', key))).toBeGreaterThan(86_400_000);
    }
  });
});
