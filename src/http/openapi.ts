import { ANSWER_SCHEMAS } from './openapi-answers.ts';
import type { OpenApiDocument } from './openapi-document.ts';
import { LINK_PATHS, LINKS_TAG } from './openapi-links.ts';
import { OPERATOR_PATHS, OPERATOR_TAGS } from './openapi-operators.ts';
import { BODIES, PARAMETERS } from './openapi-parameters.ts';
import { PLACEMENTS_TAG, placementPaths } from './openapi-placements.ts';
import { PREFETCH_SCHEMAS } from './openapi-prefetch-schemas.ts';
import { PREFETCH_PARAMETERS, PREFETCH_PATHS, PREFETCHES_TAG } from './openapi-prefetches.ts';
import { ANY_PROBLEM, PROBLEM, PROBLEM_CODE } from './openapi-problems.ts';
import { RESULTS_PARAMETERS, RESULTS_PATHS, RESULTS_SCHEMAS, RESULTS_TAG } from './openapi-results.ts';

const DESCRIPTION =
  'Inlay sets Amplitude’s recommendations into messages. A message tool calls it while it sends or opens a message; Inlay looks the person up, decides between treatment and baseline, joins the chosen items to their content, and answers flat JSON, HTML or plain text, always in time.\n\nErrors are `application/problem+json` with a `code`. Names described here are kept; new ones may come.';

const BASIC =
  'A name and a password (RFC 7617, UTF-8). Their role says what they open: `callers` the placements and single people to prefetch, `metrics` the metrics, `studio` everything. A right password is always answered; wrong ones are slowed down, and then refused for up to a minute.';

/** Everything that Inlay answers, and nothing of what one Inlay holds: it is public. `publicUrl` is where it is reached. */
export function createOpenApi(publicUrl: URL): OpenApiDocument {
  const url = publicUrl.href.replace(/\/$/, '');
  return {
    openapi: '3.1.1',
    info: { title: 'Inlay', version: '1', description: DESCRIPTION },
    servers: [{ url }],
    tags: [PLACEMENTS_TAG, LINKS_TAG, PREFETCHES_TAG, RESULTS_TAG, ...OPERATOR_TAGS],
    paths: {
      ...placementPaths(url),
      ...LINK_PATHS,
      ...PREFETCH_PATHS,
      ...RESULTS_PATHS,
      ...OPERATOR_PATHS,
    },
    components: {
      parameters: { ...PARAMETERS, ...PREFETCH_PARAMETERS, ...RESULTS_PARAMETERS },
      headers: HEADERS,
      responses: { Problem: ANY_PROBLEM },
      schemas: {
        ...ANSWER_SCHEMAS,
        ...RESULTS_SCHEMAS,
        ...PREFETCH_SCHEMAS,
        ...BODIES,
        Problem: PROBLEM,
        ProblemCode: PROBLEM_CODE,
      },
      securitySchemes: { basic: { type: 'http', scheme: 'basic', description: BASIC } },
    },
  };
}

const HEADERS = Object.fromEntries(
  Object.entries({
    'X-Request-Id': 'Names this answer in the log.',
    'Cache-Control':
      '`private, no-store` for answers about people, `no-store` for links, `public` for this description.',
    'Cache-Status': 'With `explain=1`: whether the look-up was remembered (RFC 9211).',
    'Server-Timing': 'With `explain=1`: milliseconds of the look-up, the content and the whole answer.',
    'WWW-Authenticate': 'Asks for Basic credentials.',
    'Retry-After': 'Seconds until it is worth asking again.',
    Location: 'Where the link leads, or where to look at what was started.',
  }).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
);
