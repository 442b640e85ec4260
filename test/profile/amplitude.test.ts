import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lookup } from '../../src/domain/profile.ts';
import { createAmplitude } from '../../src/profile/amplitude.ts';
import type { ProfileQuery } from '../../src/profile/wire.ts';

const QUERY: ProfileQuery = {
  person: { kind: 'user_id', id: 'ünï +&#' },
  recommendations: ['s234ssg'],
  traits: { properties: [], cohorts: [], predictions: [] },
};
const TREATMENT =
  '{"userData":{"recommendations":[{"rec_id":"s234ssg","is_control":false,"items":["a","b"]}]}}';
const UNKNOWN = '{"error":"User id and device id not seen before"}';
const LIMIT = '{"error":"Number of requests per minute exceeds system limit. Contact us."}';
const KEYS = new Map<string | null, string>([
  [null, 'main-key'],
  ['shop', 'shop-key'],
]);

/** Far below what any of these servers would take, far above what a slow machine needs to notice. */
const MUCH_TOO_LATE_MS = 3_000;

let agent: Agent;
let servers: Server[] = [];

beforeEach(() => {
  agent = new Agent();
});

afterEach(async () => {
  await agent.destroy();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  servers = [];
});

/** A server whose n-th answer is the n-th listener's, and the last one's from then on; it keeps what it was asked. */
async function upstream(
  ...listeners: readonly RequestListener[]
): Promise<{ url: URL; calls: IncomingMessage[] }> {
  const calls: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const listener = listeners[Math.min(calls.length, listeners.length - 1)];
    calls.push(request);
    listener?.(request, response);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`http://127.0.0.1:${port}/v1/userprofile`), calls };
}

const answering =
  (status: number, body: string, headers = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };

const never: RequestListener = () => {};

const reset: RequestListener = (request) => void request.socket.resetAndDestroy();

const dripping: RequestListener = (_request, response) => {
  response.writeHead(200, { 'Content-Length': TREATMENT.length });
  let sent = 0;
  const timer = setInterval(() => {
    response.write(TREATMENT.charAt(sent));
    sent += 1;
  }, 50);
  response.on('close', () => clearInterval(timer));
};

const truncated: RequestListener = (_request, response) => {
  response.writeHead(200, { 'Content-Length': TREATMENT.length });
  response.write(TREATMENT.slice(0, 40), () => response.socket?.end());
};

type Outcome = { readonly lookup: Lookup | undefined; readonly mayRetry: boolean };

async function callTo(url: URL, waitMs = 2_000, project: string | null = null): Promise<Outcome> {
  const call = createAmplitude({ url, secretKeys: KEYS, dispatcher: agent });
  const { lookups, mayRetry } = await call(project, QUERY, AbortSignal.timeout(waitMs));
  return { lookup: lookups.get('s234ssg'), mayRetry };
}

function unavailable(reason: string): object {
  return { status: 'unavailable', reason };
}

describe('the call', () => {
  it('is a GET of the endpoint with the key in its header and the person in its query', async () => {
    const { url, calls } = await upstream(answering(200, TREATMENT));
    const { lookup } = await callTo(url);
    expect(lookup).toMatchObject({ status: 'found', isControl: false, items: ['a', 'b'] });
    const [call] = calls;
    const { pathname, searchParams } = new URL(call?.url ?? '', url);
    expect([call?.method, pathname, call?.headers.authorization]).toEqual([
      'GET',
      '/v1/userprofile',
      'Api-Key main-key',
    ]);
    expect(searchParams.get('user_id')).toBe(QUERY.person.id);
    expect(searchParams.get('rec_id')).toBe('s234ssg');
    expect(call?.url).not.toContain('key');
  });

  it('brings the key of the project that the placement names', async () => {
    const { url, calls } = await upstream(answering(200, TREATMENT));
    await callTo(url, 2_000, 'shop');
    await callTo(url, 2_000, null);
    expect(calls.map(({ headers }) => headers.authorization)).toEqual([
      'Api-Key shop-key',
      'Api-Key main-key',
    ]);
  });

  it('is one for several recommendations', async () => {
    const { url, calls } = await upstream(answering(200, TREATMENT));
    const call = createAmplitude({ url, secretKeys: KEYS, dispatcher: agent });
    const query = { ...QUERY, recommendations: ['s234ssg', 'other'] };
    const { lookups } = await call(null, query, AbortSignal.timeout(2_000));
    expect([...lookups.keys()]).toEqual(['s234ssg', 'other']);
    expect(lookups.get('other')).toMatchObject({ status: 'no_recommendation' });
    expect(calls).toHaveLength(1);
  });

  it('reads a body that arrives in pieces, cut within a character', async () => {
    const bytes = Buffer.from(TREATMENT.replace('"a"', '"ü🦊"'));
    const { url } = await upstream((_request, response) => {
      response.writeHead(200);
      const cut = bytes.indexOf('🦊') + 2;
      response.write(bytes.subarray(0, cut), () => setImmediate(() => response.end(bytes.subarray(cut))));
    });
    expect((await callTo(url)).lookup).toMatchObject({ items: ['ü🦊', 'b'] });
  });
});

describe('the time it may take', () => {
  it.each<[string, RequestListener]>([
    ['headers that never come', never],
    ['a body that never ends', (_request, response) => void response.writeHead(200).write('{"userData":')],
    ['a body that drips', dripping],
  ])('ends the wait for %s', async (_case, listener) => {
    const { url, calls } = await upstream(listener);
    const startedAt = performance.now();
    expect(await callTo(url, 200)).toEqual({ lookup: unavailable('timeout'), mayRetry: false });
    expect(performance.now() - startedAt).toBeLessThan(MUCH_TOO_LATE_MS);
    expect(calls).toHaveLength(1);
  });

  it('leaves no connection behind that still waits', async () => {
    const closed = Promise.withResolvers<void>();
    const { url } = await upstream((request) => void request.socket.once('close', () => closed.resolve()));
    await callTo(url, 200);
    await closed.promise;
  });
});

