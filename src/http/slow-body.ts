import type { IncomingMessage } from 'node:http';

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/** Calls `onSlow` if the body is not all there by then. Requests without a body cost nothing. */
export function boundBody(request: IncomingMessage, ms: number, onSlow: () => void): void {
  if (!hasBody(request)) return;
  timers.set(request, setTimeout(onSlow, ms).unref());
  request.once('end', () => clearTimeout(timers.get(request)));
  request.once('close', () => clearTimeout(timers.get(request)));
}

/** Lets a body that was asked for take its time, as long as something of it arrives every so often. */
export function allowSlowBody(request: IncomingMessage, idleMs: number): void {
  clearTimeout(timers.get(request));
  const { socket } = request;
  const onIdle = (): void => void request.destroy();
  socket.setTimeout(idleMs, onIdle);
  const stop = (): void => {
    socket.setTimeout(0);
    socket.off('timeout', onIdle);
  };
  request.once('end', stop);
  request.once('close', stop);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
