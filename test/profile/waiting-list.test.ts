import { describe, expect, it, vi } from 'vitest';
import type { Person } from '../../src/domain/person.ts';
import type { UnavailableReason } from '../../src/domain/profile.ts';
import { startWaitingList, type Wait, type WaitingList } from '../../src/profile/waiting-list.ts';
import { useFakeTime } from './fake-time.ts';
import { createSharedStore, type SharedStore } from './shared-store.ts';

const clock = useFakeTime();

const MINUTE_MS = 60_000;
/** An empty list is looked at so often, at least. */
const SOON_MS = 300;
const person = (id: string): Person => ({ kind: 'user_id', id });
const waitFor = (placement: string, person: Person): Wait => ({
  ...{ placement, person },
  campaign: null,
  priority: 'live',
});

function open(store: SharedStore = createSharedStore(clock)) {
  const tried: string[] = [];
  const waits: Wait[] = [];
  const served: string[] = [];
  const unexpected: unknown[] = [];
  /** How many look-ups the budget has left. */
  const budget = { left: Number.POSITIVE_INFINITY, answer: null as UnavailableReason | null, takesMs: 0 };
  const lookUp = async (wait: Wait): Promise<UnavailableReason | null> => {
    const { kind, id } = wait.person;
    const who = `${wait.placement} ${kind} ${id}`;
    waits.push(wait);
    tried.push(who);
    if (id === 'a bug') throw new TypeError('a bug');
    if (budget.left <= 0) return 'throttled';
    budget.left -= 1;
    if (budget.takesMs > 0) await new Promise((resolve) => setTimeout(resolve, budget.takesMs));
    served.push(who);
    return budget.answer;
  };
  const list = startWaitingList({
    store: store.queue,
    lookUp,
    wallNow: clock.wall,
    onUnexpected: (error) => unexpected.push(error),
  });
  return { list, store, tried, waits, served, unexpected, budget };
}

async function add(list: WaitingList, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) await list.add(waitFor('hero', person(id)));
}

const soon = () => vi.advanceTimersByTimeAsync(SOON_MS);

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);

describe('people who wait', () => {
  it('are looked up soon, in the order in which they came', async () => {
    const { list, served } = open();
    await add(list, ...numbered(100));
    await soon();
    expect(served).toEqual(numbered(100).map((id) => `hero user_id ${id}`));
  });

  it('wait once for each placement and kind of id, however often they come', async () => {
    const { list, served } = open();
    await add(list, 'ann', 'ann', 'bob', 'ann');
    await list.add(waitFor('news', person('ann')));
    await list.add(waitFor('hero', { kind: 'device_id', id: 'ann' }));
    await soon();
    expect(served).toEqual([
      'hero user_id ann',
      'hero user_id bob',
      'news user_id ann',
      'hero device_id ann',
    ]);
  });

  it('wait for what they came for: a placement, by priority, for a campaign', async () => {
    const { list, waits } = open();
    const [ann, bob] = [waitFor('hero', person('ann')), waitFor('news', person('bob'))];
    const wait: Wait = { ...bob, campaign: 'weekly', priority: 'refresh' };
    await list.add(ann);
    await list.add(wait);
    await soon();
    expect(waits).toEqual([ann, wait]);
  });

  it('are served as before where an earlier version wrote them down', async () => {
    const { store, waits } = open();
    const value = { placement: 'hero', person: person('ann'), sinceMs: clock.wall() };
    await store.queue.add('hero\nuser_id\nann', JSON.stringify(value), MINUTE_MS);
    await soon();
    expect(waits).toEqual([waitFor('hero', person('ann'))]);
  });

  it('keep it busy until there is budget for them', async () => {
    const { list, budget } = open();
    budget.left = 0;
    await add(list, 'ann');
    await soon();
    expect(list.isBusy()).toBe(true);
    budget.left = 1;
    await soon();
    expect(list.isBusy()).toBe(false);
  });

  it('may wait again after they were served', async () => {
    const { list, served } = open();
    for (let time = 0; time < 2; time += 1) {
      await add(list, 'ann');
      await soon();
    }
    expect(served).toHaveLength(2);
  });

  it('are served as the budget frees, first come first served', async () => {
    const { list, served, budget } = open();
    budget.left = 0;
    await add(list, ...numbered(80));
    await soon();
    const counts: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      budget.left = 10;
      await vi.advanceTimersByTimeAsync(1_000);
      counts.push(served.length);
    }
    expect(counts).toEqual([10, 20, 30, 40]);
    expect(served).toEqual(numbered(40).map((id) => `hero user_id ${id}`));
  });

  it('are not tried more often than ten times a second', async () => {
    const { list, tried, budget } = open();
    budget.left = 0;
    await add(list, 'ann');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(tried.length).toBeGreaterThan(50);
    expect(tried.length).toBeLessThanOrEqual(101);
  });

  it.each<UnavailableReason>([
    'timeout',
    'upstream_error',
    'circuit_open',
    'upstream_rejected',
    'invalid_response',
  ])('are tried once where not the budget is in the way (%s)', async (reason) => {
    const { list, tried, budget } = open();
    budget.answer = reason;
    await add(list, 'ann');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(tried).toHaveLength(1);
  });

  it('are dropped when nobody can still be waiting for them', async () => {
    const { list, tried, served, budget } = open();
    budget.left = 0;
    await add(list, 'ann');
    await vi.advanceTimersByTimeAsync(15 * MINUTE_MS);
    const count = tried.length;
    budget.left = 10;
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect([served, tried.length]).toEqual([[], count]);
  });

  it('are dropped at that time wherever they waited: in the store, or here', async () => {
    const store = createSharedStore(clock);
    const first = open(store);
    first.budget.left = 0;
    await add(first.list, 'ann');
    await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
    await first.list.stop();
    const second = open(store);
    second.budget.left = 0;
    await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
    second.budget.left = 10;
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect([second.tried.length > 0, second.served]).toEqual([true, []]);
  });

  it('are dropped at that time by the store, if nobody takes them', async () => {
    const { list, store, budget } = open();
    budget.left = 0;
    await add(list, 'ann');
    await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
    await list.stop();
    await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
    expect(await store.queue.take(1)).toEqual([]);
  });

  it('are shared by the replicas, each one served by one of them', async () => {
    const store = createSharedStore(clock);
    const [first, second] = [open(store), open(store)];
    await add(first.list, ...numbered(100));
    await soon();
    expect([...first.served, ...second.served].sort()).toEqual(
      numbered(100)
        .map((id) => `hero user_id ${id}`)
        .sort(),
    );
  });
});

