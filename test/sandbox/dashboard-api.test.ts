import { describe, expect, it } from 'vitest';
import { createSandboxDashboardApi } from '../../src/sandbox/dashboard-api.ts';
import { type BookedEvent, createEventBook } from '../../src/sandbox/event-book.ts';
import { exposureOf } from '../../src/sandbox/exposure.ts';
import { DEMO_MONTH, generateMonth } from '../../src/sandbox/month.ts';
import { createSandboxProfileApi } from '../../src/sandbox/profile-api.ts';
import { openAmplitude, SECRET_KEY } from '../support/amplitude.ts';
import { createClock } from '../support/clock.ts';
import { listen } from '../support/listen.ts';
import { basic, openService, STUDIO } from '../support/service.ts';
import { writeTemplates } from '../support/templates.ts';

const API_KEY = 'sandbox-api-key';
const KEYS = basic({ name: API_KEY, password: SECRET_KEY });
const DAY_MS = 86_400_000;

/** 1 November 2026 at a time of day. */
const at = (day: number, hour = 12): number => Date.UTC(2026, 10, day, hour);

async function open(events: Iterable<BookedEvent> = [], answerMs = 0) {
  const book = createEventBook();
  for (const event of events) book.record(event);
  let nowMs = 0;
  const server = createSandboxDashboardApi({
    ...{ apiKey: API_KEY, secretKey: SECRET_KEY, book, answerMs },
    now: () => nowMs,
  });
  const url = `${(await listen(server)).origin}/api/2`;
  const ask = (query: string, authorization: string | null = KEYS) =>
    fetch(`${url}/funnels?${query}`, authorization === null ? {} : { headers: { authorization } });
  const figures = async (query: string) => {
    const { data } = (await (await ask(query)).json()) as { data: [Record<string, unknown>] };
    return data[0];
  };
  const wait = (ms: number): void => {
    nowMs += ms;
  };
  return { url, book, ask, figures, wait };
}

const event = (userId: string, eventType: string, timeMs: number, properties = {}): BookedEvent => ({
  ...{ userId, eventType, timeMs, properties, deviceId: null },
});

const step = (eventType: string, filters?: object[]): string =>
  `e=${encodeURIComponent(JSON.stringify({ event_type: eventType, ...(filters && { filters }) }))}`;

const SEEN_BOUGHT = `${step('Seen')}&${step('Bought')}`;
const NOVEMBER = 'start=20261101&end=20261103';

