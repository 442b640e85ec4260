import { z } from 'zod';
import { LINK_VARIABLES, type LinkParameter, parseLinkParts } from '../domain/link-parameters.ts';
import { parseLocale } from '../domain/locale.ts';
import type { Placement } from '../domain/placement.ts';
import { traitNames } from '../domain/traits.ts';
import { parseDuration } from '../duration.ts';
import { check } from './check.ts';
import { type Locate, locateIn, type Report, type YamlFile } from './yaml.ts';

/** Placement and alias names, as they stand in URLs. */
export const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

const name = z.string().regex(NAME, 'must be lower-case letters, digits and hyphens');
/** An id; one of digits alone is a number to YAML. */
export const id = z
  .union([z.string(), z.number()], 'must be an id')
  .transform(String)
  .pipe(z.string().trim().min(1, 'must not be empty').max(256, 'is too long'));
const ids = z.array(id).default([]);

const locale = z
  .string()
  .transform((text, context) => {
    const parsed = parseLocale(text);
    if (parsed === null) context.addIssue('must be a locale such as de or de-AT');
    return parsed;
  })
  .nullable()
  .default(null);

/** Link parameters by name; a value may speak of the message and the item. */
const Links = z.record(z.string().min(1), z.union([z.string(), z.number()])).transform((links, context) =>
  Object.entries(links).map(([parameter, value]): LinkParameter => {
    const parts = parseLinkParts(String(value));
    if (!('unknown' in parts)) return { name: parameter, parts };
    const known = LINK_VARIABLES.join(', ');
    context.addIssue({
      code: 'custom',
      path: [parameter],
      message: `speaks of {{${parts.unknown}}}; there are ${known}`,
    });
    return { name: parameter, parts: [] };
  }),
);

const Gate = z.strictObject({
  flag: z
    .string()
    .min(1)
    .regex(/\{id\}/, 'must hold {id}, as in show-{id}'),
  default: z.boolean().default(false),
});

const webUrl = z
  .string()
  .transform((text, context) => {
    const url = URL.parse(text);
    if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url.href;
    context.addIssue('must be an absolute http(s) URL');
    return z.NEVER;
  })
  .nullable()
  .default(null);

const MAX_AGE_MS = 90 * 86_400_000;

function duration(minMs: number, maxMs: number) {
  return z
    .string()
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== null && ms >= minMs && ms <= maxMs) return ms;
      context.addIssue(`must be a time from ${minMs}ms to ${maxMs}ms, written as 800ms, 30s, 6h or 30d`);
      return z.NEVER;
    })
    .nullable()
    .default(null);
}

/** Only what the service can do: a key that had no effect would be a promise broken in a message. */
const PlacementFile = z.strictObject({
  title: z.string().trim().min(1).max(200),
  recommendation: id,
  items: z
    .number('must be a number')
    .int('must be a whole number')
    .min(1, 'must be 1 or more')
    .max(20, 'must be 20 or fewer'),
  content: z.string().min(1),
  baseline: z.array(id).max(100),
  enabled: z.boolean().default(true),
  aliases: z.array(name).default([]),
  project: z.string().min(1).nullable().default(null),
  lookup_group: name.nullable().default(null),
  fresh: duration(1_000, MAX_AGE_MS),
  stale: duration(1_000, MAX_AGE_MS),
  stale_if_error: duration(1_000, MAX_AGE_MS),
  // Braze drops what takes two seconds.
  deadline: duration(50, 1_900),
  locale,
  fallback_url: webUrl,
  fallback_image_url: webUrl,
  open_lookups: z.boolean().default(false),
  links: Links.default([]),
  gate: Gate.nullable().default(null),
  profile: z
    .strictObject({ properties: ids, cohorts: ids, predictions: ids })
    .default({ properties: [], cohorts: [], predictions: [] }),
});

/** A `defaults.yaml` may say any of it for the placements below. */
const DefaultsFile = PlacementFile.partial();

/** A placement's file behind the defaults that lie above it, outermost first. */
export type Layers = readonly YamlFile[];

/** Where a key was said last. */
export function locateInLayers(layers: Layers): Locate {
  return (path) => {
    const layer =
      layers.findLast(({ data }) => path[0] !== undefined && Object.hasOwn(data, path[0])) ?? layers.at(-1);
    return { file: layer?.file ?? '.', line: layer?.lineOf(path) ?? null };
  };
}

/** Reads a placement from its layers. */
export function parsePlacement(placementName: string, layers: Layers, report: Report): Placement | null {
  const locate = locateInLayers(layers);
  const parsed = check(PlacementFile, Object.assign({}, ...layers.map(({ data }) => data)), locate, report);
  if (!parsed) return null;
  const { lookup_group, fresh, stale, stale_if_error, deadline, ...others } = parsed;
  const { fallback_url, fallback_image_url, open_lookups, ...rest } = others;
  const placement: Placement = {
    name: placementName,
    ...rest,
    lookupGroup: lookup_group,
    freshMs: fresh,
    staleMs: stale,
    staleIfErrorMs: stale_if_error,
    deadlineMs: deadline,
    fallbackUrl: fallback_url,
    fallbackImageUrl: fallback_image_url,
    openLookups: open_lookups,
  };
  const names = traitNames(placement);
  const twice = names.find((trait, index) => names.indexOf(trait) !== index);
  if (twice === undefined) return placement;
  report({ ...locate(['profile']), message: `profile gives profile_${twice} twice` });
  return null;
}

/** Checks a `defaults.yaml` on its own, so that its faults are reported once. */
export function checkDefaults(yaml: YamlFile, report: Report): boolean {
  return check(DefaultsFile, yaml.data, locateIn(yaml), report) !== null;
}
