import { describe, expect, it } from 'vitest';
import type { Reason } from '../../src/domain/decision.ts';
import { countEdits, describeOrigins, explainPreview } from '../../src/studio/why.ts';
import { STORY } from '../../src/studio/words.ts';
import { placedWith, previewOf } from './examples.ts';

const PLACED = placedWith();

function factsOf(...given: Parameters<typeof previewOf>): Readonly<Record<string, string>> {
  const preview = previewOf(...given);
  return Object.fromEntries(explainPreview(preview, given[2]?.placed ?? PLACED).facts);
}

describe('why somebody gets what they get', () => {
  it.each<[Reason, string, string]>([
    ['recommended', 'Recommended', 'is_control: false'],
    ['control', 'Default (control group)', 'is_control: true'],
    ['no_content', 'Default (because no recommended item has content)', 'is_control: false'],
    ['no_recommendation', 'Default (because there is no recommendation)', 'none'],
    ['unknown_user', 'Default (because Amplitude does not know the person)', 'none'],
    ['upstream_error', 'Default (because Amplitude failed)', 'none'],
    ['disabled', 'Default (because the placement is switched off)', 'none'],
    ['unresolved_merge_tag', 'Default (because a merge tag was not filled in)', 'none'],
  ])('tells of %s: %s, with Amplitude’s flag %s', (reason, served, flag) => {
    const why = explainPreview(previewOf(reason, 'sample'), PLACED);
    expect([why.served, why.story]).toEqual([served, STORY[reason]]);
    expect(why.facts).toContainEqual(['Amplitude’s flag', flag]);
  });

  it('says of a sample that it is made up, and of no age', () => {
    expect(factsOf('recommended', 'sample')).toEqual({
      'Amplitude’s flag': 'is_control: false',
      'Comes from': 'the sample “Has a recommendation”, made up for previews',
      Recommendation: 's234ssg',
      'Items shown': '2 of up to 3',
    });
  });

  it.each([
    ['what is stored', { cache: 'hit', ageMs: 3_600_000 }, 'what Amplitude said before', '1 h'],
    ['a pin', { cache: 'pinned', ageMs: 60_000 }, 'the decision pinned for this send', '1 min'],
    ['an id that names nobody', { cache: 'bypass', ageMs: null }, 'nobody was asked', undefined],
  ] as const)('says of a real person where it comes from: %s', (_name, trace, from, age) => {
    const facts = factsOf('control', 'person', { trace });
    expect([facts['Comes from'], facts.Age]).toEqual([from, age]);
  });

  it('says that nothing is stored of a person, and does not call them unknown to Amplitude', () => {
    const trace = { cache: 'bypass' } as const;
    const why = explainPreview(previewOf('no_user', 'person', { isKnown: false, trace }), PLACED);
    expect(why.served).toBe('Default (nothing is stored of this person)');
    expect(why.story).toMatch(/has not looked this person up yet/);
    expect(why.tone).toBe('fallback');
  });

  it('tells what is looked up in the same call', () => {
    const placed = { ...PLACED, plan: { ...PLACED.plan, together: ['s234ssg', 'n871rdl', 'r222two'] } };
    expect(factsOf('recommended', 'sample', { placed })['Looked up together with']).toBe('n871rdl, r222two');
  });

  it('tells what was left out, and why', () => {
    const leftOut = [{ id: 'gone', reason: 'not_found' }] as const;
    const why = explainPreview(previewOf('recommended', 'sample', { leftOut }), PLACED);
    expect(why.leftOut).toEqual([{ id: 'gone', text: expect.stringContaining('no item of this id') }]);
  });
});

describe('where fields come from', () => {
  it('is told for each of them in the order of the answer', () => {
    expect(describeOrigins(PLACED, null).map(({ name, from }) => `${name}: ${from}`)).toEqual([
      'id: sku in products (file)',
      'title: name',
      'url: link (url)',
      'image_url: image (image)',
      'price: price (number)',
      'price_text: price, as it is written for readers',
      'click_url: Inlay: leads to url and counts the click',
    ]);
  });

  it.each([
    ['de-AT', 'name_de (de), else name'],
    ['fr', 'name'],
  ])('depends on the language: %s', (locale, expected) => {
    expect(describeOrigins(PLACED, locale)[1]?.from).toBe(expected);
  });
});

it('values that somebody typed are counted', () => {
  expect(countEdits({})).toBe(0);
  expect(countEdits({ a: { title: 'x', url: 'y' }, b: { title: '' }, c: {} })).toBe(3);
});
