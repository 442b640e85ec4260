import { expect, it, onTestFinished, vi } from 'vitest';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { CountedClick } from '../../src/traffic/click-counts.ts';
import { startDailyClicks } from '../../src/traffic/daily-clicks.ts';
import { createClock, type ManualClock } from '../support/clock.ts';

const TODAY = '2026-11-27';

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
  expect(await clicks.of([TODAY])).toEqual([
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
  expect([total(await one.of([TODAY])), total(await other.of([TODAY]))]).toEqual([3, 2]);
});

it('goes on from what the process before it counted', async () => {
  const { clock, start } = open();
  const first = start(() => 0);
  first.count(click());
  await first.stop();
  const second = start(() => 0);
  second.count(click());
  await pass(clock, 10_000);
  expect(await second.of([TODAY])).toEqual([row(2)]);
  expect(await start(() => 3).of([TODAY])).toEqual([row(2)]);
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
  expect([await clicks.of([TODAY]), await clicks.of(['2026-11-28'])]).toEqual([[row(1)], [row(2)]]);
});

it('counts without the campaign where somebody names thousands', async () => {
  const clicks = open().start(() => null);
  for (let index = 0; index < 5_010; index += 1) clicks.count(click({ campaign: `send-${index}` }));
  const counts = await clicks.of([TODAY]);
  expect(counts).toHaveLength(5_001);
  expect(counts.at(-1)).toEqual(row(10, { campaign: null, channel: null }));
});
