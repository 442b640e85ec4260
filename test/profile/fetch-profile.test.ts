import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type BreakerState, createBreaker } from '../../src/breaker.ts';
import type { Lookup } from '../../src/domain/profile.ts';
import { type CallResult, createAmplitude } from '../../src/profile/amplitude.ts';
import { Budget, type Priority } from '../../src/profile/budget.ts';
import { type CallObserver, createFetchProfile, MAX_CALL_MS } from '../../src/profile/fetch-profile.ts';
import { createSharedBudget } from '../../src/profile/shared-budget.ts';
import { openAmplitude, type Plan, SECRET_KEY } from '../support/amplitude.ts';
import { createClock } from '../support/clock.ts';
import { broken, control, knownWith, nobody, overLimit, treatment, wrongKey } from '../support/replies.ts';
import { createSharedStore } from './shared-store.ts';

const TRAITS = { properties: [], cohorts: [], predictions: [] };
/** Somebody waits for so long. */
const WAITS_MS = 800;

type Options = {
  readonly perMinute?: number;
  readonly maxCalls?: number;
  readonly maxBehind?: number;
};

async function open({ perMinute = 100, maxCalls = 100, maxBehind = 100 }: Options = {}) {
  const amplitude = await openAmplitude();
  // A second is the shortest that undici bounds headers by.
  const dispatcher = new Agent({ headersTimeout: 100 });
  onTestFinished(() => dispatcher.destroy());
  const clock = createClock();
  const store = createSharedStore(clock);
  const shared = createSharedBudget(store.budget, store.entries, store.leases);
  const options = { perMinute, replicas: 1, isShared: true, maxCallMs: MAX_CALL_MS, clock, shared };
  const budget = new Budget(options);
  await budget.start();
  store.asked.length = 0;
  const breaker = createBreaker<CallResult>({
    isFailure: (result) => result.isFailure,
    maxCalls,
    maxBehind,
    now: clock.monotonic,
  });
  const observed: Parameters<CallObserver>[0]['result'][] = [];
  const fetchProfile = createFetchProfile({
    call: createAmplitude({ url: amplitude.url, secretKeys: new Map([[null, SECRET_KEY]]), dispatcher }),
    budget,
    breaker,
    observe: ({ result }) => observed.push(result),
    now: clock.monotonic,
  });
  const fetch = async (
    person = 'ann',
    priority: Priority = 'live',
    retryWithinMs = WAITS_MS,
  ): Promise<Lookup | undefined> => {
    const query = {
      person: { kind: 'user_id' as const, id: person },
      recommendations: ['r1'],
      traits: TRAITS,
    };
    return (await fetchProfile(null, query, priority, retryWithinMs)).get('r1');
  };
  return { amplitude, clock, store, budget, breaker, observed, fetch };
}

/** What the person gets, and what `look` sees while the call is under way. */
function seeing<T>(plan: Plan, look: () => T, seen: T[]): Plan {
  return (call) => {
    seen.push(look());
    return typeof plan === 'function' ? plan(call) : plan;
  };
}

const unavailable = (reason: string) => ({ status: 'unavailable', reason });

