import { describe, expect, it } from 'vitest';
import type { Windows } from '../../src/domain/freshness.ts';
import { type LookupPlan, planLookups } from '../../src/domain/lookup-plan.ts';
import type { Placement } from '../../src/domain/placement.ts';
import { placementWith } from './examples.ts';

const DEFAULTS: Windows = { freshMs: 600, staleMs: 2_400, staleIfErrorMs: 16_800 };
const NOTHING = { properties: [], cohorts: [], predictions: [] };

function planOf(placement: Placement, ...others: readonly Placement[]): LookupPlan | undefined {
  return planLookups([placement, ...others], DEFAULTS).get(placement);
}

const hero = (change: Partial<Placement> = {}) =>
  placementWith({ name: 'hero', recommendation: 'r-hero', ...change });
const news = (change: Partial<Placement> = {}) =>
  placementWith({ name: 'news', recommendation: 'r-news', ...change });

describe('a placement on its own', () => {
  it('asks for its recommendation alone, with its own project and traits', () => {
    const profile = { ...NOTHING, cohorts: ['c'] };
    expect(planOf(hero({ project: 'shop', profile }), news())).toEqual({
      project: 'shop',
      recommendation: 'r-hero',
      together: ['r-hero'],
      traits: profile,
      windows: DEFAULTS,
    });
  });
});

describe('a look-up group', () => {
  const group = { lookupGroup: 'newsletter' };

  it('is asked for in one call, the same whoever asks', () => {
    const [a, b] = [hero(group), news(group)];
    const plans = planLookups([a, b], DEFAULTS);
    expect(plans.get(a)?.together).toEqual(plans.get(b)?.together);
    expect([...(plans.get(a)?.together ?? [])].sort()).toEqual(['r-hero', 'r-news']);
    expect([plans.get(a)?.recommendation, plans.get(b)?.recommendation]).toEqual(['r-hero', 'r-news']);
  });

  it.each<[string, Placement]>([
    ['another group', news({ lookupGroup: 'other' })],
    ['no group', news()],
    ['another project', news({ ...group, project: 'shop' })],
    ['a placement that is switched off', news({ ...group, enabled: false })],
  ])('leaves out %s', (_case, other) => {
    expect(planOf(hero(group), other)?.together).toEqual(['r-hero']);
  });

  it('names a recommendation once', () => {
    expect(planOf(hero(group), news({ ...group, recommendation: 'r-hero' }))?.together).toEqual(['r-hero']);
  });

  it('brings the traits of all its placements', () => {
    const plan = planOf(
      hero({ ...group, profile: { ...NOTHING, cohorts: ['c2', 'c1'] } }),
      news({ ...group, profile: { properties: ['p'], cohorts: ['c1'], predictions: [] } }),
    );
    expect(plan?.traits).toEqual({ properties: ['p'], cohorts: ['c1', 'c2'], predictions: [] });
  });
});

describe('what several placements ask of one recommendation', () => {
  const asking = { ...NOTHING, properties: ['plan_type'] };

  it('is asked in one call', () => {
    expect(planOf(hero(), news({ recommendation: 'r-hero', profile: asking }))?.traits).toEqual(asking);
  });

  it.each<[string, Partial<Placement>]>([
    ['of another recommendation', {}],
    ['of another project', { recommendation: 'r-hero', project: 'shop' }],
    ['while it is switched off', { recommendation: 'r-hero', enabled: false }],
  ])('is not what one asks %s', (_case, change) => {
    expect(planOf(hero(), news({ profile: asking, ...change }))?.traits).toEqual(NOTHING);
  });
});

describe('the ages up to which an answer is used', () => {
  it.each<[string, Partial<Placement>, Windows]>([
    ['are those of the service', {}, DEFAULTS],
    [
      'are a placement’s own',
      { freshMs: 1, staleMs: 2, staleIfErrorMs: 3 },
      { freshMs: 1, staleMs: 2, staleIfErrorMs: 3 },
    ],
    ['are each on its own', { freshMs: 60 }, { ...DEFAULTS, freshMs: 60 }],
    [
      'are never shorter than the ones before',
      { freshMs: 20_000 },
      { freshMs: 20_000, staleMs: 20_000, staleIfErrorMs: 20_000 },
    ],
  ])('%s', (_case, change, expected) => {
    expect(planOf(hero(change))?.windows).toEqual(expected);
  });
});
