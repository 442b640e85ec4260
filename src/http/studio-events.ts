import type { RequestHandler, Response } from 'express';
import type { Readiness } from './health.ts';

export type StudioEventsParts = {
  /** Calls back whenever what pages show has changed. Gives what ends that. */
  readonly onChange: (listener: () => void) => () => void;
  readonly readiness: Readiness;
};

export type StudioEvents = {
  readonly stream: RequestHandler;
  /** Ends all streams. */
  readonly close: () => void;
};

/** So often a line goes out that proxies know the stream by, and a stopping service is noticed. */
const BEAT_MS = 1_000;
const COMMENT_EVERY_BEATS = 15;
const MAX_STREAMS = 200;
const MINUTE_MS = 60_000;

/** `text/event-stream`: one event, `change`, whenever an open page may be out of date. */
export function createStudioEvents({ onChange, readiness }: StudioEventsParts): StudioEvents {
  const streams = new Set<Response>();
  const tellAll = (text: string): void => {
    for (const stream of streams) stream.write(text);
  };
  const stopListening = onChange(() => tellAll('event: change\ndata:\n\n'));
  let beats = 0;
  /** What is ended gets nothing more, though it may take a while until it is closed. */
  const end = (stream: Response, last = ''): void => {
    streams.delete(stream);
    stream.end(last);
  };
  const endAll = (): void => {
    for (const stream of streams) end(stream);
  };
  const timer = setInterval(() => {
    beats += 1;
    // Kept open, they would keep the process.
    if (!readiness.ready) endAll();
    else if (beats % COMMENT_EVERY_BEATS === 0) tellAll(':\n\n');
  }, BEAT_MS).unref();

  return {
    stream: (_request, response) => {
      // The oldest is most likely a page that nobody looks at. At once back, it would take the place of the next.
      const [oldest] = streams;
      if (oldest && streams.size >= MAX_STREAMS) end(oldest, `retry: ${MINUTE_MS}\n\n`);
      response.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'private, no-store',
        // nginx would keep events until there are enough of them.
        'X-Accel-Buffering': 'no',
      });
      response.write('retry: 1000\n\n');
      streams.add(response);
      response.once('close', () => streams.delete(response));
    },
    close: () => {
      clearInterval(timer);
      stopListening();
      endAll();
    },
  };
}
