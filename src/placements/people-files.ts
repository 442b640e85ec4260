import { z } from 'zod';
import type { FieldValue } from '../domain/content.ts';
import { SAMPLE_KINDS, SAMPLE_NAMES, type SampleRule } from '../domain/sample.ts';
import { cleanText } from '../text.ts';
import { check } from './check.ts';
import { id } from './placement-file.ts';
import { locateIn, type Report, type YamlFile } from './yaml.ts';

/** As clean as the content that it stands for. */
const text = z.string().transform((raw) => cleanText(raw) ?? '');

const SamplesFile = z.record(
  z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and hyphens'),
  z.strictObject({
    shows: z.enum(SAMPLE_KINDS, `must be one of ${SAMPLE_KINDS.join(', ')}`).default('treatment'),
    items: z.array(id).nullable().default(null),
    fields: z.record(z.string(), z.union([text, z.number(), z.boolean(), z.null()])).default({}),
  }),
);

/** What a sample may speak of. */
export type Sampled = {
  readonly fields: readonly string[];
  /** Whether an item has content, or null if that cannot be told. */
  readonly has: (id: string) => boolean | null;
  /** URL schemes that its links may have. */
  readonly schemes: readonly string[];
};

/** A placement's `samples.yaml`. Only declared fields can be replaced, and only items that are there be recommended. */
export function parseSamples(
  yaml: YamlFile,
  { fields, has, schemes }: Sampled,
  report: Report,
): Map<string, SampleRule> {
  const locate = locateIn(yaml);
  const samples = new Map(Object.entries(check(SamplesFile, yaml.data, locate, report) ?? {}));
  for (const [name, sample] of samples) {
    for (const [field, value] of Object.entries(sample.fields)) {
      const at = { ...locate([name, 'fields', field]) };
      const what = `${name}.fields.${field}`;
      if (!fields.includes(field)) {
        report({
          ...at,
          message: `${what} is not a field of the content source, which has ${fields.join(', ')}`,
        });
      } else if (value === '') {
        report({ ...at, message: `${what} is empty; null is what an absent field is` });
      } else if (!isPossibleContent(value, schemes)) {
        report({ ...at, message: `${what} is a link of a kind that content cannot have` });
      }
    }
    for (const [index, item] of (sample.items ?? []).entries()) {
      if (has(item) === false) {
        report({
          ...locate([name, 'items', index]),
          message: `${name} recommends "${item}", which has no content`,
        });
      }
    }
  }
  return samples;
}

/** What stands for content must not do what content never could. */
function isPossibleContent(value: FieldValue, schemes: readonly string[]): boolean {
  const scheme = typeof value === 'string' ? /^([a-z][a-z0-9+.-]*):\S/i.exec(value)?.[1] : undefined;
  return scheme === undefined || schemes.includes(scheme.toLowerCase());
}

/** Real test recipients: their id → the name of the sample that they get. */
export function parseTestPeople(yaml: YamlFile, report: Report): Map<string, string> {
  const people = new Map<string, string>();
  for (const [person, sample] of Object.entries(yaml.data)) {
    // The id may be somebody's address, so in a fault the line has to do.
    const place = { file: yaml.file, line: yaml.lineOf([person]) };
    if (typeof sample !== 'string' || !SAMPLE_NAMES.includes(sample)) {
      const given = typeof sample === 'string' ? `"${sample}"` : 'no sample';
      report({ ...place, message: `assigns somebody to ${given}; there are ${SAMPLE_NAMES.join(', ')}` });
    } else if (!id.safeParse(person).success) {
      report({ ...place, message: 'has an id that is empty or too long' });
    } else {
      people.set(person.trim(), sample);
    }
  }
  return people;
}
