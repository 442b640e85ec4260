import type { Answer } from '../answer.ts';
import { looksLikeDispatchId } from '../domain/campaign.ts';
import type { Parameters } from './parameters.ts';

/** What `explain` tells of an answer, each name behind `explain_`. */
export type Explanation = Readonly<Record<string, string | number | null>>;

/** The store as it is now. */
export type StoreState = { readonly kind: string; readonly isHealthy: boolean };

export function explainAnswer(
  { block, trace }: Answer,
  parameters: Parameters,
  store: StoreState,
  requestId: string,
  totalMs: number,
): Explanation {
  return {
    request_id: requestId,
    cache: trace.cache,
    failure: trace.failure,
    age_seconds: trace.ageMs === null ? null : Math.round(trace.ageMs / 1_000),
    total_ms: round(totalMs),
    lookup_ms: round(trace.lookupMs),
    content_ms: round(trace.contentMs),
    store: store.isHealthy ? store.kind : `${store.kind}, not answering`,
    recommendation: block.placement.recommendation,
    left_out: trace.leftOut.map(({ id, reason }) => `${id}: ${reason}`).join(' | ') || null,
    hints: hintsOf(parameters).join(' | ') || null,
  };
}

function hintsOf(parameters: Parameters): string[] {
  const hints = [...parameters.hints];
  if (parameters.campaign !== null && looksLikeDispatchId(parameters.campaign)) {
    hints.push(
      'campaign looks like a dispatch id, which differs by step and by person; use the name of the send',
    );
  }
  return hints;
}

/** The same for tools that show headers: `Cache-Status` (RFC 9211) and `Server-Timing`. */
export function explainHeaders({ trace }: Answer, totalMs: number): Record<string, string> {
  const isStored = trace.failure === null;
  const status = {
    hit: 'hit',
    store_hit: 'hit; detail=store',
    stale: 'hit; detail=stale',
    stale_if_error: 'hit; detail=stale-if-error',
    pinned: 'hit; detail=pin',
    miss: isStored ? 'fwd=miss; stored' : 'fwd=miss',
    collapsed: 'fwd=miss; collapsed',
    bypass: 'fwd=bypass',
  }[trace.cache];
  const times = { lookup: trace.lookupMs, content: trace.contentMs, total: totalMs };
  return {
    'Cache-Status': `inlay; ${status}`,
    'Server-Timing': Object.entries(times)
      .map(([name, ms]) => `${name};dur=${round(ms)}`)
      .join(', '),
  };
}

/** As a comment at the end of HTML, where nothing in it can close the comment. */
export function explainComment(explanation: Explanation): string {
  const lines = Object.entries(explanation).map(([name, value]) => `explain_${name}: ${value}`);
  return `\n<!--\n${lines.join('\n').replaceAll('--', '- -')}\n-->`;
}

/** As lines at the end of plain text. */
export function explainLines(explanation: Explanation): string {
  return `\n--\n${Object.entries(explanation)
    .map(([name, value]) => `explain_${name}: ${value}`)
    .join('\n')}\n`;
}

function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
