import { createServer, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { takeTurns } from './arrivals.ts';
import { problemBody } from './problem.ts';

/** Room for the longest URL that is answered, and some more, so that it gets a 414 with words. */
const MAX_HEADER_BYTES = 48 * 1_024;

/** Longer than any load balancer keeps a connection, so that it is never we who close one under a request. */
const KEEP_ALIVE_MS = 75_000;

/** Slow senders: for the headers, and for the whole request. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;

/** A server that answers even what is no HTTP with a problem. Does not listen yet. */
export function createHttpServer(listener: RequestListener): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
    },
    takeTurns(listener),
  );
  server.on('clientError', answerBrokenRequest);
  return server;
}

function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isTooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const body = isTooLong
    ? problemBody('url_too_long', 'The URL and the headers are too long.')
    : problemBody('invalid_parameters', 'This is not valid HTTP; a raw space in the URL is the usual cause.');
  socket.end(
    `HTTP/1.1 ${isTooLong ? '414 URI Too Long' : '400 Bad Request'}\r\n` +
      'Content-Type: application/problem+json; charset=utf-8\r\nCache-Control: private, no-store\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Stops accepting, lets every request under way finish, and resolves when the last connection is gone. */
export function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
