import { describe, expect, it, vi } from 'vitest';
import type { WaitReason } from '../../src/domain/prefetch.ts';
import { useFakeTime } from '../profile/fake-time.ts';
import { createSharedStore } from '../profile/shared-store.ts';
import { HOUR_MS, numbered, openReplica, openWorld, orderAt, person, reach, settled } from './replica.ts';

const clock = useFakeTime();

async function open(replicas = 1) {
  const store = createSharedStore(clock);
  const world = openWorld();
  const all = await Promise.all(
    Array.from({ length: replicas }, () => settled(openReplica(store, world, clock))),
  );
  const [here = await openReplica(store, world, clock), there = here] = all;
  return { store, world, here, there };
}

/** Days, in which nothing happens. */
const jump = (ms: number) => void vi.setSystemTime(Date.now() + ms);

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** How often somebody was asked about more than once. */
const repeated = (asked: readonly string[]): number => asked.length - new Set(asked).size;

describe('a list', () => {
  it('is looked up from its beginning to its end, each person once', async () => {
    const { world, here } = await open();
    const people = numbered(2_500);
    const id = await here.begin(people);
    const done = await reach(here, id, 'done');
    expect(world.asked).toEqual(people);
    expect(done).toMatchObject({ done: 2_500, known: 0, failed: 0, calls: 2_500, retrying: 0 });
    expect(done.counts).toEqual({ hero: expect.objectContaining({ treatment: 2_500, failed: 0 }) });
    expect(here.results).toEqual(Array(2_500).fill('treatment'));
  });

  it('leaves none of its people in the store', async () => {
    const { store, here } = await open();
    const id = await here.begin(numbered(2_500, 'zoe-'));
    const key = (chunk: number) => `=prefetch\n${id}\npeople\n${chunk}`;
    expect(await settled(Promise.resolve(store.entries.read(key(0))))).toContain('zoe-0');
    await reach(here, id, 'done');
    for (const chunk of [0, 1, 2, 3, 4]) expect(await store.entries.read(key(chunk))).toBeNull();
  });

  it('of which the store has lost some is done for the others, and says how many failed', async () => {
    const { store, here } = await open();
    const id = await here.begin(numbered(3_000));
    await store.entries.remove(`=prefetch\n${id}\npeople\n2`);
    const done = await reach(here, id, 'done');
    expect(done).toMatchObject({ done: 3_000, failed: 1_000, calls: 2_000 });
    expect(done.text).toContain('1,000 people');
    expect(here.log.join()).toContain('missing in the store');
  });

  it('costs nothing for people who are known', async () => {
    const { world, here } = await open();
    for (const id of numbered(900)) world.known.add(id);
    const done = await reach(here, await here.begin(numbered(1_000)), 'done');
    expect(done).toMatchObject({ done: 1_000, known: 900, calls: 100 });
    expect(world.asked).toHaveLength(100);
  });

  it('is looked up by one replica at a time', async () => {
    const { world, here, there } = await open(3);
    const ids = [await here.begin(numbered(600)), await there.begin(numbered(600, 'q'))];
    await later(500);
    expect([here.isRunning(), there.isRunning()].filter(Boolean).length).toBeLessThanOrEqual(1);
    for (const id of ids) await reach(here, id, 'done');
    expect(world.asked).toEqual([...numbered(600), ...numbered(600, 'q')]);
  });

  it('is done once, also where another replica has not heard of it yet', async () => {
    const { here, there } = await open(2);
    for (let time = 0; time < 10; time += 1) {
      const id = await here.begin(numbered(300, `${time}-`));
      await later(90 * time);
      // Has the other one look at a moment of its own.
      await settled(there.control(id, 'resume'));
      await reach(here, id, 'done', 10);
      await later(2_000);
    }
    const logged = [...here.log, ...there.log];
    expect(logged.filter((line) => line.includes('prefetch done'))).toHaveLength(10);
  });
});

