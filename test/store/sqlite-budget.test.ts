import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countRows, createClocks, makeStoreFolder, openSqlite } from './sqlite-support.ts';

const DAY_MS = 86_400_000;

async function open() {
  const path = join(makeStoreFolder(), 'store.db');
  const clocks = createClocks();
  const first = await openSqlite(path, clocks);
  return { path, clocks, first };
}

describe('a reservation of an earlier process', () => {
  it('is held for what is left of it, on the same start of the machine', async () => {
    const { path, clocks, first } = await open();
    await first.budget.reserve('a', 9, 10_000);
    await first.close();
    clocks.advance(8_000);
    const second = await openSqlite(path, clocks);
    expect(await second.budget.inUse()).toBe(1);
    clocks.advance(1_999);
    expect(await second.budget.inUse()).toBe(1);
    clocks.advance(60);
    expect(await second.budget.inUse()).toBe(0);
  });

  it('is over if its time was, on the same start of the machine', async () => {
    const { path, clocks, first } = await open();
    await first.budget.reserve('a', 9, 10_000);
    await first.close();
    clocks.advance(10_060);
    expect(await (await openSqlite(path, clocks)).budget.inUse()).toBe(0);
  });

  it.each([
    ['another', 'another boot'],
    ['an unknown', null],
  ])('is held in full again on %s start of the machine', async (_name, bootId) => {
    const { path, clocks, first } = await open();
    await first.budget.reserve('a', 9, 10_000);
    await first.budget.reserve('b', 9, 60_000);
    await first.budget.hold('b', 20_000);
    await first.close();
    // Though the clocks say that hours have passed.
    clocks.advance(8_000_000);
    const second = await openSqlite(path, clocks, { bootId });
    expect(await second.budget.inUse()).toBe(2);
    clocks.advance(9_990);
    expect(await second.budget.inUse()).toBe(2);
    clocks.advance(100);
    expect(await second.budget.inUse()).toBe(1);
    clocks.advance(9_800);
    expect(await second.budget.inUse()).toBe(1);
    clocks.advance(200);
    expect(await second.budget.inUse()).toBe(0);
  });

  it('is held in full by a third process, too, if nobody knows one start from another', async () => {
    const { path, clocks, first } = await open();
    await first.budget.reserve('a', 9, 10_000);
    await first.close();
    for (let restart = 0; restart < 3; restart += 1) {
      clocks.advance(9_000);
      const next = await openSqlite(path, clocks, { bootId: null });
      expect(await next.budget.inUse()).toBe(1);
      await next.close();
    }
  });

  it('is held for what is left by a third process on that other start', async () => {
    const { path, clocks, first } = await open();
    await first.budget.reserve('a', 9, 10_000);
    await first.close();
    const second = await openSqlite(path, clocks, { bootId: 'another boot' });
    await second.close();
    clocks.advance(10_060);
    const third = await openSqlite(path, clocks, { bootId: 'another boot' });
    expect(await third.budget.inUse()).toBe(0);
  });

  it('is held in full, and no longer, if the machine seems to have started later than before', async () => {
    const { path, clocks, first } = await open();
    await first.budget.reserve('a', 9, 10_000);
    await first.close();
    clocks.advance(-4_000_000);
    const second = await openSqlite(path, clocks);
    clocks.advance(9_900);
    expect(await second.budget.inUse()).toBe(1);
    clocks.advance(200);
    expect(await second.budget.inUse()).toBe(0);
  });
});

describe('a wall clock that is set', () => {
  it.each([
    ['forward', 400 * DAY_MS],
    ['back', -400 * DAY_MS],
  ])('%s frees no budget, neither here nor in the next process', async (_name, stepMs) => {
    const { path, clocks, first } = await open();
    await first.budget.reserve('a', 1, 60_000);
    clocks.stepWall(stepMs);
    expect(await first.budget.reserve('b', 1, 60_000)).toBe(false);
    await first.close();
    clocks.stepWall(stepMs);
    const second = await openSqlite(path, clocks);
    expect(await second.budget.reserve('b', 1, 60_000)).toBe(false);
    clocks.advance(60_060);
    expect(await second.budget.reserve('b', 1, 60_000)).toBe(true);
  });
});

describe('the record of reservations', () => {
  it('has none that was refused', async () => {
    const { path, first } = await open();
    await first.budget.reserve('a', 1, 60_000);
    await first.budget.reserve('b', 1, 60_000);
    expect(countRows(path, 'reservations')).toBe(1);
  });
});
