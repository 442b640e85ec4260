import type { DatabaseError } from 'pg';
import { SourceError } from './source.ts';

/** What may be told of a connection that does not come about or is lost: the client's own words name the user. */
export function connectionError(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const message = error instanceof Error ? error.message : '';
  if (TIMEOUTS.has(message)) return new SourceError('timeout', 'did not answer in time');
  const known = error instanceof Error && 'code' in error ? error.code : null;
  const code = typeof known === 'string' ? known : codeOf(message);
  const reason = REASONS[code] ? `: ${REASONS[code]}` : '';
  return new SourceError('connection', `could not be reached${reason} (${code})`);
}

/** Of `pg` and its pool, which have no codes of their own. */
const TIMEOUTS = new Set([
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Connection terminated due to connection timeout',
]);

function codeOf(message: string): string {
  if (message.includes('does not support SSL')) return 'NO_TLS';
  if (message.startsWith('SASL')) return 'SASL';
  return message.startsWith('Connection terminated') ? 'DISCONNECTED' : 'FAILED';
}

const NOT_TRUSTED = 'nobody who is trusted vouches for its certificate; sslrootcert can name its CA';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOENT: 'there is no such Unix socket',
  ENOTFOUND: 'the name of its machine leads nowhere',
  EAI_AGAIN: 'the name of its machine cannot be looked up now',
  ECONNRESET: 'it ended the connection',
  DISCONNECTED: 'it ended the connection',
  NO_TLS: 'it offers no TLS, and nothing is sent without',
  SASL: 'the password does not fit',
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_TRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_TRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  CERT_HAS_EXPIRED: 'its certificate is out of date',
  '28P01': 'it refuses the user name and password',
  '28000': 'it does not let this user in from here, or not without TLS',
  '3D000': 'it has no database of that name',
  '42501': 'it does not let this user into that database',
  '53300': 'it has no connection left',
  '57P01': 'it is being stopped',
  '57P03': 'it is starting or being stopped',
};

/**
 * What may be told of a query that failed. PostgreSQL's own words where they speak of the query, of tables and of
 * columns; not where they may quote what is in them, or what was asked for.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function queryError(error: DatabaseError): SourceError {
  const code = error.code ?? 'XX000';
  if (code === '57014') return new SourceError('timeout', 'ended the query, which took too long');
  // Somebody ended the connection: the server, which is being stopped, or a proxy in front of it.
  if (/^(57P|25P0[34]|08(?!P01))/.test(code)) return connectionError(error);
  return new SourceError('query', `refused the query: ${describe(code, error)} (${code})`);
}

/** Classes of errors whose words are about the query or the server, not about values. */
const ABOUT_THE_QUERY = /^(0A|25|3F|40|42|53|54|55)/;

function describe(code: string, { message, hint }: DatabaseError): string {
  if (ABOUT_THE_QUERY.test(code)) return `${message}${hint ? `. ${hint}` : ''}`.slice(0, MAX_LENGTH);
  if (code.startsWith('22'))
    return 'it failed over a value, such as an id that is not of the type it is cast to';
  return code === '08P01' ? 'it has other parameters than $1 and $2' : 'it failed';
}

const MAX_LENGTH = 300;