describe('when a replica', () => {
  it('is killed, another takes over: nobody is skipped, and the last second is repeated at most', async () => {
    const { world, here, there } = await open(2);
    const people = numbered(4_000);
    const id = await here.begin(people);
    await later(1_700);
    const [running, other] = here.isRunning() ? [here, there] : [there, here];
    running.kill();
    const before = world.asked.length;
    await later(5_000);
    expect(world.asked.length).toBeGreaterThan(before);
    const done = await reach(other, id, 'done');
    expect(new Set(world.asked)).toEqual(new Set(people));
    // Those of whom it had heard nothing yet, as many as are asked about at once.
    expect(repeated(world.asked)).toBeLessThanOrEqual(64);
    expect(done).toMatchObject({ done: 4_000, failed: 0 });
    expect(done.counts.hero?.treatment).toBe(4_000);
  });

  it('stops, it finishes those under way, and another goes on at once where it was', async () => {
    const { world, here, there } = await open(2);
    const people = numbered(3_000);
    const id = await here.begin(people);
    await later(1_050);
    const [running, other] = here.isRunning() ? [here, there] : [there, here];
    const stopping = running.stop();
    await later(150);
    await stopping;
    const before = world.asked.length;
    expect(world.known.size).toBe(before);
    await later(1_100);
    expect(world.asked.length).toBeGreaterThan(before);
    await reach(other, id, 'done');
    expect(world.asked).toEqual(people);
  });

  it('cannot reach the store for a while, it waits, and goes on without asking anybody twice', async () => {
    const { store, world, here } = await open();
    const people = numbered(5_000);
    const id = await here.begin(people);
    await later(2_000);
    store.mode = 'down';
    await later(4_000);
    const before = world.asked.length;
    await later(60_000);
    expect(world.asked.length - before).toBeLessThanOrEqual(64);
    store.mode = 'up';
    await reach(here, id, 'done');
    expect(world.asked).toEqual(people);
  });
});

describe('somebody who', () => {
  it('pauses it has it stop within a second, and goes on where it was', async () => {
    const { world, here } = await open();
    const id = await here.begin(numbered(3_000));
    await later(1_500);
    expect(await settled(here.control(id, 'pause'))).toMatchObject({ state: 'paused', reason: 'asked' });
    await later(1_200);
    const before = world.asked.length;
    await later(HOUR_MS);
    expect([world.asked.length, here.isRunning()]).toEqual([before, false]);
    const paused = await settled(here.get(id));
    expect(paused).toMatchObject({ state: 'paused', done: before, remainingSeconds: null });
    expect(await settled(here.control(id, 'resume'))).toMatchObject({ state: 'waiting' });
    await reach(here, id, 'done');
    expect(world.asked).toEqual(numbered(3_000));
  });

  it('cancels it ends it, with what it found and without its people', async () => {
    const { store, world, here } = await open();
    const id = await here.begin(numbered(3_000));
    await later(1_500);
    const cancelledAtMs = clock.wall();
    expect(await settled(here.control(id, 'cancel'))).toMatchObject({
      state: 'cancelled',
      endedAtMs: cancelledAtMs,
      heldUntilMs: cancelledAtMs + 12 * HOUR_MS,
    });
    await later(3_000);
    const before = world.asked.length;
    await later(60_000);
    expect([world.asked.length, here.isRunning()]).toEqual([before, false]);
    for (const chunk of [0, 1, 2])
      expect(await store.entries.read(`=prefetch\n${id}\npeople\n${chunk}`)).toBeNull();
    expect(await settled(here.get(id))).toMatchObject({
      state: 'cancelled',
      reason: 'asked',
      done: before,
      heldUntilMs: cancelledAtMs + 12 * HOUR_MS,
    });
    for (const wish of ['resume', 'pause', 'cancel'] as const) {
      expect(await settled(here.control(id, wish))).toMatchObject({ state: 'cancelled' });
    }
  });

  it('asks for one that is not there gets none', async () => {
    const { here } = await open();
    expect([await settled(here.get('none')), await settled(here.control('none', 'pause'))]).toEqual([
      null,
      null,
    ]);
  });

  it('is forgotten is not looked up any more, wherever in the list', async () => {
    const { world, here } = await open();
    world.takesMs = 1_000;
    const id = await here.begin(numbered(2_100));
    await later(500);
    // In the chunk under way, in the next one, and in the last.
    for (const one of ['p500', 'p1500', 'p2050']) {
      here.forget(person(one));
      await settled(here.remove(person(one)));
    }
    const done = await reach(here, id, 'done');
    expect(done).toMatchObject({ done: 2_100, forgotten: 3, failed: 0 });
    expect(world.asked).toEqual(numbered(2_100).filter((one) => !['p500', 'p1500', 'p2050'].includes(one)));
  });
});

describe('people who are forgotten at once', () => {
  it('all leave the list, wherever they are forgotten', async () => {
    const { world, here, there } = await open(2);
    const id = await here.begin(numbered(1_200));
    await settled(here.control(id, 'pause'));
    await later(2_000);
    world.asked.length = 0;
    const forgotten = numbered(1_000).slice(800, 820);
    const removing = forgotten.map((one, index) => (index % 2 ? here : there).remove(person(one)));
    await later(3_000);
    await Promise.all(removing);
    await settled(here.control(id, 'resume'));
    expect(await reach(here, id, 'done')).toMatchObject({ forgotten: 20, failed: 0 });
    expect(world.asked.filter((one) => forgotten.includes(one))).toEqual([]);
  });
});

