import { describe, expect, it, vi } from 'vitest';
import { PrefetchRefusal } from '../../src/domain/prefetch.ts';
import { useFakeTime } from '../profile/fake-time.ts';
import { createSharedStore } from '../profile/shared-store.ts';
import {
  HOUR_MS,
  handOver,
  numbered,
  ORDER,
  openReplica,
  openWorld,
  orderAt,
  person,
  reach,
  settled,
} from './replica.ts';

const clock = useFakeTime();

async function open(maxPeople?: number) {
  const store = createSharedStore(clock);
  const world = openWorld();
  const here = await settled(openReplica(store, world, clock, maxPeople));
  /** Everything that the store has of prefetches, by its keys. */
  const stored = async (id: string): Promise<string[]> => {
    const keys = ['', '\nprogress', '\nwish', ...numbered(30, '\npeople\n')].map(
      (key) => `=prefetch\n${id}${key}`,
    );
    const values = await Promise.all(keys.map((key) => store.entries.read(key)));
    return keys.filter((_, index) => values[index] !== null);
  };
  const drafts = async (): Promise<{ id: string }[]> =>
    JSON.parse((await store.entries.read('=prefetch')) ?? '{"drafts":[]}').drafts;
  return { store, world, here, stored, drafts };
}

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const listOf = (count: number) => (onPeople: Parameters<typeof handOver>[1]) =>
  handOver(numbered(count), onPeople);

describe('an upload', () => {
  it('that breaks off leaves nothing behind', async () => {
    const { here, stored, drafts } = await open();
    let id = '';
    const starting = here.start(ORDER, async (onPeople) => {
      for (let part = 0; part < 5; part += 1) await onPeople(numbered(1_000, `${part}-`).map(person));
      id = (await drafts())[0]?.id ?? '';
      expect((await stored(id)).length).toBeGreaterThan(0);
      throw new Error('it broke off');
    });
    const refused = expect(starting).rejects.toThrow('it broke off');
    await later(100);
    await refused;
    expect([await settled(stored(id)), await drafts(), await settled(here.list())]).toEqual([[], [], []]);
  });

  it('whose process was killed is cleared away by another within minutes', async () => {
    const { store, world, here, stored, drafts } = await open();
    const killed = await settled(openReplica(store, world, clock));
    void killed.start(ORDER, async (onPeople) => {
      for (let part = 0; part < 5; part += 1) await onPeople(numbered(1_000, `${part}-`).map(person));
      return new Promise(() => {});
    });
    await later(10);
    killed.kill();
    const [draft] = await settled(drafts());
    expect((await settled(stored(draft?.id ?? ''))).length).toBe(5);
    await later(7 * 60_000);
    expect([await settled(stored(draft?.id ?? '')), await drafts()]).toEqual([[], []]);
    expect(here.isRunning()).toBe(false);
  });

  it('that takes an hour is nobody’s to clear away', async () => {
    const { here } = await open();
    const starting = here.start(ORDER, async (onPeople) => {
      for (let minute = 0; minute < 60; minute += 1) {
        await new Promise((resolve) => setTimeout(resolve, 60_000));
        await onPeople(numbered(100, `${minute}-`).map(person));
      }
      return { ...(await handOver([], onPeople)), users: 6_000 };
    });
    await later(HOUR_MS + 1_000);
    const { prefetch } = await settled(starting);
    expect(await reach(here, prefetch.id, 'done')).toMatchObject({ done: 6_000, failed: 0 });
  });

  it('under way keeps nobody who is forgotten meanwhile', async () => {
    const { world, here } = await open();
    const people = numbered(3_500);
    const starting = here.start(ORDER, async (onPeople) => {
      for (const part of [people.slice(0, 2_500), people.slice(2_500)]) {
        await onPeople(part.map(person));
        await new Promise((resolve) => setTimeout(resolve, 10_000));
      }
      return { ...(await handOver([], onPeople)), users: 3_500 };
    });
    await later(5_000);
    const removing = ['p5', 'p1999'].map((one) => here.remove(person(one)));
    await later(100);
    await Promise.all(removing);
    await later(20_000);
    const { prefetch } = await settled(starting);
    expect(await reach(here, prefetch.id, 'done')).toMatchObject({ done: 3_500, forgotten: 2, failed: 0 });
    expect(world.asked).toEqual(people.filter((one) => !['p5', 'p1999'].includes(one)));
  });

  it('waits for a store that fails now and then, and is refused where it goes on failing', async () => {
    const { store, here } = await open();
    store.mode = 'down';
    const starting = here.start(ORDER, listOf(2_500));
    await later(200);
    store.mode = 'up';
    await later(3_000);
    const { prefetch } = await settled(starting);
    expect(prefetch.audience.users).toBe(2_500);

    const failing = here.start(ORDER, async (onPeople) => {
      store.mode = 'down';
      return handOver(numbered(9_000), onPeople);
    });
    const refused = expect(failing).rejects.toMatchObject({ code: 'store_unavailable' });
    await later(30_000);
    await refused;
  });

  it.each([
    ['of nobody', 0, 'nobody'],
    ['of more people than there is room for', 5_001, 'too_many_people'],
  ] as const)('%s is refused', async (_case, count, code) => {
    const { here, drafts } = await open(5_000);
    const refused = expect(here.start(ORDER, listOf(count))).rejects.toMatchObject({ code });
    await later(100);
    await refused;
    expect([await drafts(), await settled(here.list())]).toEqual([[], []]);
  });

  it('is refused where there are a hundred already', async () => {
    const { here } = await open();
    for (let one = 0; one < 100; one += 1)
      await here.begin(numbered(1, `${one}-`), orderAt('2026-11-28T09:00Z'));
    await expect(here.start(ORDER, listOf(1))).rejects.toBeInstanceOf(PrefetchRefusal);
  });
});

