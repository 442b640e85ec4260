import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What stands in for `cors.movableink.com`, through which `CD.getCORS` goes. */
export type CorsProxy = {
  readonly url: string;
  /** `GET /v1/…`, what went on to the service. */
  readonly forwarded: readonly string[];
};

const DEFAULT_TTL_SECONDS = 10;

type Kept = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly untilMs: number;
};

/**
 * Keeps answers by method, URL and origin alone, whatever their headers or `no-store` say, for as long as the page
 * wants, and none with a status from 400 (`facts/movable-ink.md`). `now` in milliseconds.
 */
export async function openCorsProxy(now: () => number): Promise<CorsProxy> {
  const kept = new Map<string, Kept>();
  const forwarded: string[] = [];

  const answer = async (incoming: IncomingMessage): Promise<Kept> => {
    const { method, url = '', headers } = incoming;
    const key = `${method} ${url} ${headers.origin}`;
    const known = kept.get(key);
    if (known && now() < known.untilMs) return known;
    const [, host = '', path = ''] = /^\/([^/]+)(.*)$/.exec(url) ?? [];
    forwarded.push(`${method} ${path}`);
    const ttlSeconds = Number(headers['x-reverse-proxy-ttl'] ?? DEFAULT_TTL_SECONDS);
    const fresh = { ...(await forward(incoming, host, path)), untilMs: now() + ttlSeconds * 1_000 };
    if (fresh.status < 400) kept.set(key, fresh);
    return fresh;
  };

  const server = createServer(async (incoming, response) => {
    const { status, headers, body } = await answer(incoming);
    response.writeHead(status, headers);
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, forwarded };
}

/** With all of its headers, to a port of this machine. */
async function forward(
  incoming: IncomingMessage,
  host: string,
  path: string,
): Promise<Omit<Kept, 'untilMs'>> {
  const { method, headers } = incoming;
  const port = host.replace(/^127\.0\.0\.1:/, '');
  const outgoing = request({ host: '127.0.0.1', port, path, method, headers: { ...headers, host } });
  incoming.pipe(outgoing);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
}
