import { z } from 'zod';
import { countDays } from '../domain/day.ts';
import { parseJson } from '../parse-json.ts';
import { type FunnelFault, type FunnelFigures, type FunnelQuery, faultOf, type Step } from './funnel.ts';

// Amplitude's Dashboard REST API, `/funnels`: its names, and what it counts.

/** All people are one segment, and a filter of an event is no condition of a segment. */
const CONDITIONS = 1;

/** What it takes of the project's allowance: days × conditions × twice the events. */
export function costOf({ steps, range }: Pick<FunnelQuery, 'steps' | 'range'>): number {
  return countDays(range) * CONDITIONS * 2 * steps.length;
}

/** An event as the API and its documentation write it. */
export function formatStep({ eventType, filters }: Step): object {
  return {
    event_type: eventType,
    ...(filters.length > 0 && {
      filters: filters.map(({ property, values }) => ({
        subprop_type: 'event',
        subprop_key: property,
        subprop_op: 'is',
        subprop_value: values,
      })),
    }),
  };
}

export function formatQuery({ steps, range, windowSeconds }: FunnelQuery): string {
  const parameters = [
    ...steps.map((step) => ['e', JSON.stringify(formatStep(step))]),
    ['start', range.start.replaceAll('-', '')],
    ['end', range.end.replaceAll('-', '')],
    ['mode', 'ordered'],
    ['n', 'active'],
    ['cs', String(windowSeconds)],
  ];
  // A form would write spaces as +.
  return parameters.map(([name, value = '']) => `${name}=${encodeURIComponent(value)}`).join('&');
}

const count = z.number().nonnegative().transform(Math.round);
const counts = z.tuple([count, count], count);

const Answer = z.object({
  data: z.array(
    z.object({
      cumulativeRaw: counts,
      dayFunnels: z
        .object({ series: z.array(counts), xValues: z.array(z.string()) })
        .nullish()
        // The course of the days is an addition; the figures are worth having without.
        .catch(null),
    }),
  ),
});

/** Reads an answer. Without any group there was nobody to count. */
export function parseAnswer(text: string): FunnelFigures | FunnelFault {
  const parsed = parseJson(Answer, text);
  if (!parsed) return faultOf('odd_answer', 200);
  const [first] = parsed.data;
  if (!first) return { counts: { users: 0, conversions: 0 }, days: [] };
  const [users, conversions] = first.cumulativeRaw;
  if (conversions > users) return faultOf('impossible_counts', 200);
  const { series = [], xValues = [] } = first.dayFunnels ?? {};
  const days = xValues.flatMap((date, index) => {
    const day = series[index];
    return day ? [{ date, users: day[0], conversions: Math.min(day[0], day[1]) }] : [];
  });
  return { counts: { users, conversions }, days };
}
