import { afterEach, beforeEach, vi } from 'vitest';
import type { Clock } from '../../src/domain/clock.ts';

/** Time that stands still in every test of the file, timers included, until `vi` advances it. */
export function useFakeTime(): Clock {
  beforeEach(() => {
    vi.useFakeTimers({ fakeNodeBuiltins: true, now: Date.UTC(2026, 10, 27) });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  return { monotonic: () => performance.now(), wall: () => Date.now() };
}

/** Lets everything happen that waits for no time. */
export async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}
