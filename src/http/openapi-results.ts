import { REASONS } from '../domain/decision.ts';
import { WARNING_CODES } from '../domain/results.ts';
import {
  type Content,
  type Operation,
  openTo,
  type Parameter,
  type Paths,
  refer,
  referHeaders,
  type Schema,
} from './openapi-document.ts';
import { referTo } from './openapi-parameters.ts';
import { problems } from './openapi-problems.ts';

const TAG = 'Results';

export const RESULTS_TAG = {
  name: TAG,
  description:
    'Did the recommendation work? For studio people. Each question asks Amplitude for one funnel a group, from the exposure to the outcome, and compares the two by Welch’s two-sided t test, as Amplitude does.\n\nAnswers are remembered: for 15 minutes while the days asked for go on, for six hours while people may still convert, then for a month. Days are those of the Amplitude project’s time zone. A figure that is not defined is null, with a warning that says why.',
};

const DAY: Schema = { type: 'string', pattern: '^\\d{4}-?\\d\\d-?\\d\\d$' };
const LABEL: Schema = { type: 'string', maxLength: 128 };

/** By their names in the components; in a URL they are without the prefix. */
export const RESULTS_PARAMETERS: Readonly<Record<string, Parameter>> = Object.fromEntries(
  [
    inQuery('start', 'The first day, `2026-11-27` or `20261127`; by default the 30th from the end.', DAY),
    inQuery('end', 'The last day, included; by default yesterday, as it is in UTC.', DAY),
    inQuery('outcome', 'The event that counts as success, instead of the one that the placement names.', {
      type: 'string',
      maxLength: 256,
    }),
    inQuery('campaign', 'Only this send, by the events of answers that Inlay tells Amplitude.', LABEL),
    inQuery('channel', 'Only this channel, likewise.', LABEL),
    inQuery('format', '`csv` for a table, as with `.csv`.', { enum: ['json', 'csv'], default: 'json' }),
  ].map((parameter) => [`results_${parameter.name}`, parameter]),
);

function inQuery(name: string, description: string, schema: Schema): Parameter {
  return { name, in: 'query', description, schema };
}

const COUNT: Schema = { type: 'integer', minimum: 0 };
const SHARE: Schema = { type: 'number', minimum: 0, maximum: 1 };

function figure(description: string): Schema {
  return { type: ['number', 'null'], description };
}

