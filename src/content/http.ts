import type { Dispatcher } from 'undici';
import type { HttpDeclaration } from '../domain/content-source.ts';
import { resolveLinks } from './contentful.ts';
import { valueAt } from './fields.ts';
import { fetchJson } from './http-answer.ts';
import { nextRequest } from './http-paging.ts';
import { createRequestTemplate, type HttpRequest } from './http-request.ts';
import { readId } from './item.ts';
import { type FetchRows, type Row, SourceError } from './source.ts';

/** More pages than any batch of ids should take. */
const MAX_PAGES = 10;

/**
 * Asks any API that answers JSON over HTTP, page by page until every id was seen. Follows no redirect. Throws a
 * `TypeError` for a URL or header that cannot be sent. Link-local addresses are the dispatcher's to refuse, see
 * `createRefusingConnector`.
 */
export function createHttpRows(declaration: HttpDeclaration, dispatcher: Dispatcher): FetchRows {
  const { paging, key } = declaration;
  const createRequest = createRequestTemplate(declaration);
  return async (ids, locale, signal) => {
    const rows: Row[] = [];
    const unseen = new Set(ids);
    let request: HttpRequest | null = createRequest(ids, locale);
    for (let page = 1; request && page <= MAX_PAGES; page += 1) {
      const answer = await fetchJson(dispatcher, request, signal);
      for (const row of readRows(declaration, answer)) {
        rows.push(row);
        const found = readId(row, key);
        if ('id' in found) unseen.delete(found.id);
      }
      const isComplete = !paging || unseen.size === 0;
      request = isComplete ? null : nextRequest(paging, request, answer, page);
    }
    return rows;
  };
}

function readRows({ rows: path, resolve }: HttpDeclaration, answer: unknown): Row[] {
  const list = path === null ? answer : valueAt(answer, path);
  if (!Array.isArray(list)) {
    throw new SourceError('no_rows', path === null ? 'answered no list' : `answered no list at ${path}`);
  }
  // GraphQL's `nodes` has null for what it does not know.
  const rows = list.filter((row): row is Row => typeof row === 'object' && row !== null);
  return resolve === 'contentful' ? resolveLinks(answer, rows) : rows;
}
