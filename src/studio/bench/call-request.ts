import { isObject } from './answer-rules.ts';
import type { BenchCall } from './message.ts';

/** The parts of a Connected Content tag, as they come out for somebody. */
export type CallParts = {
  readonly url: string;
  readonly method: string;
  readonly headers: string | null;
  readonly body: string | null;
  readonly contentType: string | null;
  readonly credentials: string | null;
};

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

/** What Braze sends for it. Null if the headers are no JSON object. */
export function requestOf(parts: CallParts): BenchCall | null {
  const own = parts.headers === null ? {} : readHeaders(parts.headers);
  if (!own) return null;
  const method = parts.method.toLowerCase() === 'post' ? 'POST' : 'GET';
  const contentType = own['content-type'] ?? parts.contentType ?? (method === 'POST' ? FORM : JSON_TYPE);
  return {
    method,
    url: parts.url,
    headers: {
      accept: parts.contentType ?? '*/*',
      'accept-encoding': 'gzip',
      'user-agent': 'Braze Sender',
      ...own,
      'content-type': contentType,
    },
    body: method === 'POST' ? encodeBody(parts.body ?? '', contentType) : null,
    credentials: parts.credentials,
  };
}

function readHeaders(text: string): Record<string, string> | null {
  let headers: unknown;
  try {
    headers = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(headers)) return null;
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return Object.fromEntries(entries);
}

/** A form is written as JSON where JSON is to be sent. */
function encodeBody(body: string, contentType: string): string {
  const isForm = /^[^\s={}[\]"]+=/.test(body);
  if (!contentType.startsWith(JSON_TYPE) || !isForm) return body;
  const pairs = body.split('&').map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return [name, value.join('=')];
  });
  return JSON.stringify(Object.fromEntries(pairs));
}
