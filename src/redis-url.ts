/** Where Redis is and how to get in, as `STORE_URL` says it. */
export type RedisAddress = {
  /** At least one. Of a cluster, the nodes that are asked for the others. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly isCluster: boolean;
  readonly isTls: boolean;
  /** Null: Redis's own `default` user. */
  readonly username: string | null;
  readonly password: string | null;
  readonly database: number;
};

const DEFAULT_PORT = 6_379;
const SHAPE = /^(rediss?):\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/(\d*))?(?:\?cluster=(true|false))?$/i;

/**
 * Reads `redis[s]://[[user]:password@]host[:port][/database]`; user and password are percent-encoded, the port is
 * 6379 and the database 0 if not given. Several `host:port`, separated by commas, or `?cluster=true` after a single
 * one, mean Redis Cluster, which has no other database than 0. Null if it is anything else.
 */
export function parseRedisUrl(text: string): RedisAddress | null {
  const [, scheme, login = '', hosts = '', database = '', cluster] = SHAPE.exec(text.trim()) ?? [];
  if (!scheme) return null;
  const nodes = hosts.split(',').map(parseNode);
  const credentials = parseLogin(login);
  const isCluster = nodes.length > 1 || cluster === 'true';
  if (credentials === null || nodes.includes(null)) return null;
  if (isCluster && (Number(database) !== 0 || cluster === 'false')) return null;
  return {
    nodes: nodes.filter((node) => node !== null),
    isCluster,
    isTls: scheme.toLowerCase() === 'rediss',
    ...credentials,
    database: Number(database),
  };
}

function parseNode(text: string): { host: string; port: number } | null {
  // Of the schemes that every URL parser knows the ports of, none has this default, so a given port stays visible.
  const url = URL.parse(`redis://${text}`);
  if (!url?.hostname || url.pathname !== '') return null;
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port || DEFAULT_PORT) };
}

function parseLogin(text: string): Pick<RedisAddress, 'username' | 'password'> | null {
  const colon = text.indexOf(':');
  const [username, password] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  try {
    return { username: decodeURIComponent(username) || null, password: decodeURIComponent(password) || null };
  } catch {
    return null;
  }
}
