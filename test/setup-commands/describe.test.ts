import { describe, expect, it } from 'vitest';
import { describeKeys } from '../../src/setup/answer-keys.ts';
import { describeBraze } from '../../src/setup/braze.ts';
import type { SetUp, SetUpSection } from '../../src/setup/describe.ts';
import { describeMovableInk } from '../../src/setup/movable-ink.ts';
import { placementWith, SHAPE } from '../domain/examples.ts';
import { openAmplitude } from '../support/amplitude.ts';
import { openService } from '../support/service.ts';

/** A set-up with this about it that is not usual. */
const setUpWith = (change: Partial<SetUp> = {}): SetUp => ({
  placement: placementWith(),
  shape: SHAPE,
  templates: ['email.txt', 'message', 'email'],
  publicUrl: 'https://inlay.example.com',
  key: 'KEY',
  ...change,
});

const TRAITS = { properties: ['plan_type'], cohorts: ['u567uui'], predictions: ['t456tth'] };

const titlesOf = (sections: readonly SetUpSection[]): string[] => sections.map(({ title }) => title);
const find = (sections: readonly SetUpSection[], title: string): SetUpSection => {
  const section = sections.find((one) => one.title === title);
  if (!section) throw new Error(`There is no section "${title}" but ${titlesOf(sections).join(', ')}`);
  return section;
};

describe('the keys of an answer', () => {
  it.each([
    ['hero', 'item_1_', ''],
    ['hero', 'item_', '&position=1'],
    ['strip', 'item_1_', ''],
    ['strip', 'item_', '&position=2'],
  ] as const)('of %s with %s are those of the service, in its order', async (name, prefix, query) => {
    const { app, get } = await openService({ amplitude: await openAmplitude() });
    const live = app.findPlacement(name);
    if (!live) throw new Error(`There is no placement ${name}`);
    const setUp = setUpWith({ placement: live.placement, shape: live.source.shape });
    const { body } = await get(`/v1/placements/${name}?user_id=inlay-sample-treatment${query}`);
    const ofOne = Object.keys(body).filter((key) => !/^item_[2-9]_/.test(key));
    expect(describeKeys(setUp, prefix).map((key) => key.name)).toEqual(ofOne);
  });

  it('tell HTML, what no item lacks, and personal data', () => {
    const shape = { fields: ['body', 'title', 'note'], required: ['body', 'title'], html: ['body'] };
    const placement = placementWith({ profile: TRAITS });
    const keys = describeKeys(setUpWith({ shape, placement }), 'item_');
    const holds = Object.fromEntries(keys.map((key) => [key.name, key.holds]));
    expect(holds).toMatchObject({
      item_body: 'HTML, in every item',
      item_title: 'in every item',
      item_note: '',
      profile_plan_type: 'personal data',
      profile_cohort_u567uui: 'personal data',
    });
    const ofItem = keys.map(({ name }) => name).filter((name) => /^item_(?!count)/.test(name));
    expect(ofItem).toEqual(['item_id', 'item_body', 'item_title', 'item_note', 'item_click_url']);
  });
});

describe('what is said of Braze', () => {
  it('has a section for each template, the usual one first', () => {
    expect(titlesOf(describeBraze(setUpWith()))).toEqual([
      'Credentials',
      'The name of the send',
      'The finished block in an e-mail',
      'The finished block from the template "message"',
      'The plain-text part of an e-mail',
      'Your own markup',
      'A subject line',
      'Rather later than with the baseline',
      "Braze's own cache",
      'Keys of the JSON',
    ]);
    const message = find(describeBraze(setUpWith()), 'The finished block from the template "message"');
    expect(message.code).toContain('&template=message ');
  });

  it('names in its markup what an item is called', () => {
    const shape = { fields: ['headline', 'url'], required: [], html: [] };
    const sections = describeBraze(setUpWith({ shape }));
    expect(find(sections, 'Your own markup').code).toContain('{{item.headline}}');
    expect(find(sections, 'A subject line').code).toContain('{{reco.item_1_headline | default: ');
  });

  it('speaks of further items only where there are some', () => {
    const textFor = (items: number): string =>
      find(describeBraze(setUpWith({ placement: placementWith({ items }) })), 'Keys of the JSON').text;
    expect(textFor(1)).not.toContain('item_');
    expect(textFor(12)).toContain('up to item_12_…');
  });
});

describe('what is said of Movable Ink', () => {
  it('warns of personal data, which it cannot use', () => {
    const textFor = (setUp: SetUp): string => find(describeMovableInk(setUp), 'Data source').text;
    expect(textFor(setUpWith())).not.toContain('WARNING');
    expect(textFor(setUpWith({ placement: placementWith({ profile: TRAITS }) }))).toContain('WARNING');
  });

  it.each([
    [true, /looked up, within limits/],
    [false, /Nobody is looked up/],
  ])('with open_lookups: %s tells whether images look people up', (openLookups, text) => {
    const sections = describeMovableInk(setUpWith({ placement: placementWith({ openLookups }) }));
    expect(find(sections, 'Images by themselves').text).toMatch(text);
  });

  it('has a link and an image for each position', () => {
    const sections = describeMovableInk(setUpWith({ placement: placementWith({ items: 2 }) }));
    expect(find(sections, 'Links of the images').code?.split('\n')).toEqual([
      'https://inlay.example.com/go/home-hero/1?user_id=[user_id]&campaign=[campaign]&key=KEY',
      'https://inlay.example.com/go/home-hero/2?user_id=[user_id]&campaign=[campaign]&key=KEY',
    ]);
    expect(find(sections, 'Images by themselves').code).toContain('/img/home-hero/2?');
  });

  it('crops the template that there is, and nothing where there is none', () => {
    const cropOf = (templates: string[]) =>
      find(describeMovableInk(setUpWith({ templates })), 'Web crop').code;
    expect(cropOf(['message', 'email'])).not.toContain('template=');
    expect(cropOf(['message'])).toMatch(/&template=message$/);
    expect(titlesOf(describeMovableInk(setUpWith({ templates: ['email.txt'] })))).not.toContain('Web crop');
  });
});
