import type { RequestHandler } from 'express';
import { type Person, parsePerson } from '../domain/person.ts';
import { type Authorize, refuseCrossSite } from './access.ts';
import { Problem } from './problem.ts';
import { parseQuery, queryOf } from './query.ts';
import { sendJson } from './send-json.ts';

const NAMES: ReadonlySet<string> = new Set(['user_id', 'device_id']);

/** `DELETE /v1/people?user_id=…`: forgets somebody everywhere. For studio people; nothing of the person is answered. */
export function createPeopleRoute(
  authorize: Authorize,
  ownOrigin: string,
  forget: (person: Person) => Promise<void>,
): RequestHandler {
  return async (request, response) => {
    refuseCrossSite(request, ownOrigin);
    await authorize(request, 'studio');
    if (request.method !== 'DELETE') {
      throw new Problem('method_not_allowed', 'Use DELETE.', { Allow: 'DELETE' });
    }
    const { values } = parseQuery(queryOf(request.url), NAMES);
    const ids = [...NAMES].map((name) => values.get(name) ?? []);
    if (ids.flat().length !== 1) {
      throw new Problem('invalid_parameters', 'Give one user_id or one device_id.');
    }
    const person = parsePerson(ids[0]?.[0] ?? null, ids[1]?.[0] ?? null);
    if (typeof person === 'string')
      throw new Problem('invalid_parameters', `The id cannot be one: ${person}.`);
    try {
      await forget(person);
    } catch {
      throw new Problem('store_unavailable', 'The store does not answer, and may still know the person.');
    }
    sendJson(response, 200, { forgotten: true });
  };
}
