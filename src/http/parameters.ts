import { z } from 'zod';
import { parseLocale } from '../domain/locale.ts';
import { cleanText } from '../text.ts';
import { Problem } from './problem.ts';
import type { RawParameters } from './query.ts';

const MAX_CAMPAIGN_BYTES = 128;

const switchedOn = z
  .enum(['0', '1', 'true', 'false'], 'must be 1 or 0')
  .transform((value) => value === '1' || value === 'true');
const whole = z
  .string()
  .regex(/^\d{1,6}$/, 'must be a whole number')
  .transform(Number);
const pixels = whole.pipe(z.int().min(1, 'must be 1 or more').max(4_000, 'must be 4000 or less'));
const count = whole.pipe(z.int().min(1, 'must be 1 or more'));
const label = z
  .string()
  .max(128, 'must be 128 characters or fewer')
  .transform((text) => cleanText(text));

/**
 * What the placement routes take, in the words in which `/openapi.json` and `/docs` tell of it. Ids are checked with the
 * person they stand for, never here: a bad one is a reason.
 */
export const Parameters = z.object({
  user_id: z
    .string()
    .nullable()
    .default(null)
    .describe(
      "The person's user id, up to 256 bytes. Encode it; a raw +, & or # in it is read as part of it.",
    ),
  device_id: z
    .string()
    .nullable()
    .default(null)
    .describe(
      'The device id, up to 256 bytes, of a person without user id. With both, only `user_id` is used.',
    ),
  campaign: label
    .refine((text) => Buffer.byteLength(text ?? '') <= MAX_CAMPAIGN_BYTES, 'must be 128 bytes or fewer')
    .nullable()
    .default(null)
    .describe(
      'Your own name of the send, up to 128 bytes, such as `weekly-2026-11-27`; never a dispatch id. Later calls for the same placement, person and campaign get the same decision.',
    ),
  position: count
    .nullable()
    .default(null)
    .describe('Only the item of this position, from 1 to as many as the placement has.'),
  limit: count.nullable().default(null).describe('Show fewer items than the placement has.'),
  exclude: z
    .string()
    .max(8_192, 'is too long')
    .transform((text) =>
      text
        .split(',')
        .map((id) => id.trim())
        .filter((id) => id !== ''),
    )
    .default([])
    .describe('Item ids to leave out, separated by commas.'),
  locale: z
    .string()
    .transform((text, context) => {
      const locale = parseLocale(text);
      if (locale === null) context.addIssue('must be a locale such as de-AT');
      return locale;
    })
    .nullable()
    .default(null)
    .describe(
      'A language such as `de-AT` or `de_AT`: content, texts, prices and dates in the nearest there is, `de-AT`, then `de`, then the default.',
    ),
  channel: label.nullable().default(null).describe('Free text for links and reports, such as `email`.'),
  template: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'must be the name of a template')
    .nullable()
    .default(null)
    .describe('Which of the templates that the placement has; `email` if not given.'),
  shape: z
    .enum(['flat', 'list'], 'must be flat or list')
    .default('flat')
    .describe('JSON: `list` gives the items in an array `items` instead of numbered keys.'),
  escape: z
    .enum(['html'], 'must be html')
    .nullable()
    .default(null)
    .describe('JSON: `html` entity-encodes every text.'),
  page: switchedOn
    .default(false)
    .describe('HTML: `1` gives a whole page with `#mi_size_container` for a web crop.'),
  width: pixels
    .nullable()
    .default(null)
    .describe('HTML pages: the width of `#mi_size_container` in CSS pixels; 600 if not given.'),
  height: pixels
    .nullable()
    .default(null)
    .describe('HTML pages: its height in CSS pixels; as high as its content if not given.'),
  on_unavailable: z
    .enum(['serve', 'retry'], 'must be serve or retry')
    .default('serve')
    .describe(
      "`retry`: a fallback that a later call may mend is answered 500, on which Braze's `:retry` comes back up to five times, and then does not send.",
    ),
  explain: switchedOn
    .default(false)
    .describe(
      '`1` adds `explain_…` keys (in HTML a comment, in text lines) and the headers `Cache-Status` and `Server-Timing`.',
    ),
});

type Values = z.infer<typeof Parameters>;

export type Parameters = Readonly<Values> & {
  /** What looked odd about them, for `explain`. */
  readonly hints: readonly string[];
};

/** Other names under which a parameter arrives. */
export const ALIASES: Readonly<Record<string, string>> = { item_index: 'position' };

/** Every name that is read. */
export const PARAMETER_NAMES: ReadonlySet<string> = new Set([
  ...Object.keys(Parameters.shape),
  ...Object.keys(ALIASES),
]);

/** What a sending tool leaves of a tag without value; in anything but an id, the same as nothing. */
export const MERGE_TAG = /^(\{\{.*\}\}|\[[^\]]*\]|%%.*%%|\$\$.*\$\$|\*\|.*\|\*)$/;

/** Reads parameters from wherever they came. Throws a problem that names each one that cannot be read. */
export function parseParameters(raw: RawParameters): Parameters {
  const given = new Map<string, string>();
  const faults: string[] = [];
  const hints = [...raw.hints];
  for (const [arrivedAs, values] of raw.values) {
    const name = ALIASES[arrivedAs] ?? arrivedAs;
    const [value = ''] = values;
    if (!PARAMETER_NAMES.has(name)) {
      hints.push(`the parameter ${cleanText(arrivedAs, 40)} is not known`);
    } else if (values.some((other) => other !== value) || (given.get(name) ?? value) !== value) {
      faults.push(`${name} is given more than once`);
    } else if (isId(name)) {
      given.set(name, value);
    } else if (MERGE_TAG.test(value.trim())) {
      hints.push(`${name} is an unresolved merge tag and counts as not given`);
    } else if (value.trim() !== '') {
      given.set(name, value.trim());
    }
  }
  const values = parseValues(given, faults);
  if (faults.length > 0) throw new Problem('invalid_parameters', `${faults.join('; ')}.`);
  return Object.assign(values, { hints });
}

const DEFAULTS: Readonly<Values> = Parameters.parse({});

/** The schema's rules for what was given alone: most calls give two parameters of sixteen. */
function parseValues(given: ReadonlyMap<string, string>, faults: string[]): Values {
  const values: Record<string, unknown> = { ...DEFAULTS };
  for (const [name, text] of given) {
    const parsed = Parameters.shape[name as keyof Values].safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    else faults.push(...parsed.error.issues.map(({ message }) => `${name} ${message}`));
  }
  return values as Values;
}

function isId(name: string): boolean {
  return name === 'user_id' || name === 'device_id';
}
