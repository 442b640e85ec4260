import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pino from 'pino';
import { createClient } from 'redis';
import { inject, vi } from 'vitest';
import { createRedisStore } from '../../src/store/redis.ts';
import type { Store } from '../../src/store/store.ts';

const run = promisify(execFile);

export type RedisOptions = {
  readonly password?: string;
  /** As Redis writes it, `4mb`; what does not fit is refused. */
  readonly maxMemory?: string;
  /** With a certificate for 127.0.0.1 that nobody vouches for. */
  readonly tls?: boolean;
  /** A cluster of one node. */
  readonly cluster?: boolean;
};

/** A real Redis on a free port of this machine, with a folder of its own. */
export type Redis = {
  /** For `STORE_URL`, with the password. */
  readonly url: string;
  readonly port: number;
  /** Runs it again, on the same port, with what it knew or without. */
  readonly start: (data: 'kept' | 'lost') => Promise<void>;
  /** Ends it as an operator does. */
  readonly stop: () => Promise<void>;
  /** Ends it as a power failure does. */
  readonly kill: () => Promise<void>;
  /** Lets it neither answer nor end: connections to it stand, and new ones are accepted by the system. */
  readonly hang: () => void;
  readonly resume: () => void;
  /** Sends a command as an operator would, `CONFIG SET requirepass …`. */
  readonly command: (...args: string[]) => Promise<unknown>;
  /** Ends it and removes its folder. */
  readonly remove: () => Promise<void>;
};

/** Null if this machine has no Redis: tests that need one are left out (see test/setup/servers.ts). */
export function redisProgram(): string | null {
  const program = inject('redisServer');
  if (program === undefined) throw new Error('vitest.config.ts does not name test/setup/servers.ts.');
  return program;
}

export async function startRedis(options: RedisOptions = {}): Promise<Redis> {
  const folder = await mkdtemp(join(tmpdir(), 'inlay-redis-'));
  const port = await findPort();
  if (options.tls) await makeCertificate(folder);
  const scheme = options.tls ? 'rediss' : 'redis';
  const login = options.password ? `:${encodeURIComponent(options.password)}@` : '';
  const command = (...args: string[]) =>
    send(
      { url: `${scheme}://${login}127.0.0.1:${port}`, socket: { ...SOCKET, ...(options.tls && TLS) } },
      args,
    );

  let server: ChildProcess | null = null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, 'exit');
    server.kill(signal);
    await exit;
  };
  const start = async (data: 'kept' | 'lost'): Promise<void> => {
    if (data === 'lost') {
      await Promise.all(DATA.map((name) => rm(join(folder, name), { recursive: true, force: true })));
    }
    server = await launch(argumentsFor(port, folder, options));
    if (options.cluster) await claimSlots(command);
  };
  await start('kept');
  return {
    url: `${scheme}://${login}127.0.0.1:${port}${options.cluster ? '/?cluster=true' : ''}`,
    port,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    hang: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
    command,
    remove: async () => {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type OpenStore = Store & {
  /** What was logged: `warn connection to Redis lost: …`. */
  readonly log: readonly string[];
};

/** A store that need not be connected yet. The test closes it. */
export function openStore(url: string, options: { tlsVerify?: boolean; prefix?: string } = {}): OpenStore {
  const log: string[] = [];
  const write = (line: string) => {
    const { level, msg } = JSON.parse(line);
    log.push(`${pino.levels.labels[level]} ${msg}`);
  };
  const store = createRedisStore({
    url,
    tlsVerify: true,
    log: pino({ level: 'trace' }, { write }),
    ...options,
  });
  return { ...store, log };
}

/** Polls until the store answers. */
export async function answers(store: Store): Promise<void> {
  await vi.waitFor(async () => void (await store.entries.read('none')), { timeout: 15_000, interval: 10 });
}

const SOCKET = { connectTimeout: 5_000, socketTimeout: 15_000, reconnectStrategy: false } as const;
const TLS = { tls: true, rejectUnauthorized: false } as const;
const CERTIFICATE = 'certificate.pem';
const KEY = 'key.pem';
const DATA = ['appendonlydir', 'appendonly.aof', 'dump.rdb', 'nodes.conf'];

function argumentsFor(
  port: number,
  folder: string,
  { password, maxMemory, tls, cluster }: RedisOptions,
): string[] {
  const paths = ['--tls-cert-file', CERTIFICATE, '--tls-key-file', KEY, '--tls-ca-cert-file', CERTIFICATE];
  return [
    ['--bind', '127.0.0.1', '--dir', folder, '--daemonize', 'no'],
    // Every write is with the system before it is answered, so a kill loses none.
    ['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec'],
    tls
      ? ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no', ...paths]
      : ['--port', String(port)],
    password ? ['--requirepass', password] : [],
    maxMemory ? ['--maxmemory', maxMemory, '--maxmemory-policy', 'noeviction'] : [],
    cluster ? ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'] : [],
    cluster && tls ? ['--tls-cluster', 'yes'] : [],
  ].flat();
}

/** None outlives the tests, however they end. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const server of running) server.kill('SIGKILL');
});

/** Resolves when it takes connections. */
async function launch(args: readonly string[]): Promise<ChildProcess> {
  const server = spawn(redisProgram() ?? 'redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(server);
  server.once('exit', () => running.delete(server));
  let said = '';
  for await (const chunk of server.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += chunk;
    if (said.includes('Ready to accept connections')) {
      server.stdout.resume();
      return server;
    }
  }
  throw new Error(`Redis did not start:\n${said}`);
}

async function send(options: Parameters<typeof createClient>[0], args: string[]): Promise<unknown> {
  const client = createClient(options).on('error', () => {});
  await client.connect();
  try {
    return await client.sendCommand(args);
  } finally {
    client.destroy();
  }
}

/** A cluster answers nothing as long as somebody has to be responsible for each of its 16,384 parts. */
async function claimSlots(command: Redis['command']): Promise<void> {
  const isWhole = async () => String(await command('CLUSTER', 'INFO')).includes('cluster_state:ok');
  if (await isWhole()) return;
  await command('CLUSTER', 'ADDSLOTS', ...Array.from({ length: 16_384 }, (_, slot) => String(slot))).catch(
    // After a restart they are its own already.
    () => {},
  );
  while (!(await isWhole())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Low enough for the port of the cluster's own bus, 10,000 above. */
async function findPort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    if (port < 55_000) return port;
  }
}

async function makeCertificate(folder: string): Promise<void> {
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', KEY];
  await run('openssl', ['req', '-x509', '-days', '2', ...subject, ...key, '-out', CERTIFICATE], {
    cwd: folder,
  });
}
