import type { DayResult } from '../domain/results.ts';
import type { Reader } from './reader.ts';
import { round } from './shares.ts';
import { NO_BREAK_SPACE } from './text.ts';

const WIDTH = 600;
const HEIGHT = 160;

type Line = {
  readonly tone: 'recommended' | 'control';
  readonly points: string;
  readonly dots: readonly Dot[];
};
type Dot = { readonly x: number; readonly y: number; readonly label: string };

/** Both arms' conversion rates day by day, and the table of the same figures. */
export function drawCourse(days: readonly DayResult[], { number }: Reader): object {
  const rateOf = ({ users, conversions }: DayResult['control']): number | null =>
    users === 0 ? null : conversions / users;
  const highest = Math.max(
    0.0001,
    ...days.flatMap((day) => [rateOf(day.control) ?? 0, rateOf(day.treatment) ?? 0]),
  );
  const top = niceCeiling(highest);
  const say = (rate: number | null): string =>
    rate === null ? '–' : `${number(Math.round(rate * 10_000) / 100)}${NO_BREAK_SPACE}%`;
  const line = (tone: Line['tone'], arm: 'control' | 'treatment'): Line => {
    const dots = days.flatMap((day, index) => {
      const rate = rateOf(day[arm]);
      if (rate === null) return [];
      const x = days.length === 1 ? WIDTH / 2 : (index / (days.length - 1)) * WIDTH;
      return [{ x: round(x), y: round(HEIGHT - (rate / top) * HEIGHT), label: `${day.date}: ${say(rate)}` }];
    });
    return { tone, dots, points: dots.map(({ x, y }) => `${x},${y}`).join(' ') };
  };
  return {
    ...{ width: WIDTH, height: HEIGHT, top: say(top), middle: say(top / 2) },
    lines: [line('control', 'control'), line('recommended', 'treatment')],
    first: days[0]?.date,
    last: days.at(-1)?.date,
    rows: days.map(({ date, control, treatment }) => ({
      date,
      treatmentUsers: number(treatment.users),
      treatmentRate: say(rateOf(treatment)),
      controlUsers: number(control.users),
      controlRate: say(rateOf(control)),
    })),
  };
}

/** 1, 2 or 5 times a power of ten. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

/** The lift and between what it lies, on a line that shows zero. In a width of 100. */
export function drawInterval(lift: number, low: number, high: number): object {
  const from = Math.min(0, low);
  const to = Math.max(0, high);
  const margin = (to - from) * 0.08 || 0.01;
  const place = (value: number): number => round(((value - from + margin) / (to - from + 2 * margin)) * 100);
  return { zero: place(0), low: place(low), width: round(place(high) - place(low)), lift: place(lift) };
}
