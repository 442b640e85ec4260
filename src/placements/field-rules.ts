import { z } from 'zod';
import { AVAILABILITY_FIELDS } from '../domain/content.ts';
import { type FieldRule, fieldNames } from '../domain/content-source.ts';
import { type PathFault, parseData } from './check.ts';
import { column, FieldOptions, type FieldType } from './field-types.ts';
import { oneOf } from './wording.ts';

const FIELD_NAME = /^[a-z_][a-z0-9_]{0,63}$/;

/** They would collide with keys that every answer has: `item_count`, `item_1_id`. */
const RESERVED = ['id', 'count', 'position', 'click_url'];

/** A column, or what is said of it. Without a type the field's name tells it. */
const Written = z.union([column, z.looseObject({})], 'must be a column, or { from: …, type: … }');

/** Fields as they are written: name → column, or where the value stands and of what type it is. */
export const Fields = z
  .record(z.string().regex(FIELD_NAME, 'must be lower-case letters, digits and _'), Written)
  .transform((fields, context): FieldRule[] =>
    Object.entries(fields).flatMap(([name, written]) => {
      const options = typeof written === 'string' ? { from: written } : written;
      const parsed = parseData(FieldOptions, { type: usualType(name), ...options });
      if ('data' in parsed) return [{ name, ...parsed.data }];
      for (const { path, message } of parsed.faults) {
        context.addIssue({ code: 'custom', path: [name, ...path], message });
      }
      return [];
    }),
  );

function usualType(name: string): FieldType {
  if (name === 'url' || name.endsWith('_url')) return 'url';
  if (name === 'available') return 'boolean';
  return name === 'starts_at' || name === 'ends_at' ? 'date' : 'text';
}

/** What is wrong with fields that are each well written. */
export function findRuleFaults(rules: readonly FieldRule[], required: readonly string[]): PathFault[] {
  const names = rules.map(({ name }) => name);
  return [
    ...rules.flatMap((rule) => findRuleFault(rule, names)),
    ...required.flatMap((name, index) =>
      names.includes(name)
        ? []
        : [{ path: ['required', index], message: `is ${name}, which is no field here` }],
    ),
  ];
}

function findRuleFault(rule: FieldRule, names: readonly string[]): PathFault[] {
  const { name } = rule;
  const here = ['fields', name];
  if (RESERVED.includes(name)) return [{ path: here, message: 'is a name that answers already use' }];
  const types = typesFor(name);
  if (types && !types.includes(rule.type)) {
    return [{ path: here, message: `must be of type ${oneOf(types)}: ${PURPOSES[name]}` }];
  }
  return [...findClash(rule, names), ...findBadBase(rule)];
}

/** What Inlay itself does with fields of these names. */
const PURPOSES: Readonly<Record<string, string>> = {
  url: 'it is where an item leads',
  ...Object.fromEntries(AVAILABILITY_FIELDS.map((name) => [name, 'it decides whether an item is shown'])),
};

/** Null for a name that can be of any type. */
function typesFor(name: string): readonly FieldType[] | null {
  if (name === 'url') return ['url', 'link'];
  return Object.hasOwn(PURPOSES, name) ? [usualType(name)] : null;
}

/** A price and a date have their display form beside them, which another field may not be called. */
function findClash(rule: FieldRule, names: readonly string[]): PathFault[] {
  const [, display] = fieldNames(rule);
  if (display === undefined || !names.includes(display)) return [];
  return [{ path: ['fields', display], message: `is also the name of ${rule.name} as a text` }];
}

/** Images count over https alone, so that what another base gives would always be missing. */
function findBadBase(rule: FieldRule): PathFault[] {
  if (!('base' in rule) || rule.base === null) return [];
  const schemes = rule.type === 'image' ? ['https:'] : ['https:', 'http:'];
  const { protocol = '', username = '', password = '' } = URL.parse(rule.base) ?? {};
  if (schemes.includes(protocol) && `${username}${password}` === '') return [];
  const scheme = rule.type === 'image' ? 'https' : 'http(s)';
  return [
    { path: ['fields', rule.name, 'base'], message: `must be an absolute ${scheme} URL without a password` },
  ];
}
