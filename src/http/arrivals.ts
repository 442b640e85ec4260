import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/**
 * Requests handed over in one turn of the event loop. A turn accepts one connection, so a process that handles
 * whatever has arrived starves new connections for seconds when it is saturated.
 */
const MAX_PER_TURN = 16;

const arrivals = new WeakMap<IncomingMessage, number>();

/** How long a request has waited in the line, in milliseconds; 0 if it did not come through `takeTurns`. */
export function waitedMs(request: IncomingMessage): number {
  const arrivedAt = arrivals.get(request);
  return arrivedAt === undefined ? 0 : performance.now() - arrivedAt;
}

/** Hands requests over in the order of their arrival, a bounded number a turn. Time in the line counts as theirs. */
export function takeTurns(listener: RequestListener): RequestListener {
  const line: { request: IncomingMessage; response: ServerResponse }[] = [];
  let isScheduled = false;

  const handOver = (): void => {
    for (const { request, response } of line.splice(0, MAX_PER_TURN)) {
      // Whoever hung up in the line needs no answer, and no look-up.
      if (!response.destroyed) listener(request, response as Parameters<RequestListener>[1]);
    }
    isScheduled = line.length > 0;
    if (isScheduled) setImmediate(handOver);
  };

  return (request, response) => {
    arrivals.set(request, performance.now());
    line.push({ request, response });
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(handOver);
  };
}