describe('an estimate', () => {
  it('counts what live traffic took in the last minute, and no prefetch', async () => {
    const { world, here } = await open();
    expect(await settled(here.estimate(ORDER, 48_000))).toMatchObject({ calls: 48_000, seconds: 5_940 });
    world.budget.inUse = 240;
    expect(await settled(here.estimate(ORDER, 48_000))).toMatchObject({ seconds: 11_940 });
    const id = await here.begin(numbered(200));
    await reach(here, id, 'done');
    // 200 of these were the prefetch's, which is over.
    expect((await settled(here.estimate(ORDER, 48_000))).seconds).toBeLessThan(7_000);
  });

  it('has those wait who send earlier, and nobody else', async () => {
    const { world, here } = await open();
    world.takesMs = 10 * HOUR_MS;
    await here.begin(numbered(1_000), orderAt('2026-11-27T12:00Z'));
    const alone = await settled(here.estimate(orderAt('2026-11-27T10:00Z'), 1_000));
    const behind = await settled(here.estimate(orderAt('2026-11-27T14:00Z'), 1_000));
    expect([alone.seconds, behind.seconds]).toEqual([65, 190]);
  });

  it('says when to begin at the latest', async () => {
    const { here } = await open();
    const estimate = await settled(here.estimate(orderAt('2026-11-27T09:00Z'), 96_480));
    expect(estimate.text).toBe(
      '96,480 people, ready in 3 h 20 min. To send at 09:00 UTC, start by 05:40 UTC.',
    );
    expect(estimate.startByMs).toBe(Date.UTC(2026, 10, 27, 5, 40));
  });

  it('is nobody’s where live traffic takes everything', async () => {
    const { world, here } = await open();
    world.budget.inUse = 600;
    const estimate = await settled(here.estimate(ORDER, 10));
    expect(estimate).toMatchObject({ seconds: null, readyAtMs: null, startByMs: null });
  });

  it('comes with the people of a list that is only counted', async () => {
    const { here, drafts } = await open();
    const { audience, estimate } = await settled(here.measure(ORDER, listOf(960)));
    expect([audience.users, estimate.calls, estimate.seconds]).toEqual([960, 960, 60]);
    expect([await drafts(), await settled(here.list())]).toEqual([[], []]);
  });
});

describe('a prefetch that runs', () => {
  it('tells how many a minute, and how long it takes by that', async () => {
    const { world, here } = await open();
    world.takesMs = 6_400;
    const id = await here.begin(numbered(3_000));
    await later(30_500);
    const early = await settled(here.get(id));
    expect(early?.perMinute).toBeGreaterThan(450);
    await later(60_000);
    // 64 at once, each in 6.4 s: 600 a minute, though the budget allows less in the long run.
    const seen = await settled(here.get(id));
    expect(seen).toMatchObject({ state: 'running', reason: null, perMinute: expect.any(Number) });
    expect(Math.abs((seen?.perMinute ?? 0) - 600)).toBeLessThan(70);
    expect(seen?.text).toMatch(/^2,\d+ people, ready in \d+ min, at 00:\d\d UTC\.$/);
  });

  it('goes by what it does where Amplitude is slower than the budget', async () => {
    const { world, here } = await open();
    world.takesMs = 64_000;
    const id = await here.begin(numbered(1_000));
    await later(130_000);
    const seen = await settled(here.get(id));
    expect(seen?.done).toBe(128);
    expect(seen?.remainingSeconds).toBeCloseTo(((1_000 - 128) / 64) * 60, -2);
  });

  it('and has to wait for another one tells when it is ready, whatever it waited for before', async () => {
    const { world, here } = await open();
    world.answer = (id) => (id === 'p3' ? { kind: 'failed', reason: 'timeout', calls: 1 } : null);
    const evening = await here.begin(numbered(20), orderAt('2026-11-27T20:00Z'));
    await later(3_000);
    expect(await settled(here.get(evening))).toMatchObject({ state: 'running', reason: 'retrying' });
    world.takesMs = 10_000;
    await here.begin(numbered(960, 'q'), orderAt('2026-11-27T12:00Z'));
    await later(20_000);
    const seen = await settled(here.get(evening));
    expect(seen).toMatchObject({ state: 'waiting', reason: 'queued', remainingSeconds: expect.any(Number) });
    expect(seen?.text).toMatch(
      /^1 person, ready in \d+ (s|min), at 00:0\d UTC\. The send is at 20:00 UTC\.$/,
    );
  });

  it('and those that wait are listed, newest first', async () => {
    const { world, here } = await open();
    world.takesMs = HOUR_MS;
    const first = await here.begin(numbered(10));
    await later(1_000);
    const second = await here.begin(numbered(10));
    await later(2_000);
    expect((await settled(here.list())).map(({ id, state, reason }) => [id, state, reason])).toEqual([
      [second, 'waiting', 'queued'],
      [first, 'running', null],
    ]);
  });
});
