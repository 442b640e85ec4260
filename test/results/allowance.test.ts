import { describe, expect, it } from 'vitest';
import { createAllowance, MAX_COST } from '../../src/results/allowance.ts';

/** An allowance and a clock that moves when it is told to. */
function open() {
  let nowMs = 10_000_000;
  const { take, pause } = createAllowance(() => nowMs);
  return {
    take,
    pause,
    wait: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('the allowance', () => {
  it('is 1,000 in any five minutes, and a little longer since a question arrives later than it leaves', () => {
    const { take, wait } = open();
    expect([take(600), take(400)]).toEqual([null, null]);
    expect(take(1)).toEqual({ waitMs: 305_000 });
    wait(304_999);
    expect(take(600)).toEqual({ waitMs: 1 });
    wait(1);
    expect(take(MAX_COST)).toBeNull();
  });

  it('frees what was taken first, first', () => {
    const { take, wait } = open();
    take(240);
    wait(60_000);
    take(700);
    expect(take(100)).toEqual({ waitMs: 245_000 });
    expect(take(400)).toEqual({ waitMs: 305_000 });
    wait(245_000);
    expect(take(300)).toBeNull();
  });

  it('is never exceeded in any window, however it is taken', () => {
    const { take, wait } = open();
    const taken: [number, number][] = [];
    let at = 0;
    for (let step = 0; step < 2_000; step += 1) {
      const cost = 4 + ((step * 7_919) % 997);
      if (take(cost) === null) taken.push([at, cost]);
      const ms = (step * 104_729) % 60_000;
      wait(ms);
      at += ms;
    }
    for (const [start] of taken) {
      const inWindow = (ms: number) =>
        taken.filter(([when]) => when >= start && when < start + ms).reduce((sum, [, cost]) => sum + cost, 0);
      expect(inWindow(300_000)).toBeLessThanOrEqual(1_000);
      expect(inWindow(3_600_000)).toBeLessThanOrEqual(108_000);
    }
    expect(taken.length).toBeGreaterThan(200);
  });

  it('is not touched by what is refused', () => {
    const { take, wait } = open();
    take(900);
    for (let time = 0; time < 50; time += 1) expect(take(900)).not.toBeNull();
    wait(305_000);
    expect(take(900)).toBeNull();
  });

  it('pauses as long as it is told to, the longest counting', () => {
    const { take, pause, wait } = open();
    pause(60_000);
    pause(10_000);
    expect(take(4)).toEqual({ waitMs: 60_000 });
    wait(60_000);
    expect(take(4)).toBeNull();
  });

  it('is there with a clock that goes on while it is asked', () => {
    let nowMs = 0;
    const { take } = createAllowance(() => (nowMs += 0.001));
    expect([take(500), take(500)]).toEqual([null, null]);
  });
});
