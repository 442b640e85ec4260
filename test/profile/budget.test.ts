import { describe, expect, it } from 'vitest';
import { Budget, type Priority, type Reservation } from '../../src/profile/budget.ts';
import { createSharedBudget } from '../../src/profile/shared-budget.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { createClock, type ManualClock } from '../support/clock.ts';
import { createSharedStore, type SharedStore } from './shared-store.ts';

const MAX_CALL_MS = 2_500;
/** A window, the longest call, and the longest that a reservation may take. */
const HOLD_MS = 60_500 + MAX_CALL_MS + 500;

type World = { readonly clock: ManualClock; readonly store: SharedStore };

function open(): World {
  const clock = createClock();
  return { clock, store: createSharedStore(clock) };
}

type Options = {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly perMinute?: number;
  readonly replicas?: number;
};

function create({ store, clock, perMinute = 10, replicas = 1 }: Options): Budget {
  const shared = createSharedBudget(store.budget, store.entries, store.leases);
  return new Budget({ perMinute, replicas, isShared: store.isShared, maxCallMs: MAX_CALL_MS, clock, shared });
}

async function start(options: Options): Promise<Budget> {
  const budget = create(options);
  await budget.start().catch(() => {});
  return budget;
}

async function startTwo(options: Options): Promise<[Budget, Budget]> {
  return [await start({ replicas: 2, ...options }), await start({ replicas: 2, ...options })];
}

/** What `count` get who ask at the same moment. */
async function ask(budget: Budget, count: number, priority: Priority = 'live'): Promise<Reservation[]> {
  const asking = Array.from({ length: count }, () => budget.reserve(priority));
  return (await Promise.all(asking)).filter((reservation) => reservation !== null);
}

const granted = async (...args: Parameters<typeof ask>): Promise<number> => (await ask(...args)).length;

/** A second is long enough for what was given back to be free. */
function aMomentLater({ clock }: Pick<World, 'clock'>): void {
  clock.advance(1_000);
}

/** All look after the store every second, as they do. */
async function pass(
  ms: number,
  { clock }: Pick<World, 'clock'>,
  ...budgets: readonly Budget[]
): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    clock.advance(Math.min(1_000, ms - passed));
    for (const budget of budgets) await budget.keepInTouch();
  }
}

describe('the budget', () => {
  it('is what all replicas together may spend', async () => {
    const world = open();
    const [first, second] = await startTwo(world);
    expect([await granted(first, 7), await granted(second, 7), await granted(first, 7)]).toEqual([7, 3, 0]);
  });

  it.each([
    ['has ended, for a window from then', 2_000, 62_499, 62_600],
    ['ended at once, for a window', 0, 60_499, 60_600],
    ['never ended, for the longest that it can have taken and a window', null, 63_499, 63_600],
  ])('counts a call that %s', async (_case, endsAtMs, countsAtMs, freeAtMs) => {
    const world = open();
    const budget = await start({ ...world, perMinute: 1 });
    const [call] = await ask(budget, 1);
    if (endsAtMs !== null) {
      world.clock.advance(endsAtMs);
      call?.settle();
      await world.store.budget.inUse();
    }
    world.clock.advance(countsAtMs - (endsAtMs ?? 0));
    expect(await granted(budget, 1)).toBe(0);
    world.clock.advance(freeAtMs - countsAtMs);
    expect(await granted(budget, 1)).toBe(1);
  });

  it('does not count a call that was not made', async () => {
    const world = open();
    const budget = await start({ ...world, perMinute: 1 });
    const [call] = await ask(budget, 1);
    call?.cancel();
    await world.store.budget.inUse();
    aMomentLater(world);
    expect([await granted(budget, 1), await world.store.budget.inUse()]).toEqual([1, 1]);
  });

  it.each<[Priority, number]>([
    ['background', 8],
    ['refresh', 9],
    ['live', 10],
  ])('lets %s calls have %i of ten', async (priority, count) => {
    const budget = await start(open());
    expect(await granted(budget, 20, priority)).toBe(count);
  });

  it('keeps for those who wait what the others may not use up', async () => {
    const budget = await start(open());
    const counts: number[] = [];
    for (const priority of ['background', 'refresh', 'live'] as const) {
      counts.push(await granted(budget, 20, priority));
    }
    expect(counts).toEqual([8, 1, 1]);
  });

  it('does not ask the store for 25 ms after a refusal, for the same priority', async () => {
    const world = open();
    const budget = await start({ ...world, perMinute: 2 });
    await ask(budget, 1);
    expect(await granted(budget, 1, 'refresh')).toBe(0);
    const asked = world.store.asked.length;
    world.clock.advance(24);
    expect([budget.isExhausted('refresh'), budget.isExhausted('live')]).toEqual([true, false]);
    expect(await granted(budget, 5, 'refresh')).toBe(0);
    expect(world.store.asked).toHaveLength(asked);
    expect(await granted(budget, 1)).toBe(1);
    world.clock.advance(1);
    expect(budget.isExhausted('refresh')).toBe(false);
  });

  it('gives no reservation that took half a second to get, since it may be over before the call', async () => {
    const world = open();
    const budget = await start(world);
    const asking = budget.reserve('live');
    world.clock.advance(501);
    expect(await asking).toBeNull();
    aMomentLater(world);
    expect(await world.store.budget.inUse()).toBe(0);
  });

  it('says what it has spent, and with whom', async () => {
    const world = open();
    const budget = create(world);
    expect(budget.status).toEqual({ own: 0, share: 1, isShared: false, told: null });
    await budget.start();
    await ask(budget, 3);
    expect(budget.status).toEqual({ own: 3, share: 1, isShared: true, told: null });
  });
});

