import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Stopwatch } from '../../../src/studio/bench/stopwatch.ts';

describe('a stopwatch', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('counts what is between pauses, and nothing twice', () => {
    const onOver = vi.fn();
    const watch = new Stopwatch(onOver);
    watch.start(1_000);
    for (const spentMs of [400, 500]) {
      vi.advanceTimersByTime(spentMs);
      watch.pause();
      vi.advanceTimersByTime(60_000);
      watch.resume();
    }
    vi.advanceTimersByTime(99);
    expect(onOver).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onOver).toHaveBeenCalledOnce();
  });

  it('starts again with another time, and stops', () => {
    const onOver = vi.fn();
    const watch = new Stopwatch(onOver);
    watch.start(10);
    watch.start(100);
    vi.advanceTimersByTime(99);
    watch.stop();
    vi.advanceTimersByTime(1_000);
    expect(onOver).not.toHaveBeenCalled();
  });
});
