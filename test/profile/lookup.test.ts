import { describe, expect, it, vi } from 'vitest';
import { Deadline } from '../../src/deadline.ts';
import { type Lookup, NO_TRAITS, type UnavailableReason } from '../../src/domain/profile.ts';
import type { Priority } from '../../src/profile/budget.ts';
import { createFlights } from '../../src/profile/flights.ts';
import { createKnownPeople } from '../../src/profile/known.ts';
import { createLookups, type LookupRequest } from '../../src/profile/lookup.ts';
import { settle, useFakeTime } from './fake-time.ts';
import { createSharedStore } from './shared-store.ts';

const clock = useFakeTime();

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WINDOWS = { freshMs: 6 * HOUR_MS, staleMs: 24 * HOUR_MS, staleIfErrorMs: 168 * HOUR_MS };
const TRAITS = { properties: [], cohorts: [], predictions: [] };
const DEADLINE_MS = 800;

const ANN: LookupRequest = {
  project: null,
  person: { kind: 'user_id', id: 'ann' },
  recommendation: 'r1',
  together: ['r1'],
  traits: TRAITS,
  windows: WINDOWS,
};

const items = (...ids: string[]): Lookup => ({
  status: 'found',
  isControl: false,
  items: ids,
  traits: NO_TRAITS,
});
const CONTROL: Lookup = { status: 'found', isControl: true, items: [], traits: NO_TRAITS };
const NOTHING: Lookup = { status: 'no_recommendation', traits: NO_TRAITS };
const UNKNOWN: Lookup = { status: 'unknown_user' };
const failed = (reason: UnavailableReason): Lookup => ({ status: 'unavailable', reason });

type Call = {
  readonly person: string;
  readonly project: string | null;
  readonly recommendations: readonly string[];
  readonly priority: Priority;
};

/** Amplitude behind the budget, as far as look-ups see it: what it says next, and after how long. */
function openWorld() {
  const script: Lookup[] = [];
  const amplitude = {
    takesMs: 0,
    exhausted: new Set<Priority>(),
    says: (...lookups: Lookup[]) => void script.splice(0, script.length, ...lookups),
  };
  const calls: Call[] = [];
  /** Until when prefetches hold what they found, by their ids. */
  const held = new Map<string, number>();
  const untilMs = (hold: string): number | null => held.get(hold) ?? null;
  const holds = { untilMs, atLeastUntilMs: untilMs, atMostUntilMs: untilMs };
  return { amplitude, script, calls, held, holds, store: createSharedStore(clock) };
}

type World = ReturnType<typeof openWorld>;

/** One process. Several that share a world share its store and its Amplitude. */
function openReplica({ amplitude, calls, script, store, holds }: World, isShared = true) {
  const unexpected: unknown[] = [];
  let flips = 0;
  const known = createKnownPeople({
    store: store.entries,
    holds,
    cacheBytes: 1_000_000,
    keepMs: () => WINDOWS.staleIfErrorMs,
    clock,
    onArmFlip: () => {
      flips += 1;
    },
  });
  const lookups = createLookups({
    known,
    flights: createFlights({ isShared, ...store.leases }, clock.monotonic),
    fetchProfile: async (project, { person, recommendations }, priority) => {
      calls.push({ person: person.id, project, recommendations, priority });
      const said = (script.length > 1 ? script.shift() : script[0]) ?? failed('invalid_response');
      if (amplitude.takesMs > 0) await new Promise((resolve) => setTimeout(resolve, amplitude.takesMs));
      return new Map(recommendations.map((id) => [id, said]));
    },
    isExhausted: (priority) => amplitude.exhausted.has(priority),
    holds,
    clock,
    onUnexpected: (error) => unexpected.push(error),
  });
  const begin = (change: Partial<LookupRequest> = {}, deadlineMs = DEADLINE_MS) =>
    Promise.resolve(lookups.lookUp({ ...ANN, ...change }, new Deadline(deadlineMs, clock.monotonic)));
  /** The outcome as one line: where it came from, and what it was. */
  const lookUp = async (change: Partial<LookupRequest> = {}): Promise<string> => {
    const outcome = begin(change);
    await vi.advanceTimersByTimeAsync(amplitude.takesMs);
    const { cache, lookup, failure } = await outcome;
    return [cache, nameOf(lookup), failure && `(${failure})`].filter(Boolean).join(' ');
  };
  return { ...lookups, lookUpNow: lookups.lookUp, unexpected, begin, lookUp, flips: () => flips };
}

