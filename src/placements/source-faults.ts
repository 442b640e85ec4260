import type { HttpDeclaration, PostgresDeclaration, SourceDeclaration } from '../domain/content-source.ts';
import type { PathFault } from './check.ts';

/** What is wrong with where a source is and what it is told, with its variables put in. No message holds a value. */
export function findSourceFaults(source: SourceDeclaration): PathFault[] {
  switch (source.type) {
    case 'file':
      return [];
    case 'http':
      return [...findUrlFaults(source), ...findBodyFaults(source), ...findHeaderFaults(source)];
    case 'postgres':
      return findDatabaseFaults(source);
  }
}

function findUrlFaults({ url: written, body }: HttpDeclaration): PathFault[] {
  const url = URL.parse(written);
  const problem = (message: string): PathFault[] => [{ path: ['url'], message }];
  if (!url || !/^https?:$/.test(url.protocol)) return problem('must be an absolute http(s) URL');
  if (/[{}]/.test(url.host)) {
    return problem('must name its host in full; {ids} and {locale} can only stand behind it');
  }
  if (`${url.username}${url.password}` !== '') {
    return problem('must not hold a user name or password; headers can');
  }
  if (url.href.includes('#'))
    return problem('has a #, behind which nothing is sent; as a character it is %23');
  if (written.includes('{ids}') || holdsIds(body)) return [];
  return problem('must say where the ids go: {ids} in it, or as a text of its own in body');
}

/** Only a whole text is filled in, and no name. */
function holdsIds(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return body === '{ids}';
  return Object.values(body).some(holdsIds);
}

function findBodyFaults({ method, body }: HttpDeclaration): PathFault[] {
  return method === 'GET' && body !== null ? [{ path: ['body'], message: 'cannot be sent with GET' }] : [];
}

/** They tell of the connection and the message, which are the client's; it refuses requests with most of them. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function findHeaderFaults({ headers }: HttpDeclaration): PathFault[] {
  const names = Object.keys(headers);
  return Object.entries(headers).flatMap(([name, value], index) => {
    const message = findHeaderFault(name, value, names.slice(0, index));
    return message === null ? [] : [{ path: ['headers', name], message }];
  });
}

function findHeaderFault(name: string, value: string, before: readonly string[]): string | null {
  const isSame = (other: string): boolean => other.toLowerCase() === name.toLowerCase();
  if (OF_THE_CONNECTION.has(name.toLowerCase())) return 'belongs to the connection and cannot be set';
  if (before.some(isSame)) return `is the same header as ${before.find(isSame)}`;
  try {
    new Headers([[name, value]]);
    return null;
  } catch {
    // The error that is dropped here quotes the value.
    return 'must be one line of letters, digits and signs that a header can hold';
  }
}

/** User and password in the clear before one @; a second one is part of a password that is not encoded. */
const DATABASE_URL = /^\s*postgres(?:ql)?:\/\/[^/?#@\s]+@[^@]*$/i;

function findDatabaseFaults({ url }: PostgresDeclaration): PathFault[] {
  if (DATABASE_URL.test(url)) return [];
  return [{ path: ['url'], message: 'must be postgres://user:password@host/database, percent-encoded' }];
}