describe('a call that was not understood may be made once more', () => {
  it.each<[string, RequestListener]>([
    ['a 500', answering(500, '{"error":"Internal server error"}')],
    ['a 502 with HTML', answering(502, '<html></html>')],
    ['a 503', answering(503, '')],
    ['a connection that is reset', reset],
    ['a body that is cut off', truncated],
  ])('%s', async (_case, failing) => {
    const { url, calls } = await upstream(failing);
    expect(await callTo(url)).toEqual({ lookup: unavailable('upstream_error'), mayRetry: true });
    expect(calls).toHaveLength(1);
  });

  it.each<[string, RequestListener]>([
    ['a 500', answering(500, '')],
    ['a connection that is reset', reset],
    ['a body that is cut off', truncated],
  ])('and the connection after %s is as good as new', async (_case, failing) => {
    const { url, calls } = await upstream(failing, answering(200, TREATMENT));
    await callTo(url);
    expect((await callTo(url)).lookup).toMatchObject({ status: 'found', items: ['a', 'b'] });
    expect(calls).toHaveLength(2);
  });
});

describe('a call that was understood is never repeated, since each may log an exposure', () => {
  it.each<[string, RequestListener, object]>([
    ['a recommendation', answering(200, TREATMENT), { status: 'found' }],
    ['an unknown person at 200', answering(200, UNKNOWN), { status: 'unknown_user' }],
    ['an unknown person at 404', answering(404, UNKNOWN), { status: 'unknown_user' }],
    ['an unknown person at 500', answering(500, UNKNOWN), { status: 'unknown_user' }],
    ['the limit at 200', answering(200, LIMIT), unavailable('throttled')],
    ['the limit at 500', answering(500, LIMIT), unavailable('throttled')],
    ['429', answering(429, ''), unavailable('throttled')],
    ['401', answering(401, 'Invalid Api-Key'), unavailable('upstream_rejected')],
    ['403', answering(403, ''), unavailable('upstream_rejected')],
    ['404', answering(404, '<html></html>'), unavailable('upstream_rejected')],
    ['HTML at 200', answering(200, '<html></html>'), unavailable('invalid_response')],
    ['another error at 200', answering(200, '{"error":"new"}'), { status: 'unavailable' }],
  ])('%s', async (_case, listener, expected) => {
    const { url, calls } = await upstream(listener);
    const { lookup, mayRetry } = await callTo(url);
    expect(lookup).toMatchObject(expected);
    expect(mayRetry).toBe(false);
    expect(calls).toHaveLength(1);
  });

  it('a body over 1 MB, of which no more is read', async () => {
    const megabyte = ' '.repeat(1_048_576);
    const closed = Promise.withResolvers<void>();
    const { url, calls } = await upstream((_request, response) => {
      response.on('close', closed.resolve).writeHead(200);
      const pour = (): void => {
        while (!response.destroyed && response.write(megabyte));
      };
      response.on('drain', pour);
      pour();
    });
    expect(await callTo(url)).toEqual({ lookup: unavailable('invalid_response'), mayRetry: false });
    expect(calls).toHaveLength(1);
    await closed.promise;
  });
});

describe('a body of its size', () => {
  it.each<[string, number, object]>([
    ['under 1 MB is read', 1_000_000, { status: 'found', items: ['a', 'b'] }],
    ['over 1 MB is not, even if it makes sense', 1_100_000, unavailable('invalid_response')],
  ])('%s', async (_case, size, expected) => {
    const { url } = await upstream(answering(200, TREATMENT.padEnd(size)));
    expect((await callTo(url)).lookup).toMatchObject(expected);
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('%i is not followed, and the key goes nowhere else', async (status) => {
    const elsewhere = await upstream(answering(200, TREATMENT));
    const { url, calls } = await upstream(
      answering(status, '<html></html>', { Location: elsewhere.url.href }),
    );
    expect((await callTo(url)).lookup).toEqual(unavailable('upstream_rejected'));
    expect([calls.length, elsewhere.calls.length]).toEqual([1, 0]);
  });
});

describe('nothing throws', () => {
  it('when nobody listens', async () => {
    const { url } = await upstream(never);
    const [server] = servers.splice(0);
    server?.close();
    if (server) await once(server, 'close');
    expect((await callTo(url)).lookup).toEqual(unavailable('upstream_error'));
  });

  it('when the other side does not speak HTTP', async () => {
    const { url } = await upstream((request) => void request.socket.end('what?\r\n\r\n'));
    expect((await callTo(url)).lookup).toEqual(unavailable('upstream_error'));
  });

  it('when the name of the host leads nowhere', async () => {
    const { lookup } = await callTo(new URL('https://inlay.invalid/v1/userprofile'));
    expect(lookup).toMatchObject({ status: 'unavailable' });
  });

  it('when the answer is awaited no longer', async () => {
    const { url, calls } = await upstream(never);
    const call = createAmplitude({ url, secretKeys: KEYS, dispatcher: agent });
    const { lookups } = await call(null, QUERY, AbortSignal.abort());
    expect(lookups.get('s234ssg')).toEqual(unavailable('timeout'));
    expect(calls).toHaveLength(0);
  });
});