function nameOf(lookup: Lookup): string {
  if (lookup.status === 'unavailable') return lookup.reason;
  if (lookup.status !== 'found') return lookup.status;
  return lookup.isControl ? 'control' : lookup.items.join();
}

const open = (isShared = true) => {
  const world = openWorld();
  return { ...world, ...openReplica(world, isShared) };
};

describe('a person', () => {
  it('is looked up once, and known from then on', async () => {
    const { amplitude, calls, lookUp } = open();
    amplitude.says(items('a'));
    expect([await lookUp(), await lookUp(), await lookUp()]).toEqual(['miss a', 'hit a', 'hit a']);
    expect(calls).toEqual([{ person: 'ann', project: null, recommendations: ['r1'], priority: 'live' }]);
  });

  it('is answered from memory without a promise', async () => {
    const { amplitude, lookUp, lookUpNow } = open();
    amplitude.says(items('a'));
    await lookUp();
    expect(lookUpNow(ANN, new Deadline(0, clock.monotonic))).toMatchObject({ cache: 'hit', ageMs: 0 });
  });

  it('of the control group is known just like one of the treatment', async () => {
    const { amplitude, calls, lookUp } = open();
    amplitude.says(CONTROL);
    expect([await lookUp(), await lookUp(), calls.length]).toEqual(['miss control', 'hit control', 1]);
  });

  it.each<[string, Partial<LookupRequest>]>([
    ['id', { person: { kind: 'user_id', id: 'Ann' } }],
    ['kind of id', { person: { kind: 'device_id', id: 'ann' } }],
    ['project', { project: 'shop' }],
    ['recommendation', { recommendation: 'r2', together: ['r2'] }],
  ])('with another %s is another one', async (_what, change) => {
    const { amplitude, calls, lookUp } = open();
    amplitude.says(items('a'), items('b'));
    expect([await lookUp(), await lookUp(change), await lookUp()]).toEqual(['miss a', 'miss b', 'hit a']);
    expect(calls).toHaveLength(2);
  });
});