describe('the funnels of the sandbox', () => {
  it('count each person once, and each day by itself', async () => {
    const { figures } = await open([
      event('ann', 'Seen', at(1)),
      event('ann', 'Seen', at(2)),
      event('ann', 'Bought', at(2, 13)),
      event('bob', 'Seen', at(2)),
      event('cid', 'Bought', at(2)),
    ]);
    expect(await figures(`${SEEN_BOUGHT}&${NOVEMBER}`)).toMatchObject({
      cumulativeRaw: [2, 1],
      cumulative: [1, 0.5],
      stepByStep: [1, 0.5],
      dayFunnels: {
        series: [
          [1, 1],
          [2, 1],
          [0, 0],
        ],
        xValues: ['2026-11-01', '2026-11-02', '2026-11-03'],
        formattedXValues: ['Nov 01', 'Nov 02', 'Nov 03'],
      },
      events: ['Seen', 'Bought'],
    });
  });

  it.each<[string, BookedEvent[], string, number[]]>([
    ['before the first step', [event('a', 'Bought', at(1, 1)), event('a', 'Seen', at(1))], '', [1, 0]],
    ['within the window', [event('a', 'Seen', at(1)), event('a', 'Bought', at(2, 11))], '&cs=86400', [1, 1]],
    ['after the window', [event('a', 'Seen', at(1)), event('a', 'Bought', at(2, 13))], '&cs=86400', [1, 0]],
    ['after the range', [event('a', 'Seen', at(3, 23)), event('a', 'Bought', at(20))], '', [1, 1]],
    ['after thirty days', [event('a', 'Seen', at(1)), event('a', 'Bought', at(31, 13))], '', [1, 0]],
    [
      'after the second of two exposures',
      [event('a', 'Seen', at(1)), event('a', 'Seen', at(3)), event('a', 'Bought', at(3, 13))],
      '&cs=86400',
      [1, 1],
    ],
    [
      'for an exposure outside of the range',
      [event('a', 'Seen', at(4, 0)), event('a', 'Bought', at(4))],
      '',
      [0, 0],
    ],
  ])('count who converts %s', async (_case, events, window, counts) => {
    const { figures } = await open(events);
    expect(await figures(`${SEEN_BOUGHT}&${NOVEMBER}${window}`)).toMatchObject({ cumulativeRaw: counts });
  });

  it('filter events by what their properties are', async () => {
    const { figures } = await open([
      event('ann', 'Seen', at(1), { control: true }),
      event('bob', 'Seen', at(1), { control: false, campaign: 'a' }),
      event('cid', 'Seen', at(1)),
    ]);
    const is = (key: string, ...values: string[]) => ({
      ...{ subprop_type: 'event', subprop_key: key, subprop_op: 'is', subprop_value: values },
    });
    const count = async (...filters: object[]) =>
      (await figures(`${step('Seen', filters)}&${step('Bought')}&${NOVEMBER}`))?.cumulativeRaw;
    expect(await count(is('control', 'true'))).toEqual([1, 0]);
    expect(await count(is('control', 'True'))).toEqual([0, 0]);
    expect(await count(is('control', 'true', 'false'))).toEqual([2, 0]);
    expect(await count(is('control', 'false'), is('campaign', 'b'))).toEqual([0, 0]);
    expect(await count({ ...is('control', 'true'), subprop_op: 'is not' })).toEqual([2, 0]);
  });

  it('say that they are the sandbox’s', async () => {
    const { ask } = await open();
    expect(await (await ask(`${SEEN_BOUGHT}&${NOVEMBER}`)).json()).toMatchObject({ sandbox: true });
  });

  it.each<[string, string | null, number]>([
    ['no keys', null, 401],
    ['keys that are swapped', basic({ name: SECRET_KEY, password: API_KEY }), 403],
    ['a wrong key', basic({ name: API_KEY, password: 'x' }), 403],
  ])('refuse %s', async (_case, authorization, status) => {
    const { ask } = await open();
    expect((await ask(`${SEEN_BOUGHT}&${NOVEMBER}`, authorization)).status).toBe(status);
  });

  it.each([
    ['one step', `${step('Seen')}&${NOVEMBER}`],
    ['a step that is no JSON', `${step('Seen')}&e=Bought&${NOVEMBER}`],
    ['no days', SEEN_BOUGHT],
    ['days with hyphens', `${SEEN_BOUGHT}&start=2026-11-01&end=2026-11-03`],
    ['days the wrong way round', `${SEEN_BOUGHT}&start=20261103&end=20261101`],
    ['a window of nothing', `${SEEN_BOUGHT}&${NOVEMBER}&cs=0`],
    ['a segment that is no list', `${SEEN_BOUGHT}&${NOVEMBER}&s={}`],
  ])('cannot read %s', async (_case, query) => {
    const { ask } = await open();
    expect((await ask(query)).status).toBe(400);
  });

  it('cost what Amplitude says, 1,000 at most in five minutes', async () => {
    const { ask, wait } = await open();
    const days = (end: string): string => `${SEEN_BOUGHT}&start=20260101&end=${end}`;
    // 250 days × 4.
    expect((await ask(days('20260907'))).status).toBe(200);
    const refused = await ask(days('20260101'));
    expect(refused.status).toBe(429);
    expect(await refused.text()).toContain('1000');
    wait(300_000);
    expect((await ask(`${days('20260501')}&s=[{},{}]`)).status).toBe(429);
    expect((await ask(days('20260501'))).status).toBe(200);
  });

  it('are five at once', async () => {
    const { ask } = await open([], 100);
    const statuses = await Promise.all(
      Array.from({ length: 7 }, async () => (await ask(`${SEEN_BOUGHT}&${NOVEMBER}`)).status),
    );
    expect(statuses.sort()).toEqual([200, 200, 200, 200, 200, 429, 429]);
  });
});

