import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Amplitude, openAmplitude, type Plan } from '../support/amplitude.ts';
import { startService } from '../support/process.ts';
import { GOOD } from '../support/products.ts';
import { formatRequest, sendRaw } from '../support/raw.ts';
import { redisProgram, startRedis } from '../support/redis.ts';
import { control, treatment } from '../support/replies.ts';
import { basic, CALLER, METRICS, STUDIO } from '../support/service.ts';
import { makeFolder, writeTemplates } from '../support/templates.ts';

/** A process on this store, and how to ask it. */
async function start(amplitude: Amplitude, storeUrl: string, templates: string) {
  const { port, kill } = await startService(amplitude.url, {
    STORE_URL: storeUrl,
    TEMPLATES_DIR: templates,
    METRICS_CREDENTIALS: `${METRICS.name}:${METRICS.password}`,
  });
  const send = (target: string, credentials = CALLER, method = 'GET') =>
    sendRaw(port, formatRequest({ method, target, headers: { Authorization: basic(credentials) } }));
  const ask = async (query: string) => (await send(`/v1/placements/hero?${query}`)).body;
  /** Asks for 20 people at once; null if the store was too slow for one of them, as on a busy machine it may be. */
  const askForMany = async (campaign: string): Promise<string[] | null> => {
    const people = Array.from({ length: 20 }, (_, index) => `user_id=p${index}&campaign=${campaign}`);
    const before = await failures();
    const answers = await Promise.all(people.map(ask));
    return (await failures()) === before ? answers : null;
  };
  const failures = async () => {
    const { body } = await send('/metrics', METRICS);
    return body
      .split('\n')
      .filter((line) => line.startsWith('inlay_store_failures_total{'))
      .join();
  };
  return { send, ask, askForMany, kill };
}

async function openSqlite(): Promise<string> {
  return `sqlite:${join(makeFolder(), 'inlay.db')}`;
}

async function openRedis(): Promise<string> {
  const redis = await startRedis();
  onTestFinished(() => redis.remove());
  return redis.url;
}

const reasonOf = (answer: string): string => JSON.parse(answer).reason;

const STORES = [
  ['SQLite', openSqlite, true],
  ['Redis', openRedis, redisProgram() !== null],
] as const;

const PLANS: readonly (readonly [string, Plan])[] = [
  ['recommended', treatment(...GOOD)],
  ['timeout', { fault: 'hang' }],
];

describe.each(STORES.filter(([, , isThere]) => isThere))(
  'with %s',
  { timeout: 60_000 },
  (_name, openStore) => {
    it.each(PLANS)(
      'what left the process before it was killed is what the next one answers: %s',
      async (reason, plan) => {
        const amplitude = await openAmplitude();
        const [storeUrl, templates] = [await openStore(), writeTemplates()];
        amplitude.planForAll(plan);
        const first = await start(amplitude, storeUrl, templates);
        let answers: string[] | null = null;
        let campaign = 'weekly-0';
        for (let week = 1; answers === null; week += 1) {
          campaign = `weekly-${week}`;
          answers = await first.askForMany(campaign);
        }
        await first.kill();
        expect(new Set(answers.map(reasonOf))).toEqual(new Set([reason]));

        amplitude.planForAll(control(...GOOD));
        const second = await start(amplitude, storeUrl, templates);
        let repeated: string[] | null = null;
        while (repeated === null) repeated = await second.askForMany(campaign);
        // Not compared as a whole, which nobody could read where it fails.
        expect(repeated.filter((answer, index) => answer !== answers?.[index])).toHaveLength(0);
      },
    );

    it('who was forgotten before it was killed is so afterwards', async () => {
      const amplitude = await openAmplitude();
      const [storeUrl, templates] = [await openStore(), writeTemplates()];
      amplitude.planForAll(treatment(...GOOD));
      const first = await start(amplitude, storeUrl, templates);
      await first.ask('user_id=ann&campaign=weekly');
      const { status } = await first.send('/v1/people?user_id=ann', STUDIO, 'DELETE');
      await first.kill();
      expect(status).toBe(200);

      amplitude.planForAll(control(...GOOD));
      const second = await start(amplitude, storeUrl, templates);
      // Not from a pin, nor from a profile.
      expect(reasonOf(await second.ask('user_id=ann&campaign=weekly'))).toBe('control');
    });
  },
);
