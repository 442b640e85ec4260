import type { RequestHandler, Response } from 'express';
import type { Windows } from '../domain/freshness.ts';
import type { Placement } from '../domain/placement.ts';
import type { Results, ResultsFault, ResultsQuestion } from '../domain/results.ts';
import { type Authorize, refuseCrossSite } from './access.ts';
import { Problem } from './problem.ts';
import { queryOf } from './query.ts';
import { formatResultsCsv } from './results-csv.ts';
import { resultsToJson } from './results-json.ts';
import { parseResultsQuery, type ResultsFormat } from './results-query.ts';
import { sendJson, sendPrivate } from './send-json.ts';

/** A placement as results need it. */
type MeasuredPlacement = { readonly placement: Placement; readonly plan: { readonly windows: Windows } };

export type ResultsRouteParts = {
  readonly authorize: Authorize;
  readonly ownOrigin: string;
  /** By name or alias, lower case. */
  readonly findPlacement: (name: string) => MeasuredPlacement | null;
  readonly fetch: (question: ResultsQuestion) => Promise<Results | ResultsFault>;
  /** Milliseconds. */
  readonly wallNow: () => number;
};

/** `GET /v1/results/{placement}`, with `.csv`, `.json` or nothing. For studio people: it spends Amplitude's allowance. */
export function createResultsRoute(parts: ResultsRouteParts): RequestHandler {
  const { authorize, ownOrigin, findPlacement, fetch, wallNow } = parts;
  return async (request, response) => {
    refuseCrossSite(request, ownOrigin);
    await authorize(request, 'studio');
    if (request.method !== 'GET') throw new Problem('method_not_allowed', 'Use GET.', { Allow: 'GET' });
    const { name, suffix } = parsePath(String(request.params.placement));
    const found = findPlacement(name);
    if (!found) throw new Problem('unknown_placement', 'No placement has this name; check its spelling.');
    const { format, ...query } = parseResultsQuery(queryOf(request.url), wallNow());
    const { placement, plan } = found;
    const results = await fetch({ placement, windows: plan.windows, ...query });
    if ('fault' in results) throw problemOf(results);
    sendResults(response, results, suffix ?? format ?? 'json');
  };
}

function parsePath(path: string): { name: string; suffix: ResultsFormat | null } {
  const [, name = path, suffix] = /^(.*)\.(json|csv)$/i.exec(path) ?? [];
  return { name: name.toLowerCase(), suffix: (suffix?.toLowerCase() ?? null) as ResultsFormat | null };
}

function problemOf({ fault, detail, retryAfterSeconds }: ResultsFault): Problem {
  if (retryAfterSeconds === null) return new Problem(fault, detail);
  return new Problem(fault, detail, { 'Retry-After': String(retryAfterSeconds) });
}

function sendResults(response: Response, results: Results, format: ResultsFormat): void {
  const headers = { 'X-Content-Type-Options': 'nosniff' };
  const { start, end } = results.asked.range;
  if (format === 'json') sendJson(response, 200, resultsToJson(results), headers);
  else
    sendPrivate(response, 200, formatResultsCsv(results), {
      ...headers,
      'Content-Type': 'text/csv; charset=utf-8; header=present',
      'Content-Disposition': `attachment; filename="${results.placement}-${start}-${end}.csv"`,
    });
}
