import { inspect } from 'node:util';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import {
  answers,
  type OpenStore,
  openStore,
  type Redis,
  type RedisOptions,
  redisProgram,
  startRedis,
} from '../support/redis.ts';

const LOST = /^warn connection to Redis lost: /;
const CONNECTED = 'info connected to Redis';

async function start(test: TestContext, options: RedisOptions = {}): Promise<Redis> {
  const redis = await startRedis(options);
  test.onTestFinished(() => redis.remove());
  return redis;
}

function open(test: TestContext, url: string, options: Parameters<typeof openStore>[1] = {}): OpenStore {
  const store = openStore(url, options);
  test.onTestFinished(() => store.close());
  return store;
}

async function connect(test: TestContext, url: string): Promise<OpenStore> {
  const store = open(test, url);
  await answers(store);
  return store;
}

/** The code of the error, or null if it went well. */
async function codeOf(promise: Promise<unknown> | unknown): Promise<string | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'no code';
  }
}

const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 15_000, interval: 10 });

async function elapsedMs(what: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await what();
  return performance.now() - startedAt;
}

describe.skipIf(redisProgram() === null).each([
  ['a single Redis', false],
  ['a cluster', true],
])('a store on %s', { concurrent: true }, (_, cluster) => {
  it('rejects at once while nothing is there, says so once, and works when it comes', async (test) => {
    const redis = await start(test, { cluster });
    await redis.stop();
    const store = open(test, redis.url);
    await until(async () => expect(store.log).toHaveLength(1));
    const ms = await elapsedMs(async () => expect(await codeOf(store.entries.read('a'))).toBe('OFFLINE'));
    expect(ms).toBeLessThan(50);
    await redis.start('kept');
    await answers(store);
    expect(store.log.filter((line) => line.startsWith('warn'))).toHaveLength(1);
    expect(store.log.at(-1)).toBe(CONNECTED);
  });

  it('says when the connection is lost and when it is back, and goes on with what Redis kept', async (test) => {
    const redis = await start(test, { cluster });
    const store = await connect(test, redis.url);
    await store.entries.write('a', 'kept', 60_000);
    await redis.kill();
    await until(async () => expect(await codeOf(store.entries.read('a'))).toBe('OFFLINE'));
    await redis.start('kept');
    await until(async () => expect(await store.entries.read('a')).toBe('kept'));
    const [first, second, ...others] = store.log;
    expect(first).toBe(CONNECTED);
    expect(second).toMatch(LOST);
    expect(others.filter((line) => LOST.test(line))).toEqual([]);
    expect(others.at(-1)).toBe(CONNECTED);
  });

  it('lets few calls wait for a Redis that hangs, drops them within seconds, and recovers', async (test) => {
    const redis = await start(test, { cluster });
    const store = await connect(test, redis.url);
    redis.hang();
    test.onTestFinished(redis.resume);
    const codes: (string | null)[] = [];
    const call = () => void codeOf(store.entries.read('a')).then((code) => codes.push(code));
    for (let count = 0; count < 5_000; count += 1) call();
    await until(() => expect(codes.length).toBeGreaterThanOrEqual(4_000));
    expect(new Set(codes)).toEqual(new Set(['BUSY']));
    const dropped = await elapsedMs(() => until(() => expect(codes).toHaveLength(5_000)));
    expect(dropped).toBeLessThan(6_000);
    expect(codes).toContain('TIMEOUT');
    redis.resume();
    await answers(store);
  });

  it('rejects with a wrong password, says so once and without it, and works as soon as it is right', async (test) => {
    const redis = await start(test, { cluster, password: 'right-7Jm2' });
    const store = open(test, redis.url.replace('right-7Jm2', 'wrong-4Kd9'));
    await until(() => expect(store.log).not.toEqual([]));
    const error: unknown = await Promise.resolve(store.entries.read('a')).catch((e) => e);
    expect(error).toMatchObject({ code: 'OFFLINE', message: expect.stringContaining('WRONGPASS') });
    await until(async () => {
      const [refusals] = (await redis.command('ACL', 'LOG')) as { count: number }[];
      expect(refusals?.count).toBeGreaterThanOrEqual(3);
    });
    const said = store.log.length;
    await redis.command('CONFIG', 'SET', 'requirepass', 'wrong-4Kd9');
    await answers(store);
    expect(store.log).toHaveLength(said + 1);
    expect(store.log.filter((line) => line.includes('WRONGPASS'))).toHaveLength(1);
    expect(inspect([error, store.log])).not.toMatch(/wrong-4Kd9|right-7Jm2/);
  });

  it('trusts no certificate that nobody vouches for, unless it need not verify', async (test) => {
    const redis = await start(test, { cluster, tls: true, password: 'right-7Jm2' });
    const careful = open(test, redis.url);
    await until(() => expect(careful.log.join('\n')).toContain('DEPTH_ZERO_SELF_SIGNED_CERT'));
    expect(await codeOf(careful.entries.read('a'))).toBe('OFFLINE');
    const trusting = open(test, redis.url, { tlsVerify: false });
    await answers(trusting);
    expect(await trusting.leases.take('a', 'me', 60_000)).toBe(true);
  });

  it.for([
    ['hangs', true],
    ['hangs and was never reached', false],
  ] as const)(
    'closes within a second when Redis %s, and leaves no connection behind',
    async ([, wasConnected], test) => {
      const redis = await start(test, { cluster });
      const store = open(test, redis.url);
      if (wasConnected) await answers(store);
      redis.hang();
      test.onTestFinished(redis.resume);
      const calls = [codeOf(store.entries.read('a')), codeOf(store.budget.inUse())];
      expect(await elapsedMs(() => Promise.all([store.close(), store.close()]))).toBeLessThan(1_000);
      expect(await Promise.all(calls)).not.toContain(null);
      redis.resume();
      await until(async () => expect(await connections(redis)).toBe(1));
      await until(() => expectGone(store));
    },
  );
});

