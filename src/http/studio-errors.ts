import type { ErrorRequestHandler, Request, Response } from 'express';
import type { Studio } from '../studio/studio.ts';
import type { Readiness } from './health.ts';
import { Problem, type ProblemCode } from './problem.ts';
import { createRequestId } from './request-id.ts';
import { sendPage } from './studio-send.ts';

export type StudioErrorParts = {
  readonly studio: Pick<Studio, 'problem'>;
  readonly onProblem: (code: ProblemCode) => void;
  readonly onUnexpected: (error: unknown, requestId: string) => void;
  readonly readiness: Readiness;
};

/** Browsers get problems as pages; the code of a problem is for programs, which get it as everywhere. */
export function createStudioErrors(parts: StudioErrorParts): ErrorRequestHandler {
  return async (error: unknown, request, response, next) => {
    if (!/\btext\/html\b/.test(String(request.headers.accept)) || response.headersSent) return next(error);
    const problem = toProblem(error);
    const requestId = createRequestId();
    parts.onProblem(problem.code);
    if (problem.code === 'internal_error') parts.onUnexpected(error, requestId);
    const html = await parts.studio.problem(
      describe(problem, request, requestId),
      response.locals.visit ?? null,
    );
    for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
    await sendPage(response, { html, status: problem.status, requestId }, parts.readiness);
  };
}

function describe(problem: Problem, request: Request, requestId: string): Parameters<Studio['problem']>[0] {
  const { code, status, message } = problem;
  const isNavigation = request.headers['sec-fetch-mode'] === 'navigate' && request.method === 'GET';
  const again = code === 'cross_site' && isNavigation ? request.originalUrl : null;
  return {
    ...{
      status,
      heading: HEADINGS[code] ?? 'This did not work',
      again,
      placement: askedFor(request.res, code),
    },
    detail: detailOf(code, message, again !== null, requestId),
  };
}

function askedFor(response: Response | undefined, code: ProblemCode): string | null {
  return code === 'unknown_placement' ? String(response?.locals.placement) : null;
}

function detailOf(code: ProblemCode, message: string, isFromElsewhere: boolean, requestId: string): string {
  if (code === 'wrong_role') return `${message} To sign in with others, open a private window.`;
  if (isFromElsewhere) return 'You came here from another web site. If you meant to, go on.';
  if (code === 'internal_error')
    return `Something is broken in Inlay. Tell an engineer the request id ${requestId}.`;
  return message;
}

/** The parser of forms marks its errors with a status. */
function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = error instanceof Error && 'status' in error ? error.status : null;
  if (status === 413) return new Problem('body_too_large', 'Studio takes at most 2 MB at once.');
  if (status === 415) return new Problem('unsupported_media_type', 'Its encoding or charset is not known.');
  if (status === 400) return new Problem('invalid_body', 'What was sent is cut off or wrongly encoded.');
  return new Problem('internal_error', 'It was logged.');
}

const HEADINGS: Partial<Record<ProblemCode, string>> = {
  unauthorized: 'Sign in with your Studio name and password',
  wrong_role: 'These credentials are not for Studio',
  cross_site: 'From another site',
  not_found: 'There is nothing here',
  unknown_placement: 'There is no such placement',
  unknown_prefetch: 'There is no such prefetch',
  store_unavailable: 'The store does not answer',
  too_many_attempts: 'Too many wrong passwords',
  body_too_large: 'That is too much',
  invalid_parameters: 'That cannot be shown',
  internal_error: 'That is our fault',
};
