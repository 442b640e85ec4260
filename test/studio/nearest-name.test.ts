import { expect, it } from 'vitest';
import { nearestName } from '../../src/studio/nearest-name.ts';

const NAMES = ['home-hero', 'reading-list', 'strip', 'vip', 'reading-lists'];

it.each([
  ['home-herro', 'home-hero'],
  ['home-heor', 'home-hero'],
  ['homehero', 'home-hero'],
  ['HOME-HERO', 'home-hero'],
  ['home_hero', 'home-hero'],
  ['stripe', 'strip'],
  ['vipp', 'vip'],
  ['reading-list', 'reading-list'],
])('%s is most likely %s', (written, expected) => {
  expect(nearestName(written, NAMES)).toBe(expected);
});

it.each([['homepage'], ['hero'], ['vi-pp'], ['x'], [''], ['home-hero-2026'], ['h'.repeat(100_000)]])(
  '%.20s is nobody’s',
  (written) => {
    expect(nearestName(written, NAMES)).toBeNull();
  },
);

it('is nobody’s where there are no placements', () => {
  expect(nearestName('home-hero', [])).toBeNull();
});
