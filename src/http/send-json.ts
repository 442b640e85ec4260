import type { Response } from 'express';
import { createRequestId } from './request-id.ts';

type Headers = Readonly<Record<string, string>>;

/** An answer that is nobody's but the caller's. */
export function sendJson(response: Response, status: number, value: object, headers: Headers = {}): void {
  const type = 'application/json; charset=utf-8';
  sendPrivate(response, status, JSON.stringify(value), { 'Content-Type': type, ...headers });
}

/** The same with another body; `headers` tell its type. */
export function sendPrivate(response: Response, status: number, body: string, headers: Headers): void {
  response.writeHead(status, {
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'private, no-store',
    Vary: 'Origin',
    'X-Request-Id': createRequestId(),
    ...headers,
  });
  response.end(body);
}
