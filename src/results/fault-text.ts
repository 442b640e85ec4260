import { countDays, type DayRange } from '../domain/day.ts';
import type { ResultsFault } from '../domain/results.ts';
import { keyVariable } from '../key-variable.ts';
import { MAX_COST } from './allowance.ts';
import type { FunnelFault, FunnelQuery } from './funnel.ts';
import { costOf } from './funnel-wire.ts';
import { time, whole } from './wording.ts';

/** What happened, and what to do about it, for whoever asked. Names variables, never what they hold. */
export function describeFault(fault: FunnelFault, query: FunnelQuery): ResultsFault {
  const retryAfterSeconds = fault.retryAfterMs === null ? null : Math.ceil(fault.retryAfterMs / 1_000);
  return { fault: CODES[fault.fault], detail: TEXTS[fault.fault](fault, query), retryAfterSeconds };
}

const CODES: Readonly<Record<FunnelFault['fault'], ResultsFault['fault']>> = {
  off: 'results_off',
  too_dear: 'results_too_dear',
  no_allowance: 'results_unavailable',
  throttled: 'results_unavailable',
  refused: 'results_refused',
  bad_question: 'results_refused',
  wrong_url: 'results_refused',
  failed: 'results_unavailable',
  timeout: 'results_unavailable',
  odd_answer: 'results_unavailable',
  impossible_counts: 'results_unavailable',
};

type Describe = (fault: FunnelFault, query: FunnelQuery) => string;

const TEXTS: Readonly<Record<FunnelFault['fault'], Describe>> = {
  off: (_fault, { project }) =>
    `${keyVariable('API_KEY', project)} is not set. It stands beside the secret key in Amplitude: Settings, Projects, the project, General.`,
  too_dear: (_fault, query) => {
    const most = Math.floor(MAX_COST / costOf({ ...query, range: oneDayOf(query.range) }));
    return `${whole(countDays(query.range))} days cost ${whole(costOf(query))} for each group, and Amplitude allows ${whole(MAX_COST)} in five minutes. Ask for ${most} days at most. They cannot be put together from parts, since people who come again would count twice.`;
  },
  no_allowance: ({ retryAfterMs }) =>
    `Amplitude allows questions that cost ${whole(MAX_COST)} in five minutes, and that is used up.${again(retryAfterMs)} What has been answered already is kept.`,
  throttled: ({ retryAfterMs }) =>
    `Amplitude answers 429: what it allows the project is used up, perhaps by others who ask it.${again(retryAfterMs)}`,
  refused: ({ status }, { project }) =>
    `Amplitude answers ${status}: it does not accept ${keyVariable('API_KEY', project)} with ${keyVariable('SECRET_KEY', project)}. Look whether they are swapped, or of two projects, and whether DASHBOARD_API_URL is the one of the project's region.`,
  bad_question: ({ status }) =>
    `Amplitude answers ${status}: it cannot read the question. Look whether the outcome, and the names under results: in placement.yaml, are exactly those that Amplitude shows.`,
  wrong_url: ({ status }) =>
    `DASHBOARD_API_URL answers ${status} and no results. It should be https://amplitude.com/api/2, or https://analytics.eu.amplitude.com/api/2 for a project in the EU.`,
  failed: ({ status }) =>
    status === null
      ? 'Amplitude cannot be reached. Ask again in a minute; if it stays so, look whether this machine may reach DASHBOARD_API_URL.'
      : `Amplitude answers ${status}: it has a problem of its own. Ask again in a minute.`,
  timeout: () => 'Amplitude did not answer in time. Ask again, or for fewer days.',
  odd_answer: () =>
    'What Amplitude answers is no funnel. Ask again; if it stays so, look whether DASHBOARD_API_URL is right.',
  impossible_counts: () =>
    'Amplitude counts more people who did the outcome than were exposed, which cannot be. Look at the same funnel in Amplitude, and whether the outcome is really another event than the exposure.',
};

function again(retryAfterMs: number | null): string {
  return retryAfterMs === null ? '' : ` Ask again in ${time(retryAfterMs)}.`;
}

function oneDayOf({ start }: DayRange): DayRange {
  return { start, end: start };
}
