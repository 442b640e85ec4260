import { type Answer, type Operation, openTo, type Paths, referHeaders } from './openapi-document.ts';
import { referTo } from './openapi-parameters.ts';
import { problems } from './openapi-problems.ts';

const PEOPLE = 'People';
const HEALTH = 'Health';
const DESCRIPTION = 'Description';

export const OPERATOR_TAGS = [
  { name: PEOPLE, description: 'For studio people.' },
  { name: HEALTH, description: 'For whoever runs Inlay.' },
  { name: DESCRIPTION, description: 'What you are reading: public, and the same for everyone.' },
];

const FORGET: Operation = {
  operationId: 'forgetPerson',
  tags: [PEOPLE],
  summary: 'Forgets a person everywhere',
  description:
    'What Amplitude said of them, their pins, their place on the waiting list, in prefetches and among queued events: in the store at once, in the memory of every replica within seconds. Give one `user_id` or one `device_id`.',
  parameters: referTo('user_id', 'device_id'),
  responses: {
    200: {
      description: 'Forgotten, known or not.',
      headers: referHeaders('X-Request-Id', 'Cache-Control'),
      content: {
        'application/json': {
          schema: {
            type: 'object',
            properties: { forgotten: { const: true, description: 'It is done.' } },
            required: ['forgotten'],
            additionalProperties: false,
          },
        },
      },
    },
    ...problems(
      ...(['invalid_parameters', 'invalid_request', 'unauthorized', 'wrong_role'] as const),
      ...(['cross_site', 'too_many_attempts', 'store_unavailable'] as const),
    ),
  },
  security: openTo('studio'),
};

const METRICS: Operation = {
  operationId: 'getMetrics',
  tags: [HEALTH],
  summary: 'Counts and times for Prometheus',
  responses: {
    200: {
      description: 'In the text format of Prometheus.',
      headers: referHeaders('Cache-Control'),
      content: { 'text/plain': { schema: { type: 'string' } } },
    },
    ...problems('unauthorized', 'wrong_role', 'cross_site', 'too_many_attempts'),
  },
  security: openTo('metrics'),
};

/** Everything but placements and links. */
export const OPERATOR_PATHS: Paths = {
  '/v1/people': { delete: FORGET },
  '/livez': { get: open('getLiveness', HEALTH, 'Whether the process runs', { 200: empty('It does.') }) },
  '/readyz': {
    get: open('getReadiness', HEALTH, 'Whether new requests should come here', {
      200: empty('A baseline can be served, whatever Amplitude, the store or a content source do.'),
      503: empty('It is starting or stopping.'),
    }),
  },
  '/metrics': { get: METRICS },
  '/openapi.json': {
    get: open('getOpenApi', DESCRIPTION, 'This description as OpenAPI 3.1', {
      200: { ...empty('The document.'), content: { 'application/json': { schema: { type: 'object' } } } },
    }),
  },
  '/docs': {
    get: open('getDocs', DESCRIPTION, 'This description as a page', {
      200: { ...empty('The page.'), content: { 'text/html': { schema: { type: 'string' } } } },
    }),
  },
};

function open(
  operationId: string,
  tag: string,
  summary: string,
  responses: Readonly<Record<number, Answer>>,
): Operation {
  return { operationId, tags: [tag], summary, responses, security: [] };
}

function empty(description: string): Answer {
  return { description, headers: referHeaders('Cache-Control') };
}
