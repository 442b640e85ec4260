import type { RequestHandler } from 'express';

/** Whether new requests should come here. */
export type Readiness = { ready: boolean };

/** While stopping, a connection ends with its answer: kept open, it would keep the process. */
export function connectionHeader({ ready }: Readiness): { Connection?: 'close' } {
  return ready ? NO_HEADER : { Connection: 'close' };
}

const NO_HEADER = {};

/** The process runs and its event loop turns. */
export const live: RequestHandler = (_request, response) => sendStatus(response, 200);

/**
 * A baseline can be served. It needs nothing from outside, so neither Amplitude nor a store nor a CMS counts; only
 * starting and stopping do.
 */
export function createReadyRoute(readiness: Readiness): RequestHandler {
  return (_request, response) => sendStatus(response, readiness.ready ? 200 : 503);
}

function sendStatus(response: Parameters<RequestHandler>[1], status: number): void {
  response.writeHead(status, { 'Cache-Control': 'no-store', 'Content-Length': 0 });
  response.end();
}
