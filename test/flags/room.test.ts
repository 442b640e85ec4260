import { describe, expect, it } from 'vitest';
import { Room } from '../../src/flags/room.ts';

const hang = (): Promise<void> => new Promise(() => {});

describe('the room for evaluations', () => {
  it('is free again when they are done', async () => {
    const room = new Room(1);
    await room.run(async () => 'first');
    expect(room.taken).toBe(0);
    expect(await room.run(async () => 'second')).toBe('second');
  });

  it('is tried again every ten seconds while it is full', () => {
    let now = 0;
    const room = new Room(2, () => now);
    const isTaken = (at: number): boolean => {
      now = at;
      return room.run(hang) !== null;
    };
    const times = [0, 5_000, 14_999, 15_000, 15_001, 24_999, 25_000];
    expect(times.map(isTaken)).toEqual([true, true, false, true, false, false, true]);
  });

  it('stays full after a try that hangs too', async () => {
    let now = 0;
    const room = new Room(1, () => now);
    room.run(hang);
    now = 10_000;
    room.run(hang);
    expect(room.run(hang)).toBeNull();
    expect(room.taken).toBe(2);
  });

  it('is given up a bounded number of times, and counts what comes back after all', async () => {
    let now = 0;
    const room = new Room(1, () => now);
    const ends: (() => void)[] = [];
    const hangForNow = (): Promise<void> => new Promise((resolve) => ends.push(resolve));
    const giveUp = async (): Promise<boolean> => {
      room.run(hangForNow);
      now += 10_000;
      return (await room.run(async () => true)) ?? false;
    };
    for (let round = 1; round < 10; round += 1) expect(await giveUp()).toBe(true);
    expect(await giveUp()).toBe(false);
    for (const end of ends) end();
    await Promise.resolve();
    await Promise.resolve();
    expect(room.taken).toBe(0);
    expect(await giveUp()).toBe(true);
  });
});
