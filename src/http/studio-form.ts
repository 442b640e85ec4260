import express from 'express';
import { z } from 'zod';
import { parsePerson } from '../domain/person.ts';
import type { PrivateView } from '../studio/studio.ts';
import { Problem } from './problem.ts';

/** A pasted message, or what somebody typed in the place of content. */
const MAX_FORM = '2mb';
const MAX_PEOPLE = 6;

/** Reads a form into `request.body`, one value a name. */
export const readStudioForm = express.urlencoded({ extended: false, limit: MAX_FORM, parameterLimit: 50 });

const People = z
  .array(z.object({ kind: z.enum(['user_id', 'device_id']), id: z.string() }))
  .max(MAX_PEOPLE, `must name at most ${MAX_PEOPLE} people`);
const Edits = z.record(z.string().max(256), z.record(z.string().max(64), z.string()));

/** What of a view does not stand in its address. Ids that can be nobody's are a problem that names none. */
export function parsePrivateView(form: unknown): PrivateView {
  const { people, edits } = z
    .object({ people: z.string().default('[]'), edits: z.string().default('{}') })
    .catch({ people: '[]', edits: '{}' })
    .parse(form);
  return {
    people: parse(People, people, 'people').map(({ kind, id }) => {
      const person = kind === 'user_id' ? parsePerson(id, null) : parsePerson(null, id);
      if (typeof person === 'string')
        throw new Problem('invalid_parameters', `An id cannot be one: ${person}.`);
      return person;
    }),
    edits: parse(Edits, edits, 'edits'),
  };
}

function parse<T>(schema: z.ZodType<T>, text: string, name: string): T {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Problem('invalid_parameters', `${name} is not valid JSON.`);
  }
  const parsed = schema.safeParse(data);
  if (!parsed.success) throw new Problem('invalid_parameters', `${name} cannot be read.`);
  return parsed.data;
}
