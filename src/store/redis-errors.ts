import {
  ClientClosedError,
  ClientOfflineError,
  ConnectionTimeoutError,
  DisconnectsClientError,
  ErrorReply,
  MaxCommandRedirectionsError,
  RootNodesUnavailableError,
  SocketClosedUnexpectedlyError,
  SocketTimeoutError,
} from 'redis';

/**
 * Why the store did not do what it was asked. Holds no key, value or password, so it may be logged and shown.
 * `code` is ours (`OFFLINE`, `BUSY`, `CLOSED`, …), the first word of Redis's answer (`OOM`, `WRONGPASS`, …) or
 * Node's (`ECONNREFUSED`, `DEPTH_ZERO_SELF_SIGNED_CERT`, …).
 */
export class RedisError extends Error {
  readonly code: string;

  constructor(code: string, detail: string | null = null) {
    super(`${SENTENCES[code] ?? 'Redis cannot be used'} (${detail ? `${code}: ${detail}` : code})`);
    this.name = 'RedisError';
    this.code = code;
  }
}

const SENTENCES: Readonly<Record<string, string>> = {
  OFFLINE: 'There is no connection to Redis',
  DISCONNECTED: 'Redis ended the connection',
  TIMEOUT: 'Redis does not answer',
  BUSY: 'Redis has not answered earlier calls yet, so no more are made',
  CLOSED: 'The store is closed',
  NO_NODE: 'No node of the Redis Cluster can be reached',
  REDIRECTED: 'The nodes of the Redis Cluster send calls to each other',
  OOM: 'Redis has no memory left and refuses to write',
  WRONGPASS: 'Redis refuses the user name and password of STORE_URL',
  ECONNREFUSED: 'Redis does not run there',
  ENOTFOUND: 'The name of the machine in STORE_URL leads nowhere',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'Nobody vouches for the certificate of Redis',
  SELF_SIGNED_CERT_IN_CHAIN: 'Nobody vouches for the certificate of Redis',
  NOAUTH: 'Redis wants a password, and STORE_URL has none',
  NOPERM: 'Redis does not let this user do that',
  READONLY: 'This Redis is a replica and refuses to write',
  LOADING: 'Redis is still reading its data',
  MOVED: 'This is a Redis Cluster: STORE_URL needs ?cluster=true',
};

const OWN_CODES = new Map<unknown, string>([
  [ClientOfflineError, 'OFFLINE'],
  [ClientClosedError, 'OFFLINE'],
  [SocketClosedUnexpectedlyError, 'DISCONNECTED'],
  [DisconnectsClientError, 'DISCONNECTED'],
  [SocketTimeoutError, 'TIMEOUT'],
  [ConnectionTimeoutError, 'TIMEOUT'],
  [RootNodesUnavailableError, 'NO_NODE'],
  [MaxCommandRedirectionsError, 'REDIRECTED'],
]);

/** Answers that help whoever runs the service, and quote nothing. */
const HARMLESS =
  /max number of clients reached|DB index is out of range|cluster support disabled|protected mode/;

/** What may be told of an error of the client: its own text may quote commands, and with them keys and values. */
export function toRedisError(error: unknown): RedisError {
  if (error instanceof RedisError) return error;
  if (error instanceof ErrorReply) return fromReply(error.message);
  if (!(error instanceof Error)) return new RedisError('FAILED');
  const code = OWN_CODES.get(error.constructor) ?? ('code' in error ? error.code : null);
  return new RedisError(typeof code === 'string' ? code : 'FAILED');
}

function fromReply(message: string): RedisError {
  // Before version 7, an error inside a script is wrapped into one about the script.
  const [, inside] = /: -(OOM|READONLY|NOPERM|MISCONF|CLUSTERDOWN) /.exec(message) ?? [];
  const [, first] = /^([A-Z]+) /.exec(message) ?? [];
  return new RedisError(inside ?? first ?? 'ERR', HARMLESS.exec(message)?.[0]);
}
