import express, { type Request, type Response } from 'express';
import { z } from 'zod';
import { PARAMETER_NAMES } from './parameters.ts';
import { Problem } from './problem.ts';
import { parseQuery, queryOf, type RawParameters } from './query.ts';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

/** Ids are at most a few hundred bytes, and lists of items to exclude some thousand. */
const MAX_BODY = '64kb';

// A form is read as text too: it is taken apart by the same rules as a URL.
const readText = express.text({ type: [FORM, JSON_TYPE], limit: MAX_BODY });

/** Reads the body of a POST into `request.body`. */
export async function readBody(request: Request, response: Response): Promise<void> {
  if (request.method !== 'POST') return;
  await new Promise<void>((resolve, reject) => {
    readText(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
}

/** The parameters of a request, from its URL and, for a POST, from its body as well. */
export function rawParameters(request: Request): RawParameters {
  const url = parseQuery(queryOf(request.url), PARAMETER_NAMES);
  if (request.method !== 'POST') return url;
  const body = parseBody(request);
  const values = new Map(url.values);
  for (const [name, given] of body.values) values.set(name, [...(values.get(name) ?? []), ...given]);
  return { values, hints: [...url.hints, ...body.hints] };
}

function parseBody(request: Request): RawParameters {
  if (typeof request.body === 'string') {
    return request.is(JSON_TYPE) ? parseJson(request.body) : parseQuery(request.body, PARAMETER_NAMES);
  }
  // Nothing was read: there was no body, or one of a kind that is not understood.
  const isEmpty =
    request.headers['transfer-encoding'] === undefined && !Number(request.headers['content-length']);
  if (isEmpty) return { values: new Map(), hints: [] };
  throw new Problem('unsupported_media_type', `Send ${FORM} or ${JSON_TYPE}.`);
}

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const JsonBody = z.record(
  z.string(),
  z.union([scalar, z.null().transform(() => ''), z.array(scalar).transform((list) => list.join(','))]),
);

function parseJson(text: string): RawParameters {
  if (text.trim() === '') return { values: new Map(), hints: [] };
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    // Only a SyntaxError is possible, and its message would repeat the body.
    throw new Problem('invalid_body', 'The body is not valid JSON.');
  }
  const body = JsonBody.safeParse(data);
  if (!body.success) {
    const names = body.error.issues
      .map(({ path }) => path.join('.'))
      .filter((name) => PARAMETER_NAMES.has(name));
    const which = names.length > 0 ? names.join(', ') : 'the body';
    throw new Problem('invalid_parameters', `${which} must hold text, numbers or lists of them.`);
  }
  return { values: new Map(Object.entries(body.data).map(([name, value]) => [name, [value]])), hints: [] };
}
