import { describe, expect, it } from 'vitest';
import { decide } from '../../src/domain/decision.ts';
import { createSamples, type Sample, type SampleRule, usualSampleIds } from '../../src/domain/sample.ts';
import { contentOf, placementWith, SHAPE } from './examples.ts';

const placement = placementWith();

function samplesWith(rules: Record<string, Partial<SampleRule>> = {}): Map<string, Sample> {
  const full = Object.entries(rules).map(
    ([name, rule]) => [name, { shows: 'treatment', items: null, fields: {}, ...rule }] as const,
  );
  return createSamples(new Map(full), ['x', 'y']);
}

function find(name: string, rules: Record<string, Partial<SampleRule>> = {}): Sample {
  const sample = samplesWith(rules).get(name);
  if (!sample) throw new Error(`no sample ${name}`);
  return sample;
}

/** The texts of an item as a sample shows it. */
function alter(name: string, title: string) {
  const content = contentOf('a', { title });
  return find(name).alter?.(content, SHAPE).values ?? content.values;
}

describe('the samples that every placement has', () => {
  it('are those of the contract', () => {
    expect([...samplesWith().keys()].sort()).toEqual(
      ['treatment', 'control', 'unknown', 'empty', 'outage', 'long', 'sparse'].sort(),
    );
  });

  it.each([
    ['treatment', 'treatment', 'recommended'],
    ['control', 'baseline', 'control'],
    ['unknown', 'baseline', 'unknown_user'],
    ['empty', 'baseline', 'no_recommendation'],
    ['outage', 'baseline', 'upstream_error'],
    ['long', 'treatment', 'recommended'],
    ['sparse', 'treatment', 'recommended'],
  ])('%s gets a %s, for the reason %s', (name, variant, reason) => {
    expect(decide(placement, find(name).lookup)).toMatchObject({ variant, reason });
  });

  it('are recommended what the baseline does not show first, and always more than nothing', () => {
    const known = ['base-1', 'n-1', 'base-2', 'n-2', 'n-3', 'n-4'];
    expect(usualSampleIds(placement, known).slice(0, 4)).toEqual(['n-1', 'n-2', 'n-3', 'n-4']);
    expect(usualSampleIds(placement, placement.baseline).sort()).toEqual(placement.baseline);
    expect(usualSampleIds(placement, []).sort()).toEqual(placement.baseline);
  });
});

describe('the sample long', () => {
  it.each(['Investing 101', 'Investing: the basics', 'What is a CD?'])(
    'makes the title %j longer than layouts like',
    (title) => {
      const long = alter('long', title).title;
      expect(String(long).startsWith(title)).toBe(true);
      expect(String(long).length).toBeGreaterThan(title.length + 60);
    },
  );

  it('leaves links, numbers, dates and what is absent as they are', () => {
    const change = { image_url: null, day: '2026-11-27', moment: '2026-11-27T09:00:00.000Z' };
    const { title: _, ...rest } = contentOf('a', change).values;
    const altered = find('long').alter?.(contentOf('a', change), SHAPE);
    expect(altered?.values).toMatchObject(rest);
  });
});

describe('the sample sparse', () => {
  it('keeps what is required and makes the rest absent, with the same fields', () => {
    expect(find('sparse').alter?.(contentOf('a'), SHAPE)).toEqual({
      id: 'a',
      values: { ...contentOf('a').values, image_url: null, price: null, price_text: null },
    });
  });
});

describe('samples of a placement’s own', () => {
  it.each(['treatment', 'control', 'unknown', 'empty', 'outage'] as const)('come out as %s', (shows) => {
    const own = find('mine', { mine: { shows } });
    expect(decide(placement, own.lookup)).toEqual(decide(placement, find(shows).lookup));
  });

  it('get the items they name, and else the usual ones', () => {
    expect(find('mine', { mine: { items: ['b', 'c'] } }).lookup).toMatchObject({ items: ['b', 'c'] });
    expect(find('mine', { mine: {} }).lookup).toMatchObject({ items: ['x', 'y'] });
  });

  it('can replace fields, and only those', () => {
    const { alter: change } = find('mine', { mine: { fields: { title: 'Other', image_url: null } } });
    expect(change?.(contentOf('a'), SHAPE)).toEqual(contentOf('a', { title: 'Other', image_url: null }));
  });

  it('stand beside the built-in ones, or replace them', () => {
    const samples = samplesWith({ mine: {}, long: { items: ['b'] } });
    expect(samples.size).toBe(8);
    expect(samples.get('long')).toMatchObject({ lookup: { items: ['b'] }, alter: null });
  });
});
