import { describe, expect, it } from 'vitest';
import { candidates, joinItems } from '../../src/domain/block.ts';
import {
  type Decision,
  decide,
  decideWithoutContent,
  isFallback,
  mayMend,
  type Reason,
  type Skipped,
} from '../../src/domain/decision.ts';
import { parsePerson } from '../../src/domain/person.ts';
import type { Lookup } from '../../src/domain/profile.ts';
import { NO_TRAITS } from '../../src/domain/profile.ts';
import { contentsOf, placementWith, SHAPE } from './examples.ts';

const placement = placementWith();

const RECOMMENDED: Lookup = { status: 'found', isControl: false, items: ['a', 'b'], traits: NO_TRAITS };
/** As a careless adapter might hand it over. */
const CONTROL_WITH_ITEMS: Lookup = { status: 'found', isControl: true, items: ['a', 'b'], traits: NO_TRAITS };

function skippedFor(userId: string): Skipped {
  const person = parsePerson(userId, null);
  if (typeof person !== 'string') throw new Error('expected a fault');
  return { status: 'skipped', reason: person };
}

function unavailable(reason: Extract<Lookup, { status: 'unavailable' }>['reason']): Lookup {
  return { status: 'unavailable', reason };
}

/** The treatment's items have no content, so that the baseline takes over. */
function decideOnItemsWithoutContent(): Decision {
  const decision = decide(placement, RECOMMENDED);
  const { contents } = joinItems(candidates(decision, []), contentsOf(), SHAPE, placement.items, 0);
  return contents.length === 0 ? decideWithoutContent(placement) : decision;
}

const TABLE: [Reason, Decision, 'treatment' | 'baseline', boolean, boolean][] = [
  ['recommended', decide(placement, RECOMMENDED), 'treatment', false, false],
  ['control', decide(placement, CONTROL_WITH_ITEMS), 'baseline', false, false],
  [
    'no_recommendation',
    decide(placement, { status: 'no_recommendation', traits: NO_TRAITS }),
    'baseline',
    true,
    false,
  ],
  ['unknown_user', decide(placement, { status: 'unknown_user' }), 'baseline', true, false],
  ['no_user', decide(placement, skippedFor(' ')), 'baseline', true, false],
  ['unresolved_merge_tag', decide(placement, skippedFor('[user_id]')), 'baseline', true, false],
  ['invalid_user', decide(placement, skippedFor('a\tb')), 'baseline', true, false],
  ['throttled', decide(placement, unavailable('throttled')), 'baseline', true, true],
  ['timeout', decide(placement, unavailable('timeout')), 'baseline', true, true],
  ['upstream_error', decide(placement, unavailable('upstream_error')), 'baseline', true, true],
  ['circuit_open', decide(placement, unavailable('circuit_open')), 'baseline', true, true],
  ['invalid_response', decide(placement, unavailable('invalid_response')), 'baseline', true, false],
  ['upstream_rejected', decide(placement, unavailable('upstream_rejected')), 'baseline', true, false],
  ['no_content', decideOnItemsWithoutContent(), 'baseline', true, false],
  ['disabled', decide(placement, { status: 'skipped', reason: 'disabled' }), 'baseline', true, false],
];

describe('every reason of the contract', () => {
  it.each(TABLE)('%s', (reason, decision, variant, fallback, mends) => {
    expect(decision.reason).toBe(reason);
    expect(decision.variant).toBe(variant);
    expect(isFallback(decision)).toBe(fallback);
    expect(mayMend(decision.reason)).toBe(mends);
    expect(decision.itemIds).toEqual(variant === 'treatment' ? ['a', 'b'] : placement.baseline);
  });
});

describe('treatment', () => {
  it('without any item is no treatment', () => {
    expect(decide(placement, { ...RECOMMENDED, items: [] })).toEqual({
      variant: 'baseline',
      reason: 'no_recommendation',
      itemIds: placement.baseline,
    });
  });

  it('keeps every item that was recommended as a candidate, however few are shown', () => {
    const items = Array.from({ length: 100 }, (_, index) => `item-${index}`);
    expect(decide(placement, { ...RECOMMENDED, items }).itemIds).toEqual(items);
  });
});

describe('a baseline', () => {
  it('may be empty', () => {
    expect(decide(placementWith({ baseline: [] }), { status: 'unknown_user' }).itemIds).toEqual([]);
  });
});
