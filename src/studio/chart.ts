import type { Minute } from './outage.ts';
import type { Reader } from './reader.ts';
import { addReasons, type ReasonCounts, round, sayShares, sharesOf, totalOf } from './shares.ts';

const MINUTES = 60;
const STEP = 10;
const HEIGHT = 120;

/** The last hour, a bar a minute: recommended at the bottom, then the control group, then other defaults. */
export function drawChart(minutes: readonly Minute[], nowMs: number, reader: Reader): object {
  const lastMinute = Math.floor(nowMs / 60_000);
  const firstMinute = lastMinute - MINUTES + 1;
  const shown = minutes.filter(({ minute }) => minute >= firstMinute && minute <= lastMinute);
  const highest = Math.max(1, ...shown.map(({ reasons }) => totalOf(reasons)));
  const all = addReasons(shown);
  return {
    ...{ width: MINUTES * STEP, height: HEIGHT },
    total: totalOf(all),
    summary: sayShares(all, reader),
    highest: `${reader.count(highest, 'answer')} a minute`,
    bars: shown.flatMap(({ minute, reasons }) =>
      drawBar(reasons, highest, reader).map((bar) => ({
        ...bar,
        x: (minute - firstMinute) * STEP + 1,
        width: STEP - 2,
        label: `${sayAgo(lastMinute - minute)}: ${bar.label}`,
      })),
    ),
    from: reader.moment(firstMinute * 60_000),
    to: reader.moment(lastMinute * 60_000),
    rows: sharesOf(all).map(({ tone, label, answers, share }) => ({
      ...{ tone, label },
      answers: reader.number(answers),
      share: reader.percent(share),
    })),
  };
}

/** The service does not know the reader's time zone, and the text of a bar cannot be replaced. */
function sayAgo(minutes: number): string {
  return minutes === 0 ? 'This minute' : `${minutes} min ago`;
}

function drawBar(reasons: ReasonCounts, highest: number, { number }: Reader) {
  let top = HEIGHT;
  return sharesOf(reasons).map(({ tone, label, answers }) => {
    const height = (answers / highest) * HEIGHT;
    top -= height;
    return { tone, y: round(top), height: round(height), label: `${label}, ${number(answers)}` };
  });
}
