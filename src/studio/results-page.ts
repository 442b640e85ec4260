import { addDays, dayAt } from '../domain/day.ts';
import type { Results, ResultsFault, ResultsQuestion } from '../domain/results.ts';
import type { Texts } from '../domain/texts.ts';
import { type ChromeParts, pathOf, type Visit, viewChrome } from './chrome.ts';
import { drawCourse, drawInterval } from './course.ts';
import type { StudioPlacement } from './placement.ts';
import { viewHead } from './placement-head.ts';
import type { PreviewState } from './preview-state.ts';
import type { Reader } from './reader.ts';
import { keepPercents, NO_BREAK_SPACE } from './text.ts';
import { nameServed } from './words.ts';

/** Clicks on an item in a position. */
export type PositionClicks = { readonly position: number; readonly itemId: string; readonly clicks: number };

export type ResultsView = {
  readonly placed: StudioPlacement;
  readonly texts: Texts;
  readonly state: PreviewState;
  readonly asked: Pick<ResultsQuestion, 'range' | 'outcome' | 'campaign' | 'channel'>;
  readonly found: Results | ResultsFault;
  /** Most first; null if the store does not say. */
  readonly clicks: readonly PositionClicks[] | null;
  readonly nowMs: number;
};

/** Whether the recommendation worked, in words, figures and a plot with its table. */
export function viewResults(parts: ChromeParts, visit: Visit, view: ResultsView): object {
  const { placed, texts, state, asked, found, clicks, nowMs } = view;
  const { placement } = placed;
  const { reader } = visit;
  const path = `${pathOf(placement.name)}/results`;
  return {
    chrome: viewChrome(parts, visit, `${placement.title}: results`, { placement: placement.name }),
    head: viewHead(placed, texts, reader, 'results', state),
    ...{ path, ...asked, start: asked.range.start, end: asked.range.end },
    usualOutcome: placement.results.outcome,
    ranges: viewRanges(path, asked, nowMs),
    csv: `/v1/results/${placement.name}.csv${queryOf(asked)}`,
    ...('fault' in found ? { fault: viewFault(found) } : viewFound(found, reader)),
    clicks: viewClicks(clicks, reader),
  };
}

function queryOf({ range, outcome, campaign, channel }: ResultsView['asked']): string {
  const query = new URLSearchParams({ start: range.start, end: range.end });
  for (const [name, value] of Object.entries({ outcome, campaign, channel }))
    if (value) query.set(name, value);
  return `?${query}`;
}

/** Ranges that people mostly want, up to the last full day. */
function viewRanges(path: string, asked: ResultsView['asked'], nowMs: number): object[] {
  const end = addDays(dayAt(nowMs), -1);
  return [7, 14, 30, 90].map((days) => {
    const range = { start: addDays(end, 1 - days), end };
    return {
      label: `${days} days`,
      href: `${path}${queryOf({ ...asked, range })}`,
      isCurrent: range.start === asked.range.start && range.end === asked.range.end,
    };
  });
}

const FAULTS: Readonly<Record<ResultsFault['fault'], string>> = {
  results_off: 'Results are off',
  results_refused: 'Amplitude refuses to answer',
  results_unavailable: 'Amplitude does not answer',
  results_too_dear: 'That is more than Amplitude allows at once',
  invalid_parameters: 'Something is missing',
};

function viewFault({ fault, detail }: ResultsFault): object {
  return { title: FAULTS[fault], detail };
}

function viewFound(results: Results, reader: Reader): object {
  const { arms, comparison, verdict, warnings, fallbacks, days, asked, sampleRatio } = results;
  const { lift, liftLow, liftHigh, isEnough } = comparison;
  return {
    verdict: keepPercents(verdict),
    tone: toneOf(results),
    warnings: warnings.map(({ text }) => keepPercents(text)),
    arms: (['treatment', 'control'] as const).map((arm) => ({
      name: arm === 'treatment' ? 'Recommended' : 'Default (control group)',
      tone: arm === 'treatment' ? 'recommended' : 'control',
      users: reader.number(arms[arm].users),
      conversions: reader.number(arms[arm].conversions),
      rate: sayShare(comparison.rates[arm], reader),
    })),
    lift: saySigned(lift, reader),
    interval:
      lift === null || liftLow === null || liftHigh === null ? null : drawInterval(lift, liftLow, liftHigh),
    low: saySigned(liftLow, reader),
    high: saySigned(liftHigh, reader),
    significance: saySignificance(comparison.significance, reader),
    isEnough,
    observedShare: sayShare(sampleRatio.observedShare, reader),
    expectedShare: sampleRatio.expectedShare === null ? null : sayShare(sampleRatio.expectedShare, reader),
    fallbacks: Object.entries(fallbacks ?? {})
      .sort(([, a], [, b]) => b - a)
      .map(([reason, share]) => ({
        label: nameServed(reason),
        share: sayShare(share, reader),
      })),
    course: days.length === 0 ? null : drawCourse(days, reader),
    asked: {
      ...asked,
      events: JSON.stringify(asked.events, null, 2),
      said: reader.moment(asked.saidAtMs),
      windowDays: reader.number(Math.round(asked.windowSeconds / 8_640) / 10),
    },
  };
}

function toneOf({ comparison, sampleRatio }: Results): string {
  const { isEnough, lift, liftLow, liftHigh } = comparison;
  if (sampleRatio.isMismatch) return 'problem';
  if (!isEnough || lift === null || liftLow === null || liftHigh === null) return 'note';
  if (liftLow > 0) return 'recommended';
  return liftHigh < 0 ? 'problem' : 'note';
}

/** `9.8 %`; a dash for what is not defined. */
function sayShare(share: number | null, { number }: Reader): string {
  if (share === null) return '–';
  const percent = share * 100;
  return `${number(Math.round(percent * (percent < 10 ? 100 : 10)) / (percent < 10 ? 100 : 10))}${NO_BREAK_SPACE}%`;
}

/** Never all of it, which no test can tell. */
function saySignificance(significance: number | null, reader: Reader): string {
  return significance !== null && significance > 0.999
    ? `over 99.9${NO_BREAK_SPACE}%`
    : sayShare(significance, reader);
}

/** `+30 %` */
function saySigned(share: number | null, { number }: Reader): string {
  if (share === null) return '–';
  const percent = Math.round(share * 1_000) / 10;
  return `${percent > 0 ? '+' : percent < 0 ? '−' : ''}${number(Math.abs(percent))}${NO_BREAK_SPACE}%`;
}

function viewClicks(clicks: ResultsView['clicks'], { number, percent }: Reader): object | null {
  if (clicks === null) return null;
  const total = clicks.reduce((sum, one) => sum + one.clicks, 0);
  return {
    total: number(total),
    rows: clicks.slice(0, 50).map(({ position, itemId, clicks: own }) => ({
      ...{ position, itemId, clicks: number(own), share: percent(own / total) },
      part: own / total,
    })),
  };
}