describe('a store that is not shared', () => {
  it('is one part of the budget where several processes each have one', async () => {
    const clock = createClock();
    const store = createMemoryStore({ now: clock.monotonic });
    expect(await granted(await start({ store, clock, perMinute: 12, replicas: 3 }), 20)).toBe(4);
  });

  it('remembers over a restart what was spent', async () => {
    const clock = createClock();
    const store = createMemoryStore({ now: clock.monotonic });
    await ask(await start({ store, clock }), 7);
    expect(await granted(await start({ store, clock }), 20)).toBe(3);
  });
});

describe('Amplitude’s "too many requests"', () => {
  it('halves the budget once, however many calls are told so together', async () => {
    const world = open();
    const budget = await start(world);
    for (let call = 0; call < 8; call += 1) budget.slowDown();
    aMomentLater(world);
    expect(await granted(budget, 20)).toBe(5);
  });

  it('makes everybody pause for a moment', async () => {
    const world = open();
    const budget = await start(world);
    budget.slowDown();
    expect(budget.isExhausted('live') && budget.isExhausted('refresh')).toBe(true);
    world.clock.advance(25);
    expect(budget.isExhausted('live')).toBe(false);
  });

  it('is forgotten in steps', async () => {
    const world = open();
    const budget = await start({ ...world, perMinute: 80 });
    budget.slowDown();
    const shares: number[] = [];
    for (let step = 0; step < 5; step += 1) {
      shares.push(budget.status.share);
      world.clock.advance(30_000);
    }
    expect(shares).toEqual([4 / 8, 5 / 8, 6 / 8, 7 / 8, 1]);
  });

  it('is heard by the other replicas, and by those that begin later', async () => {
    const world = open();
    const [first, second] = await startTwo(world);
    first.slowDown();
    await second.keepInTouch();
    const third = await start({ ...world, replicas: 2 });
    expect([second.status.share, third.status.share]).toEqual([1 / 2, 1 / 2]);
  });

  it('says at how many calls it was, also to the other replicas', async () => {
    const world = open();
    const [first, second] = await startTwo(world);
    await ask(first, 2);
    first.slowDown();
    await second.keepInTouch();
    const told = { calls: 2, atMs: world.clock.wall() };
    expect([first.status.told, second.status.told]).toEqual([told, told]);
  });

  it('is heard once: the way back does not begin anew', async () => {
    const world = open();
    const [first, second] = await startTwo(world);
    first.slowDown();
    await second.keepInTouch();
    world.clock.advance(60_000);
    for (const budget of [first, second]) await budget.keepInTouch();
    expect([first.status.share, second.status.share]).toEqual([6 / 8, 6 / 8]);
  });

  it('means the same to a replica whose wall clock is wrong', async () => {
    const { clock, store } = open();
    const wrong = { ...clock, wall: () => clock.wall() - 3_600_000 };
    const [first, second] = [
      await start({ store, clock, replicas: 2 }),
      await start({ store, clock: wrong, replicas: 2 }),
    ];
    first.slowDown();
    await second.keepInTouch();
    expect(second.status.share).toBe(1 / 2);
    clock.advance(120_000);
    await second.keepInTouch();
    expect(second.status.share).toBe(1);
  });

  it.each(['', '{}', '{"id":"x","share":-1}', 'half'])('is not read from %j', async (text) => {
    const world = open();
    const budget = await start(world);
    await world.store.entries.write('telling', text, 60_000);
    await budget.keepInTouch();
    expect(budget.status).toMatchObject({ share: 1, isShared: true });
  });
});

