import { describe, expect, it } from 'vitest';
import type { LeftOutReason } from '../../src/domain/content.ts';
import { REASONS } from '../../src/domain/decision.ts';
import { SAMPLE_NAMES } from '../../src/domain/sample.ts';
import {
  BECAUSE,
  count,
  LEFT_OUT,
  nameSample,
  nameServed,
  nameTemplate,
  STORY,
  sayDuration,
  toneOf,
} from '../../src/studio/words.ts';

describe('what was served', () => {
  it('is Recommended for a treatment, whatever else', () => {
    expect(nameServed('recommended')).toBe('Recommended');
    expect(toneOf('recommended')).toBe('recommended');
  });

  it('is Default (control group) for control, and never a failure', () => {
    expect(nameServed('control')).toBe('Default (control group)');
    expect(toneOf('control')).toBe('control');
  });

  const fallbacks = REASONS.filter((reason) => reason !== 'recommended' && reason !== 'control');
  it.each(fallbacks)('is Default (because …) for %s', (reason) => {
    expect(nameServed(reason)).toBe(`Default (because ${BECAUSE[reason]})`);
    expect(nameServed(reason)).not.toMatch(/control|baseline|fallback|undefined/);
    expect(toneOf(reason)).toBe('fallback');
  });

  it('is Default (because …) for a reason of a later version, too', () => {
    expect([nameServed('moon'), toneOf('moon')]).toEqual(['Default (because moon)', 'fallback']);
  });

  it.each(REASONS)('has a story of its own for %s, in plain words', (reason) => {
    expect(STORY[reason]).toMatch(/^[A-Z].{20,}[.]$/);
    expect(STORY[reason]).not.toMatch(/baseline|fallback|variant|treatment/);
    expect(Object.values(STORY).filter((story) => story === STORY[reason])).toHaveLength(1);
  });
});

it.each<LeftOutReason>([
  'not_found',
  'source_unavailable',
  'incomplete',
  'out_of_stock',
  'not_started',
  'ended',
  'gated',
])('an item that is left out as %s is told in a sentence', (reason) => {
  expect(LEFT_OUT[reason]).toMatch(/^[A-Z].+[.?]$/);
});

describe('the name of a sample', () => {
  it.each(SAMPLE_NAMES)('is one of its own for the built-in %s', (name) => {
    expect(nameSample({ name })).toMatch(/^[A-Z][a-z]+ /);
  });

  it.each([
    ['long-titles', 'Long titles'],
    ['vip', 'Vip'],
    ['two-words-more', 'Two words more'],
  ])('of a samples.yaml is its own words: %s → %s', (name, expected) => {
    expect(nameSample({ name })).toBe(expected);
  });
});

it.each([
  ['email', 'E-mail'],
  ['message', 'Message'],
  ['in-app_card', 'In app card'],
])('the template %s is called %s', (name, expected) => {
  expect(nameTemplate(name)).toBe(expected);
});

it.each([
  [0, '0 s'],
  [42_400, '42 s'],
  [59_600, '1 min'],
  [5 * 60_000, '5 min'],
  [3_600_000, '1 h'],
  [3_600_000 * 3 + 20 * 60_000, '3 h 20 min'],
  [3_600_000 * 47, '47 h'],
  [3_600_000 * 48, '2 days'],
  [3_600_000 * 24 * 9, '9 days'],
])('%i ms are said as %s', (ms, expected) => {
  expect(sayDuration(ms)).toBe(expected);
});

it('one is one, and any other number is several', () => {
  expect([0, 1, 2].map((number) => count(number, 'item'))).toEqual(['0 items', '1 item', '2 items']);
  expect(count(2, 'child', 'children')).toBe('2 children');
});
