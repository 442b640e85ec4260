import { AHEAD_RESULTS } from '../domain/prefetch.ts';
import { refer, type Schema } from './openapi-document.ts';

const text = (description: string): Schema => ({ type: 'string', description });
const count = (description: string): Schema => ({ type: 'integer', minimum: 0, description });
const orNull = (schema: Schema): Schema => ({ ...schema, type: [schema.type, 'null'] });
const time = (description: string): Schema => orNull(text(`${description} ISO 8601.`));

export function object(description: string, properties: Readonly<Record<string, unknown>>): Schema {
  const required = Object.keys(properties);
  return { type: 'object', description, properties, required, additionalProperties: false };
}

const odd = (description: string, more: Readonly<Record<string, Schema>> = {}): Schema =>
  object(description, {
    count: count('How many rows.'),
    first_lines: {
      type: 'array',
      items: { type: 'integer' },
      description: 'Line numbers of the first ones.',
    },
    ...more,
  });

const AUDIENCE = object('What was read of the list.', {
  rows: count('Rows, without a header.'),
  users: count('Different people who can be looked up.'),
  id_column: orNull(text('Where the ids were found; null where columns have no names.')),
  id_kind: text('What they are: `user_id` or `device_id`.'),
  device_column: orNull(text('Where the device ids were found that count where that column has none.')),
  format: text('`csv`, `ndjson` or `json`.'),
  packing: text('How it was packed: `plain`, `gzip` or `zip`.'),
  duplicates: odd('Rows of people who were in the list already.'),
  blank: odd('Rows without an id.'),
  impossible: odd('Rows whose id cannot be one.', {
    reasons: {
      type: 'object',
      description: 'How many by the reason, such as `unresolved_merge_tag` or `invalid_user`.',
      additionalProperties: { type: 'integer' },
    },
  }),
});

const ESTIMATE = {
  estimated_calls: count('Profile API calls, if nobody is known yet.'),
  estimated_seconds: orNull(count('Until everyone is looked up; null while live traffic leaves no budget.')),
  start_by: time('The latest time to begin, where `send_at` is given.'),
  warning: text('What the look-ups mean for the experiment.'),
};

const RESULTS = object(
  'People by what was found for the placement.',
  Object.fromEntries([...AHEAD_RESULTS, 'failed'].map((name) => [name, count(`People: ${name}.`)])),
);

const PREFETCH = {
  id: text('Its id.'),
  state: {
    enum: ['waiting', 'running', 'paused', 'done', 'cancelled'],
    description: '`waiting`: for its turn. Whoever sends first comes first.',
  },
  reason: orNull(
    text(
      'Why it is in this state: `asked`, `queued`, `retrying`, `throttled`, `circuit_open`, `upstream_rejected`, `store_unavailable`, `unknown_placement`, `placement_disabled` or `too_old`.',
    ),
  ),
  text: text('The same in one sentence, with the estimate.'),
  placements: { type: 'array', items: { type: 'string' }, description: 'The placements.' },
  campaign: orNull(text('The send whose decisions are pinned.')),
  send_at: time('When the message goes out.'),
  hold_seconds: count('How long after that what was found is fresh.'),
  users: count('People in the list.'),
  done: count('People looked up, failed for good, or forgotten meanwhile.'),
  already_known: count('Of these, people who were known and cost no call.'),
  retrying: count('People with whom Amplitude failed, and who will be tried again.'),
  failed: count('People with whom it failed to the end.'),
  forgotten: count('People who were forgotten meanwhile.'),
  results: {
    type: 'object',
    description: 'What was found, by placement.',
    additionalProperties: refer('schemas', 'PrefetchResults'),
  },
  calls: count('Profile API calls that were made.'),
  rate_per_minute: orNull(count('People in the last minute, while it runs.')),
  remaining_seconds: orNull(count('Until everyone is looked up; null where nobody can tell.')),
  ready_at: time('When that is.'),
  created_at: time('When it was asked for.'),
  started_at: time('When the first was looked up.'),
  ended_at: time('When it was done or cancelled.'),
  held_until: time('Until when what was found is fresh; null while it goes on.'),
  audience: refer('schemas', 'PrefetchAudience'),
  links: object('Where to look, and to control it by POST.', {
    self: text('This.'),
    pause: text('Stops it.'),
    resume: text('Has it go on.'),
    cancel: text('Ends it; what was found stays.'),
  }),
};

export const PREFETCH_SCHEMAS: Readonly<Record<string, Schema>> = {
  Prefetch: object('A list of people that is looked up.', PREFETCH),
  PrefetchStarted: object('One that was just started, with the estimate.', { ...PREFETCH, ...ESTIMATE }),
  PrefetchEstimate: object('What one would take.', {
    id: { type: 'null', description: 'Nothing was started.' },
    users: count('Different people who can be looked up.'),
    ...ESTIMATE,
    ready_at: time('When that would be.'),
    text: text('The same in one sentence.'),
    audience: refer('schemas', 'PrefetchAudience'),
  }),
  PrefetchResults: RESULTS,
  PrefetchAudience: AUDIENCE,
};