describe('while the store is away', () => {
  it('one replica goes on alone, and counts what it had spent', async () => {
    const world = open();
    const budget = await start(world);
    await ask(budget, 4);
    world.store.mode = 'down';
    expect([await granted(budget, 20), budget.status.isShared]).toEqual([6, false]);
  });

  it('one replica counts what the process before it had spent', async () => {
    const world = open();
    await ask(await start(world), 7);
    const next = await start(world);
    world.store.mode = 'down';
    expect(await granted(next, 20)).toBe(3);
    world.clock.advance(HOLD_MS);
    expect(await granted(next, 20)).toBe(10);
  });

  it.each(['down', 'deaf'] as const)(
    'several wait until all calls through the store are over, then spend their parts (%s)',
    async (mode) => {
      const world = open();
      const [first, second] = await startTwo(world);
      await ask(first, 9);
      world.store.mode = mode;
      expect([await granted(first, 1), await granted(second, 1)]).toEqual([0, 0]);
      await pass(HOLD_MS, world, first, second);
      // So long the others may have gone on, who did not notice at once.
      expect([await granted(first, 1), await granted(second, 1)]).toEqual([0, 0]);
      await pass(5_000, world, first, second);
      expect([await granted(first, 20), await granted(second, 20)]).toEqual([5, 5]);
    },
  );

  it('a part is shared out by priority, too', async () => {
    const world = open();
    const [budget] = await startTwo({ ...world, perMinute: 20 });
    world.store.mode = 'down';
    await pass(HOLD_MS + 6_000, world, budget);
    const counts: number[] = [];
    for (const priority of ['background', 'refresh', 'live'] as const) {
      counts.push(await granted(budget, 20, priority));
    }
    expect(counts).toEqual([8, 1, 1]);
  });

  it('many who ask at the same moment keep nobody from what there is', async () => {
    const world = open();
    const [budget] = await startTwo({ ...world, perMinute: 100 });
    world.store.mode = 'down';
    await pass(HOLD_MS + 6_000, world, budget);
    expect(await granted(budget, 80)).toBe(50);
  });

  it('is noticed without any call', async () => {
    const world = open();
    const [budget] = await startTwo(world);
    world.store.mode = 'down';
    await pass(HOLD_MS + 6_000, world, budget);
    expect(await granted(budget, 20)).toBe(5);
  });
});

