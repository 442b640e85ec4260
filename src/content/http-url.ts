import type { HttpDeclaration } from '../domain/content-source.ts';

/** Path and query of a request for these ids; null if none of them can be asked for. */
export type FillPath = (ids: readonly string[], locale: string | null) => string | null;

// A URL's own spelling leaves brackets, braces, `|` and `^` in a query, which RFC 3986 does not and some servers refuse.
const UNSAFE = /[^\w.~!$&'()*+,;=:@/?%-]/g;
const PLACEHOLDER_OR_UNSAFE = new RegExp(`\\{(?:ids|locale)\\}|${UNSAFE.source}`, 'g');
const PLACEHOLDER = /\{(ids|locale)\}/g;

/** Prepares a declared URL. What is filled in never changes the path, adds a parameter or ends the query. */
export function createPathFiller(url: URL, style: HttpDeclaration['ids']): FillPath {
  // A URL escapes braces in its path, though not in its query.
  const path = escapeLiterals(url.pathname.replace(/%7B(ids|locale)%7D/gi, '{$1}'));
  const parameters = escapeLiterals(url.search.slice(1)).split('&');
  const hasIdsInPath = path.includes('{ids}');

  return (ids, locale) => {
    const asked = hasIdsInPath ? ids.filter((id) => !isTraversal(id)) : ids;
    if (asked.length === 0) return null;
    const language = encode(locale ?? '');
    const all = style === 'json' ? encode(JSON.stringify(asked)) : asked.map(encode).join(',');
    const filledPath = fill(path, all, isTraversal(locale ?? '') ? '' : language);
    const query = parameters.map((parameter) =>
      style === 'repeated' && parameter.includes('{ids}')
        ? asked.map((id) => fill(parameter, encode(id), language)).join('&')
        : fill(parameter, all, language),
    );
    return url.search === '' ? filledPath : `${filledPath}?${query.join('&')}`;
  };
}

/** The same path and query with this parameter, and only once. */
export function setParameter(path: string, name: string, value: string): string {
  const [pathname = '', query = ''] = splitOnce(path, '?');
  const others = query.split('&').filter((parameter) => parameter !== '' && nameOf(parameter) !== name);
  return `${pathname}?${[...others, `${encode(name)}=${encode(value)}`].join('&')}`;
}

/** Path and query of a URL as they can be sent. */
export function pathOf({ pathname, search }: URL): string {
  return `${pathname}${search}`.replace(UNSAFE, percentEncode);
}

function fill(text: string, ids: string, locale: string): string {
  return text.replace(PLACEHOLDER, (_, name: string) => (name === 'ids' ? ids : locale));
}

function escapeLiterals(text: string): string {
  return text.replace(PLACEHOLDER_OR_UNSAFE, (found) => (found.length === 1 ? percentEncode(found) : found));
}

/** Half a surrogate pair has no UTF-8 form, and would throw. */
function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(/[!'()*]/g, percentEncode);
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** `..` leads up even where it is escaped: URL parsers and some servers read `%2e%2e%2f` as they do `../`. */
function isTraversal(value: string): boolean {
  return value.split(/[\\/]/).some((segment) => segment === '.' || segment === '..');
}

function nameOf(parameter: string): string | undefined {
  return new URLSearchParams(parameter).keys().next().value;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
