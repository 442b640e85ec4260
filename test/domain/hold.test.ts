import { describe, expect, it } from 'vitest';
import {
  compareUrgency,
  type Hold,
  heldAtLeastUntilMs,
  heldAtMostUntilMs,
  heldUntilMs,
  MAX_OPEN_MS,
} from '../../src/domain/hold.ts';

const HOUR_MS = 3_600_000;
const HOLD: Hold = { createdAtMs: 0, sendAt: null, holdMs: 12 * HOUR_MS, endedAtMs: null };
const at = (hours: number) => ({ ms: hours * HOUR_MS, offsetMinutes: 60 });

describe('what a prefetch found is fresh', () => {
  it.each<[string, Partial<Hold>, number, number, number]>([
    ['while it goes on', {}, Number.POSITIVE_INFINITY, 15, 168 + 12],
    ['while it goes on, after its send', { sendAt: at(1) }, Number.POSITIVE_INFINITY, 15, 168 + 12],
    ['while it goes on, before its send', { sendAt: at(9) }, Number.POSITIVE_INFINITY, 21, 168 + 12],
    ['while it goes on, long before its send', { sendAt: at(200) }, Number.POSITIVE_INFINITY, 212, 212],
    ['for its hold after the end', { endedAtMs: 5 * HOUR_MS }, 17, 17, 17],
    ['for its hold after a later send', { endedAtMs: 5 * HOUR_MS, sendAt: at(9) }, 21, 21, 21],
    ['for its hold after the end, if that was late', { endedAtMs: 9 * HOUR_MS, sendAt: at(5) }, 21, 21, 21],
  ])('%s', (_case, change, until, atLeast, atMost) => {
    const hold = { ...HOLD, ...change };
    expect(heldUntilMs(hold) / HOUR_MS).toBe(until);
    expect(heldAtLeastUntilMs(hold, 3 * HOUR_MS) / HOUR_MS).toBe(atLeast);
    expect(heldAtMostUntilMs(hold) / HOUR_MS).toBe(atMost);
    expect(MAX_OPEN_MS / HOUR_MS).toBe(168);
  });
});

describe('look-ups come first', () => {
  it.each<[string, Partial<Hold>, Partial<Hold>]>([
    ['for the earlier send', { sendAt: at(9) }, { sendAt: at(10) }],
    ['for what was asked for earlier, without a send', { createdAtMs: 1 }, { createdAtMs: 2 }],
    ['for what is wanted at once, before a later send', { createdAtMs: HOUR_MS }, { sendAt: at(2) }],
    ['for an earlier order, where sends are at once', { sendAt: at(9) }, { sendAt: at(9), createdAtMs: 1 }],
  ])('%s', (_case, first, second) => {
    const [a, b] = [
      { ...HOLD, ...first },
      { ...HOLD, ...second },
    ];
    expect([b, a].sort(compareUrgency)).toEqual([a, b]);
    expect([a, b].sort(compareUrgency)).toEqual([a, b]);
  });
});
