import { z } from 'zod';
import { type LinkParameter, parseLinkParts } from '../domain/link-parameters.ts';
import { parseLocale } from '../domain/locale.ts';
import type { Placement } from '../domain/placement.ts';
import { traitNames } from '../domain/traits.ts';
import { check } from './check.ts';
import { ResultsKeys, USUAL_RESULTS } from './results-keys.ts';
import { DAY_MS, duration, SECOND_MS } from './times.ts';
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

const LOCALE = 'must be a locale such as de or de-AT';
const locale = z.string(LOCALE).transform((text, context) => {
  const parsed = parseLocale(text);
  if (parsed === null) context.addIssue(LOCALE);
  return parsed;
});

/** Link parameters by name; a value may speak of the message and the item. */
const Links = z
  .record(
    z.string().regex(/^[^\s{}]+$/, 'must be the name of a parameter'),
    z.union([z.string().min(1), z.number()], 'must be a text; with {{…}} in it, in quotes'),
  )
  .transform((links, context) =>
    Object.entries(links).map(([parameter, value]): LinkParameter => {
      const parsed = parseLinkParts(String(value));
      if ('parts' in parsed) return { name: parameter, parts: parsed.parts };
      context.addIssue({ code: 'custom', path: [parameter], message: parsed.fault });
      return { name: parameter, parts: [] };
    }),
  );

const Gate = z.strictObject({
  flag: z.string().regex(/\{id\}/, 'must hold {id}, as in show-{id}'),
  default: z.boolean().default(false),
});

const WEB_URL = 'must be an absolute http(s) URL without a password';
const webUrl = z
  .string(WEB_URL)
  .transform((text, context) => {
    const url = URL.parse(text);
    if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url.href;
    context.addIssue(WEB_URL);
    return z.NEVER;
  })
  .nullable()
  .default(null);

const age = duration(SECOND_MS, 90 * DAY_MS)
  .nullable()
  .default(null);

/** Only what the service can do: a key that had no effect would be a promise broken in a message. */
const PlacementFile = z.strictObject({
  title: z.string().trim().min(1).max(200),
  recommendation: id,
  items: z.int().min(1).max(20),
  content: z.string().min(1),
  baseline: z.array(id).max(100),
  enabled: z.boolean().default(true),
  aliases: z.array(name).default([]),
  project: z.string().min(1).nullable().default(null),
  lookup_group: name.nullable().default(null),
  fresh: age,
  stale: age,
  stale_if_error: age,
  // Braze drops what takes two seconds.
  deadline: duration(50, 1_900).nullable().default(null),
  locale: locale.nullable().default(null),
  fallback_url: webUrl,
  fallback_image_url: webUrl,
  open_lookups: z.boolean().default(false),
  links: Links.nullable().default(null),
  gate: Gate.nullable().default(null),
  profile: z
    .strictObject({ properties: ids, cohorts: ids, predictions: ids })
    .default({ properties: [], cohorts: [], predictions: [] }),
  results: ResultsKeys.nullable().default(null),
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
  const { fallback_url, fallback_image_url, open_lookups, links, results, ...rest } = others;
  const placement: Placement = {
    name: placementName,
    ...rest,
    links: links ?? [],
    lookupGroup: lookup_group,
    freshMs: fresh,
    staleMs: stale,
    staleIfErrorMs: stale_if_error,
    deadlineMs: deadline,
    fallbackUrl: fallback_url,
    fallbackImageUrl: fallback_image_url,
    openLookups: open_lookups,
    results: results ?? USUAL_RESULTS,
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