describe('with time', () => {
  it('what is known is fresh, then stale and asked again behind the answer, once', async () => {
    const { amplitude, calls, lookUp } = open();
    amplitude.says(items('a'), items('b'));
    await lookUp();
    await vi.advanceTimersByTimeAsync(WINDOWS.freshMs - 1);
    expect(await lookUp()).toBe('hit a');
    await vi.advanceTimersByTimeAsync(1);
    amplitude.takesMs = 100;
    const [first, second] = await Promise.all([lookUp(), lookUp()]);
    expect([first, second]).toEqual(['stale a', 'stale a']);
    await vi.advanceTimersByTimeAsync(100);
    expect([await lookUp(), calls.map(({ priority }) => priority)]).toEqual(['hit b', ['live', 'refresh']]);
  });

  it('what has expired waits for Amplitude', async () => {
    const { amplitude, calls, lookUp } = open();
    amplitude.says(items('a'), items('b'));
    await lookUp();
    await vi.advanceTimersByTimeAsync(WINDOWS.staleMs);
    expect([await lookUp(), calls.length]).toEqual(['miss b', 2]);
  });

  it.each<UnavailableReason>([
    'throttled',
    'timeout',
    'upstream_error',
    'circuit_open',
    'invalid_response',
    'upstream_rejected',
  ])(
    'what has expired is served after all where Amplitude does not answer (%s), until it is gone',
    async (reason) => {
      const { amplitude, lookUp } = open();
      amplitude.says(items('a'), failed(reason));
      await lookUp();
      await vi.advanceTimersByTimeAsync(WINDOWS.staleMs);
      expect(await lookUp()).toBe(`stale_if_error a (${reason})`);
      await vi.advanceTimersByTimeAsync(WINDOWS.staleIfErrorMs - WINDOWS.staleMs - 1);
      expect(await lookUp()).toBe(`stale_if_error a (${reason})`);
      await vi.advanceTimersByTimeAsync(1);
      expect(await lookUp()).toBe(`miss ${reason} (${reason})`);
    },
  );

  it('what has expired is served without a call where there is no budget', async () => {
    const { amplitude, calls, lookUp } = open();
    amplitude.says(items('a'), items('b'));
    await lookUp();
    await vi.advanceTimersByTimeAsync(WINDOWS.staleMs);
    amplitude.exhausted.add('live');
    expect([await lookUp(), calls.length]).toEqual(['stale_if_error a (throttled)', 1]);
  });

  it('what is stale is not asked again where there is no budget for that', async () => {
    const { amplitude, calls, lookUp } = open();
    amplitude.says(items('a'));
    await lookUp();
    await vi.advanceTimersByTimeAsync(WINDOWS.freshMs);
    amplitude.exhausted.add('refresh');
    expect([await lookUp(), await lookUp(), calls.length]).toEqual(['stale a', 'stale a', 1]);
  });

  it.each([NOTHING, UNKNOWN])(
    'what is not there ($status) is known for five minutes, and no longer',
    async (no) => {
      const { amplitude, calls, lookUp } = open();
      amplitude.says(no, no, failed('upstream_error'));
      expect(await lookUp()).toBe(`miss ${no.status}`);
      await vi.advanceTimersByTimeAsync(5 * MINUTE_MS - 1);
      expect([await lookUp(), calls.length]).toEqual([`hit ${no.status}`, 1]);
      await vi.advanceTimersByTimeAsync(1);
      expect([await lookUp(), calls.length]).toEqual([`miss ${no.status}`, 2]);
      await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
      expect(await lookUp()).toBe('miss upstream_error (upstream_error)');
    },
  );

  it('the age is told', async () => {
    const { amplitude, begin, lookUp } = open();
    amplitude.says(items('a'));
    await lookUp();
    await vi.advanceTimersByTimeAsync(90_000);
    expect(await begin()).toMatchObject({ ageMs: 90_000, failure: null });
    amplitude.says(failed('upstream_error'));
    await vi.advanceTimersByTimeAsync(WINDOWS.staleMs);
    expect(await begin()).toMatchObject({ ageMs: WINDOWS.staleMs + 90_000, failure: 'upstream_error' });
  });
});

describe('a failure', () => {
  it.each<UnavailableReason>([
    'throttled',
    'timeout',
    'upstream_error',
    'invalid_response',
    'upstream_rejected',
  ])('is never kept (%s)', async (reason) => {
    const { amplitude, calls, store, lookUp } = open();
    amplitude.says(failed(reason), failed(reason), items('a'));
    expect([await lookUp(), await lookUp(), await lookUp()]).toEqual([
      `miss ${reason} (${reason})`,
      `miss ${reason} (${reason})`,
      'miss a',
    ]);
    expect(calls).toHaveLength(3);
    expect(store.asked.filter((operation) => operation === 'entries.write')).toHaveLength(1);
  });

  it('never moves a person to another arm, and a newer answer does', async () => {
    const { amplitude, lookUp, flips } = open();
    amplitude.says(items('a'), failed('upstream_error'), CONTROL, items('c'));
    const outcomes: (string | number)[] = [];
    for (let day = 0; day < 4; day += 1) {
      outcomes.push(await lookUp(), flips());
      await vi.advanceTimersByTimeAsync(WINDOWS.staleMs);
    }
    expect(outcomes).toEqual([
      ...['miss a', 0],
      ...['stale_if_error a (upstream_error)', 0],
      ...['miss control', 1],
      ...['miss c', 2],
    ]);
  });

  it('behind an answer changes nothing, and is tried again', async () => {
    const { amplitude, calls, lookUp, unexpected } = open();
    amplitude.says(items('a'), failed('upstream_error'), items('b'));
    await lookUp();
    await vi.advanceTimersByTimeAsync(WINDOWS.freshMs);
    expect(await lookUp()).toBe('stale a');
    await settle();
    expect(await lookUp()).toBe('stale a');
    await settle();
    expect([await lookUp(), calls.length, unexpected]).toEqual(['hit b', 3, []]);
  });
});

