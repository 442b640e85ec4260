import { describe, expect, it, onTestFinished } from 'vitest';
import type { Clock } from '../../src/domain/clock.ts';
import { openAmplitude } from '../support/amplitude.ts';
import { createClock } from '../support/clock.ts';
import { GOOD } from '../support/products.ts';
import { type Redis, redisProgram, startRedis } from '../support/redis.ts';
import { broken, control, treatment } from '../support/replies.ts';
import { openService, type Service, STUDIO } from '../support/service.ts';

const ANN = 'user_id=ann&campaign=weekly';
/** A busy machine may be late with its timers. */
const LENIENCE_MS = 400;

async function open(clock?: Clock) {
  const redis = await startRedis();
  onTestFinished(() => redis.remove());
  const amplitude = await openAmplitude();
  amplitude.planForAll(treatment(...GOOD));
  const settings = { STORE_URL: redis.url, REPLICAS: '2' };
  const start = () => openService({ amplitude, settings, ...(clock && { clock }) });
  const [here, there] = await Promise.all([start(), start()]);
  return { redis, amplitude, start, here, there };
}

const get = async (service: Service, query: string) => await service.get(`/v1/placements/hero?${query}`);

/** Where the answer came from, and why it is what it is; the status where that is not 200. */
async function ask(service: Service, query = ANN): Promise<string> {
  const { status, body } = await get(service, `${query}&explain=1`);
  return status === 200 ? `${body.explain_cache} ${body.reason} ${body.item_1_id}` : String(status);
}

const keys = async (redis: Redis, pattern: string) => (await redis.command('KEYS', pattern)) as string[];

describe.skipIf(redisProgram() === null)('two replicas that share a Redis', () => {
  it('give the same pinned answer, byte for byte and for one call', async () => {
    const { redis, amplitude, here, there } = await open();
    const first = (await get(here, ANN)).text;
    expect(await keys(redis, '*pin*')).toEqual(['inlay:entry:=pin\nuser_id\nann\nhero\nweekly']);
    amplitude.plan('ann', control(...GOOD));
    for (const service of [there, here, there]) expect((await get(service, ANN)).text).toBe(first);
    expect(amplitude.calls).toHaveLength(1);
  });

  it('agree on what is asked of both at once, also where they know different things', async () => {
    const { redis, amplitude, here, there } = await open();
    const decided = new Set<string>();
    for (let person = 0; person < 10; person += 1) {
      const query = `user_id=p${person}`;
      await ask(here, query);
      await redis.command('DEL', ...(await keys(redis, `*\np${person}\n*`)));
      amplitude.plan(`p${person}`, control(...GOOD));
      await ask(there, query);
      // Who is asked first gets an unfair start.
      const services = person % 2 ? [here, there] : [there, here];
      const answers = await Promise.all(
        [...services, ...services, ...services].map((service) => get(service, `${query}&campaign=weekly`)),
      );
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      for (const service of services) {
        expect((await get(service, `${query}&campaign=weekly`)).text).toBe(answers[0]?.text);
      }
      decided.add(answers[0]?.body.reason);
    }
    expect(decided).toEqual(new Set(['recommended', 'control']));
  });

  it('see at once what a call that would rather wait has mended in the other', async () => {
    const { amplitude, here, there } = await open();
    amplitude.plan('ann', broken);
    expect(await ask(here)).toBe('miss upstream_error investing-101');
    expect(await ask(there)).toBe('pinned upstream_error investing-101');
    amplitude.plan('ann', treatment(...GOOD));
    expect(await ask(there, `${ANN}&on_unavailable=retry`)).toBe(`miss recommended ${GOOD[0]}`);
    expect(await ask(here)).toBe(`pinned recommended ${GOOD[0]}`);
  });

  it('one that begins later follows what was pinned, also when Redis was killed in between', async () => {
    const { redis, amplitude, start, here } = await open();
    await ask(here);
    amplitude.plan('ann', control(...GOOD));
    await redis.kill();
    await redis.start('kept');
    expect(await ask(await start())).toBe(`pinned recommended ${GOOD[0]}`);
  });
});

