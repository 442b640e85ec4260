import { z } from 'zod';
import { check, locateIn, type Report, type YamlFile } from './yaml.ts';

const FIELD_NAME = /^[a-z_][a-z0-9_]{0,63}$/;

/** They would collide with keys that every answer has: `item_count`, `item_1_id`. */
const RESERVED = ['id', 'count', 'position', 'click_url'];

const column = z.string().min(1);
const Origin = z.union([column, z.object({ default: column }).catchall(column)]);

const scheme = z
  .string()
  .regex(/^[a-z][a-z0-9+.-]*$/, 'must be a URL scheme in lower case, without a colon')
  .refine(
    (name) => !['javascript', 'vbscript', 'data'].includes(name),
    'must not be one that runs as a script, as javascript does',
  );

const FieldRule = z.union([
  column,
  z.strictObject({ from: Origin, type: z.literal('text').optional(), max: z.int().min(1).optional() }),
  z.strictObject({ from: Origin, type: z.literal('url') }),
  z.strictObject({
    from: Origin,
    type: z.literal('link'),
    schemes: z.array(scheme).min(1),
  }),
  z.strictObject({
    from: Origin,
    type: z.literal('number'),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .optional(),
  }),
]);

const Source = z.strictObject({
  type: z.literal('file', 'must be file'),
  path: z.string().min(1),
  key: column,
  fields: z.record(z.string().regex(FIELD_NAME, 'must be lower-case letters, digits and _'), FieldRule),
  required: z.array(z.string()).default([]),
});

const ContentSourcesFile = z.record(z.string(), Source);

/** How a content source is declared, with each field's type settled. */
export type SourceDeclaration = {
  readonly name: string;
  readonly path: string;
  readonly key: string;
  readonly fields: readonly FieldDeclaration[];
  readonly required: readonly string[];
  /** Where it is declared. */
  readonly line: number | null;
};

export type FieldDeclaration = { readonly name: string; readonly from: z.infer<typeof Origin> } & (
  | { readonly type: 'text'; readonly max: number | null }
  | { readonly type: 'url' }
  | { readonly type: 'link'; readonly schemes: readonly string[] }
  | { readonly type: 'number'; readonly currency: string | null }
);

/** All sources of `content-sources.yaml` that are declared without fault. */
export function parseContentSources(yaml: YamlFile, report: Report): SourceDeclaration[] {
  const sources = check(ContentSourcesFile, yaml.data, locateIn(yaml), report);
  if (!sources) return [];
  return Object.entries(sources).flatMap(([name, source]) => {
    const fields = Object.entries(source.fields).map(([field, rule]) => declareField(field, rule));
    const faults = [
      ...findReserved(fields),
      ...findClashes(fields),
      ...findUndeclared(source.required, fields),
    ];
    for (const { path, message } of faults) {
      report({ file: yaml.file, line: yaml.lineOf([name, ...path]), message: `${name}: ${message}` });
    }
    const { path, key, required } = source;
    return faults.length > 0 ? [] : [{ name, path, key, fields, required, line: yaml.lineOf([name]) }];
  });
}

function declareField(name: string, rule: z.infer<typeof FieldRule>): FieldDeclaration {
  const { from, ...options } = typeof rule === 'string' ? { from: rule } : rule;
  if (!('type' in options) || options.type === undefined) {
    if (name === 'url' || name.endsWith('_url')) return { name, from, type: 'url' };
    return { name, from, type: 'text', max: 'max' in options ? (options.max ?? null) : null };
  }
  switch (options.type) {
    case 'text':
      return { name, from, type: 'text', max: options.max ?? null };
    case 'url':
      return { name, from, type: 'url' };
    case 'link':
      return { name, from, type: 'link', schemes: options.schemes };
    case 'number':
      return { name, from, type: 'number', currency: options.currency ?? null };
  }
}

type DeclarationFault = { readonly path: readonly string[]; readonly message: string };

function findReserved(fields: readonly FieldDeclaration[]): DeclarationFault[] {
  return fields
    .filter(({ name }) => RESERVED.includes(name))
    .map(({ name }) => ({ path: ['fields', name], message: `${name} is a name that answers already use` }));
}

/** A number with a currency has its display form beside it, which another field may not be called. */
function findClashes(fields: readonly FieldDeclaration[]): DeclarationFault[] {
  const names = new Set(fields.map(({ name }) => name));
  return fields
    .filter((field) => field.type === 'number' && field.currency !== null && names.has(`${field.name}_text`))
    .map(({ name }) => ({
      path: ['fields', `${name}_text`],
      message: `${name}_text is also the display form of ${name}`,
    }));
}

function findUndeclared(
  required: readonly string[],
  fields: readonly FieldDeclaration[],
): DeclarationFault[] {
  const names = new Set(fields.map(({ name }) => name));
  return required
    .filter((name) => !names.has(name))
    .map((name) => ({ path: ['required'], message: `requires ${name}, which is not among its fields` }));
}
