import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSandboxEventsApi, type EventBook } from './events-api.ts';
import { createSandboxProfileApi } from './profile-api.ts';

const NAME = 'demo';
const PASSWORD = 'demo-only-4f1d';

/** The settings of the demo, where the environment does not say otherwise. Good for nothing but this machine. */
export const SANDBOX_ENVIRONMENT = {
  CALLER_CREDENTIALS: `${NAME}:${PASSWORD}`,
  AMPLITUDE_SECRET_KEY: 'sandbox-secret-key',
  AMPLITUDE_API_KEY: 'sandbox-api-key',
  LOG_LEVEL: 'warn',
} as const;

export type Sandbox = {
  /** Its User Profile API. */
  readonly profileApiUrl: URL;
  /** Its HTTP API V2, which takes events. */
  readonly eventsApiUrl: URL;
  readonly close: () => Promise<void>;
};

export type SandboxParts = {
  readonly secretKey: string;
  readonly apiKey: string;
  readonly itemsOf: (recommendation: string) => readonly string[];
  /** What it is told goes here. */
  readonly book: EventBook;
};

/** Starts what stands in for Amplitude, on free ports of this machine. */
export async function startSandbox({ secretKey, apiKey, itemsOf, book }: SandboxParts): Promise<Sandbox> {
  const profileApi = await listen(createSandboxProfileApi({ secretKey, itemsOf }));
  const eventsApi = await listen(createSandboxEventsApi({ apiKey, book }));
  return {
    profileApiUrl: new URL('/v1/userprofile', profileApi.url),
    eventsApiUrl: new URL('/2/httpapi', eventsApi.url),
    close: async () => void (await Promise.all([profileApi.close(), eventsApi.close()])),
  };
}

async function listen(server: Server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

/** What to do next, for whoever has just started the demo. */
export function describeDemo(port: number, placement: string): string {
  const base = `127.0.0.1:${port}/v1/placements/${placement}`;
  const curl = `curl -su ${NAME}:${PASSWORD}`;
  return `
Inlay runs on http://127.0.0.1:${port}, with a sandbox in place of Amplitude. Try, in another terminal:

  ${curl} 'http://${base}?user_id=treatment-1'
  ${curl} 'http://${base}.html?user_id=control-1'
  ${curl} 'http://${base}?user_id=slow-1&explain=1'

People by what they get: treatment-1, control-1, new-1, empty-1, slow-1, error-1, throttled-1.
Open in a browser (name ${NAME}, password ${PASSWORD}):

  http://${NAME}:${PASSWORD}@${base}.html?user_id=treatment-1&page=1

Ctrl-C stops it.
`;
}