describe('at the same moment', () => {
  it('fifty who ask for one person are one call', async () => {
    const { amplitude, calls, lookUp } = open();
    amplitude.says(items('a'));
    amplitude.takesMs = 100;
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => lookUp()));
    expect(calls).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['miss a', 'collapsed a']));
  });

  it('fifty who ask several replicas are one call', async () => {
    const world = openWorld();
    const replicas = [openReplica(world), openReplica(world), openReplica(world)];
    world.amplitude.says(items('a'));
    world.amplitude.takesMs = 100;
    const all = Promise.all(Array.from({ length: 50 }, (_, index) => replicas[index % 3]?.begin()));
    await vi.advanceTimersByTimeAsync(300);
    expect((await all).map((outcome) => outcome && nameOf(outcome.lookup))).toEqual(Array(50).fill('a'));
    expect(world.calls).toHaveLength(1);
  });

  it('fifty who get a refusal from Amplitude do not ask again', async () => {
    const { amplitude, calls, begin } = open();
    amplitude.says(failed('throttled'));
    amplitude.takesMs = 100;
    const all = Promise.all(Array.from({ length: 50 }, () => begin()));
    // As the budget does when it is told to slow down.
    setTimeout(() => amplitude.exhausted.add('live'), 99);
    await vi.advanceTimersByTimeAsync(200);
    expect((await all).every(({ failure }) => failure === 'throttled')).toBe(true);
    expect(calls).toHaveLength(1);
  });

  it('one who joins a refresh for which there was no budget still gets a call of their own', async () => {
    const { amplitude, calls, begin, lookUp } = open();
    amplitude.says(items('a'), failed('throttled'), items('b'));
    await lookUp();
    await vi.advanceTimersByTimeAsync(WINDOWS.staleMs - 50);
    amplitude.takesMs = 100;
    await begin();
    await vi.advanceTimersByTimeAsync(50);
    const expired = begin();
    await vi.advanceTimersByTimeAsync(200);
    expect(await expired).toMatchObject({ cache: 'collapsed', lookup: { items: ['b'] }, failure: null });
    expect(calls.map(({ priority }) => priority)).toEqual(['live', 'refresh', 'live']);
  });
});

describe('several replicas', () => {
  it('find what one of them learned', async () => {
    const world = openWorld();
    const [first, second] = [openReplica(world), openReplica(world)];
    world.amplitude.says(items('a'));
    expect([await first.lookUp(), await second.lookUp(), await second.lookUp()]).toEqual([
      'miss a',
      'store_hit a',
      'hit a',
    ]);
    expect(world.calls).toHaveLength(1);
  });

  it('ask again once for all of them when what they know is stale', async () => {
    const world = openWorld();
    const [first, second] = [openReplica(world), openReplica(world)];
    world.amplitude.says(items('a'), items('b'));
    await first.lookUp();
    await second.lookUp();
    await vi.advanceTimersByTimeAsync(WINDOWS.freshMs);
    world.amplitude.takesMs = 100;
    expect([await first.begin(), await second.begin()]).toMatchObject([
      { cache: 'stale' },
      { cache: 'stale' },
    ]);
    await vi.advanceTimersByTimeAsync(300);
    expect([await first.lookUp(), await second.lookUp()]).toEqual(['hit b', 'hit b']);
    expect(world.calls).toHaveLength(2);
  });

  it('each try by themselves when the one who asked has failed', async () => {
    const world = openWorld();
    const [first, second] = [openReplica(world), openReplica(world)];
    world.amplitude.says(failed('upstream_error'), items('a'));
    world.amplitude.takesMs = 100;
    const both = [first.begin(), second.begin()];
    await vi.advanceTimersByTimeAsync(400);
    expect((await Promise.all(both)).map(({ lookup }) => nameOf(lookup))).toEqual(['upstream_error', 'a']);
  });

  it('do not wait for ever for one that has ended while it asked', async () => {
    const world = openWorld();
    const replica = openReplica(world);
    world.amplitude.says(items('a'));
    await world.store.leases.take('\nuser_id\nann\nr1', 'one that has ended', 600_000);
    const outcome = replica.begin();
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    expect(await outcome).toMatchObject({ failure: 'timeout' });
    expect(world.calls).toHaveLength(0);
  });

  it('are one where the key of the project was changed in between: names count, not keys', async () => {
    const world = openWorld();
    world.amplitude.says(items('a'));
    await openReplica(world).lookUp({ project: 'shop' });
    expect(await openReplica(world).lookUp({ project: 'shop' })).toBe('store_hit a');
  });

  it('leave alone what another version has written', async () => {
    const world = openWorld();
    world.amplitude.says(items('a'));
    const [first, second] = [openReplica(world), openReplica(world)];
    const entry = JSON.stringify({ v: 2, at: clock.wall(), s: 'treatment', items: ['from later'] });
    await world.store.entries.write('\nuser_id\nann\nr1', entry, HOUR_MS);
    expect([await first.lookUp(), await second.lookUp()]).toEqual(['miss a', 'store_hit a']);
  });
});

