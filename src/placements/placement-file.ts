import { z } from 'zod';
import type { Placement } from '../domain/placement.ts';
import { traitNames } from '../domain/traits.ts';
import { parseDuration } from '../duration.ts';
import { check, type Fault, type YamlFile } from './yaml.ts';

/** Placement and alias names, as they stand in URLs. */
export const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

const name = z.string().regex(NAME, 'must be lower-case letters, digits and hyphens');
const id = z.union([z.string(), z.number()]).transform(String).pipe(z.string().trim().min(1).max(256));
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
  items: z.int().min(1).max(20),
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

/** Reads a placement from its file and the defaults that lie above it, outermost first. */
export function parsePlacement(
  placementName: string,
  yaml: YamlFile,
  defaults: readonly YamlFile[],
  report: (fault: Fault) => void,
): Placement | null {
  const merged = Object.assign({}, ...defaults.map(({ data }) => data), yaml.data);
  const parsed = check(PlacementFile, yaml, report, merged);
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
  if (twice !== undefined) {
    report({
      file: yaml.file,
      line: yaml.lineOf(['profile']),
      message: `profile gives profile_${twice} twice`,
    });
    return null;
  }
  return placement;
}

/** Checks a `defaults.yaml` on its own, so that its faults are reported once and where they are. */
export function checkDefaults(yaml: YamlFile, report: (fault: Fault) => void): boolean {
  return check(DefaultsFile, yaml, report) !== null;
}
