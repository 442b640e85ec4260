import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { DAY_MS } from '../domain/day.ts';
import type { BookedEvent, EventBook } from './event-book.ts';
import { type Event, findFaults, idOf, type Reply, refuse, TOO_LARGE, throttle } from './events-faults.ts';

export type SandboxEventsOptions = {
  /** The key that requests must bring. */
  readonly apiKey: string;
  readonly book: Pick<EventBook, 'record'>;
  /** Whose events are too many just now, by user or device id. Default: nobody's. */
  readonly isThrottled?: (id: string) => boolean;
  /** Milliseconds. */
  readonly wallNow?: () => number;
};

const MAX_BYTES = 1_048_576;
const MAX_EVENTS = 2_000;
const MIN_ID_LENGTH = 5;
/** For so long an `insert_id` of a device is known again. */
const KNOWN_MS = 7 * DAY_MS;
const MAX_KNOWN = 200_000;

const Upload = z.object({
  api_key: z.string(),
  events: z.array(z.record(z.string(), z.unknown())).min(1),
  options: z.object({ min_id_length: z.int().min(1).optional() }).optional(),
});

/**
 * Amplitude's HTTP API V2 as a real HTTP server, for the demo and for tests: what is wrong with one event refuses all of a
 * request, and an event that comes again is taken once. Every answer carries `"sandbox": true`. Does not listen yet.
 */
export function createSandboxEventsApi(options: SandboxEventsOptions): Server {
  const upload = createUpload(options);
  return createServer(async (request, response) => {
    if (request.url !== '/2/httpapi' || request.method !== 'POST') {
      request.resume();
      return send(response, refuse('Invalid request path'));
    }
    const text = await readText(request);
    if (text === null) return send(response, TOO_LARGE);
    const isJson = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
    send(response, isJson ? upload(text) : refuse('Invalid JSON request body'));
  });
}

function createUpload({ apiKey, book, isThrottled = () => false, wallNow = Date.now }: SandboxEventsOptions) {
  const known = new LRUCache<string, true>({ max: MAX_KNOWN, ttl: KNOWN_MS, perf: { now: wallNow } });

  const take = (event: Event): void => {
    const { device_id, user_id, insert_id } = event;
    if (typeof insert_id === 'string') {
      const key = `${device_id ?? user_id}\n${insert_id}`;
      if (known.has(key)) return;
      known.set(key, true);
    }
    book.record(readEvent(event, wallNow()));
  };

  return (text: string): Reply => {
    const parsed = Upload.safeParse(parseJson(text));
    if (!parsed.success) return refuseUpload(parseJson(text));
    const { api_key, events, options } = parsed.data;
    if (api_key !== apiKey) return refuse('Invalid API key');
    if (events.length > MAX_EVENTS) return TOO_LARGE;
    const faults = findFaults(events, options?.min_id_length ?? MIN_ID_LENGTH);
    if (faults) return faults;
    const throttled = events.filter((event) => isThrottled(idOf(event)));
    if (throttled.length > 0) return throttle(events, throttled);
    for (const event of events) take(event);
    return {
      status: 200,
      body: {
        code: 200,
        events_ingested: events.length,
        payload_size_bytes: Buffer.byteLength(text),
        server_upload_time: wallNow(),
      },
    };
  };
}

function refuseUpload(upload: unknown): Reply {
  if (typeof upload !== 'object' || upload === null) return refuse('Invalid JSON request body');
  const missing = ['api_key', 'events'].find((field) => !(field in upload));
  return missing
    ? refuse('Request missing required field', { missing_field: missing })
    : refuse('Invalid event JSON');
}

function readEvent(event: Event, nowMs: number): BookedEvent {
  const textOf = (field: string): string | null =>
    typeof event[field] === 'string' ? (event[field] as string) : null;
  const properties = z.record(z.string(), z.unknown()).safeParse(event.event_properties);
  return {
    eventType: textOf('event_type') ?? '',
    userId: textOf('user_id'),
    deviceId: textOf('device_id'),
    timeMs: typeof event.time === 'number' ? event.time : nowMs,
    properties: properties.data ?? {},
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Null if it is too large. */
async function readText(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MAX_BYTES) chunks.push(chunk);
  }
  return size <= MAX_BYTES ? Buffer.concat(chunks).toString('utf8') : null;
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ ...body, sandbox: true }));
}