describe('when the store is back', () => {
  it('and has kept everything, look-ups go on at once', async () => {
    const world = open();
    const [first, second] = await startTwo(world);
    await ask(first, 4);
    world.store.mode = 'down';
    expect(await granted(second, 1)).toBe(0);
    aMomentLater(world);
    world.store.mode = 'up';
    expect([await granted(second, 20), second.status.isShared]).toEqual([6, true]);
  });

  it.each([
    ['after it was seen to be away', true],
    ['and nobody saw it away', false],
  ])('and has lost everything %s, nothing is spent until all of it is over', async (_case, isSeen) => {
    const world = open();
    const [first, second] = await startTwo(world);
    await ask(first, 9);
    if (isSeen) {
      world.store.mode = 'down';
      for (const budget of [first, second]) await budget.keepInTouch();
    }
    world.store.wipe();
    world.store.mode = 'up';
    aMomentLater(world);
    expect([await granted(second, 5), await granted(first, 5)]).toEqual([0, 0]);
    world.clock.advance(HOLD_MS - 1);
    expect([await granted(second, 5), await granted(first, 5)]).toEqual([0, 0]);
    aMomentLater(world);
    expect([await granted(second, 20), await granted(first, 20)]).toEqual([10, 0]);
  });

  it('and has lost everything in more than a minute, all go on with their parts at once', async () => {
    const world = open();
    const [first, second] = await startTwo(world);
    await ask(first, 9);
    world.store.mode = 'down';
    await pass(HOLD_MS + 6_000, world, first, second);
    world.store.wipe();
    world.store.mode = 'up';
    expect([await granted(first, 20), await granted(second, 20)]).toEqual([5, 5]);
  });

  it('and has lost everything, it is not asked for what nobody may spend', async () => {
    const world = open();
    const [budget] = await startTwo(world);
    world.store.wipe();
    await budget.keepInTouch();
    world.store.asked.length = 0;
    expect(await granted(budget, 5)).toBe(0);
    expect(world.store.asked).not.toContain('budget.reserve');
  });

  it('and has lost everything, one replica goes on and tells it what it has spent', async () => {
    const world = open();
    const budget = await start(world);
    await ask(budget, 6);
    world.store.wipe();
    await budget.keepInTouch();
    expect([await world.store.budget.inUse(), await granted(budget, 20)]).toEqual([6, 4]);
  });

  it('is told by each replica what it has spent alone, and all keep to their parts until that is over', async () => {
    const world = open();
    const [first, second] = await startTwo(world);
    world.store.mode = 'down';
    await pass(HOLD_MS + 6_000, world, first, second);
    expect([await granted(first, 20), await granted(second, 2)]).toEqual([5, 2]);
    world.store.mode = 'up';
    aMomentLater(world);
    expect([await granted(first, 5), await granted(second, 20)]).toEqual([0, 3]);
    expect(await world.store.budget.inUse()).toBe(10);
    await pass(HOLD_MS, world, first, second);
    expect([await granted(first, 20), await granted(second, 20)]).toEqual([10, 0]);
  });

  it('is told once, however many ask at that moment, and none of them gets more than the part', async () => {
    const world = open();
    const [first] = await startTwo(world);
    world.store.mode = 'down';
    await pass(HOLD_MS + 6_000, world, first);
    expect(await granted(first, 4)).toBe(4);
    world.store.mode = 'up';
    world.store.asked.length = 0;
    expect(await granted(first, 6)).toBeLessThanOrEqual(1);
    expect(world.store.asked.filter((operation) => operation === 'budget.adopt')).toHaveLength(1);
    aMomentLater(world);
    expect(await world.store.budget.inUse()).toBe(first.status.own);
  });

  it('is told also what one spent alone while it was told the rest', async () => {
    const world = open();
    const { budget: inner } = world.store;
    const [asking, telling] = [Promise.withResolvers<boolean>(), Promise.withResolvers<void>()];
    let isSlow = true;
    const slow: Store['budget'] = {
      ...inner,
      reserve: (...args) => (isSlow ? asking.promise : inner.reserve(...args)),
      adopt: async (reservations) => {
        await inner.adopt(reservations);
        if (isSlow) await telling.promise;
      },
    };
    const budget = await start({ clock: world.clock, store: { ...world.store, budget: slow } });
    const reservation = budget.reserve('live');
    world.store.mode = 'down';
    await budget.keepInTouch();
    world.store.mode = 'up';
    const inTouch = budget.keepInTouch();
    await inner.inUse();
    await inner.inUse();
    asking.reject(new Error('the store does not answer'));
    expect(await reservation).not.toBeNull();
    isSlow = false;
    telling.resolve();
    await inTouch;
    await budget.keepInTouch();
    expect([await inner.inUse(), budget.status]).toMatchObject([1, { own: 1, isShared: true }]);
  });

  it('a replica that slept all the time, and saw nothing of it, spends its part at most', async () => {
    const world = open();
    const [first, second] = await startTwo(world);
    world.store.mode = 'down';
    await pass(HOLD_MS + 6_000, world, first);
    expect(await granted(first, 20)).toBe(5);
    world.store.mode = 'up';
    expect(await granted(second, 20)).toBe(5);
  });

  it.each([
    ['after it was seen to be away', 'down'],
    ['without having seen anything', 'up'],
  ] as const)(
    'a replica that slept %s does not begin to spend alone because of that',
    async (_case, mode) => {
      const world = open();
      const [first, second] = await startTwo(world);
      world.store.mode = mode;
      await second.keepInTouch();
      world.store.mode = 'up';
      await pass(HOLD_MS + 6_000, world, first);
      expect(await granted(first, 20)).toBe(10);
      world.store.mode = 'down';
      expect(await granted(second, 20)).toBe(0);
    },
  );

  it('a replica that slept while everything was lost spends nothing until it is over', async () => {
    const world = open();
    const [first, second] = await startTwo(world);
    await pass(HOLD_MS + 6_000, world, first);
    expect(await granted(first, 20)).toBe(10);
    world.store.wipe();
    expect(await granted(second, 20)).toBe(0);
  });

  it('after just so long that another replica may have begun to spend its part, a part is the limit', async () => {
    const world = open();
    const [first, second] = await startTwo(world);
    world.store.mode = 'down';
    await pass(4_000, world, first);
    await pass(HOLD_MS + 2_000, world, first, second);
    expect([await granted(first, 20), await granted(second, 20)]).toEqual([5, 0]);
    world.store.mode = 'up';
    aMomentLater(world);
    expect(await granted(second, 20)).toBe(5);
  });
});

