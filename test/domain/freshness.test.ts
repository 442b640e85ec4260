import { describe, expect, it } from 'vitest';
import {
  ageOf,
  type Freshness,
  freshnessOf,
  type Known,
  type KnownLookup,
  type Windows,
} from '../../src/domain/freshness.ts';
import { NO_TRAITS } from '../../src/domain/profile.ts';

const HOUR_MS = 3_600_000;
const WINDOWS: Windows = { freshMs: 6 * HOUR_MS, staleMs: 24 * HOUR_MS, staleIfErrorMs: 168 * HOUR_MS };
const SAID_AT_MS = 1_700_000_000_000;

const TREATMENT: KnownLookup = { status: 'found', isControl: false, items: ['a'], traits: NO_TRAITS };
const CONTROL: KnownLookup = { status: 'found', isControl: true, items: [], traits: NO_TRAITS };
const NEGATIVE: KnownLookup[] = [
  { status: 'unknown_user' },
  { status: 'no_recommendation', traits: NO_TRAITS },
];

function freshnessAt(lookup: KnownLookup, ageMs: number, windows = WINDOWS): Freshness {
  const known: Known = { lookup, saidAtMs: SAID_AT_MS, hold: null };
  return freshnessOf(known, windows, SAID_AT_MS + ageMs, null);
}

describe('what Amplitude said', () => {
  it.each<[number, Freshness]>([
    [0, 'fresh'],
    [6 * HOUR_MS - 1, 'fresh'],
    [6 * HOUR_MS, 'stale'],
    [24 * HOUR_MS - 1, 'stale'],
    [24 * HOUR_MS, 'stale_if_error'],
    [168 * HOUR_MS - 1, 'stale_if_error'],
    [168 * HOUR_MS, 'gone'],
  ])('at an age of %i ms is %s, for treatment and control alike', (ageMs, expected) => {
    expect(freshnessAt(TREATMENT, ageMs)).toBe(expected);
    expect(freshnessAt(CONTROL, ageMs)).toBe(expected);
  });

  it.each(NEGATIVE)(
    'about nobody or nothing ($status) holds for five minutes, and never serves afterwards',
    (lookup) => {
      expect(freshnessAt(lookup, 299_999)).toBe('fresh');
      expect(freshnessAt(lookup, 300_000)).toBe('gone');
    },
  );

  it.each(NEGATIVE)('about nobody or nothing ($status) holds no longer than anything else', (lookup) => {
    const short = { ...WINDOWS, freshMs: 10_000 };
    expect(freshnessAt(lookup, 9_000, short)).toBe('fresh');
    expect(freshnessAt(lookup, 11_000, short)).toBe('gone');
  });

  it('is as old as nothing when the clock was set back', () => {
    expect(ageOf({ lookup: TREATMENT, saidAtMs: SAID_AT_MS, hold: null }, SAID_AT_MS - HOUR_MS)).toBe(0);
    expect(freshnessAt(TREATMENT, -HOUR_MS)).toBe('fresh');
  });

  it.each([TREATMENT, CONTROL, ...NEGATIVE])(
    'is fresh as long as a prefetch keeps it ($status), and then as old as it is',
    (lookup) => {
      const known: Known = { lookup, saidAtMs: SAID_AT_MS, hold: 'spring' };
      const heldUntilMs = SAID_AT_MS + 30 * HOUR_MS;
      const at = (hours: number, until: number | null) =>
        freshnessOf(known, WINDOWS, SAID_AT_MS + hours * HOUR_MS, until);
      expect([at(29.9, heldUntilMs), at(9_999, Number.POSITIVE_INFINITY)]).toEqual(['fresh', 'fresh']);
      const asOld = lookup.status === 'found' ? 'stale_if_error' : 'gone';
      expect([at(30, heldUntilMs), at(29.9, null)]).toEqual([asOld, asOld]);
    },
  );
});
