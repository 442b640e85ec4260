import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { RedisError } from '../../src/store/redis-errors.ts';
import {
  answers,
  type OpenStore,
  openStore,
  type Redis,
  redisProgram,
  startRedis,
} from '../support/redis.ts';
import { startMasters } from './redis-masters.ts';

const MINUTE_MS = 60_000;

async function start(test: TestContext, options: Parameters<typeof startRedis>[0] = {}): Promise<Redis> {
  const redis = await startRedis(options);
  test.onTestFinished(() => redis.remove());
  return redis;
}

async function open(test: TestContext, url: string, prefix = 'inlay:'): Promise<OpenStore> {
  const store = openStore(url, { prefix });
  test.onTestFinished(() => store.close());
  await answers(store);
  return store;
}

/** Leaves what so many writes would, faster. */
async function fill({ command }: Redis, keyPrefix: string, count: number): Promise<void> {
  const script = `for i = 1, ${count} do redis.call('SET', ARGV[1] .. i, 'v') end`;
  await command('EVAL', script, '0', keyPrefix);
}

type Replica = {
  readonly process: ChildProcess;
  readonly say: () => void;
  readonly line: () => Promise<string>;
};

function startReplica(url: string, name: string, count: number): Replica {
  const script = join(import.meta.dirname, 'redis-child.ts');
  const child = spawn(process.execPath, [script, url, name, `${count}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    say: () => void child.stdin.write('go\n'),
    line: async () => String((await lines.next()).value),
  };
}

describe.skipIf(redisProgram() === null)('claims of several processes', () => {
  it.each([
    ['one Redis', false],
    ['a cluster', true],
  ])('have one winner each, of whom all are told, on %s', async (_name, cluster) => {
    const redis = await startRedis({ cluster });
    onTestFinished(() => redis.remove());
    const names = ['one', 'two'];
    const replicas = names.map((name) => startReplica(redis.url, name, 1_000));
    expect(await Promise.all(replicas.map(({ line }) => line()))).toEqual(Array(2).fill('connected'));
    for (const { say } of replicas) say();

    const [given, ...others] = await Promise.all(replicas.map(async ({ line }) => JSON.parse(await line())));
    expect(given).toHaveLength(1_000);
    expect(others).toEqual([given]);
    expect(names).toEqual(expect.arrayContaining([...new Set(given)]));
    expect(await redis.command('GET', 'inlay:entry:pin 999')).toBe(given[999]);
    await Promise.all(replicas.map(({ process }) => process.exitCode ?? once(process, 'exit')));
  });
});

describe.skipIf(redisProgram() === null)('a claim on Redis', { concurrent: true }, () => {
  it('is given also when no memory is left, and refused if nobody was before', async (test) => {
    const redis = await start(test);
    const { entries } = await open(test, redis.url);
    await entries.claim('a', 'held', MINUTE_MS);
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    expect(await entries.claim('a', 'another', MINUTE_MS)).toBe('held');
    await expect(entries.claim('b', 'v', MINUTE_MS)).rejects.toMatchObject({ code: 'OOM' });
    await entries.removeAll('a');
    expect(await entries.read('a')).toBe(null);
  });

  it('is kept for its time and no longer, also when Redis has forgotten the script', async (test) => {
    const redis = await start(test);
    const { entries } = await open(test, redis.url);
    await redis.command('SCRIPT', 'FLUSH');
    await entries.claim('a', 'v', MINUTE_MS - 0.5);
    const left = Number(await redis.command('PTTL', 'inlay:entry:a'));
    expect(left).toBeGreaterThan(MINUTE_MS - 20_000);
    expect(left).toBeLessThanOrEqual(MINUTE_MS);
  });
});

describe.skipIf(redisProgram() === null)(
  'removing all that begin with a prefix',
  { concurrent: true },
  () => {
    it('finds few among many, and leaves what is under other prefixes of the store, or none', async (test) => {
      const redis = await start(test);
      const prefix = 'a*[b]?\\^-{c}:';
      const store = await open(test, redis.url, prefix);
      await fill(redis, `${prefix}entry:other `, 20_000);
      const strangers = [
        'aXbY\\^-{c}:entry:one',
        'one',
        'entry:one',
        `${prefix}lease:one`,
        'a*[b]?^-{c}:entry:one',
      ];
      for (const key of strangers) await redis.command('SET', key, 'v');
      await Promise.all(['one', 'one 1', 'one 2'].map((key) => store.entries.claim(key, 'v', MINUTE_MS)));

      await store.entries.removeAll('one');
      expect(await redis.command('DBSIZE')).toBe(20_000 + strangers.length);
      for (const key of strangers) expect(await redis.command('GET', key)).toBe('v');
      expect(await store.entries.read('other 20000')).toBe('v');
    });

    it('fails when the connection is lost meanwhile, and goes on when asked again', async (test) => {
      const redis = await start(test);
      const store = await open(test, redis.url);
      await fill(redis, 'inlay:entry:many ', 40_000);
      const removal = expect(store.entries.removeAll('many ')).rejects.toThrow(RedisError);
      await store.entries.read('many 1');
      await redis.kill();
      await removal;
      await redis.start('kept');
      await answers(store);
      expect(await redis.command('DBSIZE')).toBeGreaterThan(0);
      await store.entries.removeAll('many ');
      expect(await redis.command('DBSIZE')).toBe(0);
    });

    it('lets others be answered in between', async (test) => {
      const redis = await start(test);
      const store = await open(test, redis.url);
      await fill(redis, 'inlay:entry:many ', 40_000);
      let isOver = false;
      const removal = store.entries.removeAll('many ').then(() => {
        isOver = true;
      });
      let reads = 0;
      for (; !isOver; reads += 1) await store.entries.read('none');
      await removal;
      expect(reads).toBeGreaterThan(10);
    });

    it('goes through every node of a cluster', async (test) => {
      const masters = await startMasters(3);
      test.onTestFinished(() => masters.remove());
      const { entries } = await open(test, masters.url);
      const keys = Array.from({ length: 3_000 }, (_, index) => `${index % 2 ? 'odd' : 'even'} ${index}`);
      for (let from = 0; from < keys.length; from += 500) {
        await Promise.all(keys.slice(from, from + 500).map((key) => entries.claim(key, 'v', MINUTE_MS)));
      }
      const counts = () =>
        Promise.all(masters.nodes.map(async ({ command }) => Number(await command('DBSIZE'))));
      expect((await counts()).every((count) => count > 500)).toBe(true);
      await entries.removeAll('odd ');
      expect((await counts()).reduce((sum, count) => sum + count)).toBe(1_500);
      expect([await entries.read('odd 1'), await entries.read('even 0')]).toEqual([null, 'v']);
      await entries.removeAll('');
      expect(await counts()).toEqual([0, 0, 0]);
    });
  },
);
