import { z } from 'zod';
import type { Placement } from '../domain/placement.ts';
import { traitNames } from '../domain/traits.ts';
import { parseDuration } from '../duration.ts';
import { check, type Locate, locateIn, type Report, type YamlFile } from './yaml.ts';

/** Placement and alias names, as they stand in URLs. */
export const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

const name = z.string().regex(NAME, 'must be lower-case letters, digits and hyphens');
/** An id; one of digits alone is a number to YAML. */
export const id = z
  .union([z.string(), z.number()], 'must be an id')
  .transform(String)
  .pipe(z.string().trim().min(1, 'must not be empty').max(256, 'is too long'));
const ids = z.array(id).default([]);

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
  const { lookup_group, fresh, stale, stale_if_error, deadline, ...rest } = parsed;
  const placement: Placement = {
    name: placementName,
    ...rest,
    lookupGroup: lookup_group,
    freshMs: fresh,
    staleMs: stale,
    staleIfErrorMs: stale_if_error,
    deadlineMs: deadline,
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
