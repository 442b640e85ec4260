import { expect, it, onTestFinished, vi } from 'vitest';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { CountedClick } from '../../src/traffic/click-counts.ts';
import { startDailyClicks } from '../../src/traffic/daily-clicks.ts';
import { createClock, type ManualClock } from '../support/clock.ts';

const TODAY = '2026-11-27';
const on = (day: string) => ({ start: day, end: day });

function open() {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const clock = createClock();
  const store = createMemoryStore({ now: clock.monotonic }).entries;
  const start = (slot: () => number | null) => startDailyClicks({ store, slot, wallNow: clock.wall });
  return { clock, store, start };
}

const click = (change: Partial<CountedClick> = {}): CountedClick => ({
  placement: { name: 'hero' },
  campaign: 'weekly',
  channel: 'email',
  position: 1,
  itemId: 'a',
  ...change,
});

/** The store takes what was counted every ten seconds. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  clock.advance(ms);
  await vi.advanceTimersByTimeAsync(ms);
}

const row = (clicks: number, change: object = {}) => ({
  ...{ placement: 'hero', campaign: 'weekly', channel: 'email', position: 1, itemId: 'a', clicks },
  ...change,
});

it('counts clicks by item, position, campaign and channel', async () => {
  const clicks = open().start(() => null);
  for (const change of [{}, {}, { position: 2 }, { itemId: 'b' }, { campaign: null }])
    clicks.count(click(change));
  expect(await clicks.of(on(TODAY))).toEqual([
    row(2),
    row(1, { position: 2 }),
    row(1, { itemId: 'b' }),
    row(1, { campaign: null }),
  ]);
});

it('tells what all replicas counted, and no replica twice', async () => {
  const { clock, start } = open();
  const [one, other] = [start(() => 0), start(() => 1)];
  one.count(click());
  other.count(click());
  await pass(clock, 10_000);
  one.count(click());
  const total = (counts: readonly { clicks: number }[]) =>
    counts.reduce((sum, { clicks }) => sum + clicks, 0);
  expect([total(await one.of(on(TODAY))), total(await other.of(on(TODAY)))]).toEqual([3, 2]);
});

it('goes on from what the process before it counted', async () => {
  const { clock, start } = open();
  const first = start(() => 0);
  first.count(click());
  await first.stop();
  const second = start(() => 0);
  second.count(click());
  await pass(clock, 10_000);
  expect(await second.of(on(TODAY))).toEqual([row(2)]);
  expect(await start(() => 3).of(on(TODAY))).toEqual([row(2)]);
});

it('leaves what it stored to whoever has its place now, where it has got another', async () => {
  const { clock, start } = open();
  let place: number | null = 0;
  const moved = start(() => place);
  moved.count(click());
  await pass(clock, 10_000);
  place = null;
  const next = start(() => 0);
  next.count(click());
  moved.count(click());
  await pass(clock, 10_000);
  place = 1;
  await pass(clock, 10_000);
  expect(await start(() => 3).of(on(TODAY))).toEqual([row(2), row(1)]);
  moved.count(click());
  await pass(clock, 10_000);
  expect(await moved.of(on(TODAY))).toEqual([row(2), row(2)]);
});

it('keeps days apart, and forgets none for a quarter', async () => {
  const { clock, start } = open();
  const clicks = start(() => 0);
  clicks.count(click());
  await pass(clock, 10_000);
  await pass(clock, 86_400_000);
  clicks.count(click());
  clicks.count(click());
  await pass(clock, 10_000);
  expect([await clicks.of(on(TODAY)), await clicks.of(on('2026-11-28'))]).toEqual([[row(1)], [row(2)]]);
});

it('asks the store for no more days than are kept, however many somebody wants to see', async () => {
  const { clock, store, start } = open();
  let reads = 0;
  const read = (key: string) => {
    reads += 1;
    return store.read(key);
  };
  const clicks = startDailyClicks({ store: { ...store, read }, slot: () => 0, wallNow: clock.wall });
  clicks.count(click());
  expect(await clicks.of({ start: '0001-01-01', end: '9999-12-31' })).toEqual([row(1)]);
  expect(reads).toBe(101 * 32);
  const others = start(() => 1);
  expect(await others.of({ start: '2025-01-01', end: '2025-12-31' })).toEqual([]);
});

it('counts without the campaign where somebody names thousands', async () => {
  const clicks = open().start(() => null);
  for (let index = 0; index < 5_010; index += 1) clicks.count(click({ campaign: `send-${index}` }));
  const counts = await clicks.of(on(TODAY));
  expect(counts).toHaveLength(5_001);
  expect(counts.at(-1)).toEqual(row(10, { campaign: null, channel: null }));
});
