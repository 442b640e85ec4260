import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { SECRET_KEY } from './amplitude.ts';
import { CALLER, STUDIO } from './service.ts';
import { makeFolder } from './templates.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export type Environment = Readonly<Record<string, string>>;

/** A process of the service, started as `npm start` and `npm run demo` do. */
export type ServiceProcess = {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly output: () => string;
  readonly errors: () => string;
  /** Resolves with the match as soon as standard output has it; rejects when the process ends without. */
  readonly said: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Its exit code; null if a signal ended it. */
  readonly exited: Promise<number | null>;
  /** As `kill -9` does; resolves when it is gone. */
  readonly kill: () => Promise<void>;
};

/** Starts a process in an empty folder, so that no `.env` counts, and ends it with the test. */
export function startProcess(environment: Environment, ...options: readonly string[]): ServiceProcess {
  const child = spawn(
    process.execPath,
    ['-r', resolve(ROOT, 'src/check-node.cjs'), resolve(ROOT, 'src/main.ts'), ...options],
    {
      cwd: makeFolder(),
      env: { PATH: process.env.PATH, TEMPLATES_DIR: resolve(ROOT, 'templates'), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));

  const changes = new EventEmitter();
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      changes.emit('change');
    });
  }
  // `close` comes when all output has been read.
  const exited = once(child, 'close').then(([code]) => {
    changes.emit('change');
    return code as number | null;
  });
  const said = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(written.stdout);
      if (match) return match;
      if (child.exitCode !== null) throw new Error(`It ended without ${pattern}: ${written.stderr}`);
      await once(changes, 'change');
    }
  };
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return { child, output: () => written.stdout, errors: () => written.stderr, said, exited, kill };
}

/** The demo on a free port, and its address. */
export async function startDemo(environment: Environment = {}) {
  const service = startProcess({ PORT: '0', ...environment }, '--demo');
  const [, port, credentials = ''] = await service.said(
    /runs on http:\/\/127\.0\.0\.1:(\d+)[\s\S]*?curl -su (\S+)/,
  );
  const [name = '', password = ''] = credentials.split(':');
  return { ...service, port: Number(port), credentials: { name, password } };
}

/** What `npm start` starts, as soon as it listens on a free port. `settings` besides those that it needs. */
export async function startService(profileApiUrl: URL, settings: Environment) {
  const port = await findFreePort();
  const service = startProcess({ ...startEnvironment(profileApiUrl, port), ...settings });
  await service.said(/"msg":"listening"/);
  return { ...service, port };
}

/** All that `npm start` needs. */
export function startEnvironment(profileApiUrl: URL, port: number): Environment {
  return {
    PORT: String(port),
    HOST: '127.0.0.1',
    PUBLIC_URL: 'https://inlay.example.com',
    FALLBACK_URL: 'https://www.example.com',
    CALLER_CREDENTIALS: `${CALLER.name}:${CALLER.password}`,
    STUDIO_CREDENTIALS: `${STUDIO.name}:${STUDIO.password}`,
    LINK_SIGNING_KEYS: 'f1b0c65e9a1d4c0b8a7e3d2c1b0a9f8e',
    AMPLITUDE_SECRET_KEY: SECRET_KEY,
    PROFILE_API_URL: profileApiUrl.href,
    STORE_URL: 'memory:',
    LOG_LEVEL: 'info',
  };
}

/** A port that nobody listens on. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
