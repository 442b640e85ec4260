import { Registry } from '@prometheus-io/client';
import pino from 'pino';
import { Agent } from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Person } from '../../src/domain/person.ts';
import { createEventMetrics } from '../../src/event-metrics.ts';
import { type Events, startEvents } from '../../src/events/events.ts';
import { createMemoryOutbox } from '../../src/store/memory-outbox.ts';
import { placementWith } from '../domain/examples.ts';
import { settle, useFakeTime } from '../profile/fake-time.ts';
import { createSharedStore, type SharedStore } from '../profile/shared-store.ts';
import { API_KEY, type EventsApi, openEventsApi } from '../support/events-api.ts';

const clock = useFakeTime();

const person = (id: string): Person => ({ kind: 'user_id', id });

/** A replica's events: one that may end suddenly, and never be heard of again. */
function start(store: SharedStore, api: EventsApi, kind = 'redis') {
  const log: string[] = [];
  const logLines: string[] = [];
  const write = (line: string): void => {
    const { level, msg } = JSON.parse(line);
    log.push(`${pino.levels.labels[level]} ${msg}`);
    logLines.push(line);
  };
  const registry = new Registry();
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  const events = startEvents({
    store: { ...store, kind },
    spare: createMemoryOutbox(clock.monotonic),
    prefix: 'events',
    apiKeys: new Map([
      [null, API_KEY],
      ['shop', 'shop-key'],
    ]),
    projects: [null, 'shop', 'former'],
    ...{ url: api.url, dispatcher, metrics: createEventMetrics(registry), clock },
    log: pino({ level: 'trace' }, { write }),
  });
  onTestFinished(() => void events.close());
  const serve = (...ids: string[]): void => serveIn(events, null, ...ids);
  return { ...events, log, logLines, serve, metrics: () => registry.metrics() };
}

function serveIn(events: Events, project: string | null, ...ids: string[]): void {
  for (const id of ids) {
    events.served({
      placement: placementWith({ name: 'hero', project }),
      decision: { variant: 'baseline', reason: 'control' },
      ...{ person: person(id), itemIds: ['a'], campaign: 'weekly', channel: null },
    });
  }
}

async function open() {
  const opened = await openAfter(null);
  return { ...opened, here: start(opened.store, opened.api) };
}

/** `dead` has just taken the right to send, and is never heard of again. */
async function openAfter(dead: string | null) {
  const store = createSharedStore(clock);
  if (dead !== null) await store.leases.take('=events:', dead, 30_000);
  const api = await openEventsApi();
  return { store, api, taken: () => api.taken().map(({ user_id }) => user_id) };
}

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Requests are real, and take as long as they do: time goes on meanwhile. */
async function until(isDone: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isDone())) {
    await later(100);
    await new Promise<void>((resolve) => process.nextTick(resolve));
  }
}

describe('events', () => {
  it('are in the store within a tenth of a second, and sent about a second later', async () => {
    const { store, api, here, taken } = await open();
    here.serve('ann', 'bob');
    await later(100);
    expect(await store.outbox.count('events:')).toBe(2);
    await later(1_000);
    await api.took(2);
    expect(taken()).toEqual(['ann', 'bob']);
    await until(async () => (await store.outbox.count('events:')) === 0);
    expect(api.uploads).toHaveLength(1);
  });

  it('of each project are sent with its key', async () => {
    const { api, here } = await open();
    here.serve('ann');
    serveIn(here, 'shop', 'bob');
    serveIn(here, 'elsewhere', 'cat');
    await here.close();
    const sent = api.uploads.map(({ apiKey, events }) => `${apiKey} ${events.map(({ user_id }) => user_id)}`);
    expect(sent.sort()).toEqual([`${API_KEY} ann`, 'shop-key bob']);
  });

  it('of one project do not wait for those of another', async () => {
    const { api, here, taken } = await open();
    api.planForAll(({ apiKey }) =>
      apiKey === API_KEY ? { status: 403 } : { status: 200, body: { code: 200 } },
    );
    here.serve('ann');
    serveIn(here, 'shop', 'bob');
    await here.close();
    expect([taken(), api.uploads.length]).toEqual([['bob'], 2]);
  });
});

describe('with several replicas', () => {
  it('one sends what all of them put into the store', async () => {
    const { store, api, here, taken } = await open();
    await later(1_000);
    const there = start(store, api);
    here.serve('ann');
    there.serve('bob');
    await later(2_000);
    await api.took(2);
    expect([taken().sort(), api.uploads.length]).toEqual([['ann', 'bob'], 1]);
  });

  it('another one goes on when that has ended, at once', async () => {
    const { store, api, here, taken } = await open();
    await later(1_000);
    const there = start(store, api);
    await here.close();
    there.serve('bob');
    await later(2_000);
    await api.took(1);
    expect(taken()).toEqual(['bob']);
  });

  it('another one goes on when that has ended suddenly, after half a minute', async () => {
    const { store, api, taken } = await openAfter('a dead replica');
    const here = start(store, api);
    here.serve('ann');
    await later(29_000);
    expect(api.uploads).toEqual([]);
    await later(2_000);
    await api.took(1);
    expect(taken()).toEqual(['ann']);
  });
});

