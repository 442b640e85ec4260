import { createClient, createCluster } from 'redis';
import type { RedisAddress } from '../redis-url.ts';
import { RedisError } from './redis-errors.ts';
import { SCRIPTS } from './redis-scripts.ts';

/** For a connection to stand, and for any answer on it. */
const SILENCE_MS = 3_000;
/** More often than silence is tolerated, so that a connection with nothing to do is not taken for a dead one. */
const PING_MS = 1_000;
/** For a cluster to tell of its nodes and all of them to be connected. */
const CLUSTER_MS = 10_000;
const MAX_DELAY_MS = 2_000;

export type RedisCommands = ReturnType<typeof createSingleClient> | ReturnType<typeof createClusterClient>;

/** The place of what is not about one node of a cluster. */
export const WHOLE = 'redis';

/** What happens to connections, and where: `WHOLE`, or a node of a cluster as `host:port`. */
export type ConnectionEvents = {
  readonly onUp: (place: string) => void;
  readonly onDown: (place: string, error: unknown) => void;
};

/** One try to be connected. A single Redis gets a new one each time; a cluster mends its own until it cannot. */
export type RedisSession = {
  readonly commands: RedisCommands;
  /** Resolves when nothing will come of it any more. */
  readonly over: Promise<void>;
  /** Rejects at once what is still unanswered. Safe to call twice. */
  readonly destroy: () => void;
};

export type SessionOptions = { readonly address: RedisAddress; readonly tlsVerify: boolean };

export function openSession(options: SessionOptions, events: ConnectionEvents): RedisSession {
  return options.address.isCluster ? openCluster(options, events) : openSingle(options, events);
}

/** The pause before the next try, in milliseconds: longer each time, and never the same for all replicas. */
export function delayMs(tries: number): number {
  const longest = Math.min(MAX_DELAY_MS, 100 * 2 ** Math.min(tries, 10));
  return Math.round(longest * (0.5 + Math.random() / 2));
}

function openSingle(options: SessionOptions, { onUp, onDown }: ConnectionEvents): RedisSession {
  const client = createSingleClient(options);
  let isDestroyed = false;
  const destroy = () => {
    isDestroyed = true;
    client.destroy();
  };
  client
    .on('ready', () => onUp(WHOLE))
    .on('error', (error) => onDown(WHOLE, error))
    // Destroyed while its socket was still connecting, the client would go on and stay.
    .on('connect', () => isDestroyed && destroy());
  const over = new Promise<void>((resolve) => {
    client.once('terminated', () => resolve());
    // What went wrong is told by the event.
    client.connect().catch(() => resolve());
  });
  return { commands: client, over, destroy };
}

function openCluster(options: SessionOptions, { onUp, onDown }: ConnectionEvents): RedisSession {
  const cluster = createClusterClient(options);
  const destroy = createClusterDestroyer(cluster);
  cluster
    .on('node-ready', ({ host, port }) => onUp(`${host}:${port}`))
    .on('node-disconnect', ({ host, port }) => onUp(`${host}:${port}`))
    .on('node-error', (error, { host, port }) => onDown(`${host}:${port}`, error))
    // Once it is connected, its nodes tell what is wrong.
    .on('error', (error) => cluster.isReady || onDown(WHOLE, error));
  const over = new Promise<void>((resolve) => {
    // It would wait for ever for a node that is gone and not replaced yet.
    const timer = setTimeout(() => {
      onDown(WHOLE, new RedisError('TIMEOUT'));
      resolve();
    }, CLUSTER_MS);
    const connecting = cluster.connect().finally(() => clearTimeout(timer));
    connecting.then(
      () => onUp(WHOLE),
      // What went wrong is told by the event.
      () => resolve(),
    );
  });
  return { commands: cluster, over, destroy };
}

/** A cluster forgets nodes whose socket is still connecting, and goes on to connect nodes that it hears of later. */
function createClusterDestroyer(cluster: ReturnType<typeof createClusterClient>): () => void {
  const clients = new Set<{ readonly destroy: () => void }>();
  let isDestroyed = false;
  const destroy = () => {
    isDestroyed = true;
    for (const { client } of cluster.masters) if (client) clients.add(client);
    cluster.destroy();
    for (const client of clients) client.destroy();
  };
  const destroyAgain = () => isDestroyed && destroy();
  cluster.on('node-connect', destroyAgain).on('node-error', destroyAgain);
  return destroy;
}

function createSingleClient({ address, tlsVerify }: SessionOptions) {
  const [node] = address.nodes;
  return createClient({
    ...loginOf(address),
    ...NEVER_WAIT,
    scripts: SCRIPTS,
    commandOptions: NO_TIMERS,
    database: address.database,
    socket: { ...node, ...socketOf(address, tlsVerify), reconnectStrategy: false },
  });
}

function createClusterClient({ address, tlsVerify }: SessionOptions) {
  return createCluster({
    rootNodes: address.nodes.map((node) => ({ socket: node })),
    scripts: SCRIPTS,
    commandOptions: NO_TIMERS,
    defaults: {
      ...loginOf(address),
      ...NEVER_WAIT,
      socket: { ...socketOf(address, tlsVerify), reconnectStrategy: delayMs },
    },
  });
}

/** Nothing is kept for a connection that is not there, and a connection that is silent is given up. */
const NEVER_WAIT = {
  disableOfflineQueue: true,
  pingInterval: PING_MS,
  maintNotifications: 'disabled',
} as const;

/** The client's own time-out bounds only the wait for the socket, at a timer a call; whoever calls has a deadline. */
const NO_TIMERS = { timeout: undefined };

function loginOf({ username, password }: RedisAddress) {
  return { ...(username !== null && { username }), ...(password !== null && { password }) };
}

function socketOf({ isTls }: RedisAddress, tlsVerify: boolean) {
  const times = { connectTimeout: SILENCE_MS, socketTimeout: SILENCE_MS };
  return isTls ? { ...times, tls: true as const, rejectUnauthorized: tlsVerify } : times;
}
