import { z } from 'zod';
import { type Parameter, type Reference, refer, type Schema } from './openapi-document.ts';
import { ALIASES, Parameters } from './parameters.ts';

/** What the placement routes take, read off the schema that parses it, so that the two cannot differ. */
const SCHEMAS: Readonly<Record<string, Schema>> = withAliases(readSchemas());

function readSchemas(): Record<string, Schema> {
  const [typed, read] = (['input', 'output'] as const).map(
    (io) => z.toJSONSchema(Parameters, { io, unrepresentable: 'any' }).properties ?? {},
  ) as [Record<string, Schema>, Record<string, Schema>];
  return Object.fromEntries(
    Object.entries(typed).map(([name, schema]) => [name, describeValue(schema, read[name] ?? {})]),
  );
}

/** A number is described as what it is read as, everything else as it is written. That it may be null is no one's to send. */
function describeValue(typed: Schema, read: Schema): Schema {
  const { description = '' } = typed;
  const number = withoutNull(read);
  if (number.type === 'integer') {
    const { minimum, maximum } = number;
    const isBounded = maximum !== Number.MAX_SAFE_INTEGER;
    return { type: 'integer', minimum, ...(isBounded && { maximum }), description };
  }
  const { description: _same, ...value } = withoutNull(typed);
  return { ...value, description };
}

function withoutNull({ anyOf, default: usual, ...others }: Schema): Schema {
  const value: Schema = Array.isArray(anyOf) ? anyOf.find((one: Schema) => one.type !== 'null') : {};
  const type = [value.type ?? others.type ?? []].flat().find((one) => one !== 'null');
  return {
    ...others,
    ...value,
    ...(type !== undefined && { type }),
    ...(typeof usual === 'string' && { default: usual }),
  };
}

function withAliases(schemas: Record<string, Schema>): Record<string, Schema> {
  for (const [alias, name] of Object.entries(ALIASES)) {
    schemas[alias] = { ...schemas[name], description: `Another name of \`${name}\`.` };
  }
  return schemas;
}

const OF_LINKS: Readonly<Record<string, Schema>> = {
  key: {
    type: 'string',
    description: "The placement's key. Without the right one, a link leads where the baseline does.",
  },
};

const EXAMPLES: Readonly<Record<string, string>> = { user_id: 'ann', campaign: 'weekly-2026-11-27' };

/** Every parameter there is, by its name in the components. */
export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  placement: inPath('placement', 'The name of a placement, or one of its aliases, in any letter case.', {
    type: 'string',
  }),
  position_in_path: inPath('position', 'The position of an item.', {
    type: 'integer',
    minimum: 1,
    maximum: 20,
  }),
  token: inPath('token', 'What an `item_N_click_url` brings along.', { type: 'string' }),
  ...Object.fromEntries(Object.entries({ ...SCHEMAS, ...OF_LINKS }).map(inQuery)),
  movable_ink: {
    name: 'movable_ink',
    in: 'query',
    description: "Movable Ink's own parameters, `mi_u` and its like. They are passed on to the destination.",
    style: 'form',
    explode: true,
    schema: {
      type: 'object',
      patternProperties: { '^mi_': { type: 'string' } },
      additionalProperties: false,
    },
  },
};

function inPath(name: string, description: string, schema: Schema): Parameter {
  return { name, in: 'path', required: true, description, schema };
}

function inQuery([name, { description = '', ...schema }]: [string, Schema]): [string, Parameter] {
  const example = EXAMPLES[name];
  return [name, { name, in: 'query', description, schema, ...(example !== undefined && { example }) }];
}

/** The parameters of the placement routes, which a POST can have in its URL as well. */
export const PLACEMENT_PARAMETERS: readonly Reference[] = referTo('placement', ...Object.keys(SCHEMAS));

export function referTo(...names: readonly string[]): Reference[] {
  return names.map((name) => refer('parameters', name));
}

/** The same in the body of a POST. Unknown names do no harm there either. */
export const BODIES: Readonly<Record<string, Schema>> = {
  ParametersAsForm: { type: 'object', properties: SCHEMAS },
  ParametersAsJson: {
    type: 'object',
    description:
      'Numbers, true and false may be written as such, null is the same as leaving a name out, and a list is joined with commas.',
    properties: Object.fromEntries(Object.entries(SCHEMAS).map(([name, schema]) => [name, asJson(schema)])),
  },
};

function asJson({ description, type, enum: choices, ...limits }: Schema): Schema {
  if (Array.isArray(choices)) {
    const isSwitch = choices.includes('true');
    return { enum: [...choices, ...(isSwitch ? [0, 1, true, false] : []), null], ...limits, description };
  }
  const written = type === 'integer' ? ['integer', 'string', 'null'] : [type, 'number', 'array', 'null'];
  return { type: written, ...limits, description };
}
