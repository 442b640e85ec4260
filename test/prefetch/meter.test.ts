import { describe, expect, it } from 'vitest';
import { Meter } from '../../src/prefetch/meter.ts';

describe('a meter', () => {
  it('counts what happened in the last minute', () => {
    const meter = new Meter(0);
    for (let second = 0; second < 100; second += 1) meter.add(2, second * 1_000);
    expect([meter.inLastMinute(99_000), meter.inLastMinute(129_000)]).toEqual([120, 60]);
    expect([meter.inLastMinute(500_000), meter.sinceMs]).toEqual([0, 0]);
  });

  it('counts all that there was in its first minute', () => {
    const meter = new Meter(5_000);
    meter.add(3, 5_500);
    meter.add(4, 5_900);
    expect(meter.inLastMinute(30_000)).toBe(7);
  });
});
