import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TraitRequest, Traits } from '../../src/domain/profile.ts';
import { nameTraits, traitNames } from '../../src/domain/traits.ts';

const PROFILE: TraitRequest = { properties: ['plan_type'], cohorts: ['u567uui'], predictions: ['t456tth'] };

const TRAITS: Traits = {
  properties: { plan_type: 'starter' },
  cohorts: ['u567uui'],
  predictions: { t456tth: { probability: 0.734, percentile: 97.5 } },
};

function name(profile: Partial<TraitRequest>, traits: Partial<Traits> | null) {
  const asked = { properties: [], cohorts: [], predictions: [], ...profile };
  const told = traits && { properties: {}, cohorts: [], predictions: {}, ...traits };
  return nameTraits({ profile: asked }, told);
}

describe('the names of traits', () => {
  it('say what each is', () => {
    expect(traitNames({ profile: PROFILE })).toEqual([
      'plan_type',
      'cohort_u567uui',
      'prediction_t456tth',
      'prediction_t456tth_percentile',
    ]);
  });

  it.each([
    ['plan_type', 'plan_type'],
    ['gp:plan_type', 'plan_type'],
    ['Plan Type', 'plan_type'],
    ['plan-type', 'plan_type'],
    ['plan.type', 'plan_type'],
    ['Größe', 'gr_e'],
  ])('the property %s is called %s', (property, expected) => {
    expect(traitNames({ profile: { ...PROFILE, properties: [property] } })[0]).toBe(expected);
  });

  it('are the keys of what is told, in the same order, all in [a-z0-9_]+, whatever was told', () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1, unit: 'grapheme' }), { maxLength: 3 });
    const request = fc.record({ properties: names, cohorts: names, predictions: names });
    fc.assert(
      fc.property(request, fc.boolean(), (profile, isKnown) => {
        const keys = Object.keys(nameTraits({ profile }, isKnown ? TRAITS : null));
        expect(keys).toEqual([...new Set(traitNames({ profile }))]);
        for (const key of keys) expect(key).toMatch(/^[a-z0-9_]+$/);
      }),
    );
  });
});

describe('what traits say', () => {
  it('is the value, a membership, a probability and a rank', () => {
    expect(name(PROFILE, TRAITS)).toEqual({
      plan_type: 'starter',
      cohort_u567uui: true,
      prediction_t456tth: 0.734,
      prediction_t456tth_percentile: 97.5,
    });
  });

  it('is null where nothing is known of the person', () => {
    expect(Object.values(name(PROFILE, null))).toEqual([null, null, null, null]);
  });

  it('is false where somebody is in no such cohort, and null where there is no such value', () => {
    expect(name(PROFILE, {})).toEqual({
      plan_type: null,
      cohort_u567uui: false,
      prediction_t456tth: null,
      prediction_t456tth_percentile: null,
    });
  });

  it.each<[string | number | boolean, string | number | boolean | null]>([
    ['<b>gold</b>', 'gold'],
    ['Tom &amp; Ann', 'Tom & Ann'],
    ['', null],
    ['  ', null],
    [0, 0],
    [false, false],
    ['0', '0'],
  ])('the property %j is told as %j', (value, expected) => {
    expect(name({ properties: ['p'] }, { properties: { p: value } })).toEqual({ p: expected });
  });

  it('runs no Liquid', () => {
    const told = name({ properties: ['p'] }, { properties: { p: '{{ x }} {% y %} {' } });
    expect(told.p).not.toMatch(/\{[{%]|\{$/);
  });

  it('is null for properties that an empty object seems to have', () => {
    const names = ['constructor', 'toString', '__proto__'];
    expect(
      Object.values(name({ properties: names, predictions: names }, {})).filter((value) => value !== null),
    ).toEqual([]);
  });
});
