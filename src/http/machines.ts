import type { Request } from 'express';
import { isbot } from 'isbot';

/** Who follows a link: a person, or a program that looks where it leads before anyone clicks. */
export type Follower = 'person' | 'machine';

/** Mail scanners and proxies that are in no list of bots. */
const SCANNERS = /proofpoint|mimecast|barracuda|safelinks|ironport|googleimageproxy|yahoomailproxy/i;

/** Known by what they say of themselves; others cannot be told from people. */
export function followerOf(request: Request): Follower {
  const { purpose, 'sec-purpose': secPurpose, 'x-purpose': xPurpose, 'x-moz': xMoz } = request.headers;
  const said = [purpose, secPurpose, xPurpose, xMoz].join(' ');
  const agent = request.headers['user-agent'] ?? '';
  const isMachine =
    request.method !== 'GET' || /prefetch|preview/i.test(said) || isbot(agent) || SCANNERS.test(agent);
  return isMachine ? 'machine' : 'person';
}
