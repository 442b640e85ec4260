import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { format } from 'basic-auth';
import { request } from 'undici';
import { z } from 'zod';
import { parseJson } from '../parse-json.ts';

/** Where Inlay is, and who asks. */
export type ClientOptions = {
  readonly url: URL;
  readonly name: string;
  readonly password: string;
};

const Odd = z.object({ count: z.number(), first_lines: z.array(z.number()) });

/** As much of an answer as the command line shows. */
const Answer = z.looseObject({
  id: z.string().nullable(),
  state: z.string().optional(),
  reason: z.string().nullish(),
  text: z.string(),
  warning: z.string().optional(),
  users: z.number(),
  done: z.number().default(0),
  failed: z.number().default(0),
  retrying: z.number().default(0),
  rate_per_minute: z.number().nullish(),
  remaining_seconds: z.number().nullish(),
  audience: z.looseObject({ duplicates: Odd, blank: Odd, impossible: Odd }),
});
export type Answer = z.infer<typeof Answer>;

const ProblemBody = z.object({ detail: z.string() });

/** Inlay said no, in these words. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export type Client = {
  /** Rejects with a `Refused`, or where Inlay cannot be reached. */
  readonly upload: (fileName: string | null, body: Readable, parameters: URLSearchParams) => Promise<Answer>;
  readonly get: (id: string) => Promise<Answer>;
};

const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
  json: 'application/json',
  gz: 'application/gzip',
  zip: 'application/zip',
};

/** Reading a list takes Inlay as long as sending it takes us. */
const NO_LIMIT = { headersTimeout: 0, bodyTimeout: 0 };

export function createClient({ url, name, password }: ClientOptions): Client {
  const authorization = format({ name, pass: password });
  const base = url.href.replace(/\/$/, '');

  const call = async (
    path: string,
    options: NonNullable<Parameters<typeof request>[1]> = {},
  ): Promise<Answer> => {
    const { statusCode, body } = await request(`${base}/v1/prefetches${path}`, {
      ...options,
      headers: { authorization, ...options.headers },
    });
    const text = await body.text();
    const answer = statusCode < 300 ? parseJson(Answer, text) : null;
    if (answer) return answer;
    throw new Refused(parseJson(ProblemBody, text)?.detail ?? `It answered ${statusCode}. Is this Inlay?`);
  };

  return {
    get: (id) => call(`/${encodeURIComponent(id)}`),
    upload: (fileName, body, parameters) =>
      call(`?${parameters}`, {
        ...NO_LIMIT,
        method: 'POST',
        body,
        headers: { 'content-type': contentTypeOf(fileName), ...dispositionOf(fileName) },
      }),
  };
}

function contentTypeOf(fileName: string | null): string {
  const extension = /\.([a-z]+)$/i.exec(fileName ?? '')?.[1]?.toLowerCase() ?? '';
  return TYPES[extension] ?? 'application/octet-stream';
}

/** Only a name that needs no escaping; without one, the content tells what it is. */
function dispositionOf(fileName: string | null): Record<string, string> {
  const name = basename(fileName ?? '');
  return /^[\w. -]+$/.test(name) ? { 'content-disposition': `attachment; filename="${name}"` } : {};
}
