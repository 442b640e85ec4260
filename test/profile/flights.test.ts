import { describe, expect, it, vi } from 'vitest';
import { createFlights, type Errand, type Flights, type Leases } from '../../src/profile/flights.ts';
import { settle, useFakeTime } from './fake-time.ts';
import { createSharedStore, type SharedStore } from './shared-store.ts';

const clock = useFakeTime();

const ALONE: Leases = { isShared: false, take: async () => true, release: async () => {} };

/** What several replicas get, and where they put it for each other. */
function openErrands() {
  const found = new Map<string, string>();
  const pending: { readonly who: string; readonly end: (result: string | null) => void }[] = [];
  let looks = 0;
  const errandOf = (who: string, key = 'ann'): Errand<string> => ({
    find: async () => {
      looks += 1;
      return found.get(key) ?? null;
    },
    fetch: () => {
      const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<Errand<string>['fetch']>>>();
      const end = (result: string | null) => {
        if (result !== null) found.set(key, result);
        resolve({ result: result ?? 'failed', written: Promise.resolve() });
      };
      pending.push({ who, end });
      return promise;
    },
    late: 'late',
  });
  return { found, pending, errandOf, looks: () => looks };
}

function openReplicas(): { store: SharedStore; first: Flights<string>; second: Flights<string> } {
  const store = createSharedStore(clock);
  const create = () => createFlights<string>({ isShared: true, ...store.leases }, clock.monotonic);
  return { store, first: create(), second: create() };
}

describe('within a process', () => {
  it('everybody who wants the same waits for one', async () => {
    const flights = createFlights<string>(ALONE, clock.monotonic);
    const { pending, errandOf } = openErrands();
    const all = Array.from({ length: 50 }, () => flights.fly('ann', errandOf('us')));
    expect([pending.length, flights.isFlying('ann'), flights.isFlying('bob')]).toEqual([1, true, false]);
    pending[0]?.end('treatment');
    expect(new Set(await Promise.all(all))).toEqual(new Set(['treatment']));
  });

  it('each wants something else at the same time', async () => {
    const flights = createFlights<string>(ALONE, clock.monotonic);
    const { pending, errandOf } = openErrands();
    void flights.fly('ann', errandOf('us', 'ann'));
    void flights.fly('bob', errandOf('us', 'bob'));
    expect(pending).toHaveLength(2);
  });

  it('the next one begins anew when one has ended', async () => {
    const flights = createFlights<string>(ALONE, clock.monotonic);
    const { pending, errandOf } = openErrands();
    for (const result of ['one', 'two']) {
      const flight = flights.fly('ann', errandOf('us'));
      pending.at(-1)?.end(result);
      expect([await flight, flights.isFlying('ann')]).toEqual([result, false]);
    }
  });

  it('the next one begins anew when one has thrown', async () => {
    const flights = createFlights<string>(ALONE, clock.monotonic);
    const { errandOf } = openErrands();
    const broken = { ...errandOf('us'), fetch: () => Promise.reject(new TypeError('a bug')) };
    await expect(flights.fly('ann', broken)).rejects.toThrow('a bug');
    expect(flights.isFlying('ann')).toBe(false);
  });
});

