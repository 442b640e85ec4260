import { hash } from 'node:crypto';
import type { Dispatcher } from 'undici';
import { isTimeout, readBody } from '../upstream.ts';
import { type FunnelFault, type FunnelFigures, type FunnelQuery, faultOf } from './funnel.ts';
import { formatQuery, parseAnswer } from './funnel-wire.ts';

/** Histograms take most of an answer, some hundred KB for a long range. */
const MAX_BODY_BYTES = 4 * 1_048_576;

/** What Amplitude says when, or we if it does not, within reason. */
const MAX_RETRY_AFTER_MS = 3_600_000;

export type DashboardOptions = {
  /** The base; `/funnels` is appended. */
  readonly url: URL;
  /** By project name; null is the main project. */
  readonly apiKeys: ReadonlyMap<string | null, string>;
  readonly secretKeys: ReadonlyMap<string | null, string>;
  readonly dispatcher: Dispatcher;
  /** Wall clock, milliseconds. */
  readonly wallNow: () => number;
};

export type Dashboard = {
  /** Asks for one funnel. Never rejects for what Amplitude or the network does. */
  readonly ask: (query: FunnelQuery, signal: AbortSignal) => Promise<FunnelFigures | FunnelFault>;
  /** What stands for a project's data and tells no key, so that other keys do not get its answers; null without API key. */
  readonly identityOf: (project: string | null) => string | null;
};

/** The Dashboard REST API, one call. No redirect is followed with the keys attached, and no answer is repeated. */
export function createDashboard(options: DashboardOptions): Dashboard {
  const { url, apiKeys, secretKeys, dispatcher, wallNow } = options;
  const path = `${url.pathname.replace(/\/$/, '')}/funnels`;

  const identityOf: Dashboard['identityOf'] = (project) => {
    const apiKey = apiKeys.get(project);
    return apiKey === undefined ? null : hash('sha256', `${url.href}\n${apiKey}`, 'base64url');
  };

  const ask: Dashboard['ask'] = async (query, signal) => {
    const apiKey = apiKeys.get(query.project);
    if (apiKey === undefined) return faultOf('off');
    const keys = Buffer.from(`${apiKey}:${secretKeys.get(query.project)}`).toString('base64');
    try {
      const { statusCode, headers, body } = await dispatcher.request({
        origin: url.origin,
        path: `${path}?${formatQuery(query)}`,
        method: 'GET',
        headers: { authorization: `Basic ${keys}`, accept: 'application/json' },
        signal,
      });
      if (statusCode === 200) {
        const bytes = await readBody(body, MAX_BODY_BYTES);
        return bytes === null ? faultOf('odd_answer', statusCode) : parseAnswer(bytes.toString('utf8'));
      }
      await body.dump();
      return refusal(statusCode, headers['retry-after'], wallNow());
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return faultOf(signal.aborted || isTimeout(error) ? 'timeout' : 'failed');
    }
  };

  return { ask, identityOf };
}

function refusal(status: number, retryAfter: string | string[] | undefined, nowMs: number): FunnelFault {
  const retryAfterMs = parseRetryAfter(retryAfter, nowMs);
  if (status === 429) return faultOf('throttled', status, retryAfterMs);
  if (status === 401 || status === 403) return faultOf('refused', status);
  if (status >= 500 || status === 408) return faultOf('failed', status, retryAfterMs);
  if (status === 400 || status === 413 || status === 414 || status === 422)
    return faultOf('bad_question', status);
  return faultOf('wrong_url', status);
}

/** Seconds or a date (RFC 9110), in milliseconds from now; null for neither. */
function parseRetryAfter(value: string | string[] | undefined, nowMs: number): number | null {
  const text = [value].flat()[0]?.trim() ?? '';
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms));
}
