import { describe, expect, it } from 'vitest';
import { addDays, countDays, dayAt, parseDay } from '../../src/domain/day.ts';

describe('a day', () => {
  it.each([
    ['2026-11-27', '2026-11-27'],
    ['20261127', '2026-11-27'],
    ['2024-02-29', '2024-02-29'],
  ])('is read from %s', (text, day) => {
    expect(parseDay(text)).toBe(day);
  });

  it.each([
    '',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-1-1',
    '2026-1127',
    '202611-27',
    '27.11.2026',
    '2026-11-27T00:00',
    '1764201600000',
    'today',
  ])('is not read from %s', (text) => {
    expect(parseDay(text)).toBeNull();
  });

  it('is the one in UTC', () => {
    expect(dayAt(Date.UTC(2026, 10, 27, 23, 59, 59, 999))).toBe('2026-11-27');
    expect(dayAt(Date.UTC(2026, 10, 28))).toBe('2026-11-28');
  });

  it('counts over months, leap years and changes of the clock', () => {
    expect(addDays('2026-03-01', -1)).toBe('2026-02-28');
    expect(addDays('2024-02-28', 2)).toBe('2024-03-01');
    expect(addDays('2026-10-24', 2)).toBe('2026-10-26');
    expect(countDays({ start: '2026-10-28', end: '2026-11-26' })).toBe(30);
    expect(countDays({ start: '2026-03-01', end: '2026-03-01' })).toBe(1);
    expect(countDays({ start: '2024-01-01', end: '2024-12-31' })).toBe(366);
  });
});
