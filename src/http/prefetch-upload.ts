import type { Readable } from 'node:stream';
import type { Request } from 'express';
import type { Person } from '../domain/person.ts';
import {
  type AudienceReport,
  type OnPeople,
  PrefetchRefusal,
  type ReadAudience,
} from '../domain/prefetch.ts';
import { Problem, type ProblemCode } from './problem.ts';
import { allowSlowBody } from './slow-body.ts';

/** What is said of a body beside itself. Each null if it is not. */
export type AudienceOptions = {
  readonly contentType: string | null;
  readonly contentEncoding: string | null;
  readonly fileName: string | null;
  readonly column: string | null;
  /** What the ids are in a column of another name. */
  readonly idKind: Person['kind'] | null;
};

/**
 * Reads a list of people and hands them on in portions, each person once. Rejects with an error named `AudienceError`,
 * whose message says what is wrong and holds nobody's data. Leaves the body open, so that an answer can be sent.
 */
export type ReadUpload = (
  body: Readable,
  options: AudienceOptions,
  onPeople: OnPeople,
) => Promise<AudienceReport>;

/** A list may come as slowly as it likes, as long as it comes. */
const IDLE_MS = 30_000;

/** How long a client that is refused may go on sending: some read no answer before they are done. */
const DRAIN_MS = 5_000;

/** Reads a request's body as a list of people. What goes wrong with it becomes a problem. */
export async function withAudience<T>(
  request: Request,
  { column, idKind }: Pick<AudienceOptions, 'column' | 'idKind'>,
  readAudience: ReadUpload,
  use: (read: ReadAudience) => Promise<T>,
): Promise<T> {
  allowSlowBody(request, IDLE_MS);
  const { headers } = request;
  const options: AudienceOptions = {
    contentType: headers['content-type'] ?? null,
    contentEncoding: headers['content-encoding'] ?? null,
    fileName: /filename="([^"]+)"/i.exec(headers['content-disposition'] ?? '')?.[1] ?? null,
    ...{ column, idKind },
  };
  try {
    return await use((onPeople) => readAudience(request, options, onPeople));
  } catch (error) {
    const problem = toProblem(error, request);
    await drain(request);
    throw problem;
  }
}

const REFUSALS: Readonly<Record<PrefetchRefusal['code'], ProblemCode>> = {
  nobody: 'invalid_audience',
  too_many_people: 'body_too_large',
  too_many_prefetches: 'too_many_prefetches',
  store_unavailable: 'store_unavailable',
};

/** Faults of a list that have a status of their own. */
const FAULTS: Readonly<Record<string, ProblemCode>> = {
  interrupted: 'invalid_body',
  too_large: 'body_too_large',
  too_many_users: 'body_too_large',
  unknown_format: 'unsupported_media_type',
  spreadsheet: 'unsupported_media_type',
  unknown_encoding: 'unsupported_media_type',
  unsupported_zip: 'unsupported_media_type',
  encrypted: 'unsupported_media_type',
};

function toProblem(error: unknown, request: Request): unknown {
  if (error instanceof PrefetchRefusal) return new Problem(REFUSALS[error.code], error.message);
  if (request.destroyed && !request.complete) return new Problem('invalid_body', 'It broke off.');
  if (!(error instanceof Error) || error.name !== 'AudienceError') return error;
  const code = 'code' in error ? FAULTS[String(error.code)] : undefined;
  return new Problem(code ?? 'invalid_audience', error.message);
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
