import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { inject } from 'vitest';
import { openPostgresRows, type PostgresRows, type PostgresRowsOptions } from '../../src/content/postgres.ts';
import { type FetchRows, type Row, SourceError } from '../../src/content/source.ts';
import type { PostgresDeclaration } from '../../src/domain/content-source.ts';

const run = promisify(execFile);

export type PostgresOptions = {
  /** With a certificate for 127.0.0.1 (not for localhost) that nobody vouches for, and nothing in plain text. */
  readonly tls?: boolean;
};

/** A real PostgreSQL on a free port of this machine, with a folder of its own. */
export type Postgres = {
  /** Over TCP, with a user that may do everything, and the password. */
  readonly url: string;
  readonly port: number;
  /** The same over a Unix socket in this folder. */
  readonly socketFolder: string;
  /** Of the server's own certificate, which is its own CA. */
  readonly certificatePath: string;
  /** Runs it again, on the same port, with what it knew. */
  readonly start: () => Promise<void>;
  /** Ends it as an operator does. */
  readonly stop: () => Promise<void>;
  /** Ends all of its processes at once. */
  readonly kill: () => Promise<void>;
  /** Runs SQL as an operator would, several statements at will. */
  readonly sql: (text: string) => Promise<Record<string, unknown>[]>;
  /** Ends it and removes its folder. */
  readonly remove: () => Promise<void>;
};

export const USER = 'inlay';
export const PASSWORD = 'not:so/secret@all';

/** Null if this machine has none: tests that need one are left out (see test/setup/servers.ts). */
export function postgresFolder(): string | null {
  const folder = inject('postgresBin');
  if (folder === undefined) throw new Error('vitest.config.ts does not name test/setup/servers.ts.');
  return folder;
}

export async function startPostgres({ tls = false }: PostgresOptions = {}): Promise<Postgres> {
  const owner = await findOwner();
  const folder = await mkdtemp(join(tmpdir(), 'inlay-postgres-'));
  if (owner) await chown(folder, owner.uid, owner.gid);
  const port = await findPort();
  await createCluster(folder, owner, tls);
  if (tls) await makeCertificate(folder, owner);

  let server: ChildProcess | null = null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, 'exit');
    server.kill(signal);
    await exit;
  };
  const start = async (): Promise<void> => {
    server = await launch(argumentsFor(port, folder, tls), folder, owner);
  };
  await start();
  return {
    url: `postgres://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`,
    port,
    socketFolder: folder,
    certificatePath: join(folder, CERTIFICATE),
    start,
    stop: () => end('SIGINT'),
    kill: () => end('SIGQUIT'),
    sql: (text) => send({ host: folder, port }, text),
    remove: async () => {
      await end('SIGQUIT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A certificate that is another CA's, for tests of trust. */
export async function makeCertificate(folder: string, owner: Owner = null): Promise<string> {
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', KEY];
  await run('openssl', ['req', '-x509', '-days', '2', ...subject, ...key, '-out', CERTIFICATE], {
    cwd: folder,
  });
  // PostgreSQL refuses a key that others could read.
  await chmod(join(folder, KEY), 0o600);
  if (owner) await chown(join(folder, KEY), owner.uid, owner.gid);
  return join(folder, CERTIFICATE);
}

export type OpenRows = PostgresRows & {
  /** All columns of the rows, asked for without a locale and in no hurry. */
  readonly ask: (...ids: string[]) => Promise<readonly Row[]>;
  /** Why it fails, with a message that must not hold anything secret. */
  readonly failureOf: (...ids: string[]) => Promise<SourceError>;
};

/** The test closes it. */
export async function openRows(
  url: string,
  query: string,
  { timeoutMs = 15_000, ...options }: PostgresRowsOptions & { timeoutMs?: number } = {},
): Promise<OpenRows> {
  const rows = await openPostgresRows({ ...DECLARATION, url, query, timeoutMs }, options);
  const ask: OpenRows['ask'] = (...ids) => rows.fetchRows(ids, null, new AbortController().signal);
  return { ...rows, ask, failureOf: (...ids) => failureOf(ask(...ids)) };
}

export async function failureOf(fetching: ReturnType<FetchRows>): Promise<SourceError> {
  const rows = await fetching.catch((error: unknown) => error);
  if (rows instanceof SourceError) return rows;
  throw new Error('expected it to fail', { cause: rows });
}

const DECLARATION: Omit<PostgresDeclaration, 'url' | 'query' | 'timeoutMs'> = {
  name: 'stock',
  type: 'postgres',
  key: 'sku',
  fields: [],
  required: [],
  batch: 100,
  freshMs: 0,
  staleMs: 0,
  staleIfErrorMs: 0,
  missingMs: 0,
};

const CERTIFICATE = 'certificate.pem';
const KEY = 'key.pem';
const DATA = 'data';
const PASSWORD_FILE = 'password';

/** Whom it runs as; null: who runs the tests. */
type Owner = { readonly uid: number; readonly gid: number } | null;

/** PostgreSQL refuses to run as root. */
async function findOwner(): Promise<Owner> {
  if (process.getuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all(['-u', '-g'].map((which) => run('id', [which, name]))).catch(() => null);
    const [uid, gid] = ids?.map(({ stdout }) => Number(stdout)) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody.');
}

async function createCluster(folder: string, owner: Owner, tls: boolean): Promise<void> {
  await writeFile(join(folder, PASSWORD_FILE), PASSWORD);
  const args = ['-D', DATA, '-U', USER, `--pwfile=${PASSWORD_FILE}`, '-A', 'scram-sha-256'];
  const options = { cwd: folder, ...owner, env: ENVIRONMENT };
  await run(programPath('initdb'), [...args, '-E', 'UTF8', '--locale=C', '--no-sync'], options);
  const remote = `${tls ? 'hostssl' : 'host'} all all 127.0.0.1/32 scram-sha-256\n`;
  await writeFile(join(folder, DATA, 'pg_hba.conf'), `local all all scram-sha-256\n${remote}`);
}

function argumentsFor(port: number, folder: string, tls: boolean): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    shared_buffers: '16MB',
    // Nobody misses what a test wrote.
    ...{ fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' },
    ...(tls && { ssl: 'on', ssl_cert_file: join(folder, CERTIFICATE), ssl_key_file: join(folder, KEY) }),
  };
  return ['-D', DATA, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** It must speak English to be understood, and know nothing of what else is set. */
const ENVIRONMENT = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };

function programPath(name: string): string {
  return join(postgresFolder() ?? '', name);
}

/** None outlives the tests, however they end. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const server of running) server.kill('SIGQUIT');
});

/** Resolves when it takes connections. */
async function launch(args: readonly string[], cwd: string, owner: Owner): Promise<ChildProcess> {
  const server = spawn(programPath('postgres'), args, {
    ...{ cwd, ...owner, env: ENVIRONMENT },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(server);
  server.once('exit', () => running.delete(server));
  let said = '';
  for await (const chunk of server.stderr.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += chunk;
    if (said.includes('ready to accept connections')) {
      server.stderr.resume();
      return server;
    }
  }
  throw new Error(`PostgreSQL did not start:\n${said}`);
}

async function send(place: { host: string; port: number }, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({
    ...place,
    user: USER,
    password: PASSWORD,
    database: 'postgres',
    ssl: false,
  });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
