import type { Reference, Schema } from './openapi-document.ts';

/** A name and what there is to say of it. */
export type Entry = { readonly name: string; readonly note: string; readonly text: string };

/** A schema, and its keys or choices. */
export type SchemaView = {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly entries: readonly Entry[];
};

/** What a reference refers to; anything else is itself. */
export function resolve<T>(value: T | Reference, components: Readonly<Record<string, T>>): T {
  if (typeof value !== 'object' || value === null || !('$ref' in value)) return value as T;
  const found = components[value.$ref.slice(value.$ref.lastIndexOf('/') + 1)];
  if (found === undefined) throw new Error(`The document refers to ${value.$ref}, which is not there.`);
  return found;
}

/** Type, choices and limits in a few words. */
export function noteOf({
  type,
  enum: choices,
  const: only,
  minimum,
  maximum,
  maxLength,
  default: usual,
}: Schema) {
  const types = [type ?? []].flat().filter((one) => one !== 'null');
  const isAny = types.length > 1;
  return [
    Array.isArray(choices) ? choices.join(' | ') : isAny ? 'text, number or boolean' : types.join(),
    only === undefined ? '' : String(only),
    minimum === undefined ? '' : `${minimum}…${maximum ?? ''}`,
    maxLength === undefined ? '' : `at most ${maxLength} characters`,
    usual === undefined ? '' : `default ${usual}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

export function viewSchema(name: string, schema: Schema, all: Readonly<Record<string, Schema>>): SchemaView {
  const { oneOf, properties, patternProperties, description = '' } = schema;
  const choices = Array.isArray(oneOf) ? (oneOf as Schema[]).map(viewChoice) : [];
  const keys = [...schemasOf(properties), ...schemasOf(patternProperties)].map(([key, value]) => {
    const known = resolve(value, all);
    return { name: readable(key), note: noteOf(known), text: known.description ?? '' };
  });
  return { id: idOf(name), title: name, text: description, entries: [...choices, ...keys] };
}

function schemasOf(properties: unknown): [string, Schema | Reference][] {
  return Object.entries((properties ?? {}) as Readonly<Record<string, Schema | Reference>>);
}

function viewChoice({ const: value, description = '' }: Schema): Entry {
  return { name: String(value), note: '', text: description };
}

/** `^item_([1-9]|1[0-9]|20)_[a-z0-9_]+$` → `item_N_…` */
function readable(pattern: string): string {
  if (!pattern.startsWith('^')) return pattern;
  return pattern
    .replace('([1-9]|1[0-9]|20)', 'N')
    .replace(/(\[[^\]]*\])+\+|\[a-z_\]\[a-z0-9_\]\*/, '…')
    .replace(/^\^|\$$/g, '');
}

/** For links within the page. */
export function idOf(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-');
}
