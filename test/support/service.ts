import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import request, { type Test } from 'supertest';
import { onTestFinished } from 'vitest';
import { type App, createApp } from '../../src/app.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { parseSettings, type Settings } from '../../src/settings.ts';
import { type Amplitude, SECRET_KEY } from './amplitude.ts';
import { writeTemplates } from './templates.ts';

export type Credentials = { readonly name: string; readonly password: string };

export const CALLER: Credentials = { name: 'braze', password: 'caller-Xk29-vP4m-tulip' };
export const STUDIO: Credentials = { name: 'marta', password: 'studio-Wq83-zR7n-maple' };
export const METRICS: Credentials = { name: 'prometheus', password: 'metrics-Lh51-cB6d-cedar' };

/** An `Authorization` header (RFC 7617, UTF-8). */
export function basic({ name, password }: Credentials): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

export type ServiceOptions = {
  /** The stand-in, or whatever else plays Amplitude. */
  readonly amplitude: Pick<Amplitude, 'url' | 'close'>;
  /** Environment variables besides those that are needed. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A templates folder; the usual one if there is none. */
  readonly templates?: string;
  readonly clock?: Clock;
};

export type Service = {
  readonly app: App;
  /** `http://127.0.0.1:…` */
  readonly url: string;
  readonly port: number;
  /** Everything that was logged, as lines of JSON. */
  readonly log: readonly string[];
  /** Called with the right credentials, unless others are given, or null for none. */
  readonly get: (path: string, as?: Credentials | null) => Test;
  readonly post: (path: string, as?: Credentials | null) => Test;
  readonly send: (
    method: 'HEAD' | 'OPTIONS' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    as?: Credentials | null,
  ) => Test;
};

let usualTemplates: string | null = null;

/** The whole service on a free port until the test is over. Its settings come from an environment, as in life. */
export async function openService(options: ServiceOptions): Promise<Service> {
  usualTemplates ??= writeTemplates();
  const log: string[] = [];
  const logger = pino({ level: 'trace', base: null }, { write: (line: string) => void log.push(line) });
  const app = await createApp(readSettings(options, usualTemplates), {
    log: logger,
    ...(options.clock && { clock: options.clock }),
  });
  const server = createHttpServer(app.express);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => close(app, server, options.amplitude));

  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const authorize = (test: Test, as: Credentials | null): Test =>
    as === null ? test : test.set('Authorization', basic(as));
  return {
    app,
    url,
    port,
    log,
    get: (path, as = CALLER) => authorize(request(url).get(path), as),
    post: (path, as = CALLER) => authorize(request(url).post(path), as),
    send: (method, path, as = CALLER) =>
      authorize(
        request(url)[method.toLowerCase() as 'head' | 'options' | 'put' | 'patch' | 'delete'](path),
        as,
      ),
  };
}

function readSettings({ amplitude, settings, templates }: ServiceOptions, usual: string): Settings {
  const environment = {
    CALLER_CREDENTIALS: `${CALLER.name}:${CALLER.password}`,
    STUDIO_CREDENTIALS: `${STUDIO.name}:${STUDIO.password}`,
    METRICS_CREDENTIALS: `${METRICS.name}:${METRICS.password}`,
    PUBLIC_URL: 'https://inlay.example.com',
    FALLBACK_URL: 'https://www.example.com',
    LINK_SIGNING_KEYS: 'link-signing-key-Jt60-yN2s-olive',
    AMPLITUDE_SECRET_KEY: SECRET_KEY,
    PROFILE_API_URL: amplitude.url.href,
    STORE_URL: 'memory:',
    MEMORY_CACHE_MB: '16',
    TEMPLATES_DIR: templates ?? usual,
    ...settings,
  };
  const result = parseSettings(environment, 'sandbox');
  if ('faults' in result) throw new Error(`Settings: ${JSON.stringify(result.faults)}`);
  return result.settings;
}

/** Amplitude goes first, so that no look-up is still waiting for it. */
async function close(app: App, server: Server, amplitude: Pick<Amplitude, 'close'>): Promise<void> {
  try {
    await amplitude.close();
  } finally {
    server.close();
    server.closeAllConnections();
    await app.close();
  }
}
