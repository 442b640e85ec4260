import { describe, expect, it } from 'vitest';
import { findOutage, type Minute, sayOutage } from '../../src/studio/outage.ts';
import { ENGLISH, plain } from './examples.ts';

const NOW_MINUTE = 29_500_000;
const NOW = NOW_MINUTE * 60_000 + 20_000;

/** Minutes ago, answers for which Amplitude had to be asked, and failures. */
const minute = (ago: number, asked: number, failed: number, reasons: Minute['reasons'] = {}): Minute => ({
  ...{ minute: NOW_MINUTE - ago, asked, failed, reasons },
});

describe('an outage', () => {
  it.each<[string, readonly Minute[], number | null]>([
    ['nobody called', [], null],
    ['everything went well', [minute(1, 50, 0), minute(0, 40, 0)], null],
    ['one of many failed', [minute(0, 50, 1)], null],
    ['two failed of two, which may be an accident', [minute(0, 2, 2)], null],
    ['three failed of three', [minute(0, 3, 3)], 0],
    ['half of them failed', [minute(0, 10, 5)], 0],
    ['not quite half of them failed', [minute(0, 10, 4)], null],
    [
      'it began three minutes ago',
      [minute(5, 20, 0), minute(3, 20, 15), minute(2, 20, 20), minute(0, 9, 9)],
      3,
    ],
    ['it is over since a minute', [minute(3, 20, 20), minute(2, 20, 20), minute(1, 20, 0)], null],
    ['in between nobody had to be asked', [minute(9, 20, 20), minute(8, 0, 0), minute(1, 20, 20)], 9],
    ['the last call was long ago, so nobody can tell', [minute(30, 20, 20), minute(6, 20, 20)], null],
    ['the last call was five minutes ago', [minute(30, 20, 20), minute(5, 20, 20)], 30],
  ])('where %s', (_name, minutes, since) => {
    const expected = since === null ? null : (NOW_MINUTE - since) * 60_000;
    expect(findOutage(minutes, NOW)?.sinceMs ?? null).toBe(expected);
  });

  it('counts what everybody got since, also who did not have to be looked up', () => {
    const minutes = [
      minute(3, 10, 0, { recommended: 1_000 }),
      minute(2, 10, 10, { recommended: 5, upstream_error: 10 }),
      minute(1, 0, 0, { control: 3 }),
      minute(0, 4, 4, { recommended: 1, circuit_open: 4 }),
    ];
    expect(findOutage(minutes, NOW)?.reasons).toEqual({
      ...{ recommended: 6, upstream_error: 10, control: 3, circuit_open: 4 },
    });
  });
});

describe('is told as what people got', () => {
  const say = (reasons: Minute['reasons']): string => plain(sayOutage({ sinceMs: 0, reasons }, ENGLISH));

  it('with the control group where there is one', () => {
    expect(say({ recommended: 61, control: 9, upstream_error: 30 })).toBe(
      'Since then 61 % got recommendations from the store, 39 % the default (9 % as the control group they are). Pause the send in Braze to wait, or let it go on: every message is whole.',
    );
  });

  it('and without where there is none', () => {
    expect(say({ recommended: 61, timeout: 39 })).toContain(
      '61 % got recommendations from the store, 39 % the default. Pause the send in Braze to wait',
    );
  });
});
