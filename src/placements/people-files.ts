import { z } from 'zod';
import { SAMPLE_KINDS, SAMPLE_NAMES, type SampleRule } from '../domain/sample.ts';
import { check, type Fault, type YamlFile } from './yaml.ts';

const SamplesFile = z.record(
  z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and hyphens'),
  z.strictObject({
    shows: z.enum(SAMPLE_KINDS, `must be one of ${SAMPLE_KINDS.join(', ')}`).default('treatment'),
    items: z.array(z.string().min(1)).nullable().default(null),
    fields: z.record(z.string(), z.union([z.string().min(1), z.number(), z.null()])).default({}),
  }),
);

/** A placement's `samples.yaml`. Only declared fields can be replaced. */
export function parseSamples(
  yaml: YamlFile,
  fields: readonly string[],
  report: (fault: Fault) => void,
): Map<string, SampleRule> {
  const samples = new Map(Object.entries(check(SamplesFile, yaml, report) ?? {}));
  for (const [name, sample] of samples) {
    for (const field of Object.keys(sample.fields).filter((field) => !fields.includes(field))) {
      const message = `${name}.fields.${field} is not a field of the content source, which has ${fields.join(', ')}`;
      report({ file: yaml.file, line: yaml.lineOf([name, 'fields', field]), message });
    }
  }
  return samples;
}

const TestPeopleFile = z.record(z.string().min(1).max(256), z.string());

/** Real test recipients: their id → the name of the sample that they get. */
export function parseTestPeople(yaml: YamlFile, report: (fault: Fault) => void): Map<string, string> {
  const people = new Map(Object.entries(check(TestPeopleFile, yaml, report) ?? {}));
  for (const [id, sample] of people) {
    if (!SAMPLE_NAMES.includes(sample)) {
      // The id may be somebody's address, so the line has to do.
      const message = `assigns somebody to "${sample}"; there are ${SAMPLE_NAMES.join(', ')}`;
      report({ file: yaml.file, line: yaml.lineOf([id]), message });
    }
  }
  return people;
}
