import { z } from 'zod';
import { DATE_STYLES, type FieldOrigin } from '../domain/content-source.ts';
import { parseLocale } from '../domain/locale.ts';

// How fields are written in `content-sources.yaml`.

/** A column of a table, or a dotted path. */
export const column = z.string('must be a column or a dotted path, as a text').min(1);

const ORIGIN = 'must be a column, or one for each locale as in { de: name_de, default: name }';

/** The languages are named as locales are, so that `de_AT` finds them. */
const origin = z
  .union([column, z.record(z.string(), column)], ORIGIN)
  .transform((from, context): FieldOrigin => {
    if (typeof from === 'string') return from;
    const byLocale: Record<string, string> = {};
    const complain = (locale: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [locale], message });
    for (const [written, path] of Object.entries(from)) {
      const locale = written === 'default' ? written : parseLocale(written);
      if (locale === null) complain(written, 'is no locale such as de or de-AT');
      else if (Object.hasOwn(byLocale, locale)) complain(written, `is the same locale as another, ${locale}`);
      else byLocale[locale] = path;
    }
    const { default: usual } = byLocale;
    if (usual === undefined) context.addIssue('must have a default, for all other locales');
    return { ...byLocale, default: usual ?? '' };
  });

/** What runs as a script, or reads what is on the reader's machine. */
const REFUSED_SCHEMES = ['javascript', 'vbscript', 'data', 'blob', 'filesystem', 'file'];

const SCHEMES = 'must be a list of URL schemes, as in [https, myapp]';
const scheme = z
  .string(SCHEMES)
  .regex(/^[a-z][a-z0-9+.-]*$/, 'must be a URL scheme in lower case, without a colon')
  .refine((name) => !REFUSED_SCHEMES.includes(name), {
    error: ({ input }) => `must not be ${input}: links of that kind run scripts or read files`,
  });

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
const CURRENCY = 'must be a currency by its code of ISO 4217, such as USD';
const currency = z.string(CURRENCY).refine((code) => CURRENCIES.has(code), CURRENCY);

// It is looked at once variables are put in.
const base = z.string();

const OPTIONS = {
  text: { max: z.int().min(1).nullable().default(null) },
  html: {},
  url: { base: base.nullable().default(null) },
  link: { schemes: z.array(scheme, SCHEMES).min(1) },
  image: { base: base.nullable().default(null) },
  number: { currency: currency.nullable().default(null) },
  date: { style: z.enum(DATE_STYLES).nullable().default(null) },
  boolean: {},
} as const;

export type FieldType = keyof typeof OPTIONS;
export const FIELD_TYPES = Object.keys(OPTIONS) as readonly FieldType[];

function schemaOf<Type extends FieldType>(type: Type) {
  const error = (issue: z.core.$ZodRawIssue): string | undefined =>
    issue.code === 'unrecognized_keys' ? describeWrongOption(type, issue.keys) : undefined;
  return z.strictObject({ type: z.literal(type), from: origin, ...OPTIONS[type] }, { error });
}

/** An option that exists, but not for a field of this type. */
function describeWrongOption(type: FieldType, options: readonly string[]): string | undefined {
  const types = FIELD_TYPES.filter((other) => options.some((option) => option in OPTIONS[other]));
  if (types.length === 0) return undefined;
  return `goes with type ${types.join(' or ')}, and this field is of type ${type}`;
}

/** What can be said of a field besides its name. */
export const FieldOptions = z.discriminatedUnion(
  'type',
  [
    schemaOf('text'),
    schemaOf('html'),
    schemaOf('url'),
    schemaOf('link'),
    schemaOf('image'),
    schemaOf('number'),
    schemaOf('date'),
    schemaOf('boolean'),
  ],
  `must be one of ${FIELD_TYPES.join(', ')}`,
);
