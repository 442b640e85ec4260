import { describe, expect, it } from 'vitest';
import { endPass, hasGivenUp, type Pass } from '../../src/prefetch/passes.ts';

const HOUR_MS = 3_600_000;
const FIRST: Pass = { number: 0, waits: 0, endChunk: 4, hasAnswers: false, beginsAtMs: 0 };

/** One pass after the other, each at the earliest: how long after the last, and whether it is given up instead. */
function follow(hasAnswers: boolean, waiting = 5, sendAtMs = 0): { pauses: number[]; atMs: number } {
  const pauses: number[] = [];
  let pass = FIRST;
  for (let atMs = 0; ; atMs = pass.beginsAtMs) {
    const next = endPass({ ...pass, hasAnswers }, pass.endChunk + 1, atMs);
    const left = { waiting, outageSinceMs: hasAnswers ? null : 0, sendAtMs, nowMs: atMs };
    if (hasGivenUp(next, left)) return { pauses, atMs };
    pauses.push((next.beginsAtMs - atMs) / 1_000);
    pass = next;
  }
}

describe('those with whom Amplitude fails', () => {
  it('are tried five times more, with longer and longer pauses, while it answers about others', () => {
    expect(follow(true).pauses).toEqual([15, 30, 60, 120, 300]);
  });

  it('are tried for six hours while it answers about nobody, every quarter of an hour in the end', () => {
    const { pauses, atMs } = follow(false);
    expect([pauses.slice(0, 6), pauses.at(-1)]).toEqual([[15, 30, 60, 120, 300, 900], 900]);
    expect(atMs / HOUR_MS).toBeGreaterThan(6);
    expect(atMs / HOUR_MS).toBeLessThan(6.3);
  });

  it('are tried for an hour where they are so few that it may be they', () => {
    const { atMs } = follow(false, 4, 20 * HOUR_MS);
    expect(atMs / HOUR_MS).toBeGreaterThan(1);
    expect(atMs / HOUR_MS).toBeLessThan(1.3);
  });

  it('are tried until the send where that is later', () => {
    expect(follow(false, 5, 20 * HOUR_MS).atMs / HOUR_MS).toBeCloseTo(20.1, 0);
  });
});
