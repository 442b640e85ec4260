import { z } from 'zod';
import { EXPOSURE_WARNING } from '../domain/prefetch.ts';
import {
  type Answer,
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
import { object } from './openapi-prefetch-schemas.ts';
import { problems } from './openapi-problems.ts';
import { PrefetchParameters } from './prefetch-parameters.ts';

const TAG = 'Prefetches';

export const PREFETCHES_TAG = {
  name: TAG,
  description: `Campaigns larger than the budget: a list of people is looked up ahead of the send, within the Profile API's limit and behind live calls, and then the send runs from the store at full speed. What was found, also that nothing was, is fresh until \`send_at\` (or the end of the prefetch, if that is later) plus \`hold\`.\n\n${EXPOSURE_WARNING}`,
};

const CHOICES: Readonly<Record<string, Schema>> = {
  dry_run: { enum: ['0', '1', 'true', 'false'] },
  id_kind: { enum: ['user_id', 'device_id'] },
};

/** In the URL of an upload, by their names in the components. */
export const PREFETCH_PARAMETERS: Readonly<Record<string, Parameter>> = {
  ...Object.fromEntries(
    Object.entries(PrefetchParameters.shape)
      .filter(([name]) => name !== 'campaign')
      .map(([name, schema]) => [inComponents(name), inQuery(name, schema)]),
  ),
  prefetch_id: inPath('id', 'The id of a prefetch.', { type: 'string' }),
  prefetch_action: inPath('action', 'What to do with it.', { enum: ['pause', 'resume', 'cancel'] }),
};

function inComponents(name: string): string {
  return name === 'placement' ? 'placements_ahead' : name;
}

function inQuery(name: string, schema: z.ZodType): Parameter {
  const { description = '' } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const type: Schema = CHOICES[name] ?? { type: 'string' };
  return { name, in: 'query', ...(name === 'placement' && { required: true }), description, schema: type };
}

function inPath(name: string, description: string, schema: Schema): Parameter {
  return { name, in: 'path', required: true, description, schema };
}

const REFUSALS = [
  ...(['invalid_parameters', 'invalid_request', 'unauthorized', 'wrong_role', 'cross_site'] as const),
  ...(['too_many_attempts', 'method_not_allowed'] as const),
];

const LIST_OF_PEOPLE: Content = Object.fromEntries(
  ['text/csv', 'application/x-ndjson', 'application/json', 'application/gzip', 'application/zip'].map(
    (type) => [type, { schema: {} }],
  ),
);

const START: Operation = {
  operationId: 'startPrefetch',
  tags: [TAG],
  summary: 'Starts to look a list of people up',
  description: 'The list is streamed, a million people or more. One that breaks off leaves nothing behind.',
  parameters: referTo('placements_ahead', 'campaign', 'send_at', 'hold', 'column', 'id_kind', 'dry_run'),
  requestBody: {
    description:
      'CSV with a column `user_id`, `device_id` or `external_id` (or the one that `column` names), NDJSON or JSON; plain, gzip or zip.',
    content: LIST_OF_PEOPLE,
  },
  responses: {
    200: answer('With `dry_run=1`: the estimate. Nothing was started.', refer('schemas', 'PrefetchEstimate')),
    202: {
      ...answer('It is started.', refer('schemas', 'PrefetchStarted')),
      headers: referHeaders('X-Request-Id', 'Cache-Control', 'Location'),
    },
    ...problems(
      ...REFUSALS,
      ...(['invalid_audience', 'invalid_body', 'unknown_placement', 'too_many_prefetches'] as const),
      ...(['body_too_large', 'store_unavailable'] as const),
    ),
  },
  security: openTo('studio'),
};

const QUEUE_USER: Operation = {
  operationId: 'prefetchUser',
  tags: [TAG],
  summary: 'Has one person looked up soon',
  description:
    'For a webhook step ahead of the message: a message a minute later finds the person. Parameters as a form, as JSON or in the URL. An id that cannot be one is a 400, which a webhook does not repeat, and nobody is looked up.',
  parameters: referTo('placements_ahead', 'user_id', 'device_id', 'campaign'),
  requestBody: {
    description: 'The same parameters; several placements separated by commas or in a list.',
    content: {
      'application/x-www-form-urlencoded': { schema: { type: 'object' } },
      'application/json': { schema: { type: 'object' } },
    },
  },
  responses: {
    202: answer(
      'They wait for the next free call, for fifteen minutes at most.',
      object('What becomes of them.', {
        queued: { type: 'boolean', description: 'False for people to test with, who are never looked up.' },
        is_sample: { type: 'boolean', description: 'True for people to test with.' },
      }),
    ),
    ...problems(
      ...REFUSALS,
      ...(['invalid_body', 'unknown_placement', 'body_too_large', 'unsupported_media_type'] as const),
      'not_queued',
    ),
  },
  security: openTo('callers'),
};

const LIST: Operation = {
  operationId: 'listPrefetches',
  tags: [TAG],
  summary: 'All prefetches, newest first',
  description: 'Those that have ended are shown for thirty days.',
  responses: {
    200: answer(
      'They are these.',
      object('The list.', {
        prefetches: { type: 'array', items: refer('schemas', 'Prefetch'), description: 'Newest first.' },
      }),
    ),
    ...problems(...REFUSALS, 'store_unavailable'),
  },
  security: openTo('studio'),
};

const GET: Operation = {
  operationId: 'getPrefetch',
  tags: [TAG],
  summary: 'How far one is',
  parameters: referTo('prefetch_id'),
  responses: {
    200: answer('It is this far.', refer('schemas', 'Prefetch')),
    ...problems(...REFUSALS, 'unknown_prefetch', 'store_unavailable'),
  },
  security: openTo('studio'),
};

const CONTROL: Operation = {
  operationId: 'controlPrefetch',
  tags: [TAG],
  summary: 'Pauses, resumes or cancels one',
  description:
    'Those under way are finished. What was found stays; after a cancel it is fresh for `hold` from then on, or from `send_at`. One that has ended stays as it is.',
  parameters: referTo('prefetch_id', 'prefetch_action'),
  responses: {
    200: answer('It is in this state now.', refer('schemas', 'Prefetch')),
    ...problems(...REFUSALS, 'unknown_prefetch', 'not_found', 'store_unavailable'),
  },
  security: openTo('studio'),
};

export const PREFETCH_PATHS: Paths = {
  '/v1/prefetches': { post: START, get: LIST },
  '/v1/prefetches/users': { post: QUEUE_USER },
  '/v1/prefetches/{id}': { get: GET },
  '/v1/prefetches/{id}/{action}': { post: CONTROL },
};

function answer(description: string, schema: Schema): Answer {
  return {
    description,
    headers: referHeaders('X-Request-Id', 'Cache-Control'),
    content: { 'application/json': { schema } },
  };
}
