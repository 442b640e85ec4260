import type { Dispatcher } from 'undici';
import type { Lookup } from '../domain/profile.ts';
import { isTimeout, readBody } from '../upstream.ts';
import { formatQuery, type ProfileQuery, parseAnswer } from './wire.ts';

/** A hundred items with long ids are 10 KB; a person with every property a few hundred. */
const MAX_BODY_BYTES = 1_048_576;

export type AmplitudeOptions = {
  /** The whole endpoint. */
  readonly url: URL;
  /** Project name → secret key; null is the main project. */
  readonly secretKeys: ReadonlyMap<string | null, string>;
  readonly dispatcher: Dispatcher;
};

/** One call as it ended. */
export type CallResult = {
  /** What it says about each recommendation asked for. */
  readonly lookups: ReadonlyMap<string, Lookup>;
  /** Amplitude is slow or broken, which other calls would feel as well. */
  readonly isFailure: boolean;
  /** True for a 5xx and a broken connection: it may not have been understood, so asking once more can help. */
  readonly mayRetry: boolean;
};

export type CallAmplitude = (
  project: string | null,
  query: ProfileQuery,
  signal: AbortSignal,
) => Promise<CallResult>;

/** The User Profile API, one call. Never throws for what Amplitude or the network does, and follows no redirect. */
export function createAmplitude({ url, secretKeys, dispatcher }: AmplitudeOptions): CallAmplitude {
  return async (project, query, signal) => {
    try {
      const { statusCode, body } = await dispatcher.request({
        origin: url.origin,
        path: `${url.pathname}?${formatQuery(query)}`,
        method: 'GET',
        headers: { authorization: `Api-Key ${secretKeys.get(project)}`, accept: 'application/json' },
        signal,
      });
      const bytes = await readBody(body, MAX_BODY_BYTES);
      if (bytes === null) return failed(query, 'invalid_response', false);
      const lookups = parseAnswer(statusCode, bytes.toString('utf8'), query);
      const reasons = [...lookups.values()].map((lookup) =>
        lookup.status === 'unavailable' ? lookup.reason : null,
      );
      // An error that Amplitude words, such as its limit, is an answer, whatever the status.
      const isBroken = reasons.includes('upstream_error');
      return {
        lookups,
        isFailure: isBroken || reasons.includes('invalid_response'),
        mayRetry: isBroken && statusCode >= 500,
      };
    } catch (error) {
      const reason = reasonOf(error);
      return failed(query, reason, reason === 'upstream_error');
    }
  };
}

function failed(query: ProfileQuery, reason: FailureReason, mayRetry: boolean): CallResult {
  const lookup: Lookup = { status: 'unavailable', reason };
  return { lookups: new Map(query.recommendations.map((id) => [id, lookup])), isFailure: true, mayRetry };
}

type FailureReason = 'timeout' | 'upstream_error' | 'invalid_response';

function reasonOf(error: unknown): FailureReason {
  if (!(error instanceof Error)) throw error;
  return error.name === 'TimeoutError' || error.name === 'AbortError' || isTimeout(error)
    ? 'timeout'
    : 'upstream_error';
}
