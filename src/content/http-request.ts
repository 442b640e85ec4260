import type { HttpDeclaration } from '../domain/content-source.ts';
import { createPathFiller, type FillPath } from './http-url.ts';

/** One request as undici takes it. */
export type HttpRequest = {
  readonly origin: string;
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
};

/** The request for these ids; null if none of them can be asked for. */
export type CreateRequest = (ids: readonly string[], locale: string | null) => HttpRequest | null;

/**
 * Prepares what does not depend on the ids. Throws a `TypeError`, which holds neither URL nor secret, for a URL or
 * header that cannot be sent.
 */
export function createRequestTemplate(declaration: HttpDeclaration): CreateRequest {
  const { name, method, ids: style, body } = declaration;
  const url = parseUrl(name, declaration.url);
  const headers = createHeaders(declaration);
  const fillPath: FillPath = createPathFiller(url, style);
  return (ids, locale) => {
    const path = fillPath(ids, locale);
    if (path === null) return null;
    const filled = body === null ? null : JSON.stringify(fillBody(body, ids, locale));
    return { origin: url.origin, path, method, headers, body: filled };
  };
}

function parseUrl(name: string, text: string): URL {
  const url = URL.parse(text);
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (!url || !isWeb) throw new TypeError(`content source ${name}: url must be an absolute http(s) URL`);
  if (/[{}]/.test(url.host)) throw new TypeError(`content source ${name}: url has a placeholder in its host`);
  if (url.username !== '' || url.password !== '') {
    throw new TypeError(`content source ${name}: url holds a password, which is not sent`);
  }
  return url;
}

/** Names in lower case. Declared headers win. */
function createHeaders({ name, headers: declared, body }: HttpDeclaration): Record<string, string> {
  const headers = new Headers({ accept: 'application/json', 'user-agent': 'Inlay' });
  if (body !== null) headers.set('content-type', 'application/json');
  for (const [header, value] of Object.entries(declared)) {
    try {
      headers.set(header, value);
    } catch {
      // The error that is dropped here quotes the value, which may be a secret.
      throw new TypeError(`content source ${name}: the header ${JSON.stringify(header)} cannot be sent`);
    }
  }
  return Object.fromEntries(headers);
}

/** Only whole texts are placeholders, since GraphQL is full of braces. What is filled in is not looked at again. */
function fillBody(template: unknown, ids: readonly string[], locale: string | null): unknown {
  if (template === '{ids}') return ids;
  if (template === '{locale}') return locale;
  if (Array.isArray(template)) return template.map((value) => fillBody(value, ids, locale));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => [key, fillBody(value, ids, locale)]),
  );
}
