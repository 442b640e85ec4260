import type { Paging } from '../domain/content-source.ts';
import { valueAt } from './fields.ts';
import type { HttpRequest } from './http-request.ts';
import { pathOf, setParameter } from './http-url.ts';
import { SourceError } from './source.ts';

/**
 * The request for the page after this one, counted from 1; null after the last. Throws a `SourceError` if it would lead
 * to another origin, where our headers have no business.
 */
export function nextRequest(
  paging: Paging,
  request: HttpRequest,
  answer: unknown,
  page: number,
): HttpRequest | null {
  if ('next' in paging) return followLink(request, valueAt(answer, paging.next));
  const pages = Number(valueAt(answer, paging.pages));
  if (!(page < pages)) return null;
  return { ...request, path: setParameter(request.path, paging.parameter, String(page + 1)) };
}

function followLink(request: HttpRequest, link: unknown): HttpRequest | null {
  if (link === undefined || link === null || link === '' || link === false) return null;
  const url = typeof link === 'string' ? URL.parse(link, `${request.origin}${request.path}`) : null;
  if (url?.origin !== request.origin) {
    throw new SourceError('redirect', 'answered a next page that is not on the same origin');
  }
  const path = pathOf(url);
  return path === request.path ? null : { ...request, path };
}
