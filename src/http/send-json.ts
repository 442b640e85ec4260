import type { Response } from 'express';
import { createRequestId } from './request-id.ts';

/** An answer that is nobody's but the caller's. */
export function sendJson(
  response: Response,
  status: number,
  value: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'private, no-store',
    Vary: 'Origin',
    'X-Request-Id': createRequestId(),
    ...headers,
  });
  response.end(body);
}