describe.skipIf(redisProgram() === null)('a store on Redis', { concurrent: true }, () => {
  it('goes on when Redis comes back empty, which has forgotten the scripts too', async (test) => {
    const redis = await start(test);
    const store = await connect(test, redis.url);
    await store.entries.write('a', 'gone', 60_000);
    await store.budget.reserve('a', 1, 60_000);
    await redis.kill();
    await redis.start('lost');
    await until(async () => expect(await store.entries.read('a')).toBeNull());
    expect(await store.budget.reserve('b', 1, 60_000)).toBe(true);
    expect(await store.leases.take('a', 'me', 60_000)).toBe(true);
    expect(await store.queue.add('a', 'v', 60_000)).toBe(true);
  });

  it('comes back each time that Redis does', async (test) => {
    const redis = await start(test);
    const store = await connect(test, redis.url);
    for (let time = 0; time < 5; time += 1) {
      await redis.kill();
      await redis.start('kept');
      await answers(store);
    }
    expect(store.log.filter((line) => LOST.test(line))).toHaveLength(5);
  });

  it('finds out that Redis hangs although it is asked all the time', async (test) => {
    const redis = await start(test);
    const store = await connect(test, redis.url);
    redis.hang();
    test.onTestFinished(redis.resume);
    const asking = setInterval(() => void codeOf(store.budget.inUse()), 20);
    test.onTestFinished(() => clearInterval(asking));
    const lost = await elapsedMs(() => until(() => expect(store.log.at(-1)).toMatch(LOST)));
    expect(lost).toBeLessThan(7_000);
    redis.resume();
    await answers(store);
  });

  it('refuses to write when Redis has no memory left, reads on, and says nothing of what it was to write', async (test) => {
    const redis = await start(test);
    const store = await connect(test, redis.url);
    await store.entries.write('a', 'kept', 60_000);
    await store.budget.reserve('a', 10, 60_000);
    await store.queue.add('a', 'v', 60_000);
    for (const value of ['b', 'c']) await store.outbox.append('a', { value, count: 1 }, 60_000);
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    const error: unknown = await store.entries.write('secret-key', 'secret-value', 60_000).catch((e) => e);
    expect(error).toMatchObject({
      code: 'OOM',
      message: 'Redis has no memory left and refuses to write (OOM)',
    });
    expect(inspect(error)).not.toContain('secret');
    expect(await codeOf(store.leases.take('b', 'me', 60_000))).toBe('OOM');
    expect(await codeOf(store.queue.add('b', 'v', 60_000))).toBe('OOM');
    expect(await codeOf(store.outbox.append('a', { value: 'd', count: 1 }, 60_000))).toBe('OOM');
    expect(await store.entries.read('a')).toBe('kept');
    expect(await store.budget.reserve('b', 10, 60_000)).toBe(true);
    expect(await store.budget.inUse()).toBe(2);
    expect(await store.queue.take(5)).toEqual([{ key: 'a', value: 'v' }]);
    const [row] = await store.outbox.peek('a', 1, null);
    await store.outbox.remove('a', [row?.id ?? '']);
    expect(await store.outbox.count('a')).toBe(1);
    await store.entries.remove('a');
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    expect(await codeOf(store.entries.write('b', 'v', 60_000))).toBeNull();
  });

  it('closes when what is under way is answered, and rejects from then on', async (test) => {
    const redis = await start(test);
    const store = await connect(test, redis.url);
    const writes = Array.from({ length: 100 }, (_, index) => store.entries.write(`a${index}`, 'v', 60_000));
    await store.close();
    expect((await Promise.allSettled(writes)).every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await codeOf(store.entries.read('a'))).toBe('CLOSED');
    await store.close();
    expect(store.log).toEqual([CONNECTED]);
  });

  it('closes before it is connected, and leaves no connection behind', async (test) => {
    const redis = await start(test);
    const store = openStore(redis.url);
    await store.close();
    await expect.poll(() => connections(redis)).toBe(1);
    expect(store.log).toEqual([]);
  });

  it('closes within a second while it tries to connect, and tries no more', async (test) => {
    const redis = await start(test);
    await redis.stop();
    const store = open(test, redis.url);
    await until(() => expect(store.log).not.toEqual([]));
    expect(await elapsedMs(() => store.close())).toBeLessThan(1_000);
    await redis.start('kept');
    expect(await connections(redis)).toBe(1);
  });

  it('connects anew after it was told that this Redis is a replica, as a failover leaves it', async (test) => {
    const redis = await start(test);
    const store = await connect(test, redis.url);
    await store.entries.write('a', 'kept', 60_000);
    await redis.command('REPLICAOF', '127.0.0.1', '1');
    expect(await codeOf(store.entries.write('b', 'v', 60_000))).toBe('READONLY');
    expect(await codeOf(store.budget.reserve('b', 10, 60_000))).toBe('READONLY');
    expect(await store.entries.read('a')).toBe('kept');
    await until(async () => {
      await codeOf(store.entries.write('b', 'v', 60_000));
      expect(store.log).toEqual([CONNECTED, expect.stringMatching(/lost: .*READONLY/), CONNECTED]);
    });
    await redis.command('REPLICAOF', 'NO', 'ONE');
    expect(await codeOf(store.entries.write('b', 'v', 60_000))).toBeNull();
  });
});

async function connections(redis: Redis): Promise<number> {
  return String(await redis.command('CLIENT', 'LIST', 'TYPE', 'normal'))
    .trim()
    .split('\n').length;
}

async function expectGone(store: Store): Promise<void> {
  expect(await codeOf(store.entries.read('a'))).toBe('CLOSED');
}
