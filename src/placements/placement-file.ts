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
  deadline: z
    .string()
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms === null || ms < 50 || ms > 1_900) {
        context.addIssue(
          'must be a time from 50ms to 1900ms, such as 800ms; Braze drops what takes two seconds',
        );
      }
      return ms ?? 0;
    })
    .nullable()
    .default(null),
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
  const { deadline, ...rest } = parsed;
  const placement: Placement = { name: placementName, ...rest, deadlineMs: deadline };
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