describe('without the store', () => {
  it.each(['down', 'deaf'] as const)('people are looked up and known in memory (%s)', async (mode) => {
    const { amplitude, calls, store, lookUp } = open();
    store.mode = mode;
    amplitude.says(items('a'));
    expect([await lookUp(), await lookUp(), calls.length]).toEqual(['miss a', 'hit a', 1]);
  });

  it('what was in memory stays in use', async () => {
    const { amplitude, store, lookUp } = open();
    amplitude.says(items('a'), failed('upstream_error'));
    await lookUp();
    store.mode = 'down';
    await vi.advanceTimersByTimeAsync(WINDOWS.staleMs);
    expect(await lookUp()).toBe('stale_if_error a (upstream_error)');
  });
});

describe('the deadline', () => {
  it('ends the wait for Amplitude, and the next one finds what came', async () => {
    const { amplitude, calls, begin, lookUp } = open();
    amplitude.says(items('a'));
    amplitude.takesMs = 2_000;
    const outcome = begin();
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    expect(await outcome).toMatchObject({ cache: 'miss', failure: 'timeout' });
    await vi.advanceTimersByTimeAsync(2_000 - DEADLINE_MS);
    expect([await lookUp(), calls.length]).toEqual(['hit a', 1]);
  });

  it('of one who joins is their own', async () => {
    const { amplitude, calls, begin } = open();
    amplitude.says(items('a'));
    amplitude.takesMs = 1_000;
    const first = begin();
    await vi.advanceTimersByTimeAsync(500);
    const second = begin();
    await vi.advanceTimersByTimeAsync(500);
    expect([await first, await second]).toMatchObject([
      { failure: 'timeout' },
      { cache: 'collapsed', failure: null },
    ]);
    expect(calls).toHaveLength(1);
  });

  it('that is over begins no call', async () => {
    const { amplitude, calls, begin } = open();
    amplitude.says(items('a'));
    const outcome = begin({}, 0);
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toMatchObject({ cache: 'miss', failure: 'timeout' });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(calls).toHaveLength(0);
  });

  it('that is over serves what has expired, and begins no call', async () => {
    const { amplitude, calls, begin, lookUp } = open();
    amplitude.says(items('a'), items('b'));
    await lookUp();
    await vi.advanceTimersByTimeAsync(WINDOWS.staleMs);
    const outcome = begin({}, 0);
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toMatchObject({
      cache: 'stale_if_error',
      lookup: { items: ['a'] },
      failure: 'timeout',
    });
    expect(calls).toHaveLength(1);
  });

  it('bounds a store that hangs, and begins no call after it', async () => {
    const { amplitude, calls, store, begin } = open();
    amplitude.says(items('a'));
    store.mode = 'hangs';
    const outcome = begin();
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    expect(await outcome).toMatchObject({ failure: 'timeout' });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(calls).toHaveLength(0);
  });

  it('bounds a store that hangs, and serves what has expired in memory', async () => {
    const { amplitude, store, begin, lookUp } = open();
    amplitude.says(items('a'));
    await lookUp();
    await vi.advanceTimersByTimeAsync(WINDOWS.staleMs);
    store.mode = 'hangs';
    const outcome = begin();
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    expect(await outcome).toMatchObject({ cache: 'stale_if_error', lookup: { items: ['a'] } });
  });
});