describe('when it stops', () => {
  it('those who were not served yet wait on in the store, and another one serves them', async () => {
    const store = createSharedStore(clock);
    const first = open(store);
    first.budget.left = 0;
    await add(first.list, ...numbered(40));
    await soon();
    expect(await store.queue.size()).toBe(8);
    await first.list.stop();
    expect([await store.queue.size(), first.served]).toEqual([40, []]);
    const second = open(store);
    await soon();
    expect([...second.served].sort()).toEqual(
      numbered(40)
        .map((id) => `hero user_id ${id}`)
        .sort(),
    );
  });

  it('look-ups under way are finished, and nobody is served twice', async () => {
    const { list, store, served, budget } = open();
    budget.takesMs = 2_000;
    await add(list, 'ann');
    await soon();
    const stopped = list.stop();
    await vi.advanceTimersByTimeAsync(2_000);
    await stopped;
    expect([served, await store.queue.size()]).toEqual([['hero user_id ann'], 0]);
  });

  it('nobody is taken any more', async () => {
    const { list, tried } = open();
    await list.stop();
    await add(list, 'ann');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(tried).toEqual([]);
  });

  it.each(['down', 'deaf'] as const)('it ends without the store, too (%s)', async (mode) => {
    const { list, store, budget, unexpected } = open();
    budget.left = 0;
    await add(list, 'ann');
    await soon();
    store.mode = mode;
    await list.stop();
    expect(unexpected).toEqual([]);
  });
});

describe('it goes on', () => {
  it.each(['down', 'deaf'] as const)('after the store was away (%s)', async (mode) => {
    const { list, store, served } = open();
    store.mode = mode;
    await expect(add(list, 'ann')).rejects.toThrow('store');
    await vi.advanceTimersByTimeAsync(5_000);
    store.mode = 'up';
    await add(list, 'bob');
    await soon();
    expect(served).toContain('hero user_id bob');
  });

  it.each([
    '',
    'null',
    '{"placement":"hero"}',
    '{"placement":"hero","person":{"kind":"email","id":"x"},"sinceMs":1}',
  ])('after a value that cannot be read: %j', async (value) => {
    const { list, store, served, unexpected } = open();
    await store.queue.add('broken', value, MINUTE_MS);
    await add(list, 'ann');
    await soon();
    await soon();
    expect([served, unexpected.length]).toEqual([['hero user_id ann'], 1]);
  });

  it('after a bug with one person', async () => {
    const { list, served, unexpected } = open();
    await add(list, 'a bug', 'ann');
    await soon();
    expect([served, unexpected]).toEqual([['hero user_id ann'], [new TypeError('a bug')]]);
  });

  it('does not ask an empty store more than a few times a second', async () => {
    const { store } = open();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(store.asked.length).toBeLessThanOrEqual(50);
  });
});

describe('someone who is forgotten', () => {
  it('waits no more, neither in the store nor where they were taken out of it', async () => {
    const { list, store, served, budget } = open();
    budget.left = 0;
    await add(list, 'ann', ...numbered(31), 'ann in the store');
    await soon();
    expect(await store.queue.size()).toBe(1);
    list.forget(person('ann'));
    for (const id of ['ann', 'ann in the store']) await list.remove(['hero'], person(id));
    budget.left = 100;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(served).toEqual(numbered(31).map((id) => `hero user_id ${id}`));
  });

  it('is not put back into the store when it stops', async () => {
    const { list, store, budget } = open();
    budget.left = 0;
    await add(list, 'ann', 'bob');
    await soon();
    list.forget(person('ann'));
    await list.stop();
    expect((await store.queue.take(5)).map(({ key }) => key)).toEqual(['hero\nuser_id\nbob']);
  });

  it('waits again when they come again', async () => {
    const { list, served, budget } = open();
    budget.left = 0;
    await add(list, 'ann');
    await soon();
    list.forget(person('ann'));
    await soon();
    budget.left = 1;
    await add(list, 'ann');
    await soon();
    expect(served).toEqual(['hero user_id ann']);
  });
});
