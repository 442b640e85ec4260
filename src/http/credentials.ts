import { hash, timingSafeEqual } from 'node:crypto';
import { format, parse } from 'basic-auth';
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
 * Checks Basic credentials (RFC 7617, UTF-8). All of them are compared, as bytes or as digests, so that the time taken
 * tells neither which name exists nor how much of a password was right.
 */
export function createFindCaller(credentials: readonly Credential[]): FindCaller {
  const known = credentials.map(({ name, password, role }, index) => {
    const slot = credentials
      .slice(0, index + 1)
      .filter((other) => other.name === name && other.role === role).length;
    const header = Buffer.from(format({ name, pass: password }), 'latin1');
    return { caller: { name, role, slot }, header, digest: digestOf(name, password) };
  });
  return (authorization) => {
    if (authorization === undefined) return null;
    const given = Buffer.from(authorization, 'latin1');
    // As nearly every caller writes it; nothing has to be taken apart.
    const asWritten = findEqual(
      known,
      ({ header }) => header.length === given.length && timingSafeEqual(header, given),
    );
    if (asWritten) return asWritten.caller;
    const parsed = parse(authorization);
    if (!parsed) return null;
    const digest = digestOf(parsed.name, parsed.pass);
    return findEqual(known, (candidate) => timingSafeEqual(candidate.digest, digest))?.caller ?? null;
  };
}

/** The last that is equal, after comparing all of them. */
function findEqual<T>(candidates: readonly T[], isEqual: (candidate: T) => boolean): T | null {
  let found: T | null = null;
  for (const candidate of candidates) {
    if (isEqual(candidate)) found = candidate;
  }
  return found;
}

function digestOf(name: string, password: string): Buffer {
  return hash('sha256', `${name.normalize()}:${password.normalize()}`, 'buffer');
}
