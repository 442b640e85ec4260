import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { takeTurns } from './arrivals.ts';
import { problemBody } from './problem.ts';
import { encodeRawTarget, replay } from './raw-url.ts';
import { createRequestId } from './request-id.ts';
import { boundBody } from './slow-body.ts';

/** Room for the longest URL that is answered, and some more, so that it gets a 414 with words. */
const MAX_HEADER_BYTES = 48 * 1_024;

/** Longer than any load balancer keeps a connection, so that it is never we who close one under a request. */
const KEEP_ALIVE_MS = 75_000;

/** Slow senders: for the headers, for a body, and for one that a route lets take its time. */
const HEADERS_TIMEOUT_MS = 10_000;
const BODY_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 2 * 3_600_000;

export type ServerOptions = {
  /** Within this time a body has to arrive, unless its route allows it more. Default 20,000. */
  readonly bodyTimeoutMs?: number;
};

/** A server that answers even what is no HTTP with a problem. Does not listen yet. */
export function createHttpServer(
  listener: RequestListener,
  { bodyTimeoutMs = BODY_TIMEOUT_MS }: ServerOptions = {},
): Server {
  const inTurns = takeTurns(listener);
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      // Node's own refusal has no words.
      requireHostHeader: false,
    },
    (request, response) => {
      const { host } = request.headers;
      boundBody(request, bodyTimeoutMs, () => refuseSlow(request, response));
      if (host === undefined && request.httpVersion !== '1.0')
        sendBroken(response, 400, 'It has no Host header.');
      else inTurns(request, response);
    },
  );
  server.on('checkExpectation', (_request, response) =>
    sendBroken(response, 417, 'It expects what is not known here.'),
  );
  server.on('clientError', (error: BrokenRequest, socket) => {
    const repaired = error.rawPacket ? encodeRawTarget(error.rawPacket) : null;
    if (repaired && socket.writable) server.emit('connection', replay(repaired, socket));
    else refuseBroken(error, socket);
  });
  return server;
}

type BrokenRequest = NodeJS.ErrnoException & { readonly rawPacket?: Buffer };

function sendBroken(response: ServerResponse, status: number, detail: string): void {
  const body = problemBody('invalid_request', detail, status);
  response.writeHead(status, { ...brokenHeaders(body), Connection: 'close' });
  response.end(body);
}

/** Nobody reads on; an answer that has begun is broken off. */
function refuseSlow({ socket }: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) socket.destroy();
  else sendBroken(response, 400, 'Its body took too long to arrive.');
}

function refuseBroken(error: BrokenRequest, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isTooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const body = isTooLong
    ? problemBody('url_too_long', 'The URL and the headers are too long.')
    : problemBody('invalid_request', 'This is not valid HTTP.');
  const headers = Object.entries(brokenHeaders(body)).map(([name, value]) => `${name}: ${value}\r\n`);
  const status = isTooLong ? '414 URI Too Long' : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\n${headers.join('')}Connection: close\r\n\r\n${body}`);
}

function brokenHeaders(body: string): Record<string, string | number> {
  return {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'private, no-store',
    Vary: 'Origin',
    'X-Request-Id': createRequestId(),
  };
}

/** Stops accepting, lets every request under way finish, and resolves when the last connection is gone. */
export function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
