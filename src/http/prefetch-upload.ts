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
  column: string | null,
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
    fileName: fileNameOf(request),
    column,
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

function fileNameOf({ headers }: Request): string | null {
  return /filename="([^"]+)"/i.exec(headers['content-disposition'] ?? '')?.[1] ?? null;
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
  if (error.name === 'AudienceError') return new Problem('invalid_audience', error.message);
  if (error.name === 'UploadBrokenOff') return new Problem('invalid_body', 'It broke off.');
  return error;
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
