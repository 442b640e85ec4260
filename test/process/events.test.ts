import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createClient } from 'redis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Amplitude, openAmplitude } from '../support/amplitude.ts';
import { API_KEY, type EventsApi, openEventsApi } from '../support/events-api.ts';
import { startService } from '../support/process.ts';
import { GOOD } from '../support/products.ts';
import { formatRequest, sendRaw } from '../support/raw.ts';
import { redisProgram, startRedis } from '../support/redis.ts';
import { treatment } from '../support/replies.ts';
import { basic, CALLER } from '../support/service.ts';
import { makeFolder, writeTemplates } from '../support/templates.ts';

/** A tenth of a second, and what a busy machine takes to write: what is in no store yet when a process is killed. */
const LAST_MOMENTS_MS = 1_000;

/** A store, and a look from outside at the campaigns whose events are in it. */
type Kept = {
  readonly url: string;
  readonly queued: () => Promise<Set<string>>;
  /** Lets the half minute pass in which the right to send is still that of the process that was killed. */
  readonly freeLease: () => Promise<unknown>;
};

const campaignsIn = (rows: readonly string[]): Set<string> =>
  new Set(
    rows.flatMap((row) =>
      row
        .split('\n')
        .slice(1)
        .map((line) => JSON.parse(line).event_properties.campaign),
    ),
  );

async function openSqlite(): Promise<Kept> {
  const path = join(makeFolder(), 'inlay.db');
  const queued = async () => {
    const db = new DatabaseSync(path, { timeout: 5_000 });
    try {
      return campaignsIn(
        db
          .prepare('SELECT value FROM outbox')
          .all()
          .map(({ value }) => String(value)),
      );
    } finally {
      db.close();
    }
  };
  return { url: `sqlite:${path}`, queued, freeLease: async () => {} };
}

async function openRedis(): Promise<Kept> {
  const redis = await startRedis();
  onTestFinished(() => redis.remove());
  const queued = async () => {
    const client = await createClient({ url: redis.url }).connect();
    try {
      return campaignsIn(Object.values(await client.hGetAll('{inlay:outbox:events:}:values')));
    } finally {
      client.destroy();
    }
  };
  return { url: redis.url, queued, freeLease: () => redis.command('DEL', 'inlay:lease:=events:') };
}

async function start(amplitude: Amplitude, api: EventsApi, store: Kept, templates: string) {
  const { port, kill } = await startService(amplitude.url, {
    ...{ STORE_URL: store.url, TEMPLATES_DIR: templates },
    ...{ AMPLITUDE_API_KEY: API_KEY, EVENTS_API_URL: api.url.href },
  });
  /** One person, in one campaign after the other, until the process ends: what was answered, and when. */
  const askOnAndOn = async (name: string) => {
    const answered: { campaign: string; atMs: number }[] = [];
    for (let week = 1; ; week += 1) {
      const target = `/v1/placements/hero?user_id=ann&campaign=${name}-${week}`;
      const headers = { Authorization: basic(CALLER) };
      const answer = await sendRaw(port, formatRequest({ target, headers })).catch(() => null);
      if (answer?.status !== 200) return answered;
      answered.push({ campaign: `${name}-${week}`, atMs: performance.now() });
    }
  };
  return { askOnAndOn, kill };
}

const STORES = [
  ['SQLite', openSqlite, true],
  ['Redis', openRedis, redisProgram() !== null],
] as const;

describe.each(STORES.filter(([, , isThere]) => isThere))(
  'with %s, a process killed under load',
  { timeout: 60_000 },
  (_name, openStore) => {
    const open = async () => {
      const amplitude = await openAmplitude();
      amplitude.planForAll(treatment(...GOOD));
      const api = await openEventsApi();
      const store = await openStore();
      const templates = writeTemplates();
      const startHere = () => start(amplitude, api, store, templates);
      const insertIds = () => api.taken().map(({ insert_id }) => insert_id);
      const campaigns = () => new Set(api.taken().map(({ event_properties }) => event_properties.campaign));
      /** Another process sends what is left, until nothing is. */
      const sendRest = async (queued: ReadonlySet<string>) => {
        await store.freeLease();
        const next = await startHere();
        await api.took(queued.size);
        await expect.poll(async () => (await store.queued()).size, { timeout: 10_000 }).toBe(0);
        await next.kill();
      };
      return { api, store, startHere, insertIds, campaigns, sendRest };
    };

    it('while Amplitude takes nothing leaves all in the store but the last moments, and the next sends it once', async () => {
      const { api, store, startHere, insertIds, campaigns, sendRest } = await open();
      api.planForAll({ status: 503 });
      const first = await startHere();
      const asking = ['a', 'b', 'c', 'd'].map(first.askOnAndOn);
      // It has been refused, and has put many more into the store since.
      await api.arrived(2);
      const killedAtMs = performance.now();
      await first.kill();
      const answered = (await Promise.all(asking)).flat();
      const queued = await store.queued();
      expect(queued.size).toBeGreaterThan(50);

      api.planForAll(null);
      await sendRest(queued);
      expect(campaigns()).toEqual(queued);
      expect(new Set(insertIds()).size).toBe(queued.size);
      const lost = answered.filter(({ campaign }) => !queued.has(campaign));
      expect(lost.filter(({ atMs }) => atMs < killedAtMs - LAST_MOMENTS_MS)).toEqual([]);
    });

    it('in the middle of sending loses nothing of it, and nothing counts twice', async () => {
      const { api, store, startHere, insertIds, campaigns, sendRest } = await open();
      // Taken, and the answer never arrives.
      api.plan({ status: 200, isTaken: true, fault: 'hang' });
      const first = await startHere();
      const asking = ['a', 'b', 'c', 'd'].map(first.askOnAndOn);
      await api.arrived(1);
      await first.kill();
      await Promise.all(asking);
      const before = campaigns();
      const queued = await store.queued();
      expect(before.size).toBeGreaterThan(0);
      expect([...before].filter((campaign) => !queued.has(String(campaign)))).toEqual([]);

      await sendRest(queued);
      expect(campaigns()).toEqual(queued);
      expect(insertIds().length).toBe(queued.size);
      const sent = api.uploads.flatMap(({ events }) => events.map(({ insert_id }) => insert_id));
      expect(sent.length).toBeGreaterThan(queued.size);
    });
  },
);
