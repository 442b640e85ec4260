import { describe, expect, it } from 'vitest';
import { findAlerts } from '../../src/studio/alerts.ts';
import type { ServiceStatus } from '../../src/studio/status.ts';
import { viewStatus } from '../../src/studio/status-page.ts';
import { ENGLISH, plain } from './examples.ts';

const NOW = Date.UTC(2026, 10, 27, 10, 45);
const MINUTE = NOW / 60_000;

const HEALTHY: ServiceStatus = {
  nowMs: NOW,
  minutes: [{ minute: MINUTE, reasons: { recommended: 9, control: 1 }, asked: 4, failed: 0 }],
  budget: { perMinute: 600, share: 1, calls: 35, isShared: true, told: null },
  breaker: 'closed',
  known: { entries: 1_204, bytes: 2_400_000 },
  store: { kind: 'redis', isHealthy: true },
  waiting: 7,
  sources: [
    {
      ...{ name: 'products', type: 'http', items: 24_000, trouble: null, lastGoodAtMs: NOW - 60_000 },
      faults: { count: 0, first: [] },
    },
  ],
  credentials: [
    { name: 'braze', role: 'callers', slot: 1, lastUsedAtMs: NOW },
    { name: 'braze', role: 'callers', slot: 2, lastUsedAtMs: null },
  ],
};

type Change = Partial<Omit<ServiceStatus, 'budget'>> & { readonly budget?: Partial<ServiceStatus['budget']> };

function statusWith({ budget, ...change }: Change): ServiceStatus {
  return { ...HEALTHY, ...change, budget: { ...HEALTHY.budget, ...budget } };
}

/** Each alert as it is read. */
function alertsOf(change: Change): string[] {
  return findAlerts(statusWith(change), ENGLISH).map(({ tone, title, moment, titleEnd, text }) =>
    plain(`${tone}: ${title}${moment ? ` ${moment.text}` : ''}${titleEnd} ${text}`),
  );
}

const minuteWith = (reasons: Readonly<Record<string, number>>, asked: number, failed: number) => [
  { minute: MINUTE - 3, reasons, asked, failed },
];

describe('alerts', () => {
  it('there are none while all is well', () => {
    expect(alertsOf({})).toEqual([]);
  });

  it('an outage is told with its beginning, what people got, and what to do', () => {
    expect(alertsOf({ minutes: minuteWith({ recommended: 61, timeout: 39 }, 40, 39) })).toEqual([
      'problem: Amplitude is failing since 27 Nov 2026, 10:42 UTC (3 min). Since then 61 % got recommendations from the store, 39 % the default. Pause the send in Braze to wait, or let it go on: every message is whole.',
    ]);
  });

  it.each([
    [
      'a limit that was raised here and perhaps not there',
      { perMinute: 6_000, share: 0.5, told: { calls: 590, atMs: NOW } },
      'warning: Amplitude throttled us at 590 calls a minute, last at 27 Nov 2026, 10:45 UTC; the setting is 6,000. Has Amplitude’s support raised the limit? Inlay now asks at 50 % of that and comes back in steps.',
    ],
    [
      'a limit that somebody else uses, too',
      { perMinute: 600, share: 0.5, told: { calls: 480, atMs: NOW } },
      'warning: Amplitude throttled us at 480 calls a minute, last at 27 Nov 2026, 10:45 UTC; the setting is 600. Do others in the organisation use the same allowance? Then subtract theirs from PROFILE_BUDGET_PER_MINUTE. Inlay now asks at 50 % of that and comes back in steps.',
    ],
    [
      'what is over',
      { perMinute: 6_000, share: 1, told: { calls: 590, atMs: NOW } },
      'note: Amplitude throttled us at 590 calls a minute, last at 27 Nov 2026, 10:45 UTC; the setting is 6,000. Has Amplitude’s support raised the limit? Inlay has been back at the full rate since.',
    ],
  ])('a budget that Amplitude does not grant: %s', (_name, budget, expected) => {
    expect(alertsOf({ budget })).toEqual([expected]);
  });

  it.each<[string, Change, RegExp]>([
    [
      'a wrong key',
      { minutes: minuteWith({ upstream_rejected: 1_200 }, 1_200, 0) },
      /^problem: Amplitude refuses our key or address\. 1,200 answers in the last hour/,
    ],
    [
      'a budget that was used up, which is no outage',
      { minutes: minuteWith({ throttled: 1 }, 1, 0) },
      /^warning: The look-up budget was used up\. 1 answer in the last hour .* prefetch its audience/,
    ],
    [
      'a store that does not answer',
      { store: { kind: 'redis', isHealthy: false } },
      /^warning: The store \(redis\) does not answer\./,
    ],
    [
      'a content source that fails',
      { sources: HEALTHY.sources.map((source) => ({ ...source, trouble: 'it answered 503' })) },
      /^warning: The content source products is failing\. Its last words: it answered 503\./,
    ],
  ])('tell of %s', (_name, change, expected) => {
    expect(alertsOf(change)).toEqual([expect.stringMatching(expected)]);
  });

  it('the worst comes first', () => {
    const tones = findAlerts(
      statusWith({
        minutes: minuteWith({ timeout: 40, throttled: 3 }, 40, 40),
        store: { kind: 'redis', isHealthy: false },
        budget: { share: 1, told: { calls: 590, atMs: NOW } },
      }),
      ENGLISH,
    ).map(({ key }) => key);
    expect(tones).toEqual(['outage', 'throttling', 'budget', 'store']);
  });
});

