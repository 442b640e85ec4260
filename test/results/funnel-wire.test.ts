import { describe, expect, it } from 'vitest';
import type { FunnelQuery } from '../../src/results/funnel.ts';
import { costOf, formatQuery, parseAnswer } from '../../src/results/funnel-wire.ts';

/** With every field that Amplitude's page on the Dashboard REST API lists for a funnel. */
const DOCUMENTED = {
  data: [
    {
      meta: { segmentIndex: 0 },
      stepTransTimeDistribution: [{ bins: [{ start: 0, end: 60_000, bin_dist: { uniques: 12 } }] }],
      stepPrevStepCountDistribution: [{ bins: [] }],
      dayMedianTransTimes: { series: [[0, 40_000]], xValues: ['2026-11-25'], formattedXValues: ['Nov 25'] },
      dayAvgTransTimes: { series: [[0, 51_234.5]], xValues: ['2026-11-25'], formattedXValues: ['Nov 25'] },
      stepByStep: [1, 0.08],
      medianTransTimes: [0, 40_000],
      cumulative: [1, 0.08],
      cumulativeRaw: [1_500, 120],
      avgTransTimes: [0, 51_234.5],
      dayFunnels: {
        series: [
          [900, 70],
          [800, 65],
        ],
        xValues: ['2026-11-25', '2026-11-26'],
        formattedXValues: ['Nov 25', 'Nov 26'],
      },
      events: ['[Recs] Recommendation Event', 'Purchase'],
    },
  ],
};

const QUERY: FunnelQuery = {
  project: null,
  steps: [
    {
      eventType: '[Recs] Recommendation Event',
      filters: [{ property: 'recommendations.recommendation_control', values: ['true'] }],
    },
    { eventType: 'Purchase', filters: [] },
  ],
  range: { start: '2026-10-28', end: '2026-11-26' },
  windowSeconds: 2_592_000,
};

describe('a question', () => {
  it('is written as the documentation has it', () => {
    const parameters = new URLSearchParams(formatQuery(QUERY));
    expect(parameters.getAll('e').map((text) => JSON.parse(text))).toEqual([
      {
        event_type: '[Recs] Recommendation Event',
        filters: [
          {
            subprop_type: 'event',
            subprop_key: 'recommendations.recommendation_control',
            subprop_op: 'is',
            subprop_value: ['true'],
          },
        ],
      },
      { event_type: 'Purchase' },
    ]);
    parameters.delete('e');
    expect(Object.fromEntries(parameters)).toEqual({
      start: '20261028',
      end: '20261126',
      mode: 'ordered',
      n: 'active',
      cs: '2592000',
    });
  });

  it.each(['Say "yes" [twice] {now}', "a&e={}=b#c%20+d\\'", 'Käufe 🛒', 'ce:Big, "bought"'])(
    'takes the outcome %s to the letter',
    (outcome) => {
      const [exposure] = QUERY.steps;
      const query = formatQuery({ ...QUERY, steps: [exposure, { eventType: outcome, filters: [] }] });
      // Neither a form nor a URL parser may read it differently.
      expect(query).toMatch(/^[\w.~!*'()&=%-]+$/);
      const [, last = ''] = new URLSearchParams(query).getAll('e');
      expect(JSON.parse(last)).toEqual({ event_type: outcome });
    },
  );

  it('costs days × conditions × twice the events: 120 for thirty days', () => {
    expect(costOf(QUERY)).toBe(120);
    expect(costOf({ ...QUERY, range: { start: '2026-11-26', end: '2026-11-26' } })).toBe(4);
  });
});

describe('an answer', () => {
  it('as documented is read, and its days do not add up to the whole', () => {
    expect(parseAnswer(JSON.stringify(DOCUMENTED))).toEqual({
      counts: { users: 1_500, conversions: 120 },
      days: [
        { date: '2026-11-25', users: 900, conversions: 70 },
        { date: '2026-11-26', users: 800, conversions: 65 },
      ],
    });
  });

  const answer = (group: object): string => JSON.stringify({ data: [group] });

  it.each<[string, string]>([
    ['without any group', JSON.stringify({ data: [] })],
    ['with nobody in it', answer({ cumulativeRaw: [0, 0] })],
  ])('%s is of nobody', (_case, text) => {
    expect(parseAnswer(text)).toEqual({ counts: { users: 0, conversions: 0 }, days: [] });
  });

  it.each([
    ['no days', {}],
    ['null for days', { dayFunnels: null }],
    ['days of another shape', { dayFunnels: { series: 'none', xValues: {} } }],
    ['days without figures', { dayFunnels: { series: [], xValues: ['2026-11-26'] } }],
  ])('with %s is worth having for its figures', (_case, days) => {
    const text = answer({ cumulativeRaw: [1_000, 100], ...days });
    expect(parseAnswer(text)).toEqual({ counts: { users: 1_000, conversions: 100 }, days: [] });
  });

  it.each([
    ['an empty text', ''],
    ['a login page', '<!doctype html><title>Log in</title>'],
    ['half of one', '{"data":[{"cumulativeRaw":[10'],
    ['an error with status 200', '{"error":"x"}'],
    ['one step', answer({ cumulativeRaw: [10] })],
    ['no figures', answer({ cumulative: [1, 0.1] })],
    ['texts for figures', answer({ cumulativeRaw: ['10', '1'] })],
    ['less than nobody', answer({ cumulativeRaw: [10, -1] })],
    ['null', 'null'],
    ['null for data', '{"data":null}'],
    ['null for a group', '{"data":[null]}'],
  ])('that is %s is no funnel', (_case, text) => {
    expect(parseAnswer(text)).toMatchObject({ fault: 'odd_answer' });
  });

  it('in which more convert than were exposed cannot be', () => {
    expect(parseAnswer(answer({ cumulativeRaw: [10, 11] }))).toMatchObject({ fault: 'impossible_counts' });
  });
});
