import { expect, it } from 'vitest';
import { drawChart } from '../../src/studio/chart.ts';
import { ENGLISH, plain } from './examples.ts';

const NOW = Date.UTC(2026, 10, 27, 10, 42, 30);
const MINUTE = Math.floor(NOW / 60_000);

const at = (minutesAgo: number, reasons: Readonly<Record<string, number>>) => ({
  ...{ minute: MINUTE - minutesAgo, reasons, asked: 0, failed: 0 },
});

it('shows the last hour, a bar a minute, the highest at full height', () => {
  const chart = drawChart(
    [at(59, { control: 5 }), at(0, { recommended: 10, control: 5, timeout: 5 })],
    NOW,
    ENGLISH,
  );
  expect(chart).toMatchObject({
    width: 600,
    total: 25,
    highest: '20 answers a minute',
    from: { iso: '2026-11-27T09:43:00.000Z' },
    to: { iso: '2026-11-27T10:42:00.000Z' },
    bars: [
      { tone: 'control', x: 1, width: 8, y: 90, height: 30, label: '59 min ago: Default (control group), 5' },
      { tone: 'recommended', x: 591, y: 60, height: 60, label: 'This minute: Recommended, 10' },
      { tone: 'control', x: 591, y: 30, height: 30 },
      {
        tone: 'fallback',
        x: 591,
        y: 0,
        height: 30,
        label: 'This minute: Default (because Amplitude was too slow), 5',
      },
    ],
  });
});

it('leaves out what is older than an hour, and what lies ahead', () => {
  const chart = drawChart(
    [at(60, { control: 5 }), at(3, { control: 1 }), at(-1, { control: 9 })],
    NOW,
    ENGLISH,
  );
  expect(chart).toMatchObject({ total: 1, highest: '1 answer a minute' });
});

it('has a table with the same figures', () => {
  const { rows } = drawChart([at(1, { recommended: 1_500, control: 500 })], NOW, ENGLISH) as {
    rows: { label: string; answers: string; share: string }[];
  };
  expect(rows.map(({ label, answers, share }) => [label, answers, plain(share)])).toEqual([
    ['Recommended', '1,500', '75 %'],
    ['Default (control group)', '500', '25 %'],
  ]);
});

it('is empty when nobody called', () => {
  expect(drawChart([], NOW, ENGLISH)).toMatchObject({ total: 0, bars: [], rows: [], summary: 'No answers' });
});
