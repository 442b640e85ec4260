import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from './listen.ts';

export const API_KEY = 'amplitude-api-key-3Rd';

/** An event as it arrived. */
export type WireEvent = {
  readonly event_type: string;
  readonly user_id?: string;
  readonly device_id?: string;
  readonly time: number;
  readonly insert_id: string;
  readonly event_properties: Readonly<Record<string, unknown>>;
};

/** One request that arrived. */
export type Upload = {
  readonly apiKey: string;
  readonly events: readonly WireEvent[];
  readonly options: unknown;
  readonly bytes: number;
  readonly contentType: string | undefined;
};

/** One answer. */
export type UploadReply = {
  readonly status: number;
  readonly body?: object | string;
  /** Whether Amplitude took the events; with 500, 502 and 504 it may have. Default: for 200. */
  readonly isTaken?: boolean;
  /** `hang`: no answer; `reset`: the connection breaks. */
  readonly fault?: 'hang' | 'reset';
};

/** Amplitude's HTTP API V2 as its page describes it, as far as a test has planned it; otherwise everything is taken. */
export type EventsApi = {
  readonly url: URL;
  readonly uploads: readonly Upload[];
  /** What was taken, each `insert_id` of a person once, in the order in which it came. */
  readonly taken: () => readonly WireEvent[];
  /** What the next requests get, one after the other. */
  readonly plan: (...replies: readonly UploadReply[]) => void;
  /** What every request gets from now on that is not planned for; null: everything is taken. */
  readonly planForAll: (plan: UploadReply | ((upload: Upload) => UploadReply) | null) => void;
  /** Resolves when so many events have been taken, or requests have arrived. */
  readonly took: (count: number) => Promise<void>;
  readonly arrived: (count: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Starts the stand-in on a free port until the test is over. */
export async function openEventsApi(): Promise<EventsApi> {
  const uploads: Upload[] = [];
  const taken = new Map<string, WireEvent>();
  const planned: UploadReply[] = [];
  const changes = new EventEmitter().setMaxListeners(0);
  let planForAll: UploadReply | ((upload: Upload) => UploadReply) | null = null;

  const server = createServer(async (request, response) => {
    const upload = await readUpload(request).catch(() => null);
    if (!upload) return;
    uploads.push(upload);
    const plan = planned.shift() ?? planForAll ?? TAKEN;
    const reply = typeof plan === 'function' ? plan(upload) : plan;
    if (reply.isTaken ?? reply.status === 200) {
      for (const event of upload.events) {
        const key = `${event.user_id} ${event.device_id} ${event.insert_id}`;
        if (!taken.has(key)) taken.set(key, event);
      }
    }
    changes.emit('change');
    send(response, reply);
  });
  const { origin, close } = await listen(server);

  const until = async (isDone: () => boolean): Promise<void> => {
    while (!isDone()) await once(changes, 'change');
  };
  return {
    url: new URL(`${origin}/2/httpapi`),
    uploads,
    taken: () => [...taken.values()],
    plan: (...replies) => void planned.push(...replies),
    planForAll: (plan) => {
      planForAll = plan;
    },
    took: (count) => until(() => taken.size >= count),
    arrived: (count) => until(() => uploads.length >= count),
    close,
  };
}

export const TAKEN: UploadReply = { status: 200, body: { code: 200, events_ingested: 1 } };

async function readUpload(request: IncomingMessage): Promise<Upload> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const { api_key, events, options } = JSON.parse(bytes.toString('utf8'));
  const contentType = request.headers['content-type'];
  return { apiKey: api_key, events, options, bytes: bytes.length, contentType };
}

function send(response: ServerResponse, { status, body = { code: status }, fault }: UploadReply): void {
  if (fault === 'hang') return;
  if (fault === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