describe.skipIf(redisProgram() === null)('without Redis', () => {
  it.each<readonly [string, (redis: Redis) => unknown]>([
    ['is gone', (redis) => redis.kill()],
    ['hangs', (redis) => redis.hang()],
  ])('answers are in time and pinned where they were made, while it %s', async (_case, lose) => {
    const clock = createClock();
    const { redis, amplitude, here } = await open(clock);
    // On a busy machine the store may be too slow for the first.
    for (const id of ['ann', 'bob'])
      await expect.poll(() => ask(here, `user_id=${id}`)).toContain(' recommended ');
    expect(await ask(here, 'user_id=bob&campaign=weekly')).toBe(`hit recommended ${GOOD[0]}`);
    await lose(redis);
    const times: number[] = [];
    for (let round = 0; round < 40; round += 1) {
      // By and by, a replica wants to know whether another has pinned something else.
      clock.advance(1_000);
      const startedAt = performance.now();
      const { status, body } = await get(
        here,
        `${round % 2 ? ANN : 'user_id=bob&campaign=weekly'}&explain=1`,
      );
      times.push(performance.now() - startedAt);
      expect([status, body.reason]).toEqual([200, 'recommended']);
      expect(body.explain_cache).toBe(round === 1 ? 'hit' : 'pinned');
    }
    expect(Math.max(...times)).toBeLessThan(300 + LENIENCE_MS);
    // After three failures it is left alone, but for one try a second.
    expect(times.filter((ms) => ms > 90).length).toBeLessThan(10);
    expect(amplitude.calls).toHaveLength(2);
  });

  it('what was pinned meanwhile is shared as soon as it is back and somebody asks', async () => {
    const { redis, amplitude, here, there } = await open();
    await Promise.all([ask(here, 'user_id=ann'), ask(there, 'user_id=ann')]);
    await redis.kill();
    expect(await ask(here)).toBe(`hit recommended ${GOOD[0]}`);
    await redis.start('lost');
    await expect
      .poll(
        async () => {
          await ask(here);
          return keys(redis, '*pin*');
        },
        { timeout: 15_000 },
      )
      .toHaveLength(1);
    amplitude.plan('ann', control(...GOOD));
    expect(await ask(there)).toBe(`pinned recommended ${GOOD[0]}`);
  });
});

describe.skipIf(redisProgram() === null)('a person who is forgotten', () => {
  const forget = async (service: Service, query: string) =>
    await service.send('DELETE', `/v1/people?${query}`, STUDIO);

  it('is gone from Redis and from memory here, and within seconds from that of other replicas', async () => {
    const { redis, amplitude, here, there } = await open();
    for (const service of [here, there]) {
      for (const person of ['ann', 'bob']) {
        await ask(service, `user_id=${person}&campaign=weekly`);
        await ask(service, `user_id=${person}`);
      }
    }
    amplitude.planForAll(control(...GOOD));
    expect((await forget(here, 'user_id=ann')).status).toBe(200);
    expect((await keys(redis, '*\nann\n*')).length).toBe(0);
    expect((await keys(redis, '*\nbob\n*')).length).toBe(2);
    // There, the memory is all that is left.
    await expect.poll(() => ask(there, 'user_id=ann'), { timeout: 5_000 }).toMatch(/^miss control/);
    expect(await ask(here)).toMatch(/^(hit|store_hit) control/);
    expect(await ask(there, 'user_id=bob&campaign=weekly')).toBe(`pinned recommended ${GOOD[0]}`);
  });

  it('is not brought back by a look-up that was under way elsewhere', async () => {
    const { redis, amplitude, here, there } = await open();
    amplitude.plan('ann', (call) => {
      const plan = treatment(...GOOD);
      return { ...(typeof plan === 'function' ? plan(call) : plan), afterMs: 500 };
    });
    const asking = ask(there);
    await amplitude.called(1);
    await forget(here, 'user_id=ann');
    await asking;
    expect((await keys(redis, '*\nann\n*')).length).toBeGreaterThan(0);
    // Sooner than in its own time, since the replica that was told to forget ends.
    await here.app.close();
    expect(await keys(redis, '*\nann\n*')).toEqual([]);
    amplitude.plan('ann', control(...GOOD));
    await expect.poll(() => ask(there, 'user_id=ann'), { timeout: 5_000 }).toMatch(/^miss control/);
  });

  it('is gone from memory here also while Redis is down, and whoever asked for it is told', async () => {
    const { redis, here } = await open();
    await ask(here);
    await redis.kill();
    const { status, body, text } = await forget(here, 'user_id=ann');
    expect([status, body.code]).toEqual([503, 'store_unavailable']);
    expect(text).not.toContain('ann');
    expect(await ask(here)).toMatch(/^miss throttled/);
  });
});
