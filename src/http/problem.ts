import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { connectionHeader, type Readiness } from './health.ts';
import { createRequestId } from './request-id.ts';

/** Every error that a caller can get, with its status and its title. The code is what programs rely on. */
export const PROBLEMS = {
  invalid_parameters: [400, 'Some parameters cannot be read'],
  invalid_request: [400, 'The request cannot be read'],
  invalid_body: [400, 'The body cannot be read'],
  invalid_audience: [400, 'The list of people cannot be read'],
  unauthorized: [401, 'Credentials are missing or wrong'],
  wrong_role: [403, 'These credentials do not open this'],
  cross_site: [403, 'Other web sites may not call this'],
  not_found: [404, 'There is nothing here'],
  unknown_placement: [404, 'There is no such placement'],
  unknown_prefetch: [404, 'There is no such prefetch'],
  unknown_template: [404, 'The placement has no such template'],
  method_not_allowed: [405, 'This method does not work here'],
  too_many_prefetches: [409, 'There are too many prefetches'],
  body_too_large: [413, 'The body is too large'],
  url_too_long: [414, 'The URL is too long'],
  unsupported_media_type: [415, 'Bodies of this kind cannot be read'],
  too_many_attempts: [429, 'Too many wrong passwords'],
  recommendation_unavailable: [
    500,
    'A recommendation may be had later, and on_unavailable=retry asks to wait for it',
  ],
  results_off: [409, 'Results are switched off'],
  results_refused: [409, 'Amplitude refuses to answer as Inlay is set up'],
  results_too_dear: [422, 'This costs more than Amplitude allows'],
  results_unavailable: [503, 'Amplitude cannot be asked for results now'],
  not_queued: [500, 'The look-up could not be queued'],
  store_unavailable: [503, 'The store does not answer'],
  internal_error: [500, 'Something is broken in Inlay'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type ProblemCode = keyof typeof PROBLEMS;

/** An error that is the caller's to mend. `detail` says how, in one sentence, and holds nobody's data. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.code = code;
    this.headers = headers;
  }

  get status(): number {
    return PROBLEMS[this.code][0];
  }
}

/** RFC 9457. */
export function problemBody(code: ProblemCode, detail: string, status: number = PROBLEMS[code][0]): string {
  const [, title] = PROBLEMS[code];
  return JSON.stringify({ type: 'about:blank', title, status, code, detail });
}

function sendProblem(
  response: Response,
  problem: Problem,
  requestId: string,
  headers: Readonly<Record<string, string>>,
): void {
  const body = problemBody(problem.code, problem.message);
  response.writeHead(problem.status, {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'private, no-store',
    Vary: 'Origin',
    'X-Request-Id': requestId,
    ...problem.headers,
    ...headers,
  });
  response.end(body);
}

/** The last handler: everything that was thrown becomes a problem, and what nobody expected is logged. */
export function createProblemHandler(
  log: Logger,
  onProblem: (code: ProblemCode) => void,
  readiness: Readiness,
): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const problem = toProblem(error);
    const requestId = createRequestId();
    const { code } = problem;
    onProblem(code);
    if (code === 'internal_error') log.error({ err: error, request_id: requestId }, 'unexpected error');
    else log.info({ problem: code, request_id: requestId });
    if (response.headersSent) response.destroy();
    else sendProblem(response, problem, requestId, connectionHeader(readiness));
  };
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // body-parser and Express mark their errors with a status and, mostly, a type.
  const status = error instanceof Error && 'status' in error ? error.status : null;
  if (status === 413) return new Problem('body_too_large', 'Send at most 64 KB.');
  if (status === 415) return new Problem('unsupported_media_type', 'Its encoding or charset is not known.');
  if (status === 400)
    return new Problem('invalid_body', 'The path or the body is cut off or wrongly encoded.');
  return new Problem('internal_error', 'It was logged under the request id.');
}