function objectOf(properties: Readonly<Record<string, object>>, description?: string): Schema {
  return {
    type: 'object',
    ...(description !== undefined && { description }),
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

function byArm(of: object): Readonly<Record<string, object>> {
  return { control: of, treatment: of };
}

const COUNTS = { users: COUNT, conversions: COUNT };
const MISSING = objectOf({ ...COUNTS, non_conversions: COUNT });
const TEXT_OR_NULL: Schema = { type: ['string', 'null'] };

export const RESULTS_SCHEMAS: Readonly<Record<string, Schema>> = {
  PlacementResults: objectOf(
    {
      placement: { type: 'string', description: 'The placement’s name.' },
      campaign: { ...TEXT_OR_NULL, description: 'The send asked for.' },
      channel: { ...TEXT_OR_NULL, description: 'The channel asked for.' },
      verdict: { type: 'string', description: 'What it comes to, in a sentence.' },
      control: refer('schemas', 'ResultsGroup'),
      treatment: refer('schemas', 'ResultsGroup'),
      lift: figure('How much higher the treatment’s rate is, as a part of control’s: 0.3 for 30 % more.'),
      lift_low: figure('The lift is at least this, with 95 % confidence (Fieller’s interval).'),
      lift_high: figure('The lift is at most this, likewise.'),
      p_value: figure('The chance of such a difference if there were none.'),
      significance: figure('1 − p, as Amplitude shows it.'),
      enough_data: {
        type: 'boolean',
        description: '30 people in each group, of whom at least 5 convert and 5 do not.',
      },
      missing: objectOf(byArm(MISSING), 'What is missing for that: people, at the rates so far.'),
      sample_ratio: objectOf(
        {
          expected: figure('control_share of the placement.'),
          observed: figure('Control’s share of all people.'),
          chi_square: figure('With one degree of freedom.'),
          p_value: figure('The chance of such sizes by accident.'),
          mismatch: { type: ['boolean', 'null'] },
        },
        'Whether control is as large as it should be.',
      ),
      fallbacks: {
        type: ['object', 'null'],
        description:
          'Share of the placement’s answers by the reason of a fallback, in the last 24 hours, of all replicas.',
        propertyNames: { enum: [...REASONS] },
        additionalProperties: SHARE,
      },
      dilution: {
        ...objectOf({ share: SHARE, undiluted_lift: figure('The lift without them, at most.') }),
        type: ['object', 'null'],
        description: 'Share of the treatment that was shown the baseline, at most.',
      },
      days: {
        type: 'array',
        items: objectOf({ date: DAY, ...byArm(objectOf(COUNTS)) }),
        description: 'Each day by itself.',
      },
      days_add_up: { const: false, description: 'People who come again count on each day, and once in all.' },
      asked: refer('schemas', 'ResultsQuestion'),
      warnings: { type: 'array', items: refer('schemas', 'ResultsWarning') },
    },
    'Whether the recommendation did better than the baseline.',
  ),
  ResultsGroup: objectOf(
    { ...COUNTS, rate: figure('Share of those who converted.') },
    'People of one group, each counted once.',
  ),
  ResultsQuestion: objectOf(
    {
      start: DAY,
      end: DAY,
      days: { type: 'integer', minimum: 1 },
      time_zone: { type: 'string', description: 'Whose days these are.' },
      exposure_event: { type: 'string' },
      outcome: { type: 'string' },
      conversion_window_seconds: { type: 'integer', description: 'How long after the exposure it counts.' },
      events: objectOf(byArm({ type: 'array', items: { type: 'object' } }), 'The steps of both funnels.'),
      cost: {
        type: 'integer',
        description: 'What it costs of the 1,000 that Amplitude allows in 5 minutes.',
      },
      answered_at: { type: 'string', description: 'When Amplitude answered.' },
      final_from: { ...DAY, description: 'When nobody counted can convert any more.' },
    },
    'What was asked of Amplitude, so that it can be looked at there.',
  ),
  ResultsWarning: objectOf(
    {
      code: { enum: [...WARNING_CODES] },
      text: { type: 'string', description: 'What to know before believing the figures, and what to do.' },
    },
    'Something that leaves figures null, or makes them less than they seem.',
  ),
};

const FORMS = [
  {
    ...{ suffix: '', id: 'getResults', name: 'JSON, or CSV with `format=csv`' },
    content: {
      'application/json': { schema: refer('schemas', 'PlacementResults') },
      'text/csv': { schema: { type: 'string' } },
    },
  },
  {
    ...{ suffix: '.csv', id: 'getResultsCsv', name: 'CSV' },
    content: { 'text/csv': { schema: { type: 'string' } } },
  },
] as const satisfies readonly { suffix: string; id: string; name: string; content: Content }[];

export const RESULTS_PATHS: Paths = Object.fromEntries(
  FORMS.map(({ suffix, ...form }) => [`/v1/results/{placement}${suffix}`, { get: operationOf(form) }]),
);

function operationOf({ id, name, content }: { id: string; name: string; content: Content }): Operation {
  return {
    operationId: id,
    tags: [TAG],
    summary: `Whether the recommendation of a placement works, as ${name}`,
    description:
      'With `campaign` or `channel` people are counted by what Inlay served, else by what Amplitude assigned. Unknown parameters are refused, since figures for another question would look right.',
    parameters: referTo('placement', ...Object.keys(RESULTS_PARAMETERS)),
    responses: {
      200: {
        description: 'The figures, what they come to, and what to know before believing them.',
        headers: referHeaders('X-Request-Id', 'Cache-Control'),
        content,
      },
      ...problems(
        ...(['invalid_parameters', 'invalid_request', 'unauthorized', 'wrong_role', 'cross_site'] as const),
        ...(['unknown_placement', 'results_off', 'results_refused', 'results_too_dear'] as const),
        ...(['too_many_attempts', 'results_unavailable'] as const),
      ),
    },
    security: openTo('studio'),
  };
}