describe('a look-up group', () => {
  const group = { together: ['r1', 'r2'] };

  it('is one call, and each recommendation is known by itself', async () => {
    const { amplitude, calls, lookUp } = open();
    amplitude.says(items('a'));
    const outcomes = [
      await lookUp(group),
      await lookUp({ ...group, recommendation: 'r2' }),
      await lookUp({ recommendation: 'r2', together: ['r2'] }),
    ];
    expect([outcomes, calls.map(({ recommendations }) => recommendations)]).toEqual([
      ['miss a', 'hit a', 'hit a'],
      [['r1', 'r2']],
    ]);
  });

  it('is one call for those who ask for different ones at the same moment', async () => {
    const { amplitude, calls, lookUp } = open();
    amplitude.says(items('a'));
    amplitude.takesMs = 100;
    const outcomes = await Promise.all([lookUp(group), lookUp({ ...group, recommendation: 'r2' })]);
    expect([outcomes, calls.length]).toEqual([['miss a', 'collapsed a'], 1]);
  });
});

describe('a look-up ahead', () => {
  it.each([true, false])(
    'makes the person known, and is no call for one who is (shared: %s)',
    async (isShared) => {
      const { amplitude, calls, lookUp, lookUpAhead } = open(isShared);
      amplitude.says(items('a'));
      expect([await lookUpAhead(ANN, 'background'), await lookUpAhead(ANN, 'live')]).toEqual([null, null]);
      expect([await lookUp(), calls.map(({ priority }) => priority)]).toEqual(['hit a', ['background']]);
    },
  );

  it('is a call for one of whom only a part of the group is known', async () => {
    const { amplitude, calls, lookUp, lookUpAhead } = open();
    amplitude.says(items('a'));
    await lookUp();
    await lookUpAhead({ ...ANN, together: ['r1', 'r2'] }, 'live');
    expect(calls.map(({ recommendations }) => recommendations)).toEqual([['r1'], ['r1', 'r2']]);
  });

  it('says why it failed', async () => {
    const { amplitude, lookUpAhead } = open();
    amplitude.says(failed('upstream_error'));
    expect(await lookUpAhead(ANN, 'live')).toBe('upstream_error');
  });

  it('asks nobody, not even the store, where there is no budget', async () => {
    const { amplitude, calls, store, lookUpAhead } = open();
    amplitude.exhausted.add('live');
    expect([await lookUpAhead(ANN, 'live'), calls.length, store.asked]).toEqual(['throttled', 0, []]);
  });
});