describe('whoever sends first', () => {
  it('comes first, whenever they came, and the others go on afterwards', async () => {
    const { world, here } = await open();
    const evening = await here.begin(numbered(1_500), orderAt('2026-11-27T20:00Z'));
    await later(1_500);
    const noon = await here.begin(numbered(1_500, 'q'), orderAt('2026-11-27T12:00Z'));
    expect(await settled(here.get(noon))).toMatchObject({ state: 'waiting', reason: null });
    await reach(here, noon, 'running');
    expect(await settled(here.get(evening))).toMatchObject({ reason: 'queued' });
    await reach(here, evening, 'done');
    const first = world.asked.indexOf('q0');
    expect(first).toBeGreaterThan(0);
    const [before, meanwhile] = [world.asked.slice(0, first), world.asked.slice(first, first + 1_500)];
    expect(meanwhile).toEqual(numbered(1_500, 'q'));
    expect([...before, ...world.asked.slice(first + 1_500)]).toEqual(numbered(1_500));
    expect(world.targets[0]?.neededAtMs).toBe(Date.UTC(2026, 10, 27, 20));
  });

  it('and is paused lets the next one go ahead', async () => {
    const { here } = await open();
    const noon = await here.begin(numbered(1_500), orderAt('2026-11-27T12:00Z'));
    const evening = await here.begin(numbered(1_500), orderAt('2026-11-27T20:00Z'));
    await settled(here.control(noon, 'pause'));
    await reach(here, evening, 'done');
    expect(await settled(here.get(noon))).toMatchObject({ state: 'paused' });
  });
});

describe('with whom Amplitude fails', () => {
  const FAILED = { kind: 'failed', reason: 'timeout', calls: 1 } as const;

  it('is tried again when all others are done, and counted once', async () => {
    const { world, here } = await open();
    const failing = new Map([
      ['p3', 1],
      ['p700', 2],
    ]);
    world.answer = (id) => {
      const left = failing.get(id) ?? 0;
      failing.set(id, left - 1);
      return left > 0 ? FAILED : null;
    };
    const id = await here.begin(numbered(1_200));
    await reach(here, id, 'running');
    await later(3_000);
    expect(await settled(here.get(id))).toMatchObject({ done: 1_198, retrying: 2, reason: 'retrying' });
    const done = await reach(here, id, 'done');
    expect(world.asked).toEqual([...numbered(1_200), 'p3', 'p700', 'p700']);
    expect(done).toMatchObject({ done: 1_200, failed: 0, calls: 1_203, retrying: 0 });
  });

  it('to the end counts as failed: after five more tries, if it answers about others each time', async () => {
    const { world, here } = await open();
    const left = new Map(numbered(6).map((id, times) => [id, times]));
    world.answer = (id) => {
      const times = left.get(id) ?? Number.POSITIVE_INFINITY;
      left.set(id, times - 1);
      return times > 0 ? FAILED : null;
    };
    // One more of them is found each time; with the last nobody is.
    const done = await reach(here, await here.begin([...numbered(6), 'never']), 'done', 5_000);
    expect(done).toMatchObject({ done: 7, failed: 1, calls: 1 + 2 + 3 + 4 + 5 + 6 + 6 });
    expect(done.counts).toEqual({ hero: expect.objectContaining({ treatment: 6, failed: 1 }) });
    expect(here.results.filter((result) => result === 'failed')).toHaveLength(1);
  });

  it('while it answers about nobody else counts as failed after an hour', async () => {
    const { world, here } = await open();
    world.answer = (id) => (id === 'never' ? FAILED : null);
    const id = await here.begin([...numbered(5), 'never']);
    await later(0.9 * HOUR_MS);
    const waiting = await settled(here.get(id));
    expect(waiting).toMatchObject({ state: 'running', done: 5, retrying: 1 });
    expect(waiting?.text).toMatch(/^Amplitude failed for 1 person: tried again in \d+ min\.$/);
    const done = await reach(here, id, 'done', 60_000);
    expect(done).toMatchObject({ done: 6, failed: 1 });
    expect(world.asked.length).toBeLessThan(20);
    expect(done.text).toContain('1 person');
  });

  it('is tried again also where another of them is forgotten elsewhere just then', async () => {
    const { store, world, here } = await open();
    const there = await settled(openReplica(store, world, clock));
    world.takesMs = 1_000;
    const failing = new Set(numbered(300));
    world.answer = (id) => (failing.delete(id) ? FAILED : null);
    const id = await here.begin(numbered(600));
    await later(3_500);
    const { read } = store.entries;
    const reading = vi.spyOn(store.entries, 'read').mockImplementation(async (key) => {
      const text = await read(key);
      if (key.endsWith('people\n1')) await new Promise((resolve) => setTimeout(resolve, 1_500));
      return text;
    });
    const removing = there.remove(person('p0'));
    await later(6_000);
    await removing;
    reading.mockRestore();
    // As everywhere a while later.
    here.forget(person('p0'));
    await settled(here.remove(person('p0')));
    const done = await reach(here, id, 'done');
    expect(done).toMatchObject({ done: 600, forgotten: 1, failed: 0 });
    expect(world.known.size).toBe(599);
  });

  it('is everybody: they wait until it is over, and nobody fails', async () => {
    const { world, here } = await open();
    let isDown = true;
    world.answer = () => (isDown ? FAILED : null);
    const people = numbered(150);
    const id = await here.begin(people);
    await later(3 * HOUR_MS);
    expect(await settled(here.get(id))).toMatchObject({ done: 0, retrying: 150, failed: 0 });
    isDown = false;
    const done = await reach(here, id, 'done', 60_000);
    expect(done).toMatchObject({ done: 150, failed: 0 });
    expect(done.counts.hero?.treatment).toBe(150);
  });

  it('is in the store before their place counts as done: a replica that is killed loses none of them', async () => {
    const { world, here, there } = await open(2);
    const failing = new Set(numbered(3_000).filter((_, index) => index % 7 === 0));
    world.answer = (id) => (failing.delete(id) ? FAILED : null);
    const id = await here.begin(numbered(3_000));
    await later(2_300);
    const [running, other] = here.isRunning() ? [here, there] : [there, here];
    running.kill();
    const done = await reach(other, id, 'done');
    expect(done).toMatchObject({ done: 3_000, failed: 0 });
    expect(done.counts.hero?.treatment).toBe(3_000);
    expect(world.known.size).toBe(3_000);
  });
});

