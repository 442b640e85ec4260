import type { Request } from 'express';
import { isbot } from 'isbot';
import { LRUCache } from 'lru-cache';

/** Who follows a link: a person, or a program that looks where it leads before anyone clicks. */
export type Follower = 'person' | 'machine';

/** Browsers' user agents are shorter; it bounds what looking for a name in one costs. */
const MAX_AGENT = 512;

/** Some browsers are in wide use, and the look takes longer than all the rest of following a link. */
const MAX_REMEMBERED = 1_000;

/** Office programs look at a link themselves before they hand it to a browser. */
const OFFICE = /ms-office|microsoft office/i;

/** Known by what they say of themselves; others cannot be told from people. */
export function createFollowerOf(): (request: Request) => Follower {
  const verdicts = new LRUCache<string, Follower>({ max: MAX_REMEMBERED });

  const judge = (agent: string): Follower => {
    const known = verdicts.get(agent);
    if (known) return known;
    const verdict = isbot(agent) || OFFICE.test(agent) ? 'machine' : 'person';
    verdicts.set(agent, verdict);
    return verdict;
  };

  return (request) => {
    if (request.method !== 'GET' || isPrefetch(request)) return 'machine';
    return judge((request.headers['user-agent'] ?? '').slice(0, MAX_AGENT));
  };
}

/** `Sec-Purpose: prefetch;prerender`, and what browsers sent before there was that. */
function isPrefetch({ headers }: Request): boolean {
  const said = [headers['sec-purpose'], headers.purpose, headers['x-purpose'], headers['x-moz']];
  return said.some((purpose) => purpose !== undefined && /prefetch|preview|prerender/i.test(String(purpose)));
}