describe('somebody who is looked up for a prefetch', () => {
  const SPRING = { id: 'spring', neededAtMs: 0 };

  it('is asked about in the background, and fresh until it lets go, whatever was said', async () => {
    for (const said of [items('a'), CONTROL, { status: 'unknown_user' } as const]) {
      const { amplitude, calls, held, lookUp, lookUpFor } = open();
      held.set('spring', clock.wall() + 72 * HOUR_MS);
      amplitude.says(said, items('later'));
      expect(await lookUpFor(ANN, SPRING)).toMatchObject({ isCalled: true, isKept: true });
      await vi.advanceTimersByTimeAsync(72 * HOUR_MS - 1);
      expect(await lookUp()).toBe(`hit ${nameOf(said)}`);
      expect(calls.map(({ priority }) => priority)).toEqual(['background']);
      await vi.advanceTimersByTimeAsync(1);
      await lookUp();
      expect(calls).toHaveLength(2);
    }
  });

  it('costs nothing if what is known is fresh when it is needed, and is kept from then on', async () => {
    const { amplitude, calls, held, lookUp, lookUpFor } = open();
    held.set('spring', clock.wall() + 72 * HOUR_MS);
    amplitude.says(items('a'), items('later'));
    await lookUp();
    const neededAtMs = clock.wall() + WINDOWS.freshMs - 1;
    expect(await lookUpFor(ANN, { id: 'spring', neededAtMs })).toMatchObject({
      isCalled: false,
      isKept: true,
    });
    await vi.advanceTimersByTimeAsync(72 * HOUR_MS - 1);
    expect([await lookUp(), calls.length]).toEqual(['hit a', 1]);
  });

  it('is asked about again if that is stale by then, or kept by another no longer', async () => {
    const { amplitude, calls, held, lookUp, lookUpFor } = open();
    held.set('spring', clock.wall() + 72 * HOUR_MS).set('winter', clock.wall() + 24 * HOUR_MS);
    amplitude.says(items('a'), items('b'), items('c'));
    await lookUp();
    await lookUpFor(ANN, { id: 'winter', neededAtMs: clock.wall() + WINDOWS.freshMs });
    await lookUpFor(ANN, { id: 'spring', neededAtMs: clock.wall() + 24 * HOUR_MS - 1 });
    expect([await lookUp(), calls.length]).toEqual(['hit b', 2]);
    await lookUpFor(ANN, { id: 'summer', neededAtMs: clock.wall() + 72 * HOUR_MS });
    expect([await lookUp(), calls.length]).toEqual(['hit c', 3]);
  });

  it('is not asked about again by the same prefetch, whenever it needs them', async () => {
    const { amplitude, calls, lookUpFor } = open();
    amplitude.says({ status: 'unknown_user' });
    await lookUpFor(ANN, SPRING);
    await vi.advanceTimersByTimeAsync(24 * HOUR_MS);
    expect(await lookUpFor(ANN, SPRING)).toMatchObject({ isCalled: false, isKept: true });
    expect(calls).toHaveLength(1);
  });

  it('is not asked about where there is no budget', async () => {
    const { amplitude, calls, lookUpFor } = open();
    amplitude.exhausted.add('background');
    const { lookups, isCalled } = await lookUpFor(ANN, SPRING);
    expect([lookups.get('r1'), isCalled, calls.length]).toEqual([failed('throttled'), false, 0]);
  });

  it('is asked about once if an answer asks at the same time, which is kept as well', async () => {
    const { amplitude, calls, held, begin, lookUp, lookUpFor } = open(false);
    held.set('spring', clock.wall() + 72 * HOUR_MS);
    amplitude.says(items('a'));
    amplitude.takesMs = 50;
    const answering = begin();
    await vi.advanceTimersByTimeAsync(1);
    const looking = lookUpFor(ANN, SPRING);
    await vi.advanceTimersByTimeAsync(50);
    expect([(await answering).cache, (await looking).isKept]).toEqual(['miss', true]);
    await vi.advanceTimersByTimeAsync(48 * HOUR_MS);
    expect([await lookUp(), calls.length]).toEqual(['hit a', 1]);
  });

  it('is kept with all that is asked in the same call', async () => {
    const { amplitude, calls, held, lookUp, lookUpFor } = open();
    held.set('spring', clock.wall() + 72 * HOUR_MS);
    amplitude.says(items('a'));
    const together = ['r1', 'r2'];
    await lookUpFor({ ...ANN, together }, SPRING);
    await vi.advanceTimersByTimeAsync(48 * HOUR_MS);
    expect(await lookUp({ recommendation: 'r2', together })).toBe('hit a');
    expect(calls).toHaveLength(1);
  });

  it('is not kept while the store is away, and then without another call', async () => {
    const { amplitude, calls, store, lookUpFor } = open(false);
    amplitude.says(items('a'));
    store.mode = 'down';
    expect(await lookUpFor(ANN, SPRING)).toMatchObject({ isCalled: true, isKept: false });
    store.mode = 'up';
    expect(await lookUpFor(ANN, SPRING)).toMatchObject({ isCalled: false, isKept: true });
    expect(calls).toHaveLength(1);
  });

  it('is fresh on another replica too, which knew the same before', async () => {
    const world = openWorld();
    const [here, there] = [openReplica(world), openReplica(world)];
    world.held.set('spring', clock.wall() + 72 * HOUR_MS);
    world.amplitude.says(items('a'));
    await there.lookUp();
    await here.lookUpFor(ANN, { id: 'spring', neededAtMs: clock.wall() });
    await vi.advanceTimersByTimeAsync(48 * HOUR_MS);
    expect(await there.lookUp()).toMatch(/ a$/);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([await there.lookUp(), world.calls.length]).toEqual(['hit a', 1]);
  });

  it('is asked once of an Amplitude that fails: again is for later', async () => {
    const { amplitude, calls, lookUpFor } = open();
    amplitude.says(failed('upstream_error'));
    const { lookups, isCalled } = await lookUpFor(ANN, SPRING);
    expect([lookups.get('r1'), isCalled, calls.length]).toEqual([failed('upstream_error'), true, 1]);
  });
});
