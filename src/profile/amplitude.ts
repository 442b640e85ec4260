import { type Dispatcher, errors } from 'undici';
import type { Deadline } from '../deadline.ts';
import type { Lookup } from '../domain/profile.ts';
import { formatQuery, type ProfileQuery, parseAnswer } from './wire.ts';

/** A hundred items with long ids are 10 KB; a person with every property a few hundred. */
const MAX_BODY_BYTES = 1_048_576;

/** A second attempt is worth it only with this much time left; Amplitude promises answers "in less than a second". */
const MIN_RETRY_MS = 150;

export type AmplitudeOptions = {
  /** The whole endpoint. */
  readonly url: URL;
  /** Project name → secret key; null is the main project. */
  readonly secretKeys: ReadonlyMap<string | null, string>;
  readonly dispatcher: Dispatcher;
};

/** One call to Amplitude as it ended, with what it says about each recommendation asked for. */
export type FetchProfile = (
  project: string | null,
  query: ProfileQuery,
  deadline: Deadline,
) => Promise<Map<string, Lookup>>;

/**
 * The User Profile API. Each call logs an exposure, so one that was understood is never repeated: only a 5xx and a
 * broken connection are, once, inside the deadline. Never throws for what Amplitude or the network does.
 */
export function createAmplitude({ url, secretKeys, dispatcher }: AmplitudeOptions): FetchProfile {
  return async (project, query, deadline) => {
    const path = `${url.pathname}?${formatQuery(query)}`;
    const headers = { authorization: `Api-Key ${secretKeys.get(project)}`, accept: 'application/json' };

    const attempt = async (): Promise<Attempt> => {
      try {
        const { statusCode, body } = await dispatcher.request({
          origin: url.origin,
          path,
          method: 'GET',
          headers,
          signal: deadline.signal,
        });
        const text = await readText(body);
        if (text === null) return failed(query, 'invalid_response', false);
        return { lookups: parseAnswer(statusCode, text, query), mayRetry: statusCode >= 500 };
      } catch (error) {
        return failed(query, reasonOf(error), isBrokenConnection(error));
      }
    };

    const first = await attempt();
    if (!first.mayRetry || deadline.remainingMs < MIN_RETRY_MS) return first.lookups;
    return (await attempt()).lookups;
  };
}

type Attempt = { readonly lookups: Map<string, Lookup>; readonly mayRetry: boolean };

function failed(query: ProfileQuery, reason: FailureReason, mayRetry: boolean): Attempt {
  const lookup: Lookup = { status: 'unavailable', reason };
  return { lookups: new Map(query.recommendations.map((id) => [id, lookup])), mayRetry };
}

type FailureReason = 'timeout' | 'upstream_error' | 'invalid_response';

function reasonOf(error: unknown): FailureReason {
  if (!(error instanceof Error)) throw error;
  return error.name === 'TimeoutError' || error.name === 'AbortError' || isTimeout(error)
    ? 'timeout'
    : 'upstream_error';
}

function isTimeout(error: Error): boolean {
  return (
    error instanceof errors.ConnectTimeoutError ||
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError
  );
}

function isBrokenConnection(error: unknown): boolean {
  return error instanceof Error && reasonOf(error) === 'upstream_error';
}

async function readText(body: Dispatcher.ResponseData['body']): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Leaving the loop destroys the stream, and with it the connection.
    if (size > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
