import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { answers, openStore, type Redis, redisProgram, startRedis } from '../support/redis.ts';
import { describeStore } from './conformance.ts';
import type { OpenedStore } from './opened-store.ts';

const MINUTE_MS = 60_000;

describe.skipIf(redisProgram() === null).each([
  ['Redis', false],
  ['Redis Cluster', true],
])('%s', (name, cluster) => {
  let redis: Redis;
  let tests = 0;

  beforeAll(async () => {
    redis = await startRedis({ cluster });
  });
  afterAll(() => redis.remove());

  const open = async (prefix: string): Promise<Store> => {
    const store = openStore(redis.url, { prefix });
    await answers(store);
    return store;
  };

  describeStore(name, async (): Promise<OpenedStore> => {
    tests += 1;
    const prefix = `test-${tests}:`;
    const stores = [await open(prefix)];
    return {
      store: stores[0] as Store,
      advance: (ms) => sleep(ms),
      reopen: async () => {
        await stores[0]?.close();
        const store = await open(prefix);
        stores.push(store);
        return store;
      },
      close: async () => void (await Promise.all(stores.map((store) => store.close()))),
    };
  });

  describe('two stores', () => {
    let one: Store;
    let two: Store;
    beforeEach(async () => {
      await redis.command('FLUSHALL');
      [one, two] = await Promise.all([open('inlay:'), open('inlay:')]);
    });
    afterEach(() => Promise.all([one.close(), two.close()]));

    it('never reserve more than the limit, however many ask at once', async () => {
      const reservations = await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          (index % 2 ? one : two).budget.reserve(`call ${index}`, 70, MINUTE_MS),
        ),
      );
      expect(reservations.filter(Boolean)).toHaveLength(70);
      expect(await one.budget.inUse()).toBe(70);
      expect(await two.budget.inUse()).toBe(70);
    });

    it('see each other\u2019s entries, leases, queue and holds', async () => {
      await one.entries.write('a', 'v', MINUTE_MS);
      expect(await two.entries.read('a')).toBe('v');
      await one.leases.take('a', 'one', MINUTE_MS);
      expect(await two.leases.take('a', 'two', MINUTE_MS)).toBe(false);
      await one.queue.add('a', 'v', MINUTE_MS);
      expect(await two.queue.add('a', 'another', MINUTE_MS)).toBe(true);
      expect(await two.queue.take(10)).toEqual([{ key: 'a', value: 'v' }]);
      await one.budget.reserve('a', 1, MINUTE_MS);
      await two.budget.hold('a', 0);
      expect(await one.budget.reserve('b', 1, MINUTE_MS)).toBe(true);
    });

    it('give each who waits to one of them', async () => {
      await Promise.all(Array.from({ length: 100 }, (_, index) => one.queue.add(`${index}`, 'v', MINUTE_MS)));
      const taken = await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 ? one : two).queue.take(7)),
      );
      expect(new Set(taken.flat().map(({ key }) => key)).size).toBe(100);
      expect(taken.flat()).toHaveLength(100);
    });

    it('see nothing of each other with different prefixes', async () => {
      const other = await open('other:');
      await one.entries.write('a', 'v', MINUTE_MS);
      await one.budget.reserve('a', 1, MINUTE_MS);
      await one.queue.add('a', 'v', MINUTE_MS);
      expect(await other.entries.read('a')).toBeNull();
      expect(await other.budget.inUse()).toBe(0);
      expect(await other.queue.size()).toBe(0);
      await other.close();
    });
  });

  it('forgets of its own accord whoever waited too long', async () => {
    const store = await open('forgets:');
    await store.queue.add('a', 'v', 50);
    await store.entries.write('a', 'v', 50);
    await expect.poll(() => redis.command('KEYS', '*forgets:*')).toEqual([]);
    await store.close();
  });

  it.each(['', ':expiry', ':values'])('goes on when Redis evicted the key queue%s', async (key) => {
    const prefix = `evicted${key}-`;
    const store = await open(prefix);
    await store.queue.add('a', 'v', MINUTE_MS);
    await store.queue.add('b', 'v', MINUTE_MS);
    await redis.command('DEL', `{${prefix}queue}${key}`);
    await store.queue.take(1);
    await store.queue.add('a', 'new', MINUTE_MS);
    expect((await store.queue.take(5)).at(-1)).toEqual({ key: 'a', value: 'new' });
    await store.close();
  });

  it.each(['', ':values', ':counts', ':size'])('goes on when Redis evicted the key outbox%s', async (key) => {
    const prefix = `outbox-evicted${key}-`;
    const store = await open(prefix);
    const append = async (value: string) => store.outbox.append('events:', { value, count: 3 }, MINUTE_MS);
    const peek = async () => await store.outbox.peek('events:', 1_000, null);
    await append('a');
    await append('b');
    await redis.command('DEL', `{${prefix}outbox:events:}${key}`);
    await append('c');
    expect((await peek()).at(-1)?.value).toBe('c');
    await store.outbox.remove(
      'events:',
      (await peek()).map(({ id }) => id),
    );
    expect([await peek(), await store.outbox.count('events:')]).toEqual([[], 0]);
    expect(await redis.command('KEYS', `*${prefix}*`)).toEqual([]);
    await store.close();
  });

  it('sends from the outbox of each other, and forgets of its own accord what nobody sends', async () => {
    const [one, two] = await Promise.all([open('sends:'), open('sends:')]);
    await one.outbox.append('events:', { value: 'a', count: 1 }, MINUTE_MS);
    const [row] = await two.outbox.peek('events:', 1_000, null);
    expect(row?.value).toBe('a');
    await two.outbox.remove('events:', [row?.id ?? '']);
    expect(await one.outbox.count('events:')).toBe(0);
    await one.outbox.append('events:', { value: 'b', count: 1 }, 50);
    await expect.poll(() => redis.command('KEYS', '*sends:*')).toEqual([]);
    await Promise.all([one.close(), two.close()]);
  });

  it('lets 100,000 wait and no more', async () => {
    await fill(redis, 'many:', 100_000, MINUTE_MS);
    const store = await open('many:');
    expect(await store.queue.add('one too many', 'v', MINUTE_MS)).toBe(false);
    expect(await store.queue.add('2', 'waits already', MINUTE_MS)).toBe(true);
    expect(await store.queue.take(1)).toEqual([{ key: '1', value: 'v1' }]);
    expect(await store.queue.add('last', 'v', MINUTE_MS)).toBe(true);
    expect(await store.queue.add('one too many', 'v', MINUTE_MS)).toBe(false);
    await store.close();
  });

  it('has room again when the time of all who wait is over, and gives who came since', async () => {
    await fill(redis, 'over:', 100_000, 0);
    const store = await open('over:');
    expect(await store.queue.size()).toBe(0);
    expect(await store.queue.add('a', 'v', MINUTE_MS)).toBe(true);
    expect(await store.queue.add('99999', 'new', MINUTE_MS)).toBe(true);
    expect(await store.queue.take(2)).toEqual([
      { key: 'a', value: 'v' },
      { key: '99999', value: 'new' },
    ]);
    await store.close();
  });
});

/** Leaves what so many calls would, faster. */
async function fill(redis: Redis, prefix: string, count: number, keepMs: number): Promise<void> {
  const queue = `{${prefix}queue}`;
  const script = `
for from = 1, ${count}, 1000 do
  local turns, ends, values = {}, {}, {}
  for i = from, from + 999 do
    for _, part in ipairs({i, i}) do table.insert(turns, part) end
    for _, part in ipairs({${Date.now() + keepMs}, i}) do table.insert(ends, part) end
    for _, part in ipairs({i, 'v' .. i}) do table.insert(values, part) end
  end
  redis.call('ZADD', KEYS[1], unpack(turns))
  redis.call('ZADD', KEYS[2], unpack(ends))
  redis.call('HSET', KEYS[3], unpack(values))
end`;
  await redis.command('EVAL', script, '3', queue, `${queue}:expiry`, `${queue}:values`);
}
