import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addDays, dayAt, startOfDay } from '../domain/day.ts';
import { createSandboxDashboardApi } from './dashboard-api.ts';
import { createEventBook, type EventBook } from './event-book.ts';
import { createSandboxEventsApi } from './events-api.ts';
import { DEMO_MONTH, generateMonth } from './month.ts';
import { createSandboxProfileApi } from './profile-api.ts';

const NAME = 'demo';
const PASSWORD = 'demo-only-4f1d';
const STUDIO_NAME = 'studio';
const STUDIO_PASSWORD = 'demo-studio-8c2b';

/** The settings of the demo, where the environment does not say otherwise. Good for nothing but this machine. */
export const SANDBOX_ENVIRONMENT = {
  CALLER_CREDENTIALS: `${NAME}:${PASSWORD}`,
  STUDIO_CREDENTIALS: `${STUDIO_NAME}:${STUDIO_PASSWORD}`,
  AMPLITUDE_SECRET_KEY: 'sandbox-secret-key',
  AMPLITUDE_API_KEY: 'sandbox-api-key',
  LOG_LEVEL: 'warn',
} as const;

export type SandboxParts = {
  /** The keys that calls must bring. */
  readonly apiKey: string;
  readonly secretKey: string;
  /** Which items each recommendation chooses from. */
  readonly itemsOf: (recommendation: string) => readonly string[];
};

export type Sandbox = {
  /** Where Amplitude's place is taken. */
  readonly urls: {
    /** Its User Profile API. */
    readonly profileApiUrl: URL;
    /** Its HTTP API V2, which takes events. */
    readonly eventsApiUrl: URL;
    /** Its Dashboard REST API. */
    readonly dashboardApiUrl: URL;
  };
  readonly close: () => Promise<void>;
};

/** Starts what stands in for Amplitude, on free ports of this machine, with a month behind it. */
export async function startSandbox({ apiKey, secretKey, itemsOf }: SandboxParts): Promise<Sandbox> {
  const book = createEventBook();
  const profileApi = createSandboxProfileApi({ secretKey, itemsOf, record: book.record });
  const dashboardApi = createSandboxDashboardApi({ apiKey, secretKey, book: withMonth(book) });
  const eventsApi = createSandboxEventsApi({ apiKey, book });
  const [profilePort, dashboardPort] = [await listen(profileApi), await listen(dashboardApi)];
  const eventsPort = await listen(eventsApi);
  return {
    urls: {
      profileApiUrl: new URL(`http://127.0.0.1:${profilePort}/v1/userprofile`),
      eventsApiUrl: new URL(`http://127.0.0.1:${eventsPort}/2/httpapi`),
      dashboardApiUrl: new URL(`http://127.0.0.1:${dashboardPort}/api/2`),
    },
    close: async () => {
      await Promise.all([profileApi, dashboardApi, eventsApi].map(stop));
    },
  };
}

/** The same with the month before today, made when somebody asks: most who start the demo look at something else first. */
function withMonth({ record, ofType }: EventBook): Pick<EventBook, 'ofType'> {
  const startMs = startOfDay(addDays(dayAt(Date.now()), -DEMO_MONTH.days));
  let isMade = false;
  return {
    ofType: (eventType) => {
      if (!isMade) for (const event of generateMonth({ ...DEMO_MONTH, startMs })) record(event);
      isMade = true;
      return ofType(eventType);
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
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

Did the recommendation work? Of the month before today, in which it raised purchases by a quarter:

  curl -su ${STUDIO_NAME}:${STUDIO_PASSWORD} 'http://127.0.0.1:${port}/v1/results/${placement}'

People by what they get: treatment-1, control-1, new-1, empty-1, slow-1, error-1, throttled-1.

Open Studio in a browser, to see every placement as each kind of person gets it:

  http://127.0.0.1:${port}/studio      (name ${STUDIO_NAME}, password ${STUDIO_PASSWORD})

Ctrl-C stops it.
`;
}
