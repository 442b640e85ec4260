import type { Clock } from '../../src/domain/clock.ts';

/** A clock that only moves when it is told to. */
export type ManualClock = Clock & { readonly advance: (ms: number) => void };

export function createClock(): ManualClock {
  let elapsedMs = 0;
  const startedAt = Date.UTC(2026, 10, 27);
  return {
    monotonic: () => 1_000_000 + elapsedMs,
    wall: () => startedAt + elapsedMs,
    advance: (ms) => {
      elapsedMs += ms;
    },
  };
}