describe('the page', () => {
  const parts = { placements: () => [], faults: () => [], isSandbox: false };
  const visit = { caller: 'marta', reader: ENGLISH, assets: '/studio/assets/1', modules: [] };
  const view = (change: Change): Readonly<Record<string, unknown>> =>
    JSON.parse(plain(JSON.stringify(viewStatus(parts, visit, statusWith(change), false))));

  it('says that all is well, or that something needs a look', () => {
    expect(view({}).headline).toBe('All is well.');
    expect(view({ store: { kind: 'redis', isHealthy: false } }).headline).toMatch(/^Something needs a look/);
  });

  it.each([
    [
      'what is left of the budget',
      {},
      { state: '565 left', tone: 'recommended', meter: { share: 35 / 600 } },
    ],
    ['a budget that is used up', { budget: { calls: 600 } }, { state: 'Used up', tone: 'fallback' }],
    ['more calls than are allowed now', { budget: { calls: 500, share: 0.5 } }, { state: 'Used up' }],
    ['a budget of nothing', { budget: { share: 0, calls: 0 } }, { state: 'Used up', meter: { share: 1 } }],
  ] as const)('shows %s', (_name, change, expected) => {
    expect(view(change).cards).toMatchObject([expected, {}, {}]);
  });

  it('shows how the budget is counted', () => {
    const counted = (change: Change): unknown =>
      (view(change).cards as { facts: { name: string; text: string }[] }[])[0]?.facts.find(
        ({ name }) => name === 'Counted',
      )?.text;
    expect(counted({})).toBe('in the store, by all replicas together');
    expect(counted({ store: { kind: 'sqlite', isHealthy: true } })).toBe('by this process');
    expect(counted({ budget: { isShared: false } })).toBe(
      'by each replica its part, since the store is away',
    );
  });

  it.each([
    ['closed', 'Answering'],
    ['open', 'Left alone'],
    ['half_open', 'Trying'],
  ] as const)('calls a breaker that is %s %s', (breaker, state) => {
    expect(view({ breaker }).cards).toMatchObject([{}, { title: 'Amplitude', state }, {}]);
  });

  it('tells of rows with faults, which are no outage of their source', () => {
    const faults = { count: 23, first: [{ line: 7, message: 'has no key' }] };
    const sources = HEALTHY.sources.map((source) => ({ ...source, type: 'file', faults }));
    expect(view({ sources })).toMatchObject({
      alerts: [],
      sources: [{ state: '23 rows with faults', tone: 'fallback', faults: faults.first, furtherFaults: 22 }],
    });
  });

  it('tells each password of a name apart', () => {
    expect(view({}).credentials).toMatchObject([
      { name: 'braze', slot: 'first', last: { iso: '2026-11-27T10:45:00.000Z' } },
      { name: 'braze', slot: 'number 2', last: null },
    ]);
  });
});
