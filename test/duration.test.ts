import { describe, expect, it } from 'vitest';
import { parseDuration } from '../src/duration.ts';

describe('a duration', () => {
  it.each([
    ['800ms', 800],
    ['30s', 30_000],
    ['15m', 900_000],
    ['6h', 21_600_000],
    ['30d', 2_592_000_000],
    ['0s', 0],
    [' 6h ', 21_600_000],
  ])('%s is %i ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each([
    '',
    '6',
    'h',
    '6 h',
    '6H',
    '1.5h',
    '-6h',
    '+6h',
    '6h30m',
    '1w',
    '6hours',
    '1e3ms',
    '0x10s',
    '9999999999s',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});
