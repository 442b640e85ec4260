import { describe, expect, it, vi } from 'vitest';
import type { Person } from '../src/domain/person.ts';
import { startForgetting } from '../src/forget.ts';
import { startForgetNews } from '../src/forget-news.ts';
import { settle, useFakeTime } from './profile/fake-time.ts';
import { createSharedStore, type SharedStore } from './profile/shared-store.ts';

const clock = useFakeTime();

const SECOND_MS = 1_000;
const ANN: Person = { kind: 'user_id', id: 'ann' };
const BOB: Person = { kind: 'user_id', id: 'bob' };

/** A replica that knows people in memory and in the store, in the simplest way there is. */
function startReplica(store: SharedStore) {
  const memory = new Set<string>();
  const forgotten: string[] = [];
  const forgetHere = ({ id }: Person): void => {
    memory.delete(id);
    forgotten.push(id);
  };
  const news = startForgetNews({ store, onForgotten: forgetHere, wallNow: clock.wall });
  const forgetting = startForgetting({
    removeStored: ({ id }) => store.entries.removeAll(`person ${id}`),
    forgetHere,
    tellOthers: news.tell,
  });
  /** As what comes of a look-up does. */
  const learn = async ({ id }: Person): Promise<void> => {
    memory.add(id);
    await store.entries.write(`person ${id}`, 'known', 1_000 * SECOND_MS);
  };
  const stop = async (): Promise<void> => {
    await forgetting.stop();
    news.stop();
  };
  return { memory, forgotten, learn, forget: forgetting.forget, stop };
}

function open() {
  const store = createSharedStore(clock);
  const isStored = async ({ id }: Person) => (await store.entries.read(`person ${id}`)) !== null;
  return { store, isStored, here: startReplica(store), there: startReplica(store) };
}

const later = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * SECOND_MS);

describe('forgetting someone', () => {
  it('is done here and in the store when it resolves, and within a second elsewhere', async () => {
    const { isStored, here, there } = open();
    for (const replica of [here, there]) await Promise.all([replica.learn(ANN), replica.learn(BOB)]);
    await here.forget(ANN);
    expect([[...here.memory], await isStored(ANN), await isStored(BOB)]).toEqual([['bob'], false, true]);
    await later(1);
    expect([...there.memory]).toEqual(['bob']);
  });

  it('is done once more when nothing can be under way any more, and then told once more', async () => {
    const { isStored, here, there } = open();
    await here.forget(ANN);
    await later(12.5);
    await Promise.all([here.learn(ANN), there.learn(ANN)]);
    await later(3);
    expect([here.memory.size, there.memory.size, await isStored(ANN)]).toEqual([0, 0, false]);
  });

  it('is not done a third time: whoever is asked for later is known again', async () => {
    const { isStored, here, there } = open();
    await here.forget(ANN);
    await later(16);
    await Promise.all([here.learn(ANN), there.learn(ANN)]);
    await later(200);
    expect([here.memory.size, there.memory.size, await isStored(ANN)]).toEqual([1, 1, true]);
    expect(there.forgotten).toEqual(['ann', 'ann']);
  });

  it('reaches everyone when many are forgotten at once, wherever', async () => {
    const { store, here, there } = open();
    const people = Array.from({ length: 50 }, (_, index): Person => ({ kind: 'user_id', id: `p${index}` }));
    for (const person of people) await Promise.all([here.learn(person), there.learn(person)]);
    const all = people.map((person, index) => (index % 2 ? here : there).forget(person));
    await later(5);
    await Promise.all(all);
    await later(2);
    expect([here.memory.size, there.memory.size]).toEqual([0, 0]);
    expect(store.asked.filter((asked) => asked === 'leases.take').length).toBeLessThan(200);
  });

  it('leaves nothing of them in the store after a little more than a minute', async () => {
    const { store, here } = open();
    await here.learn(ANN);
    await here.forget(ANN);
    await later(5);
    await here.forget(BOB);
    expect(await store.entries.read('=forgotten')).toContain('ann');
    await later(75);
    expect(await store.entries.read('=forgotten')).toBeNull();
  });

  it('is told after what a replica has left of a lease', async () => {
    const { store, here, there } = open();
    await there.learn(ANN);
    await store.leases.take('=forgotten', 'a replica that was killed', 2_000);
    const forgetting = here.forget(ANN);
    await later(4);
    await forgetting;
    expect(there.memory.size).toBe(0);
  });

  it('goes on where the list of who was forgotten cannot be read', async () => {
    const { store, here, there } = open();
    await there.learn(ANN);
    await store.entries.write('=forgotten', '{"v":2}', 60_000);
    await later(2);
    await here.forget(ANN);
    await later(1);
    expect(there.memory.size).toBe(0);
  });
});

describe('while the store is down', () => {
  it('someone is forgotten here, and whoever asked is told that it is not enough', async () => {
    const { store, isStored, here, there } = open();
    await Promise.all([here.learn(ANN), there.learn(ANN)]);
    store.mode = 'down';
    await expect(here.forget(ANN)).rejects.toThrow('the store is down');
    expect([here.memory.size, there.memory.size]).toEqual([0, 1]);
    store.mode = 'up';
    await later(20);
    expect(await isStored(ANN)).toBe(true);
    await here.forget(ANN);
    expect(await isStored(ANN)).toBe(false);
  });

  it('the second time waits until it is back', async () => {
    const { store, isStored, here, there } = open();
    await here.forget(ANN);
    await later(5);
    await there.learn(ANN);
    store.mode = 'down';
    await later(60);
    store.mode = 'up';
    await later(13);
    expect([there.memory.size, await isStored(ANN)]).toEqual([0, false]);
  });
});

describe('when it stops', () => {
  it('the second time is made up for at once, and only once', async () => {
    const { isStored, here, there } = open();
    await here.forget(ANN);
    await Promise.all([here.learn(ANN), there.learn(ANN)]);
    await here.stop();
    expect([here.memory.size, await isStored(ANN)]).toEqual([0, false]);
    await later(1);
    expect(there.memory.size).toBe(0);
    await here.stop();
    expect(here.forgotten.filter((id) => id === 'ann').length).toBeLessThanOrEqual(5);
  });

  it.each(['down', 'hangs'] as const)('it ends also without the store (%s)', async (mode) => {
    const { store, here } = open();
    await here.forget(ANN);
    store.mode = mode;
    const stopping = here.stop();
    await later(5);
    await stopping;
  });

  it('it listens no more', async () => {
    const { store, here, there } = open();
    await Promise.all([here.stop(), there.stop()]);
    const asked = store.asked.length;
    await later(60);
    await settle();
    expect(store.asked).toHaveLength(asked);
  });
});
