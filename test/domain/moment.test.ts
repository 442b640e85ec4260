import { describe, expect, it } from 'vitest';
import { formatClock, formatMoment, parseMoment } from '../../src/domain/moment.ts';

describe('a moment', () => {
  it.each([
    ['2026-11-27T09:00+01:00', '2026-11-27T08:00:00.000Z', '2026-11-27T09:00:00+01:00'],
    ['2026-11-27T09:00:30.5-0530', '2026-11-27T14:30:30.500Z', '2026-11-27T09:00:30-05:30'],
    ['2026-11-27 09:00Z', '2026-11-27T09:00:00.000Z', '2026-11-27T09:00:00Z'],
    ['2026-11-27t09:00:00z', '2026-11-27T09:00:00.000Z', '2026-11-27T09:00:00Z'],
    // A plus that was not encoded in a URL.
    ['2026-11-27T09:00 01:00', '2026-11-27T08:00:00.000Z', '2026-11-27T09:00:00+01:00'],
    ['2028-02-29T23:59+14:00', '2028-02-29T09:59:00.000Z', '2028-02-29T23:59:00+14:00'],
  ])('that is written %s is %s, and comes back as %s', (text, utc, formatted) => {
    const moment = parseMoment(text);
    expect(moment && new Date(moment.ms).toISOString()).toBe(utc);
    expect(moment && formatMoment(moment)).toBe(formatted);
  });

  it.each([
    '',
    '09:00',
    '2026-11-27',
    '2026-11-27T09:00',
    '2026-11-31T09:00Z',
    '2027-02-29T09:00Z',
    '2026-13-01T09:00Z',
    '2026-11-27T25:00Z',
    '2026-11-27T09:60Z',
    '2026-11-27T09:00+15:00',
    '2026-11-27T09:00+01:75',
    'tomorrow',
    '1795770000',
  ])('is not %j', (text) => {
    expect(parseMoment(text)).toBeNull();
  });

  it.each([
    ['2026-11-27T09:00+01:00', '2026-11-26T23:30Z', '09:00'],
    ['2026-11-27T09:00+01:00', '2026-11-26T22:30Z', '2026-11-27 09:00'],
    ['2026-11-27T09:00Z', '2026-11-27T23:30Z', '09:00 UTC'],
    ['2026-11-28T00:10Z', '2026-11-27T23:30Z', '2026-11-28 00:10 UTC'],
  ])('%s reads, when it is %s, as %s', (text, now, clock) => {
    const [moment, nowMoment] = [parseMoment(text), parseMoment(now)];
    expect(moment && formatClock(moment, nowMoment?.ms ?? 0)).toBe(clock);
  });
});
