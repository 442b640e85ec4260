import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AudienceError } from './audience-error.ts';

/** After so much work others have the event loop. */
const MAX_TURN_MS = 4;

/** Lets others have the event loop, if it was long enough since they last had it. */
export type Breathe = () => Promise<void>;

export function createBreathe(): Breathe {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < MAX_TURN_MS) return;
    await nextTurn();
    since = performance.now();
  };
}

/**
 * The body's bytes. However it ends, the body is not destroyed: a request has the connection on which its answer goes out.
 * Throws `signal.reason`, or an `AudienceError` if the body fails.
 */
export async function* readUpload(
  body: Readable,
  signal: AbortSignal,
  breathe: Breathe,
): AsyncGenerator<Uint8Array> {
  // Without a listener an error would end the process; it is found in `errored`.
  const ignore = (): void => {};
  body.on('error', ignore);
  try {
    for (;;) {
      signal.throwIfAborted();
      if (body.errored) throw interrupted(body.errored);
      const chunk: unknown = body.read();
      if (chunk !== null) yield bytesOf(chunk);
      else if (body.readableEnded) return;
      else if (body.destroyed) throw interrupted(null);
      else await news(body, signal);
      await breathe();
    }
  } finally {
    body.off('error', ignore);
  }
}

const NEWS = ['readable', 'end', 'error', 'close'];

function news(body: Readable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const tell = (): void => {
      for (const event of NEWS) body.off(event, tell);
      signal.removeEventListener('abort', tell);
      resolve();
    };
    for (const event of NEWS) body.on(event, tell);
    signal.addEventListener('abort', tell);
  });
}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk === 'string') return Buffer.from(chunk);
  throw new TypeError('An audience is read from a stream of bytes.');
}

function interrupted(cause: unknown): AudienceError {
  const error = new AudienceError('interrupted', 'The upload ended before it was complete.');
  error.cause = cause;
  return error;
}
