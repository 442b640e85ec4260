import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Known, KnownLookup } from '../../src/domain/freshness.ts';
import { NO_TRAITS, type Traits } from '../../src/domain/profile.ts';
import { formatEntry, intern, parseEntry } from '../../src/profile/entry.ts';

const TRAITS: Traits = {
  properties: { plan: 'gold', age: 41, is_new: false },
  cohorts: ['c1'],
  predictions: { p1: { probability: 0.5, percentile: null } },
};

const LOOKUPS: readonly KnownLookup[] = [
  { status: 'found', isControl: false, items: ['a', 'b'], traits: TRAITS },
  { status: 'found', isControl: false, items: ['a'], traits: NO_TRAITS },
  { status: 'found', isControl: true, items: [], traits: TRAITS },
  { status: 'no_recommendation', traits: TRAITS },
  { status: 'no_recommendation', traits: NO_TRAITS },
  { status: 'unknown_user' },
];

describe('an entry', () => {
  it.each(LOOKUPS)('comes back as it was ($status)', (lookup) => {
    for (const hold of [null, '0f1e']) {
      const known: Known = { lookup, saidAtMs: 1_700_000_000_123, hold };
      expect(parseEntry(formatEntry(known))).toEqual(known);
    }
  });

  it('that no prefetch keeps is as versions wrote it that knew of none', () => {
    const known: Known = { lookup: { status: 'unknown_user' }, saidAtMs: 1, hold: null };
    expect(formatEntry(known)).toBe('{"v":1,"at":1,"s":"unknown_user"}');
  });

  it('comes back as it was, whatever the ids and values are', () => {
    const text = fc.string({ unit: 'binary' });
    const traits = fc.record({
      properties: fc.dictionary(
        text.filter((name) => name !== '__proto__'),
        fc.oneof(
          text,
          fc.double({ noNaN: true, noDefaultInfinity: true }).filter(notMinusZero),
          fc.boolean(),
        ),
        { noNullPrototype: true },
      ),
      cohorts: fc.array(text),
      predictions: fc.constant({}),
    });
    fc.assert(
      fc.property(fc.array(text), traits, (items, said) => {
        const known: Known = {
          lookup: { status: 'found', isControl: false, items, traits: said },
          saidAtMs: 1,
          hold: null,
        };
        expect(parseEntry(formatEntry(known))).toEqual(known);
      }),
      { numRuns: 300 },
    );
  });

  it('of a control person never holds items, even if somebody hands them in', () => {
    const lookup: KnownLookup = { status: 'found', isControl: true, items: ['random-1'], traits: NO_TRAITS };
    const text = formatEntry({ lookup, saidAtMs: 1, hold: null });
    expect(text).not.toContain('random-1');
    const tampered = text.replace('"s":"control"', '"s":"control","items":["random-1"]');
    expect(parseEntry(tampered)?.lookup).toMatchObject({ isControl: true, items: [] });
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"v":1'],
    ['a number', '1'],
    ['null', 'null'],
    ['no version', '{"at":1,"s":"unknown_user"}'],
    ['a later version', '{"v":2,"at":1,"s":"unknown_user"}'],
    ['no time', '{"v":1,"s":"unknown_user"}'],
    ['another status', '{"v":1,"at":1,"s":"maybe"}'],
    ['a failure', '{"v":1,"at":1,"s":"unavailable"}'],
    ['items that are no ids', '{"v":1,"at":1,"s":"treatment","items":[1]}'],
    ['traits of another shape', '{"v":1,"at":1,"s":"treatment","items":["a"],"traits":{}}'],
  ])('that is %s is none', (_case, text) => {
    expect(parseEntry(text)).toBeNull();
  });

  it('may hold more than this version knows', () => {
    expect(parseEntry('{"v":1,"at":1,"s":"unknown_user","news":1}')).toEqual({
      lookup: { status: 'unknown_user' },
      saidAtMs: 1,
      hold: null,
    });
  });
});

describe('ids that many profiles share', () => {
  it('are the same ids, in the same order', () => {
    expect(intern(['b', 'a', 'b'])).toEqual(['b', 'a', 'b']);
  });
});

function notMinusZero(value: number): boolean {
  return !Object.is(value, -0);
}