describe('a call', () => {
  it('is paid for before it is made, in the store, and until it has ended counts as one that goes on', async () => {
    const { amplitude, store, budget, fetch } = await open();
    const seen: unknown[] = [];
    const look = () => [
      budget.status.own,
      store.asked.filter((operation) => operation.startsWith('budget.')),
    ];
    amplitude.plan('ann', seeing(treatment('a'), look, seen));
    expect(await fetch()).toMatchObject({ status: 'found', items: ['a'] });
    expect(seen).toEqual([[1, ['budget.reserve']]]);
    expect(store.asked.filter((operation) => operation.startsWith('budget.'))).toEqual([
      'budget.reserve',
      'budget.hold',
    ]);
  });

  it('counts for one window from its end', async () => {
    const { amplitude, clock, store, fetch } = await open({ perMinute: 1 });
    amplitude.plan('ann', treatment('a'));
    await fetch();
    await store.budget.inUse();
    clock.advance(60_400);
    expect(await fetch()).toEqual(unavailable('throttled'));
    clock.advance(200);
    expect(await fetch()).toMatchObject({ status: 'found' });
    expect(amplitude.calls).toHaveLength(2);
  });

  it('is not made without a reservation', async () => {
    const { amplitude, observed, fetch } = await open({ perMinute: 1 });
    amplitude.planForAll(treatment('a'));
    await fetch('ann');
    expect(await fetch('bob')).toEqual(unavailable('throttled'));
    expect([amplitude.calls.length, observed]).toEqual([1, ['found']]);
  });

  it('is made by priority', async () => {
    const { amplitude, fetch } = await open({ perMinute: 10 });
    amplitude.planForAll(treatment('a'));
    for (let person = 0; person < 10; person += 1) await fetch(`person-${person}`, 'background');
    expect(amplitude.calls).toHaveLength(8);
  });

  it('that Amplitude refuses slows all of them down', async () => {
    const { amplitude, clock, budget, fetch } = await open({ perMinute: 4 });
    amplitude.plan('ann', overLimit());
    amplitude.planForAll(treatment('a'));
    expect([await fetch(), budget.status.share]).toEqual([unavailable('throttled'), 0.5]);
    clock.advance(1_000);
    expect([await fetch('bob'), await fetch('carl')]).toMatchObject([
      { status: 'found' },
      unavailable('throttled'),
    ]);
  });
});

describe('a second attempt', () => {
  const FAILING: readonly (readonly [string, Plan])[] = [
    ['a 500', broken],
    ['a 503', { status: 503 }],
    ['a broken connection', { fault: 'reset' }],
    ['half a body', { fault: 'truncate', body: 'x'.repeat(1_000) }],
  ];

  it.each(FAILING)('follows %s, and is paid for', async (_case, plan) => {
    const { amplitude, budget, observed, fetch } = await open();
    amplitude.plan('ann', plan, treatment('a'));
    expect(await fetch()).toMatchObject({ status: 'found' });
    expect([amplitude.calls.length, budget.status.own, observed]).toEqual([
      2,
      2,
      ['upstream_error', 'found'],
    ]);
  });

  it('is the last one', async () => {
    const { amplitude, budget, fetch } = await open();
    amplitude.plan('ann', broken);
    expect(await fetch()).toEqual(unavailable('upstream_error'));
    expect([amplitude.calls.length, budget.status.own]).toEqual([2, 2]);
  });

  it('is not made without a second reservation', async () => {
    const { amplitude, fetch } = await open({ perMinute: 1 });
    amplitude.plan('ann', broken, treatment('a'));
    expect([await fetch(), amplitude.calls.length]).toEqual([unavailable('upstream_error'), 1]);
  });

  it('is not made when nobody waits for it', async () => {
    const { amplitude, fetch } = await open();
    amplitude.plan('ann', broken, treatment('a'));
    expect([await fetch('ann', 'refresh', 0), amplitude.calls.length]).toEqual([
      unavailable('upstream_error'),
      1,
    ]);
  });

  it.each([
    [WAITS_MS - 1, 2],
    [WAITS_MS, 1],
  ])('is made in time: after a first one of %i ms there are %i calls', async (ms, count) => {
    const { amplitude, clock, fetch } = await open();
    amplitude.plan(
      'ann',
      seeing(broken, () => clock.advance(ms), []),
    );
    await fetch();
    expect(amplitude.calls).toHaveLength(count);
  });

  it.each<readonly [string, Plan]>([
    ['a treatment', treatment('a')],
    ['a control', control('a')],
    ['no recommendation', knownWith(null)],
    ['an unknown person', nobody(500)],
    ['the limit', overLimit(500)],
    ['a bare 429', { status: 429 }],
    ['a wrong key', wrongKey],
    ['a 404', { status: 404 }],
    ['garbage', { body: '<html>' }],
    ['no answer', { fault: 'hang' }],
  ])('does not follow %s', async (_case, plan) => {
    const { amplitude, budget, fetch } = await open();
    amplitude.plan('ann', plan);
    await fetch();
    expect([amplitude.calls.length, budget.status.own]).toEqual([1, 1]);
  });
});

