import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
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
  LOG_LEVEL: 'warn',
} as const;

export type Sandbox = {
  /** Its User Profile API. */
  readonly profileApiUrl: URL;
  readonly close: () => Promise<void>;
};

/** Starts what stands in for Amplitude, on a free port of this machine. */
export async function startSandbox(
  secretKey: string,
  itemsOf: (recommendation: string) => readonly string[],
): Promise<Sandbox> {
  const server = createSandboxProfileApi({ secretKey, itemsOf });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    profileApiUrl: new URL(`http://127.0.0.1:${port}/v1/userprofile`),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
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

Open Studio in a browser, to see every placement as each kind of person gets it:

  http://127.0.0.1:${port}/studio      (name ${STUDIO_NAME}, password ${STUDIO_PASSWORD})

Ctrl-C stops it.
`;
}
