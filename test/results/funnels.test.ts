import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDashboard } from '../../src/results/dashboard.ts';
import type { FunnelQuery } from '../../src/results/funnel.ts';
import { createFunnels } from '../../src/results/funnels.ts';
import type { ResultsStore } from '../../src/results/memo.ts';
import { createResults } from '../../src/results/results.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { placementWith } from '../domain/examples.ts';
import { createClock } from '../support/clock.ts';
import { arms, type Dashboard, funnel, openDashboard } from '../support/dashboard.ts';

type Options = {
  readonly store?: ResultsStore;
  readonly apiKey?: string;
  readonly timeoutMs?: number;
  readonly clock?: ReturnType<typeof createClock>;
};

/** One process; several share what they are handed. */
function open(stand: Dashboard, options: Options = {}) {
  const { apiKey = 'api-key', timeoutMs = 5_000, clock = createClock() } = options;
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  const parts = {
    dashboard: createDashboard({
      url: new URL(`${stand.url}/`),
      apiKeys: new Map([[null, apiKey]]),
      secretKeys: new Map([[null, 'secret']]),
      dispatcher,
      wallNow: clock.wall,
    }),
    store: options.store ?? createMemoryStore({ now: clock.monotonic }).entries,
    clock,
    timeoutMs,
    observe: () => {},
  };
  const funnels = createFunnels(parts);
  const results = createResults({
    ...parts,
    reasonCounts: async () => ({}),
    armFlips: () => 0,
    placements: () => [],
  });
  return { funnels, results, clock };
}

const QUERY: FunnelQuery = {
  project: null,
  steps: [
    { eventType: 'Seen', filters: [] },
    { eventType: 'Purchase', filters: [] },
  ],
  range: { start: '2026-11-01', end: '2026-11-20' },
  windowSeconds: 2_592_000,
};

const QUESTION = {
  placement: placementWith(),
  windows: { freshMs: 1, staleMs: 1, staleIfErrorMs: 1 },
  range: QUERY.range,
  ...{ outcome: null, campaign: null, channel: null },
};

describe('what one process was answered', () => {
  it('another gets from the store they share, and so does the next after a restart', async () => {
    const stand = await openDashboard();
    stand.plan(() => funnel(1_000, 100, [['2026-11-01', 50, 5]]));
    const clock = createClock();
    const store = createMemoryStore({ now: clock.monotonic }).entries;
    const [first, second] = [open(stand, { store, clock }), open(stand, { store, clock })];
    const told = await first.funnels.fetch({ one: QUERY });
    expect(told).toMatchObject({
      funnels: {
        one: {
          counts: { users: 1_000, conversions: 100 },
          days: [{ date: '2026-11-01', users: 50, conversions: 5 }],
          saidAtMs: clock.wall(),
          shrankFrom: null,
        },
      },
      fault: null,
    });
    expect(await second.funnels.fetch({ one: QUERY })).toEqual(told);
    expect(stand.questions).toHaveLength(1);
  });

  it('is nobody’s with other keys', async () => {
    const stand = await openDashboard();
    stand.plan(() => funnel(1_000, 100));
    const store = createMemoryStore({ now: () => 0 }).entries;
    await open(stand, { store }).funnels.fetch({ one: QUERY });
    await open(stand, { store, apiKey: 'another' }).funnels.fetch({ one: QUERY });
    expect(stand.questions).toHaveLength(2);
  });

  it('includes how true and false are spelled', async () => {
    const stand = await openDashboard();
    stand.plan(arms(funnel(1_000, 100), funnel(1_000, 130), ['True', 'False']));
    const store = createMemoryStore({ now: () => 0 }).entries;
    await open(stand, { store }).results.fetch(QUESTION);
    expect(stand.questions).toHaveLength(4);
    const range = { start: '2026-11-01', end: '2026-11-10' };
    await open(stand, { store }).results.fetch({ ...QUESTION, range });
    expect(stand.questions).toHaveLength(6);
  });

  it('is kept in memory while the store fails', async () => {
    const stand = await openDashboard();
    stand.plan(() => funnel(1_000, 100));
    const broken = async (): Promise<never> => {
      throw new Error('the store does not answer');
    };
    const { funnels } = open(stand, { store: { read: broken, write: broken } });
    for (let time = 0; time < 2; time += 1) {
      expect(await funnels.fetch({ one: QUERY })).toHaveProperty('funnels.one.counts.users', 1_000);
    }
    expect(stand.questions).toHaveLength(1);
  });

  it('is asked for anew where an older version wrote something else', async () => {
    const stand = await openDashboard();
    stand.plan(() => funnel(1_000, 100));
    const texts = ['', 'null', '{"v":2}', '{"v":1,"at":0,"n":[1],"days":[],"was":null}'];
    for (const text of texts) {
      const store = { read: () => text, write: async () => {} };
      expect(await open(stand, { store }).funnels.fetch({ one: QUERY })).toHaveProperty(
        'funnels.one.counts.users',
        1_000,
      );
    }
    expect(stand.questions).toHaveLength(texts.length);
  });

  it('holds no key and no name in the store’s keys', async () => {
    const stand = await openDashboard();
    stand.plan(arms(funnel(1_000, 100), funnel(1_000, 130)));
    const written: string[] = [];
    const store = { read: () => null, write: async (key: string) => void written.push(key) };
    await open(stand, { store, apiKey: 'key-Zx81' }).results.fetch(QUESTION);
    expect(written.length).toBeGreaterThan(0);
    expect(written.join()).not.toMatch(/Zx81|secret/);
  });
});

describe('Amplitude', () => {
  it('that does not answer is left in time', async () => {
    const stand = await openDashboard();
    stand.plan(() => ({ fault: 'hang' }));
    const { funnels } = open(stand, { timeoutMs: 40 });
    expect(await funnels.fetch({ one: QUERY })).toMatchObject({ fault: 'timeout' });
  });

  it('that is not there fails', async () => {
    const stand = await openDashboard();
    await stand.close();
    expect(await open(stand).funnels.fetch({ one: QUERY })).toMatchObject({ fault: 'failed', status: null });
  });

  it('that answers without end is left', async () => {
    const stand = await openDashboard();
    stand.plan(() => ({ body: ' '.repeat(5 * 1_048_576) }));
    expect(await open(stand).funnels.fetch({ one: QUERY })).toMatchObject({ fault: 'odd_answer' });
  });

  it('whose one arm fails is shown as it was before, in both', async () => {
    const stand = await openDashboard();
    stand.plan(arms(funnel(1_000, 100), funnel(1_000, 130)));
    const { results, clock } = open(stand);
    await results.fetch(QUESTION);
    clock.advance(7 * 3_600_000);
    stand.plan(arms(funnel(2_000, 300), { status: 500 }));
    const old = await results.fetch(QUESTION);
    expect(old).toMatchObject({ arms: { control: { users: 1_000 }, treatment: { users: 1_000 } } });
  });

  it('that refuses the keys is said, whatever was known before', async () => {
    const stand = await openDashboard();
    stand.plan(arms(funnel(1_000, 100), funnel(1_000, 130)));
    const { results, clock } = open(stand);
    await results.fetch(QUESTION);
    clock.advance(7 * 3_600_000);
    stand.plan(arms({ status: 500 }, { status: 403 }));
    expect(await results.fetch(QUESTION)).toMatchObject({ fault: 'results_refused' });
  });
});
