import { setTimeout as sleep } from 'node:timers/promises';
import type { Request } from 'express';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Role } from '../settings.ts';
import type { Caller, FindCaller } from './credentials.ts';
import { Problem } from './problem.ts';

/** Lets a request in, or throws the problem that it gets instead. */
export type Authorize = (request: Request, role: Role) => Promise<Caller> | Caller;

const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="Inlay", charset="UTF-8"' };

/** Wrong passwords from one address: free ones, then slowed ones, then refused ones, in a window of a minute. */
const FREE_TRIES = 5;
const MAX_TRIES = 30;
const WINDOW_SECONDS = 60;
const SLOWED_MS = 1_000;

/** A held answer costs a socket and a timer; beyond this many, the refusal leaves at once. */
const MAX_HELD = 200;

/** Only the credentials of studio people open everything. */
export function createAuthorize(findCaller: FindCaller, onUse: (caller: Caller) => void): Authorize {
  const tries = new RateLimiterMemory({ points: MAX_TRIES, duration: WINDOW_SECONDS });
  let held = 0;

  const refuse = async (request: Request): Promise<never> => {
    const authorization = request.headers.authorization;
    if (authorization === undefined) throw new Problem('unauthorized', 'Send Basic credentials.', CHALLENGE);
    const count = await tries.consume(request.ip ?? '').catch((rejected: RateLimiterRes) => rejected);
    if (count.consumedPoints > MAX_TRIES) {
      const seconds = Math.ceil(count.msBeforeNext / 1_000);
      throw new Problem('too_many_attempts', `Try again in ${seconds} s.`, {
        'Retry-After': String(seconds),
      });
    }
    if (count.consumedPoints > FREE_TRIES && held < MAX_HELD) {
      held += 1;
      await sleep(SLOWED_MS, undefined, { ref: false });
      held -= 1;
    }
    throw new Problem('unauthorized', 'The name or the password is wrong.', CHALLENGE);
  };

  return (request, role) => {
    const caller = findCaller(request.headers.authorization);
    // A right password is never counted, so nobody can lock a caller out.
    if (!caller) return refuse(request);
    onUse(caller);
    if (caller.role !== role && caller.role !== 'studio') {
      throw new Problem('wrong_role', `They are for ${caller.role}, and this is for ${role}.`);
    }
    return caller;
  };
}

/** Refuses what a browser sends on behalf of another web site, whatever credentials it attaches. */
export function refuseCrossSite(request: Request, ownOrigin: string): void {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (site === 'same-origin' || site === 'none') return;
  const isForeign =
    origin !== undefined &&
    origin !== ownOrigin &&
    origin !== `http://${host}` &&
    origin !== `https://${host}`;
  if (isForeign || site === 'cross-site') {
    throw new Problem('cross_site', 'Call it from your sending tool or your own server.');
  }
}
