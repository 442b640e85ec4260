import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { type BackendKey, cancelQuery } from './postgres-cancel.ts';
import { TYPES } from './postgres-query.ts';
import { createSockets, type IsRefusedAddress } from './postgres-sockets.ts';
import type { PostgresAddress } from './postgres-url.ts';

const MAX_CLIENTS = 4;
/** Firewalls in between forget silent connections after minutes. */
const IDLE_MS = 30_000;
/** So that a name that leads to another server by now is noticed. */
const LIFETIME_SECONDS = 1_800;
const KEEP_ALIVE_MS = 10_000;
const CLOSE_MS = 500;

export type PostgresPoolOptions = {
  readonly address: PostgresAddress;
  readonly ssl: ConnectionOptions | false;
  readonly isRefusedAddress: IsRefusedAddress;
  /** For a connection to come about. */
  readonly connectMs: number;
  readonly onIdleError: (error: Error) => void;
};

export type PostgresPool = {
  /** Whoever takes a client gives it back by `release()`, or by `discard`. */
  readonly connect: () => Promise<pg.PoolClient>;
  /** Ends the client, whatever it does, and what the server does for it. There is room for another at once. */
  readonly discard: (client: pg.PoolClient) => void;
  /** Once no client is taken. Safe to call twice. */
  readonly close: () => Promise<void>;
};

/** Connects when somebody asks, and then keeps connections for a while. */
export function createPostgresPool(options: PostgresPoolOptions): PostgresPool {
  const { address, ssl, isRefusedAddress, connectMs, onIdleError } = options;
  const sockets = createSockets(address, isRefusedAddress);
  const pool = new pg.Pool({
    ...loginOf(address),
    ssl,
    stream: sockets.create,
    types: TYPES,
    max: MAX_CLIENTS,
    connectionTimeoutMillis: connectMs,
    idleTimeoutMillis: IDLE_MS,
    maxLifetimeSeconds: LIFETIME_SECONDS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  });
  pool.on('error', onIdleError);
  // A client that is lost while it is taken tells its query, and without a listener it would end the process, too.
  pool.on('connect', (client) => client.on('error', () => {}));

  const cancelling = new Set<Promise<void>>();
  const cancel = (key: BackendKey): void => {
    const cancelled = cancelQuery(sockets.connect(), { host: address.host, ssl }, key);
    cancelling.add(cancelled);
    void cancelled.then(() => cancelling.delete(cancelled));
  };
  const close = async (): Promise<void> => {
    const ended = pool.end().then(() => Promise.all(cancelling));
    await Promise.race([ended, sleep(CLOSE_MS, undefined, { ref: false })]);
    sockets.destroyAll();
  };
  let closed: Promise<void> | null = null;
  return {
    // What cannot even be tried is thrown there at once.
    connect: async () => await pool.connect(),
    discard: (client) => {
      const key = backendKeyOf(client);
      if (key) cancel(key);
      client.release(true);
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

/** Everything is said, for what is not said `pg` looks for in variables of its own and in files. */
function loginOf({ host, port, database, user, password, options }: PostgresAddress): pg.PoolConfig {
  return {
    ...{ host, port, database, user },
    password: () => password ?? '',
    application_name: 'inlay',
    sslnegotiation: 'postgres',
    ...(options !== null && { options }),
  };
}

/** The client knows it, but its types do not. */
function backendKeyOf(client: pg.PoolClient): BackendKey | null {
  const processId: unknown = Reflect.get(client, 'processID');
  const secretKey: unknown = Reflect.get(client, 'secretKey');
  return typeof processId === 'number' && typeof secretKey === 'number' ? { processId, secretKey } : null;
}
