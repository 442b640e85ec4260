import { z } from 'zod';
import { AVAILABILITY_FIELDS } from '../domain/content.ts';
import { DATE_STYLES, type FieldOrigin, type FieldRule, fieldNames } from '../domain/content-source.ts';
import { parseLocale } from '../domain/locale.ts';

const FIELD_NAME = /^[a-z_][a-z0-9_]{0,63}$/;

/** They would collide with keys that every answer has: `item_count`, `item_1_id`. */
const RESERVED = ['id', 'count', 'position', 'click_url'];

export const column = z.string().min(1);

/** The languages are written as locales are, so that `de_AT` finds them. */
const Origin = z
  .union([column, z.object({ default: column }).catchall(column)])
  .transform((from, context): FieldOrigin => {
    if (typeof from === 'string') return from;
    const entries = Object.entries(from).map(([locale, path]) => {
      const name = locale === 'default' ? locale : parseLocale(locale);
      if (name === null) context.addIssue(`names "${locale}", which is no locale such as de or de-AT`);
      return [name, path] as const;
    });
    return Object.fromEntries(entries) as FieldOrigin;
  });

const scheme = z
  .string()
  .regex(/^[a-z][a-z0-9+.-]*$/, 'must be a URL scheme in lower case, without a colon')
  .refine(
    (name) => !['javascript', 'vbscript', 'data'].includes(name),
    'must not be one that runs as a script, as javascript does',
  );

const base = z.string().refine(isWebUrl, 'must be an absolute http(s) URL').optional();
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be a code such as USD')
  .optional();

const Options = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ from: Origin, type: z.literal('text'), max: z.int().min(1).optional() }),
    z.strictObject({ from: Origin, type: z.literal('html') }),
    z.strictObject({ from: Origin, type: z.literal('url'), base }),
    z.strictObject({ from: Origin, type: z.literal('link'), schemes: z.array(scheme).min(1) }),
    z.strictObject({ from: Origin, type: z.literal('image'), base }),
    z.strictObject({ from: Origin, type: z.literal('number'), currency }),
    z.strictObject({ from: Origin, type: z.literal('date'), style: z.enum(DATE_STYLES).optional() }),
    z.strictObject({ from: Origin, type: z.literal('boolean') }),
  ],
  'must be text, html, url, link, image, number, date or boolean',
);

/** A column, or what is said of it. Without a type the field's name tells it. */
const Rule = z.union([column, z.looseObject({})]);

/** Fields as they are written: name → column, or where the value stands and of what type it is. */
export const Fields = z
  .record(z.string().regex(FIELD_NAME, 'must be lower-case letters, digits and _'), Rule)
  .transform((fields, context): FieldRule[] =>
    Object.entries(fields).flatMap(([name, written]) => {
      const options = typeof written === 'string' ? { from: written } : written;
      const parsed = Options.safeParse({ type: usualType(name), ...options });
      if (parsed.success) return [ruleOf(name, parsed.data)];
      for (const issue of parsed.error.issues) {
        context.issues.push({ ...issue, input: written, path: [name, ...issue.path] } as never);
      }
      return [];
    }),
  );

function usualType(name: string): FieldRule['type'] {
  if (name === 'url' || name.endsWith('_url')) return 'url';
  if (name === 'available') return 'boolean';
  return name === 'starts_at' || name === 'ends_at' ? 'date' : 'text';
}

function ruleOf(name: string, options: z.infer<typeof Options>): FieldRule {
  switch (options.type) {
    case 'text':
      return { ...options, name, max: options.max ?? null };
    case 'url':
    case 'image':
      return { ...options, name, base: options.base ?? null };
    case 'number':
      return { ...options, name, currency: options.currency ?? null };
    case 'date':
      return { ...options, name, style: options.style ?? null };
    case 'html':
    case 'link':
    case 'boolean':
      return { ...options, name };
  }
}

export type RuleFault = { readonly path: readonly string[]; readonly message: string };

/** What is wrong with fields that are each well written. */
export function findRuleFaults(rules: readonly FieldRule[], required: readonly string[]): RuleFault[] {
  return [
    ...findReserved(rules),
    ...findClashes(rules),
    ...findWrongAvailability(rules),
    ...findUndeclared(required, rules),
  ];
}

function findReserved(rules: readonly FieldRule[]): RuleFault[] {
  return rules
    .filter(({ name }) => RESERVED.includes(name))
    .map(({ name }) => ({ path: ['fields', name], message: `${name} is a name that answers already use` }));
}

/** A price and a date have their display form beside them, which another field may not be called. */
function findClashes(rules: readonly FieldRule[]): RuleFault[] {
  const names = new Set(rules.map(({ name }) => name));
  return rules.flatMap((rule) => {
    const [, display] = fieldNames(rule);
    if (display === undefined || !names.has(display)) return [];
    return [{ path: ['fields', display], message: `${display} is also the display form of ${rule.name}` }];
  });
}

function findWrongAvailability(rules: readonly FieldRule[]): RuleFault[] {
  return rules
    .filter(({ name, type }) => {
      const decides = AVAILABILITY_FIELDS.some((field) => field === name);
      return decides && type !== (name === 'available' ? 'boolean' : 'date');
    })
    .map(({ name }) => ({
      path: ['fields', name],
      message: `${name} decides whether an item is shown, so it must be of type ${usualType(name)}`,
    }));
}

function findUndeclared(required: readonly string[], rules: readonly FieldRule[]): RuleFault[] {
  const names = new Set(rules.map(({ name }) => name));
  return required
    .filter((name) => !names.has(name))
    .map((name) => ({ path: ['required'], message: `requires ${name}, which is not among its fields` }));
}

function isWebUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '');
}
