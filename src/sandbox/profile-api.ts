import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { BookedEvent } from './event-book.ts';
import { exposureOf } from './exposure.ts';

export type SandboxOptions = {
  /** The key that calls must bring. */
  readonly secretKey: string;
  /** Which items each recommendation chooses from. */
  readonly itemsOf: (recommendation: string) => readonly string[];
  /** Takes the exposures, which Amplitude logs at each call. */
  readonly record?: (exposure: BookedEvent) => void;
};

/** How long `slow-…` people take: longer than any answer may. */
const SLOW_MS = 3_000;

/**
 * Amplitude's User Profile API as a real HTTP server, for the demo and for tests. What a person gets is the first
 * word of their id: `treatment-1`, `control-1`, `new-1`, `empty-1`, `slow-1`, `error-1`, `throttled-1`; anybody else
 * is unknown. Every answer carries `"sandbox": true`. Does not listen yet.
 */
export function createSandboxProfileApi(options: SandboxOptions): Server {
  return createServer((request, response) => {
    const { status, body, afterMs = 0 } = answer(request, options);
    if (afterMs === 0) send(response, status, body);
    else setTimeout(send, afterMs, response, status, body).unref();
  });
}

/** A text body is sent as it is, an object as JSON. */
type SandboxAnswer = { readonly status: number; readonly body: object | string; readonly afterMs?: number };

function answer(request: IncomingMessage, options: SandboxOptions): SandboxAnswer {
  const { secretKey, itemsOf } = options;
  const url = new URL(request.url ?? '/', 'http://sandbox');
  const key = /^Api-Key (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (url.pathname !== '/v1/userprofile') return { status: 404, body: '' };
  if (key === undefined) return { status: 401, body: 'Missing Api-Key in Authorization header' };
  if (key !== secretKey) return { status: 401, body: 'Invalid Api-Key' };

  const id = url.searchParams.get('user_id') ?? url.searchParams.get('device_id') ?? '';
  const recommendations = (url.searchParams.get('rec_id') ?? '').split(',').filter((rec) => rec !== '');
  // As Amplitude does: the items of a control person are a random selection.
  const recommend = (isControl: boolean): object => {
    expose(url, recommendations.length, isControl, options);
    const entries = recommendations.map((rec) => entry(rec, isControl, shuffle(itemsOf(rec), id)));
    return profile(url, id, entries);
  };
  switch (id.split('-')[0]) {
    case 'treatment':
      return { status: 200, body: recommend(false) };
    case 'slow':
      return { status: 200, body: recommend(false), afterMs: SLOW_MS };
    case 'control':
      return { status: 200, body: recommend(true) };
    case 'empty':
      return { status: 200, body: profile(url, id, null) };
    case 'error':
      return { status: 500, body: { error: 'Internal server error' } };
    case 'throttled':
      return { status: 429, body: { error: THROTTLED } };
    default:
      return { status: 200, body: { error: 'User id and device id not seen before' } };
  }
}

/** One for each recommendation, whether the answer is read or not. */
function expose({ searchParams }: URL, times: number, isControl: boolean, { record }: SandboxOptions): void {
  const person = { userId: searchParams.get('user_id'), deviceId: searchParams.get('device_id') };
  for (let time = 0; time < times; time += 1) record?.(exposureOf(person, isControl, Date.now()));
}

const THROTTLED =
  'Number of requests per minute exceeds system limit. Please contact support if you need a higher limit.';

function profile({ searchParams }: URL, id: string, entries: readonly object[] | null): object {
  return {
    userData: {
      recommendations: entries,
      user_id: searchParams.get('user_id'),
      device_id: searchParams.get('device_id') ?? `device-of-${id}`,
      amp_props: searchParams.has('get_amp_props')
        ? { country: 'United States', 'gp:plan_type': 'starter' }
        : null,
      ...(searchParams.has('get_cohort_ids') && { cohort_ids: ['u567uui'] }),
      ...(searchParams.has('prediction_id') && {
        predictions: searchParams
          .get('prediction_id')
          ?.split(',')
          .map((pred_id) => ({
            pred_id,
            name: 'Likelihood to Convert',
            percentile: 97.5,
            probability: 0.734,
          })),
      }),
    },
  };
}

function entry(recommendation: string, isControl: boolean, items: readonly string[]): object {
  return {
    rec_id: recommendation,
    is_control: isControl,
    items,
    recommendation_source: 'recommendations_model_v2',
    last_updated: Math.floor(Date.now() / 1_000),
  };
}

/** Another order for each person, always the same for one. */
function shuffle(items: readonly string[], seed: string): string[] {
  return items
    .map((item) => ({ item, rank: hash('sha256', `${seed} ${item}`) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ item }) => item);
}

function send(response: ServerResponse, status: number, body: object | string): void {
  const isText = typeof body === 'string';
  const text = isText ? body : JSON.stringify({ ...body, sandbox: true });
  response.writeHead(status, { 'Content-Type': isText ? 'text/plain' : 'application/json' });
  response.end(text);
}
