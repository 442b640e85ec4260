import { describe, expect, it } from 'vitest';
import { createReader } from '../../src/studio/reader.ts';
import { plain } from './examples.ts';

const AT = Date.UTC(2026, 10, 27, 10, 42);

describe('numbers and times', () => {
  it.each([
    ['en-GB,en;q=0.9', '1,234.5', '27 Nov 2026, 10:42 UTC'],
    ['en-US', '1,234.5', 'Nov 27, 2026, 10:42 AM UTC'],
    ['de-DE,de;q=0.9,en;q=0.8', '1.234,5', '27.11.2026, 10:42 UTC'],
    ['fr', '1 234,5', '27 nov. 2026, 10:42 UTC'],
  ])('are written as %s has them', (header, number, moment) => {
    const reader = createReader(header);
    expect(plain(reader.number(1_234.5)).replace('\u202f', ' ')).toBe(number);
    expect(plain(reader.moment(AT).text).replaceAll('\u202f', ' ')).toBe(moment);
    expect(reader.moment(AT).iso).toBe('2026-11-27T10:42:00.000Z');
  });

  it.each([
    undefined,
    '',
    '*',
    'x',
    'en-US-x-twain',
    'not a language;;;',
    'q'.repeat(5_000),
    'de-DE-u-nu-thai',
  ])('are written somehow where the header is %s', (header) => {
    const reader = createReader(header);
    expect(reader.number(1_234)).toMatch(/^1.234$/);
    expect(reader.moment(AT).text).toContain('2026');
    expect(reader.percent(0.5)).toMatch(/50/);
  });
});

it.each([
  [0, '0 %'],
  [0.000_1, 'under 1 %'],
  [0.009_9, 'under 1 %'],
  [0.01, '1 %'],
  [0.615, '62 %'],
  [0.99, '99 %'],
  [0.997, 'over 99 %'],
  [1, '100 %'],
])('a share of %d is %s', (share, expected) => {
  expect(plain(createReader('en').percent(share))).toBe(expected);
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1 KB'],
  [3_849, '3.8 KB'],
  [102_000, '102 KB'],
  [1_240_000, '1.2 MB'],
])('%i bytes are %s', (bytes, expected) => {
  expect(plain(createReader('en').bytes(bytes))).toBe(expected);
});

it('things are counted in the reader’s digits', () => {
  const { count } = createReader('en');
  expect([count(1, 'answer'), count(0, 'answer'), count(1_204, 'answer')]).toEqual([
    '1 answer',
    '0 answers',
    '1,204 answers',
  ]);
});

it.each([
  ['de', 'German'],
  ['de-AT', 'Austrian German'],
  ['pt-BR', 'Brazilian Portuguese'],
  ['xx', 'xx'],
  ['i-klingon', 'i-klingon'],
])('the language %s is called %s, as the pages are in English', (locale, expected) => {
  expect(createReader('de').language(locale)).toBe(expected);
});
