import { z } from 'zod';
import type { ContentShape, FieldValue } from '../domain/content.ts';
import { SAMPLE_KINDS, SAMPLE_NAMES, type SampleRule } from '../domain/sample.ts';
import { cleanText } from '../text.ts';
import { check, reportAt } from './check.ts';
import { id } from './placement-file.ts';
import { locateIn, type Report, type YamlFile } from './yaml.ts';

const value = z.union(
  [z.string(), z.number(), z.boolean(), z.null()],
  'must be a text, a number, true, false or null',
);

const SamplesFile = z.record(
  z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and hyphens'),
  z.strictObject({
    shows: z.enum(SAMPLE_KINDS, `must be one of ${SAMPLE_KINDS.join(', ')}`).default('treatment'),
    items: z.array(id).nullable().default(null),
    fields: z.record(z.string(), value).default({}),
  }),
);

/** What a sample may speak of. */
export type Sampled = {
  readonly shape: ContentShape;
  /** Whether an item has content, or null if that cannot be told. */
  readonly has: (id: string) => boolean | null;
  /** URL schemes that its links may have. */
  readonly schemes: readonly string[];
  /** Sanitised HTML, or null if nothing is left. */
  readonly cleanHtml: (raw: string) => string | null;
};

/** A placement's `samples.yaml`. Only declared fields can be replaced, and only items that are there be recommended. */
export function parseSamples(yaml: YamlFile, sampled: Sampled, report: Report): Map<string, SampleRule> {
  const locate = locateIn(yaml);
  const written = Object.entries(check(SamplesFile, yaml.data, locate, report) ?? {});
  const samples = written.map(([name, sample]): [string, SampleRule] => {
    const fields = Object.entries(sample.fields).map(
      ([field, raw]) => [field, clean(field, raw, sampled)] as const,
    );
    for (const [field, value] of fields) {
      const message = findFieldFault(field, value, sampled);
      if (message !== null) reportAt({ path: [name, 'fields', field], message }, locate, report);
    }
    for (const [index, item] of (sample.items ?? []).entries()) {
      if (sampled.has(item) !== false) continue;
      reportAt(
        { path: [name, 'items', index], message: `is "${item}", which has no content` },
        locate,
        report,
      );
    }
    return [name, { ...sample, fields: Object.fromEntries(fields) }];
  });
  return new Map(samples);
}

/** As clean as the content that it stands for. */
function clean(field: string, raw: FieldValue, { shape, cleanHtml }: Sampled): FieldValue {
  if (typeof raw !== 'string') return raw;
  return (shape.html.includes(field) ? cleanHtml(raw) : cleanText(raw)) ?? '';
}

function findFieldFault(field: string, value: FieldValue, { shape, schemes }: Sampled): string | null {
  if (!shape.fields.includes(field)) {
    return `is not a field of the content source, which has ${shape.fields.join(', ')}`;
  }
  if (value === '') return 'is empty; null is what an absent field is';
  return isPossibleContent(value, schemes) ? null : 'is a link of a kind that content cannot have';
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
