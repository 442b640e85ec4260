import type { RequestHandler } from 'express';
import type { Person } from '../domain/person.ts';
import { parsePerson } from '../domain/person.ts';
import { type Authorize, refuseCrossSite } from './access.ts';
import { rawParameters, readBody } from './body.ts';
import { MERGE_TAG, Parameters } from './parameters.ts';
import { type FindNamed, findPlacements } from './prefetch-parameters.ts';
import { Problem } from './problem.ts';
import { sendJson } from './send-json.ts';

export type PrefetchUserRouteParts = {
  readonly authorize: Authorize;
  readonly ownOrigin: string;
  readonly findPlacement: FindNamed;
  /** People to test with, who are never looked up. */
  readonly isSample: (person: Person) => boolean;
  /** Has someone looked up soon; false if too many wait. Rejects where the store fails. */
  readonly wait: (placementName: string, person: Person, campaign: string | null) => Promise<boolean>;
};

/** `POST /v1/prefetches/users`: one person, for a webhook step ahead of the message. */
export function createPrefetchUserRoute(parts: PrefetchUserRouteParts): RequestHandler {
  const { authorize, ownOrigin, findPlacement, isSample, wait } = parts;
  return async (request, response) => {
    refuseCrossSite(request, ownOrigin);
    await authorize(request, 'callers');
    if (request.method !== 'POST') throw new Problem('method_not_allowed', 'Use POST.', { Allow: 'POST' });
    await readBody(request, response);
    const given = rawParameters(request).values;
    const placements = findPlacements((given.get('placement') ?? []).join(','), findPlacement);
    const person = parsePerson(only(given, 'user_id'), only(given, 'device_id'));
    // Nothing breaks in the sending tool, and its log tells why nobody is looked up.
    if (typeof person === 'string')
      throw new Problem('invalid_parameters', `Nobody can be looked up: ${person}.`);
    const campaign = parseCampaign(only(given, 'campaign'));
    if (isSample(person)) return sendJson(response, 202, { queued: false, is_sample: true });
    for (const placement of placements) {
      const isQueued = await wait(placement, person, campaign).catch(() => null);
      // Not 503: sending tools count that against the host, messages included.
      if (isQueued === null)
        throw new Problem('not_queued', 'The store does not answer: try again in a moment.');
      if (!isQueued)
        throw new Problem('not_queued', 'Too many people wait for a look-up: try again in a few minutes.');
    }
    sendJson(response, 202, { queued: true, is_sample: false });
  };
}

function only(given: ReadonlyMap<string, readonly string[]>, name: string): string | null {
  const [first = null, ...others] = given.get(name) ?? [];
  if (others.some((other) => other !== first)) {
    throw new Problem('invalid_parameters', `${name} is given more than once.`);
  }
  return first;
}

function parseCampaign(text: string | null): string | null {
  const given = text?.trim() ?? '';
  if (given === '' || MERGE_TAG.test(given)) return null;
  const parsed = Parameters.shape.campaign.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new Problem('invalid_parameters', `campaign ${parsed.error.issues[0]?.message}.`);
}
