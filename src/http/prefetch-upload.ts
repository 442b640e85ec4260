import { PassThrough, type Readable } from 'node:stream';
import type { Request } from 'express';
import type { Person } from '../domain/person.ts';
import { type AudienceReport, PrefetchRefusal } from '../domain/prefetch.ts';
import { Problem, type ProblemCode } from './problem.ts';
import { allowSlowBody } from './slow-body.ts';

/** What is said of a body beside itself. Each null if it is not. */
export type AudienceOptions = {
  readonly contentType: string | null;
  readonly contentEncoding: string | null;
  readonly fileName: string | null;
  readonly column: string | null;
  /** What a column of another name holds; null for user ids. */
  readonly idKind: 'user_id' | 'device_id' | null;
};

/**
 * Reads a list of people and hands them on in portions, each person once. Rejects with an error named `AudienceError`,
 * whose message says what is wrong and holds nobody's data.
 */
export type ReadAudience = (
  body: Readable,
  options: AudienceOptions,
  onPeople: (people: readonly Person[]) => Promise<void>,
) => Promise<AudienceReport>;

type ReadBody = (onPeople: (people: readonly Person[]) => Promise<void>) => Promise<AudienceReport>;

/** A list may come as slowly as it likes, as long as it comes. */
const IDLE_MS = 30_000;

/** How long a client that is refused may go on sending: some read no answer before they are done. */
const DRAIN_MS = 5_000;

/** Reads a request's body as a list of people. What goes wrong with it becomes a problem. */
export async function withAudience<T>(
  request: Request,
  { column, idKind }: Pick<AudienceOptions, 'column' | 'idKind'>,
  readAudience: ReadAudience,
  use: (read: ReadBody) => Promise<T>,
): Promise<T> {
  allowSlowBody(request, IDLE_MS);
  // Of its own, since what reads it may end it, and the connection has to live for the answer.
  const body = new PassThrough();
  request.pipe(body);
  request.once('close', () => {
    if (!request.complete) body.destroy(new UploadBrokenOff());
  });
  const options: AudienceOptions = {
    contentType: request.headers['content-type'] ?? null,
    contentEncoding: request.headers['content-encoding'] ?? null,
    fileName: null,
    ...{ column, idKind },
  };
  try {
    return await use((onPeople) => readAudience(body, options, onPeople));
  } catch (error) {
    const problem = toProblem(error);
    request.unpipe(body);
    body.destroy();
    await drain(request);
    throw problem;
  }
}

class UploadBrokenOff extends Error {
  override readonly name = 'UploadBrokenOff';
}

const CODES: Readonly<Record<PrefetchRefusal['code'], ProblemCode>> = {
  nobody: 'invalid_audience',
  too_many_people: 'body_too_large',
  too_many_prefetches: 'too_many_prefetches',
  store_unavailable: 'store_unavailable',
};

function toProblem(error: unknown): unknown {
  if (error instanceof PrefetchRefusal) return new Problem(CODES[error.code], error.message);
  if (!(error instanceof Error)) return error;
  if (isAudienceError(error)) return new Problem(problemOf(error.code), error.message);
  if (error.name === 'UploadBrokenOff') return new Problem('invalid_body', 'It broke off.');
  return error;
}

type AudienceError = Error & { readonly code: string };

function isAudienceError(error: Error): error is AudienceError {
  return error.name === 'AudienceError' && 'code' in error && typeof error.code === 'string';
}

const TOO_LARGE: ReadonlySet<string> = new Set(['too_large', 'too_many_users']);
const UNREADABLE: ReadonlySet<string> = new Set([
  'unknown_format',
  'spreadsheet',
  'unknown_encoding',
  'unsupported_zip',
  'encrypted',
]);

function problemOf(code: string): ProblemCode {
  if (TOO_LARGE.has(code)) return 'body_too_large';
  return UNREADABLE.has(code) ? 'unsupported_media_type' : 'invalid_audience';
}

async function drain(request: Request): Promise<void> {
  if (request.complete || request.destroyed) return;
  request.resume();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, DRAIN_MS);
    for (const event of ['end', 'close'] as const) {
      request.once(event, () => {
        clearTimeout(timer);
        resolve();
      });
    }
  });
}
