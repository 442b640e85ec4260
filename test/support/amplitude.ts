import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One request that reached the stand-in. */
export type Call = {
  readonly parameters: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The user or device id. */
  readonly person: string;
  /** When it came in, in milliseconds. */
  readonly atMs: number;
};

/** One answer: by default 200, at once. */
export type Reply = {
  readonly status?: number;
  /** An object goes out as JSON, text as it is. */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `hang`: no answer; `reset`: the connection breaks; `truncate`: half of the body, then it breaks. */
  readonly fault?: 'hang' | 'reset' | 'truncate';
  readonly afterMs?: number;
  /** One byte of the body every so many milliseconds. */
  readonly dripMs?: number;
};

export type Plan = Reply | ((call: Call) => Reply);

/** Amplitude's User Profile API, as far as a test has planned it. Anything else is answered 500 and fails the test. */
export type Amplitude = {
  readonly url: URL;
  readonly calls: readonly Call[];
  readonly callsFor: (person: string) => readonly Call[];
  /** What a person gets, call by call; the last answer goes on. */
  readonly plan: (person: string, ...plans: readonly Plan[]) => void;
  /** What everybody gets for whom nothing else is planned. */
  readonly planForAll: (plan: Plan) => void;
  /** Resolves when so many calls have come in, or have ended. */
  readonly called: (count: number) => Promise<void>;
  readonly ended: (count: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

export const SECRET_KEY = 'amplitude-secret-key-7Qx';

/** Starts the stand-in on a free port until the test is over. */
export async function openAmplitude(): Promise<Amplitude> {
  const calls: Call[] = [];
  const unplanned: string[] = [];
  const plans = new Map<string, Plan[]>();
  const events = new EventEmitter().setMaxListeners(0);
  let planForAll: Plan | null = null;
  let endedCount = 0;

  const nextPlan = (person: string): Plan | null => {
    const own = plans.get(person);
    return (own && own.length > 1 ? own.shift() : own?.[0]) ?? planForAll;
  };
  const server = createServer((request, response) => {
    const call = readCall(request);
    response.once('close', () => {
      endedCount += 1;
      events.emit('change');
    });
    const plan = call && nextPlan(call.person);
    if (call) calls.push(call);
    if (call && plan) {
      void send(response, typeof plan === 'function' ? plan(call) : plan);
    } else {
      unplanned.push(`${request.method} ${request.url}`);
      void send(response, { status: 500, body: 'unplanned' });
    }
    events.emit('change');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const until = async (isDone: () => boolean): Promise<void> => {
    while (!isDone()) await once(events, 'change');
  };
  const close = async (): Promise<void> => {
    if (server.listening) {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    }
  };
  onTestFinished(async () => {
    await close();
    if (unplanned.length > 0) throw new Error(`Unplanned calls to Amplitude: ${unplanned.join(', ')}`);
  });
  return {
    url: new URL(`http://127.0.0.1:${port}/v1/userprofile`),
    calls,
    callsFor: (person) => calls.filter((call) => call.person === person),
    plan: (person, ...own) => void plans.set(person, [...own]),
    planForAll: (plan) => {
      planForAll = plan;
    },
    called: (count) => until(() => calls.length >= count),
    ended: (count) => until(() => endedCount >= count),
    close,
  };
}

/** Null for what is no call of the User Profile API with this project's key. */
function readCall({ method, url, headers }: IncomingMessage): Call | null {
  const { pathname, searchParams } = new URL(url ?? '/', 'http://amplitude');
  if (method !== 'GET' || pathname !== '/v1/userprofile') return null;
  if (headers.authorization !== `Api-Key ${SECRET_KEY}`) return null;
  const person = searchParams.get('user_id') ?? searchParams.get('device_id');
  return person === null ? null : { parameters: searchParams, headers, person, atMs: performance.now() };
}

async function send(response: ServerResponse, reply: Reply): Promise<void> {
  const { status = 200, body = '', headers = {}, fault, afterMs = 0, dripMs } = reply;
  if (fault === 'hang') return;
  if (afterMs > 0) await timer(response, afterMs);
  if (fault === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const isText = typeof body === 'string';
  const bytes = Buffer.from(isText ? body : JSON.stringify(body));
  const contentType = isText ? 'text/html' : 'application/json';
  response.writeHead(status, { 'content-type': contentType, 'content-length': bytes.length, ...headers });
  if (fault === 'truncate') {
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
    return;
  }
  if (dripMs !== undefined) await drip(response, bytes, dripMs);
  else response.end(bytes);
}

async function drip(response: ServerResponse, bytes: Buffer, dripMs: number): Promise<void> {
  for (const byte of bytes) {
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
    await timer(response, dripMs);
  }
  response.end();
}

/** Part of what the stand-in plays, not a wait of the test; over early when the caller goes. */
function timer(response: ServerResponse, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timeout = setTimeout(resolve, ms);
    response.once('close', () => {
      clearTimeout(timeout);
      resolve();
    });
  });
}