describe('a process that begins', () => {
  it.each([1, 2])(
    'while the store is away waits for what was spent before (%i replicas)',
    async (replicas) => {
      const world = open();
      world.store.mode = 'down';
      const budget = await start({ ...world, replicas });
      await pass(HOLD_MS - 1, world, budget);
      expect(await granted(budget, 1)).toBe(0);
      await pass(6_000, world, budget);
      expect(await granted(budget, 20)).toBe(10 / replicas);
    },
  );

  it.each([1, 2])('while the store is away waits also if it comes back (%i replicas)', async (replicas) => {
    const world = open();
    world.store.mode = 'down';
    const budget = await start({ ...world, replicas });
    world.store.mode = 'up';
    await budget.keepInTouch();
    world.clock.advance(HOLD_MS - 1);
    expect([await granted(budget, 1), budget.status.isShared]).toEqual([0, true]);
    aMomentLater(world);
    expect(await granted(budget, 20)).toBe(10);
  });

  it('may be told later that the store is there', async () => {
    const world = open();
    world.store.mode = 'down';
    const budget = await start(world);
    world.store.mode = 'up';
    await budget.start();
    expect(await granted(budget, 20)).toBe(10);
  });

  it('at the same moment as others, with an empty store, takes none of them for a loss', async () => {
    const world = open();
    const budgets = Array.from({ length: 5 }, () => create({ ...world, replicas: 5 }));
    const isStarted = await Promise.all(
      budgets.map((budget) =>
        budget.start().then(
          () => true,
          () => false,
        ),
      ),
    );
    expect(isStarted.filter(Boolean)).toHaveLength(1);
    for (const [index, budget] of budgets.entries()) if (!isStarted[index]) await budget.start();
    expect(await Promise.all(budgets.map((budget) => granted(budget, 2)))).toEqual([2, 2, 2, 2, 2]);
  });
});
