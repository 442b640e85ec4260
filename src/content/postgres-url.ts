import { isIPv4 } from 'node:net';

/** Where a PostgreSQL is and how to get in. */
export type PostgresAddress = {
  /** A name, an IP address, or the folder of a Unix socket, which begins with `/`. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | null;
  /** As in libpq: settings for the session, which some hosted databases want to be told. */
  readonly options: string | null;
  /** Null: plain text. */
  readonly tls: PostgresTls | null;
};

/** The paths are of PEM files. */
export type PostgresTls = {
  /** `full`: the certificate must be trusted and for this host; `ca`: only trusted; `none`: any will do. */
  readonly verify: 'full' | 'ca' | 'none';
  /** Null: whom Node trusts. */
  readonly rootCert: string | null;
  /** The service's own certificate, with its key. */
  readonly cert: string | null;
  readonly key: string | null;
};

/** A URL that cannot be read. The message quotes nothing of it but the name of a parameter. */
export class PostgresUrlError extends Error {
  override readonly name = 'PostgresUrlError';
}

const DEFAULT_PORT = 5_432;
const USED = ['host', 'port', 'options', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'channel_binding'];
/** What hosts of databases write into their URLs for other clients, and what makes no difference here. */
const IGNORED =
  /^(application_name|connect_timeout|keepalives\w*|gssencmode|pgbouncer|connection_limit|pool_timeout)$/;

/**
 * Reads `postgres://user[:password]@host[:port][/database][?parameters]` as libpq does, with user, password and
 * database percent-encoded; the port is 5432 and the database that of the user's name if not given. `?host=/folder` or
 * a percent-encoded folder in place of the host mean a Unix socket. `sslmode` is `disable`, `require`, `verify-ca` or
 * `verify-full`; without it, it is `disable` on the same machine and `verify-full` everywhere else. Throws a
 * `PostgresUrlError`.
 */
export function parsePostgresUrl(text: string): PostgresAddress {
  // A login without a host is no URL to Node, but is how sockets are written on Cloud Run.
  const written = text.trim().replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)\//i, `$1${NO_HOST}/`);
  const url = URL.parse(written);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.hash !== '') throw new PostgresUrlError(SHAPE);
  const parameters = parseParameters(url.searchParams);
  const named = url.hostname === NO_HOST ? '' : decode(url.hostname).replace(/^\[(.*)\]$/, '$1');
  const host = parameters.get('host') ?? named;
  const user = decode(url.username);
  if (host === '' || user === '') throw new PostgresUrlError(SHAPE);
  return {
    host,
    port: parsePort(parameters.get('port') ?? url.port),
    database: decode(url.pathname.slice(1)) || user,
    user,
    password: decode(url.password) || null,
    options: parameters.get('options') || null,
    tls: parseTls(host, parameters),
  };
}

const NO_HOST = 'no-host';
const SHAPE = 'is not a URL such as postgres://user:password@host/database, percent-encoded';

function parseParameters(written: URLSearchParams): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of written) {
    if (USED.includes(name)) parameters.set(name, value);
    else if (!IGNORED.test(name))
      throw new PostgresUrlError(`has a parameter ${name}, which is not known here`);
  }
  return parameters;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new PostgresUrlError(SHAPE);
  }
}

function parsePort(text: string): number {
  const port = Number(text || DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new PostgresUrlError('has no usable port');
  return port;
}

function parseTls(host: string, parameters: ReadonlyMap<string, string>): PostgresTls | null {
  // As in libpq, whatever is said: nobody can listen in.
  if (host.startsWith('/')) return null;
  const ca = parameters.get('sslrootcert') || null;
  const mode = parameters.get('sslmode') ?? (isLoopback(host) && ca === null ? 'disable' : 'verify-full');
  const isBound = parameters.get('channel_binding') === 'require';
  if (mode === 'disable') {
    if (isBound) throw new PostgresUrlError('wants channel_binding, which needs TLS');
    return null;
  }
  return {
    verify: parseVerify(mode, ca, isBound),
    rootCert: ca === 'system' ? null : ca,
    cert: parameters.get('sslcert') || null,
    key: parameters.get('sslkey') || null,
  };
}

function parseVerify(mode: string, ca: string | null, isBound: boolean): PostgresTls['verify'] {
  const hasOwnCa = ca !== null && ca !== 'system';
  switch (mode) {
    case 'verify-full':
      return 'full';
    case 'verify-ca':
      // Anybody can get a certificate from those whom everybody trusts.
      if (!hasOwnCa)
        throw new PostgresUrlError('has sslmode=verify-ca, which needs the file of a CA in sslrootcert');
      return 'ca';
    case 'require':
      if (hasOwnCa) return 'ca';
      // Binding would notice somebody in between. So does verifying, of which the server has no say.
      return isBound || ca === 'system' ? 'full' : 'none';
    default:
      // `prefer` and `allow` would go on in plain text.
      throw new PostgresUrlError('has an sslmode that is not disable, require, verify-ca or verify-full');
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