describe('among replicas', () => {
  it('one gets it, and the others find it', async () => {
    const { first, second } = openReplicas();
    const { pending, errandOf } = openErrands();
    const both = [first.fly('ann', errandOf('first')), second.fly('ann', errandOf('second'))];
    await vi.advanceTimersByTimeAsync(200);
    expect(pending.map(({ who }) => who)).toEqual(['first']);
    pending[0]?.end('treatment');
    await vi.advanceTimersByTimeAsync(50);
    expect(await Promise.all(both)).toEqual(['treatment', 'treatment']);
    expect(pending).toHaveLength(1);
  });

  it('whoever has the lease looks once more before it asks', async () => {
    const { first } = openReplicas();
    const { found, pending, errandOf } = openErrands();
    found.set('ann', 'from another');
    expect(await first.fly('ann', errandOf('first'))).toBe('from another');
    expect(pending).toHaveLength(0);
  });

  it('what one has got is found even if its lease was not given back', async () => {
    const { store, second } = openReplicas();
    await store.leases.take('ann', 'another', 60_000);
    const { found, pending, errandOf } = openErrands();
    const flight = second.fly('ann', errandOf('second'));
    await vi.advanceTimersByTimeAsync(100);
    found.set('ann', 'from another');
    await vi.advanceTimersByTimeAsync(50);
    expect([await flight, pending.length]).toEqual(['from another', 0]);
  });

  it('when one fails, another tries', async () => {
    const { first, second } = openReplicas();
    const { pending, errandOf } = openErrands();
    const both = [first.fly('ann', errandOf('first')), second.fly('ann', errandOf('second'))];
    await settle();
    pending[0]?.end(null);
    await vi.advanceTimersByTimeAsync(50);
    pending[1]?.end('treatment');
    expect(await Promise.all(both)).toEqual(['failed', 'treatment']);
    expect(pending.map(({ who }) => who)).toEqual(['first', 'second']);
  });

  it('when one throws, another tries', async () => {
    const { first, second } = openReplicas();
    const { pending, errandOf } = openErrands();
    const broken = { ...errandOf('first'), fetch: () => Promise.reject(new TypeError('a bug')) };
    const failing = expect(first.fly('ann', broken)).rejects.toThrow('a bug');
    const other = second.fly('ann', errandOf('second'));
    await failing;
    await vi.advanceTimersByTimeAsync(50);
    pending[0]?.end('treatment');
    expect(await other).toBe('treatment');
  });

  it('others are let in only when they can find it', async () => {
    const { first, second } = openReplicas();
    const { pending, errandOf } = openErrands();
    const written = Promise.withResolvers<void>();
    const slow = { ...errandOf('first'), fetch: async () => ({ result: 'new', written: written.promise }) };
    expect(await first.fly('ann', slow)).toBe('new');
    void second.fly('ann', errandOf('second'));
    await vi.advanceTimersByTimeAsync(500);
    expect(pending).toHaveLength(0);
    written.resolve();
    await vi.advanceTimersByTimeAsync(50);
    expect(pending).toHaveLength(1);
  });

  it.each(['down', 'deaf'] as const)('without a store (%s) each gets it by itself', async (mode) => {
    const { store, first, second } = openReplicas();
    const { pending, errandOf } = openErrands();
    store.mode = mode;
    const both = [first.fly('ann', errandOf('first')), second.fly('ann', errandOf('second'))];
    await settle();
    for (const { end } of pending) end('treatment');
    expect([pending.length, await Promise.all(both)]).toEqual([2, ['treatment', 'treatment']]);
  });

  it('whoever ended without a word is waited for, but not for ever', async () => {
    const { store, second } = openReplicas();
    await store.leases.take('ann', 'one that has ended', 60_000);
    const { pending, errandOf } = openErrands();
    const flight = second.fly('ann', errandOf('second'));
    await vi.advanceTimersByTimeAsync(7_050);
    expect([await flight, pending.length, second.isFlying('ann')]).toEqual(['late', 0, false]);
  });

  it('whoever ended without a word is followed when its lease is over', async () => {
    const { store, second } = openReplicas();
    await store.leases.take('ann', 'one that has ended', 3_000);
    const { pending, errandOf } = openErrands();
    void second.fly('ann', errandOf('second'));
    await vi.advanceTimersByTimeAsync(2_900);
    expect(pending).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(pending).toHaveLength(1);
  });

  it('those who wait do not ask the store all the time', async () => {
    const { store, second } = openReplicas();
    await store.leases.take('ann', 'another', 60_000);
    const { errandOf, looks } = openErrands();
    void second.fly('ann', errandOf('second'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(looks()).toBeLessThanOrEqual(25);
  });
});
