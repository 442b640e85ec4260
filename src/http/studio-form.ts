import express from 'express';
import { z } from 'zod';
import { parsePerson } from '../domain/person.ts';
import type { AskedPerson, PrivateView } from '../studio/private-view.ts';
import { Problem } from './problem.ts';

/** A pasted message, or what somebody typed in the place of content. */
const MAX_FORM = '2mb';
const MAX_PEOPLE = 6;
/** Far more than any id has, which the page then says. */
const MAX_ID = 4_096;

/** Reads a form into `request.body`, one value a name. */
export const readStudioForm = express.urlencoded({ extended: false, limit: MAX_FORM, parameterLimit: 50 });

const Kind = z.enum(['user_id', 'device_id']);
const People = z.array(z.object({ kind: Kind, id: z.string().max(MAX_ID) })).max(MAX_PEOPLE);
const Edits = z.record(z.string().max(256), z.record(z.string().max(64), z.string()));

/** What the page's own forms send: all that is private, and somebody to be added to it. */
const Form = z.object({
  people: z.string().default('[]'),
  edits: z.string().default('{}'),
  id: z.string().max(MAX_ID).default(''),
  kind: Kind.catch('user_id'),
});

/** What of a view does not stand in its address. An id that can be nobody's is shown as what it is. */
export function parsePrivateView(form: unknown): PrivateView {
  const { data } = Form.safeParse(form);
  if (!data) throw new Problem('invalid_parameters', 'What was sent cannot be read.');
  const people = parse(People, data.people, 'people');
  const id = data.id.trim();
  const isNew = id !== '' && !people.some((person) => person.id === id && person.kind === data.kind);
  if (isNew && people.length === MAX_PEOPLE) {
    throw new Problem('invalid_parameters', `At most ${MAX_PEOPLE} people are shown at once.`);
  }
  return {
    people: [...people, ...(isNew ? [{ kind: data.kind, id }] : [])].map(askFor),
    edits: parse(Edits, data.edits, 'edits'),
    lookedUp: null,
  };
}

function askFor({ kind, id }: Pick<AskedPerson, 'kind' | 'id'>): AskedPerson {
  return { kind, id, person: kind === 'user_id' ? parsePerson(id, null) : parsePerson(null, id) };
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
