import type { Question } from '../answer.ts';
import type { Template } from '../domain/message.ts';
import { type Parameters, parseParameters } from './parameters.ts';
import { Problem } from './problem.ts';
import type { RawParameters } from './query.ts';
import { askPerson, type FindTestPerson, type ServedPlacement } from './question.ts';
import type { Format } from './send-answer.ts';

/** A call of a placement as it is understood: what is asked, and what the answer is to become. */
export type PlacementCall = {
  readonly served: ServedPlacement;
  readonly format: Format;
  readonly parameters: Parameters;
  /** Null for JSON. */
  readonly template: Template | null;
  readonly question: Question;
};

export type PlacementCallParts = {
  /** By name or alias, lower case. */
  readonly findPlacement: (name: string) => ServedPlacement | null;
  readonly findTestPerson: FindTestPerson;
};

/** The placement that the last part of a path names, and the form of the answer. */
export function findCalled(
  path: string,
  { findPlacement }: Pick<PlacementCallParts, 'findPlacement'>,
): { readonly served: ServedPlacement; readonly format: Format } {
  const [, name = path, suffix] = /^(.*)\.(json|html|txt)$/i.exec(path) ?? [];
  const served = findPlacement(name.toLowerCase());
  if (!served) throw new Problem('unknown_placement', 'No placement has this name; check its spelling.');
  return { served, format: (suffix?.toLowerCase() ?? 'json') as Format };
}

/** Reads what a call asks. Throws the problem that it gets instead. */
export function readPlacementCall(
  { served, format }: Pick<PlacementCall, 'served' | 'format'>,
  raw: RawParameters,
  { findTestPerson }: Pick<PlacementCallParts, 'findTestPerson'>,
): PlacementCall {
  const parameters = parseParameters(raw);
  const template = findTemplate(served, format, parameters);
  return { served, format, parameters, template, question: ask(served, parameters, findTestPerson) };
}

const DEFAULT_TEMPLATE = 'email';

/** Null for JSON, which takes none but must not be asked for one that is not there. */
function findTemplate(
  { templates }: ServedPlacement,
  format: Format,
  { template }: Parameters,
): Template | null {
  if (format === 'json' && template === null) return null;
  const name = template ?? DEFAULT_TEMPLATE;
  const files = { json: [name, `${name}.txt`], html: [name], txt: [`${name}.txt`] }[format];
  const found = files.map((file) => templates.get(file)).find((file) => file !== undefined);
  if (!found)
    throw new Problem('unknown_template', `This placement has no file ${files.join('.hbs or ')}.hbs.`);
  return format === 'json' ? null : found;
}

function ask(served: ServedPlacement, parameters: Parameters, findTestPerson: FindTestPerson): Question {
  const { placement } = served;
  const { user_id, device_id, position, limit, exclude } = parameters;
  const { campaign, channel, locale, on_unavailable } = parameters;
  if (position !== null && position > placement.items) {
    throw new Problem('invalid_parameters', `position must be from 1 to ${placement.items}.`);
  }
  const { person, sample } = askPerson(user_id, device_id, served, findTestPerson);
  const message = { campaign, channel, locale: locale ?? placement.locale };
  return {
    ...{ ...served, person, sample, message },
    selection: { position, limit, exclude },
    access: 'everything',
    onUnavailable: on_unavailable,
  };
}
