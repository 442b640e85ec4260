import type { Question } from '../answer.ts';
import type { Template } from '../domain/message.ts';
import { parsePerson } from '../domain/person.ts';
import { SAMPLE_PREFIX, type Sample } from '../domain/sample.ts';
import type { RenderJson } from '../render/flat-json.ts';

/** A placement as the routes need it. */
export type ServedPlacement = Pick<Question, 'placement' | 'plan' | 'source'> & {
  readonly templates: ReadonlyMap<string, Template>;
  readonly samples: ReadonlyMap<string, Sample>;
  readonly renderJson: RenderJson;
};

/** Real test recipients: the name of the sample that an id gets. */
export type FindTestPerson = (id: string) => string | null;

/** Whom a call is about: someone, a sample, or why it is nobody. */
export function askPerson(
  userId: string | null,
  deviceId: string | null,
  { samples }: Pick<ServedPlacement, 'samples'>,
  findTestPerson: FindTestPerson,
): Pick<Question, 'person' | 'sample'> {
  const person = parsePerson(userId, deviceId);
  if (typeof person === 'string') return { person, sample: null };
  const name = person.id.startsWith(SAMPLE_PREFIX)
    ? person.id.slice(SAMPLE_PREFIX.length)
    : findTestPerson(person.id);
  const sample = name === null ? null : (samples.get(name) ?? samples.get('unknown') ?? null);
  return { person, sample };
}
