import { hash, timingSafeEqual } from 'node:crypto';
import { parse } from 'basic-auth';
import type { Credential, Role } from '../settings.ts';

/** Who called. */
export type Caller = {
  readonly name: string;
  readonly role: Role;
  /** Which of the passwords of this name it was, from 1, so that a rotation can be seen to its end. */
  readonly slot: number;
};

export type FindCaller = (authorization: string | undefined) => Caller | null;

/**
 * Checks Basic credentials (RFC 7617, UTF-8). All of them are compared, as digests, so that the time taken tells
 * neither which name exists nor how much of a password was right.
 */
export function createFindCaller(credentials: readonly Credential[]): FindCaller {
  const known = credentials.map(({ name, password, role }, index) => {
    const slot = credentials
      .slice(0, index + 1)
      .filter((other) => other.name === name && other.role === role).length;
    return { caller: { name, role, slot }, digest: digestOf(name, password) };
  });
  return (authorization) => {
    const given = authorization === undefined ? undefined : parse(authorization);
    if (!given) return null;
    const digest = digestOf(given.name, given.pass);
    let found: Caller | null = null;
    for (const candidate of known) {
      if (timingSafeEqual(candidate.digest, digest)) found = candidate.caller;
    }
    return found;
  };
}

function digestOf(name: string, password: string): Buffer {
  return hash('sha256', `${name.normalize()}:${password.normalize()}`, 'buffer');
}
