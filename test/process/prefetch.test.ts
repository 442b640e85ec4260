import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Body, listOf, numbered } from '../http/prefetching.ts';
import { type Amplitude, openAmplitude } from '../support/amplitude.ts';
import { startService } from '../support/process.ts';
import { GOOD } from '../support/products.ts';
import { redisProgram, startRedis } from '../support/redis.ts';
import { slowly, treatment } from '../support/replies.ts';
import { basic, CALLER, METRICS, STUDIO } from '../support/service.ts';
import { makeFolder, writeTemplates } from '../support/templates.ts';

const PEOPLE = numbered(1_200);

/** Those under way when a process was killed: their answers never reached the store. */
const UNDER_WAY = 64;

type Replica = Awaited<ReturnType<typeof start>>;

/** A process on this store, and how to ask it. */
async function start(amplitude: Amplitude, storeUrl: string, templates: string) {
  const { port, kill } = await startService(amplitude.url, {
    STORE_URL: storeUrl,
    TEMPLATES_DIR: templates,
    PROFILE_BUDGET_PER_MINUTE: '20000',
    REPLICAS: '2',
    METRICS_CREDENTIALS: `${METRICS.name}:${METRICS.password}`,
  });
  const send = async (path: string, as = CALLER, options: RequestInit = {}): Promise<string> => {
    const headers = { authorization: basic(as), 'content-type': 'text/csv' };
    return (await fetch(`http://127.0.0.1:${port}${path}`, { ...options, headers })).text();
  };
  return {
    begin: async (people: readonly string[]): Promise<Body> => {
      const options = { method: 'POST', body: listOf(people) };
      return JSON.parse(await send('/v1/prefetches?placement=hero', STUDIO, options));
    },
    get: async (id: string): Promise<Body> => JSON.parse(await send(`/v1/prefetches/${id}`, STUDIO)),
    /** The reasons of answers for these people, some at a time. */
    ask: async (people: readonly string[]): Promise<Set<string>> => {
      const reasons = new Set<string>();
      for (let from = 0; from < people.length; from += 50) {
        const some = people.slice(from, from + 50);
        const answers = await Promise.all(some.map((id) => send(`/v1/placements/hero?user_id=${id}`)));
        for (const answer of answers) reasons.add(JSON.parse(answer).reason);
      }
      return reasons;
    },
    isRunning: async () => (await send('/metrics', METRICS)).includes('inlay_prefetch_jobs_running 1'),
    kill,
  };
}

/** Answers no more than so many until it is to go on, so that no prefetch is over by then. */
async function openStuckAmplitude(answers: number) {
  const amplitude = await openAmplitude();
  const answer = slowly(treatment(...GOOD), 50);
  let left = answers;
  amplitude.planForAll((call) => {
    left -= 1;
    return left < 0 ? { fault: 'hang' } : answer(call);
  });
  return { amplitude, goOn: () => amplitude.planForAll(answer) };
}

/** Everyone was asked about, and nobody twice but those under way when it was killed. */
function expectAllAsked(amplitude: Amplitude): void {
  const asked = amplitude.calls.map(({ person }) => person);
  expect(new Set(asked)).toEqual(new Set(PEOPLE));
  expect(asked.length - PEOPLE.length).toBeLessThanOrEqual(UNDER_WAY);
}

const done = (replica: Replica, id: string) =>
  expect
    .poll(() => replica.get(id), { timeout: 30_000, interval: 100 })
    .toMatchObject({ state: 'done', done: PEOPLE.length, failed: 0 });

describe('a prefetch whose process is killed in the middle', { timeout: 60_000 }, () => {
  it('goes on when it is started again, and then the send needs no call', async () => {
    const { amplitude, goOn } = await openStuckAmplitude(PEOPLE.length / 2);
    const [storeUrl, templates] = [`sqlite:${join(makeFolder(), 'inlay.db')}`, writeTemplates()];
    const first = await start(amplitude, storeUrl, templates);
    const { id } = await first.begin(PEOPLE);
    await amplitude.called(PEOPLE.length / 2);
    await first.kill();
    expect(amplitude.calls.length).toBeLessThan(PEOPLE.length);
    goOn();

    const second = await start(amplitude, storeUrl, templates);
    await done(second, id);
    expectAllAsked(amplitude);
    const before = amplitude.calls.length;
    expect(await second.ask(PEOPLE)).toEqual(new Set(['recommended']));
    expect(amplitude.calls).toHaveLength(before);
  });

  it.skipIf(redisProgram() === null)(
    'is taken over by another replica, while that answers as ever',
    async () => {
      const redis = await startRedis();
      onTestFinished(() => redis.remove());
      const { amplitude, goOn } = await openStuckAmplitude(PEOPLE.length / 3);
      const templates = writeTemplates();
      const replicas = await Promise.all([1, 2].map(() => start(amplitude, redis.url, templates)));
      const [first, second] = replicas as [Replica, Replica];
      const { id } = await first.begin(PEOPLE);
      await amplitude.called(PEOPLE.length / 3);
      const [running, other] = (await first.isRunning()) ? [first, second] : [second, first];
      await running.kill();
      expect(amplitude.calls.length).toBeLessThan(PEOPLE.length);
      goOn();
      const live = numbered(20, 'live-');
      expect(await other.ask(live)).toEqual(new Set(['recommended']));

      await done(other, id);
      const calls = amplitude.calls.filter(({ person }) => !person.startsWith('live-'));
      expectAllAsked({ ...amplitude, calls });
      const before = amplitude.calls.length;
      expect(await other.ask(PEOPLE)).toEqual(new Set(['recommended']));
      expect(amplitude.calls).toHaveLength(before);
    },
  );
});