describe('the event book', () => {
  it('tells events by their type, as they came', () => {
    const { record, ofType, size } = createEventBook();
    const events = [event('ann', 'x', at(2)), event('bob', 'x', at(1)), event('ann', 'z', at(1))];
    for (const one of events) record(one);
    expect([ofType('x'), ofType('y'), size()]).toEqual([events.slice(0, 2), [], 3]);
  });

  it('does not grow without end', () => {
    const { record, size } = createEventBook();
    for (let index = 0; index < 450_000; index += 1) record(event('ann', 'x', index));
    expect(size()).toBeLessThanOrEqual(400_000);
    expect(size()).toBeGreaterThan(350_000);
  });
});

describe('calls of the sandbox’s Profile API', () => {
  it('are exposures, one for each recommendation, of those who have one', async () => {
    const book = createEventBook();
    const server = createSandboxProfileApi({
      secretKey: SECRET_KEY,
      itemsOf: () => ['a'],
      record: book.record,
    });
    const { origin } = await listen(server);
    const people = ['user_id=treatment-1', 'device_id=control-1', 'user_id=new-1', 'user_id=empty-1'];
    for (const person of [...people, 'user_id=error-1', 'user_id=throttled-1']) {
      const headers = { authorization: `Api-Key ${SECRET_KEY}` };
      await fetch(`${origin}/v1/userprofile?${person}&rec_id=r1,r2`, { headers });
    }
    const told = book
      .ofType('[Recs] Recommendation Event')
      .map(({ userId, deviceId, properties }) => [userId ?? deviceId, properties]);
    const of = (isControl: boolean) => ({ 'recommendations.recommendation_control': isControl });
    expect(told).toEqual([
      ...Array(2).fill(['treatment-1', of(false)]),
      ...Array(2).fill(['control-1', of(true)]),
    ]);
  });
});

describe('the month of the demo', () => {
  it('is the same each time, in its days and with its shares', () => {
    const plan = { ...DEMO_MONTH, people: 4_000, startMs: at(1, 0) };
    const events = [...generateMonth(plan)];
    expect([...generateMonth(plan)]).toEqual(events);
    const times = events.map(({ timeMs }) => timeMs);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(plan.startMs);
    expect(Math.max(...times)).toBeLessThan(plan.startMs + plan.days * DAY_MS);
    const exposures = events.filter(
      ({ eventType }) => eventType === exposureOf(events[0] as never, true, 0).eventType,
    );
    const people = new Map(exposures.map(({ userId, properties }) => [userId, properties]));
    expect(people.size).toBe(4_000);
    expect(exposures.length).toBeGreaterThan(4_500);
  });

  it('is found by results: its true lift lies in the interval, of the month and of each send', async () => {
    const clock = createClock();
    const today = Math.floor(clock.wall() / DAY_MS) * DAY_MS;
    const { url } = await open(
      generateMonth({ ...DEMO_MONTH, placement: 'hero', startMs: today - 30 * DAY_MS }),
    );
    const service = await openService({
      ...{ amplitude: await openAmplitude(), clock },
      templates: writeTemplates({
        'hero/placement.yaml':
          'title: T\nrecommendation: r\nitems: 1\ncontent: products\nbaseline: [investing-101]\nresults: { outcome: Purchase, control_share: 0.1 }\n',
      }),
      settings: { AMPLITUDE_API_KEY: API_KEY, DASHBOARD_API_URL: url },
    });
    const { status, body } = await service.get('/v1/results/hero', STUDIO);
    expect(status).toBe(200);
    expect(body.control.users + body.treatment.users).toBe(DEMO_MONTH.people);
    expect(body.days).toHaveLength(30);
    expect(body.verdict).toMatch(/^The recommendation raised Purchase by 2\d %/);
    // 16 November 2026 is a Monday.
    const week = await service.get('/v1/results/hero?campaign=weekly-2026-11-16&channel=email', STUDIO);
    expect(week.body.control.users).toBeLessThan(body.control.users / 2);
    for (const { sample_ratio, enough_data, lift_low, lift_high } of [body, week.body]) {
      expect([sample_ratio.mismatch, enough_data]).toEqual([false, true]);
      expect(lift_low).toBeLessThan(DEMO_MONTH.lift);
      expect(lift_high).toBeGreaterThan(DEMO_MONTH.lift);
    }
    const none = await service.get('/v1/results/hero?campaign=another', STUDIO);
    expect(none.body).toMatchObject({ control: { users: 0 }, treatment: { users: 0 } });
  });
});
