import type { Dispatcher } from 'undici';
import { readBody } from '../upstream.ts';
import { type Outcome, parseOutcome } from './outcome.ts';

/** For all of it: a megabyte over a slow line, and the answer. */
const TIMEOUT_MS = 10_000;

/** Amplitude's answers may name every event that was sent. */
const MAX_ANSWER_BYTES = 1_048_576;

export type PostOptions = {
  /** The whole endpoint. */
  readonly url: URL;
  readonly apiKey: string;
  readonly dispatcher: Dispatcher;
};

/** Sends events, each a line of JSON, in one request. Never rejects. */
export type Post = (lines: readonly string[], signal: AbortSignal) => Promise<Outcome>;

export function createPost({ url, apiKey, dispatcher }: PostOptions): Post {
  // Ids shorter than five characters are refused unless that is asked for.
  const beginning = `{"api_key":${JSON.stringify(apiKey)},"options":{"min_id_length":1},"events":[`;
  return async (lines, signal) => {
    try {
      const { statusCode, body } = await dispatcher.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: `${beginning}${lines.join(',')}]}`,
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      const bytes = await readBody(body, MAX_ANSWER_BYTES);
      return parseOutcome(statusCode, bytes?.toString('utf8') ?? '', lines);
    } catch (error) {
      return { kind: 'failed', reason: reasonOf(error) };
    }
  };
}

/** A code such as `ECONNREFUSED` or `UND_ERR_CONNECT_TIMEOUT`, or a name; never a message, which may hold what was sent. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