/** Five people, one after the other, who all get this. */
async function stateAfter(plan: Plan): Promise<BreakerState> {
  const { amplitude, breaker, fetch } = await open();
  amplitude.planForAll(plan);
  const people = Array.from({ length: 5 }, (_, person) => fetch(`person-${person}`, 'live', 0));
  await Promise.all(people);
  return breaker.state();
}

describe('the breaker before Amplitude', () => {
  it.each<readonly [string, Plan]>([
    ['no answer', { fault: 'hang' }],
    ['500', broken],
    ['503 without a body', { status: 503 }],
    ['broken connections', { fault: 'reset' }],
    ['half of a body', { fault: 'truncate', body: 'x'.repeat(1_000) }],
    ['HTML', { body: '<html>' }],
    ['an empty object', { body: {} }],
  ])('opens for %s', async (_case, plan) => {
    expect(await stateAfter(plan)).toBe('open');
  });

  it.each<readonly [string, Plan]>([
    ['a treatment', treatment('a')],
    ['no recommendation', knownWith(null)],
    ['unknown people', nobody()],
    ['unknown people at 500', nobody(500)],
    ['the limit', overLimit()],
    ['the limit at 500', overLimit(500)],
    ['a wrong key', wrongKey],
    ['403', { status: 403 }],
    ['404 with HTML', { status: 404, body: '<html>' }],
  ])('stays closed for %s', async (_case, plan) => {
    expect(await stateAfter(plan)).toBe('closed');
  });

  it('spares calls and their reservations while it is open', async () => {
    const { amplitude, store, budget, breaker, fetch } = await open();
    amplitude.planForAll({ status: 503 });
    while (breaker.state() === 'closed') await fetch('ann', 'live', 0);
    const [calls, own] = [amplitude.calls.length, budget.status.own];
    store.asked.length = 0;
    expect(await fetch()).toEqual(unavailable('circuit_open'));
    expect([amplitude.calls.length, budget.status.own, store.asked]).toEqual([calls, own, []]);
  });

  it('lets one call find out whether it is over; the others are spared at once, and their reservations given back', async () => {
    const { amplitude, clock, store, budget, breaker, fetch } = await open();
    amplitude.planForAll({ status: 503 });
    while (breaker.state() === 'closed') await fetch('ann', 'live', 0);
    const [calls, own] = [amplitude.calls.length, budget.status.own];
    clock.advance(5_000);
    amplitude.planForAll(treatment('a'));
    const all = await Promise.all(Array.from({ length: 10 }, (_, person) => fetch(`person-${person}`)));
    expect(all.filter((lookup) => lookup?.status === 'found')).toHaveLength(1);
    expect(all.filter((lookup) => lookup?.status !== 'found')).toEqual(
      Array(9).fill(unavailable('circuit_open')),
    );
    expect([amplitude.calls.length, budget.status.own, await store.budget.inUse()]).toEqual([
      calls + 1,
      own + 1,
      own + 1,
    ]);
  });

  it.each<[Priority, Priority]>([
    ['background', 'live'],
    ['live', 'background'],
  ])('has room for %s calls while those for %s take all of theirs', async (priority, others) => {
    const { amplitude, fetch } = await open({ maxCalls: 2, maxBehind: 2 });
    amplitude.planForAll({ ...nobody(), afterMs: 50 });
    const all = ['ann', 'bob', 'carl'].map((person) => fetch(person, others));
    expect(await fetch('zoe', priority)).toMatchObject({ status: 'unknown_user' });
    expect((await Promise.all(all)).filter((lookup) => lookup?.status === 'unknown_user')).toHaveLength(2);
  });

  it('refuses as throttled whoever is too many at once, and gives back their reservations', async () => {
    const { amplitude, clock, store, budget, fetch } = await open({ maxCalls: 2 });
    amplitude.planForAll(treatment('a'));
    const all = await Promise.all(['ann', 'bob', 'carl', 'dora', 'ed'].map((person) => fetch(person)));
    expect(all).toMatchObject([
      { status: 'found' },
      { status: 'found' },
      unavailable('throttled'),
      unavailable('throttled'),
      unavailable('throttled'),
    ]);
    clock.advance(50);
    expect([amplitude.calls.length, budget.status.own, await store.budget.inUse()]).toEqual([2, 2, 2]);
  });
});
