import { describe, expect, it, onTestFinished } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import { redisProgram, startRedis } from '../support/redis.ts';
import { overLimit, treatment } from '../support/replies.ts';
import { METRICS, openService } from '../support/service.ts';

async function open(perMinute = 600) {
  const redis = await startRedis();
  onTestFinished(() => redis.remove());
  const amplitude = await openAmplitude();
  amplitude.planForAll((call) => {
    const plan = treatment(...GOOD);
    return { ...(typeof plan === 'function' ? plan(call) : plan), afterMs: 50 };
  });
  const settings = { STORE_URL: redis.url, PROFILE_BUDGET_PER_MINUTE: String(perMinute), REPLICAS: '2' };
  const start = () => openService({ amplitude, settings });
  const replicas = await Promise.all([start(), start()]);
  /** Asked of one replica after the other. */
  const ask = (people: readonly string[]): Promise<string[]> =>
    Promise.all(
      people.map(async (person, index) => {
        const service = replicas[index % 2];
        const answer = await service?.get(`/v1/placements/hero?user_id=${person}&explain=1`);
        return `${answer?.body.explain_cache} ${answer?.body.reason}`;
      }),
    );
  const stores = (): Promise<string[]> =>
    Promise.all(
      replicas.map(async (service) => {
        const { body } = await service.get('/v1/placements/hero?user_id=&explain=1');
        return body.explain_store;
      }),
    );
  const limits = (): Promise<number[]> =>
    Promise.all(
      replicas.map(async (service) => {
        const { text } = await service.get('/metrics', METRICS);
        return Number(/^inlay_budget_limit_calls (\d+)$/m.exec(text)?.[1]);
      }),
    );
  return { redis, amplitude, ask, stores, limits };
}

const people = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);

function count(outcomes: readonly string[], outcome: string): number {
  return outcomes.filter((one) => one === outcome).length;
}

describe.skipIf(redisProgram() === null)('two replicas that share a Redis', () => {
  it('look people up as soon as they have begun, and share what they know', async () => {
    const { amplitude, ask } = await open();
    expect(await ask(['ann'])).toEqual(['miss recommended']);
    expect(await ask(['ann', 'ann'])).toEqual(['hit recommended', 'store_hit recommended']);
    expect(amplitude.calls).toHaveLength(1);
  });

  it('make one call for one person who is asked for everywhere at once', async () => {
    const { amplitude, ask } = await open();
    const outcomes = await ask(Array(40).fill('ann'));
    expect(outcomes.every((outcome) => outcome.endsWith(' recommended'))).toBe(true);
    expect(amplitude.calls).toHaveLength(1);
  });

  it('spend one budget', async () => {
    const { amplitude, ask } = await open(30);
    const outcomes = await ask(people('p', 100));
    expect([count(outcomes, 'miss recommended'), count(outcomes, 'miss throttled')]).toEqual([30, 70]);
    expect(amplitude.calls).toHaveLength(30);
  });

  it('all slow down when one of them is told to', async () => {
    const { amplitude, ask, limits } = await open(100);
    expect(await limits()).toEqual([100, 100]);
    amplitude.plan('ann', overLimit());
    expect(await ask(['ann'])).toEqual(['miss throttled']);
    await expect.poll(limits, { timeout: 5_000 }).toEqual([50, 50]);
  });

  it.each([
    ['has kept everything, they go on where they were', 'kept', 20],
    ['has lost everything, they wait until all they spent is over', 'lost', 0],
  ] as const)('when it comes back and %s', async (_case, data, left) => {
    const { redis, amplitude, ask, stores } = await open(30);
    expect(count(await ask(people('before', 10)), 'miss recommended')).toBe(10);
    await redis.kill();
    expect(count(await ask(people('meanwhile', 10)), 'miss throttled')).toBe(10);
    await expect.poll(stores).toEqual(Array(2).fill('redis, not answering'));
    await redis.start(data);
    await expect.poll(stores, { timeout: 15_000 }).toEqual(['redis', 'redis']);
    expect(count(await ask(people('after', 60)), 'miss recommended')).toBe(left);
    expect(amplitude.calls).toHaveLength(10 + left);
  });
});