describe('while nobody can be asked about', () => {
  it.each<WaitReason>(['throttled', 'circuit_open', 'upstream_rejected', 'store_unavailable'])(
    'for the reason %s, it waits and says so, and nobody fails',
    async (reason) => {
      const { world, here } = await open();
      let isShut = false;
      let tries = 0;
      world.answer = () => {
        tries += 1;
        return isShut ? { kind: 'wait', reason, calls: 0 } : null;
      };
      const id = await here.begin(numbered(1_500));
      await later(1_000);
      isShut = true;
      await later(120_000);
      const before = [world.asked.length, tries];
      await later(60_000);
      expect(world.asked.length).toBe(before[0]);
      expect(tries - (before[1] ?? 0)).toBeLessThanOrEqual(60 * 40);
      const waiting = await settled(here.get(id));
      expect(waiting).toMatchObject({ state: 'running', reason, failed: 0, remainingSeconds: null });
      expect(waiting?.text).toMatch(/it goes on/);
      isShut = false;
      expect(await reach(here, id, 'done')).toMatchObject({ done: 1_500, failed: 0 });
      expect(world.asked).toEqual(numbered(1_500));
    },
  );

  it.each(['unknown_placement', 'placement_disabled'] as const)(
    'because of its placement (%s), it pauses until somebody has it go on',
    async (reason) => {
      const { world, here } = await open();
      let isGone = false;
      world.answer = () => (isGone ? { kind: 'blocked', reason, calls: 0 } : null);
      const id = await here.begin(numbered(3_000));
      await later(1_500);
      isGone = true;
      const paused = await reach(here, id, 'paused');
      expect(paused).toMatchObject({ reason, failed: 0 });
      isGone = false;
      await later(60_000);
      expect(await settled(here.get(id))).toMatchObject({ state: 'paused', done: paused.done });
      await settled(here.control(id, 'resume'));
      expect(await reach(here, id, 'done')).toMatchObject({ done: 3_000, failed: 0 });
    },
  );
});

describe('after a while', () => {
  it('one that is not done within a week is given up', async () => {
    const { here } = await open();
    const id = await here.begin(numbered(1_500));
    await later(500);
    await settled(here.control(id, 'pause'));
    await later(2_000);
    jump(7 * 24 * HOUR_MS);
    await later(2_000);
    expect(await settled(here.get(id))).toMatchObject({ state: 'cancelled', reason: 'too_old' });
  });

  it('one that has ended is shown for thirty days', async () => {
    const { store, here } = await open();
    const id = await here.begin(numbered(10));
    await reach(here, id, 'done');
    jump(29 * 24 * HOUR_MS);
    await later(2_000);
    expect(await settled(here.list())).toMatchObject([{ id, state: 'done', done: 10 }]);
    jump(2 * 24 * HOUR_MS);
    await later(2_000);
    expect(await settled(here.list())).toEqual([]);
    for (const key of ['', '\nprogress', '\nwish'])
      expect(await store.entries.read(`=prefetch\n${id}${key}`)).toBeNull();
  });
});