describe('while the store is gone', () => {
  it('events are sent from memory, and nobody hears of each failure', async () => {
    const { store, api, here, taken } = await open();
    store.mode = 'down';
    here.serve('ann');
    await later(3_000);
    await api.took(1);
    expect(taken()).toEqual(['ann']);
    const told = here.log.filter((line) => line.includes('queue'));
    expect(told).toEqual(Array(2).fill('warn events wait: their queue cannot be used'));
  });
});

describe('at the end', () => {
  it('what was not in the store yet is sent', async () => {
    const { store, here, taken } = await open();
    here.serve('ann', 'bob');
    await here.close();
    expect([taken(), await store.outbox.count('events:')]).toEqual([['ann', 'bob'], 0]);
  });

  it('what cannot be sent is in the store, for the next process', async () => {
    const { store, api, here, taken } = await open();
    api.planForAll({ status: 503 });
    here.serve('ann', 'bob');
    await here.close();
    expect([taken(), await store.outbox.count('events:')]).toEqual([[], 2]);
    api.planForAll(null);
    const next = start(store, api);
    await later(1_000);
    await api.took(2);
    await next.close();
    expect([taken(), await store.outbox.count('events:')]).toEqual([['ann', 'bob'], 0]);
  });

  it('what memory had taken while the store was gone is in the store again', async () => {
    const { store, api, here } = await open();
    api.planForAll({ status: 503 });
    store.mode = 'down';
    here.serve('ann');
    await later(100);
    store.mode = 'up';
    await here.close();
    expect(await store.outbox.count('events:')).toBe(1);
    expect(here.log.join()).not.toContain('lost');
  });

  it('what is lost is told by its number, and no more', async () => {
    const { store, api, here } = await open();
    api.planForAll({ status: 503 });
    store.mode = 'down';
    here.serve('ann@example.com', 'bob@example.com');
    await here.close();
    expect(here.log.at(-1)).toBe('warn events are lost with this process');
    expect(JSON.parse(here.logLines.at(-1) ?? '')).toMatchObject({ events: 2 });
    expect(here.logLines.join()).not.toContain('example.com');
  });

  it('closes twice', async () => {
    const { here, api } = await open();
    here.serve('ann');
    await Promise.all([here.close(), here.close()]);
    await here.close();
    expect(api.uploads).toHaveLength(1);
  });
});

describe('forgetting somebody', () => {
  it('takes them out of what is on its way, out of memory and out of the store, in every project', async () => {
    const { store, api, here, taken } = await open();
    api.planForAll({ status: 503 });
    here.serve('ann', 'bob');
    serveIn(here, 'shop', 'ann');
    await later(100);
    await store.outbox.append(
      'events:former',
      { value: '{"sinceMs":0,"notBeforeMs":0}\n{"user_id":"ann"}', count: 1 },
      60_000,
    );
    store.mode = 'down';
    serveIn(here, 'shop', 'cat', 'ann-2');
    await later(100);
    store.mode = 'up';
    here.serve('dan');
    for (const id of ['ann', 'ann-2', 'dan']) {
      here.forget(person(id));
      await here.removeStored(person(id));
    }
    expect(await store.outbox.count('events:former')).toBe(0);
    api.planForAll(null);
    await later(120_000);
    await here.close();
    expect(taken().sort()).toEqual(['bob', 'cat']);
  });

  it('rejects where the store fails', async () => {
    const { store, here } = await open();
    store.mode = 'down';
    await expect(here.removeStored(person('ann'))).rejects.toThrow('the store is down');
  });
});

describe('what is told of it', () => {
  it('is one line when Amplitude takes no events any more, and one when it does again', async () => {
    const { api, here } = await open();
    const wrongKey = { status: 400, body: { code: 400, error: 'Invalid API key' } };
    api.planForAll(wrongKey);
    here.serve('ann');
    await later(1_100);
    await until(() => api.uploads.length === 3);
    api.planForAll(null);
    await until(() => api.taken().length === 1);
    await until(() => here.log.length === 2);
    expect(here.log).toEqual([
      'error events are refused: is AMPLITUDE_API_KEY right?',
      'info Amplitude takes events again',
    ]);
    expect(here.logLines.join()).not.toContain(API_KEY);
  });

  it('counts events and requests by what became of them, and those that wait', async () => {
    const { api, here } = await open();
    api.plan({ status: 503 });
    here.serve('ann', 'bob', 'ann', 'anonymous');
    await later(1_100);
    await api.arrived(1);
    await settle();
    await later(400);
    const waiting = await here.metrics();
    expect(waiting).toContain('inlay_events_queued 2');
    expect(waiting).toContain('inlay_events_total{event="served",result="repeated"} 1');
    expect(waiting).toContain('inlay_events_total{event="served",result="refused_id"} 1');
    await until(() => api.taken().length === 2);
    await here.close();
    const done = await here.metrics();
    expect(done).toContain('inlay_events_total{event="served",result="sent"} 2');
    expect(done).toContain('inlay_event_requests_total{result="failed"} 1');
    expect(done).toContain('inlay_events_queued 0');
    expect(done).toContain('inlay_events_oldest_age_seconds 0');
  });
});
