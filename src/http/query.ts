/** Parameters as they arrived: each name with all its values, and what looked odd on the way. */
export type RawParameters = {
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly hints: readonly string[];
};

const PERSON_PARAMETERS: ReadonlySet<string> = new Set(['user_id', 'device_id']);

/**
 * Reads a query string or a form, never failing. Neither Braze nor Movable Ink encodes the ids that it puts into a
 * URL, so ids are read as they were meant: a raw `+` is a plus (a space arrives as `%20`), a raw `#` is part of the
 * value, and a piece without `=` behind an id was cut off it by a raw `&`.
 */
export function parseQuery(query: string, known: ReadonlySet<string>): RawParameters {
  const values = new Map<string, string[]>();
  const hints: string[] = [];
  let openId: string[] | null = null;
  for (const piece of query.split('&')) {
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    const name = decode(equals === -1 ? piece : piece.slice(0, equals), true);
    if (equals === -1 && openId && !known.has(name)) {
      openId.push(`${openId.pop()}&${decode(piece, false)}`);
      hints.push('an id holds a raw &: encode ids, in Braze with | url_param_escape');
      continue;
    }
    const isId = PERSON_PARAMETERS.has(name);
    const value = equals === -1 ? '' : decode(piece.slice(equals + 1), !isId);
    const all = values.get(name) ?? [];
    all.push(value);
    values.set(name, all);
    openId = isId ? all : null;
    if (isId && piece.includes('+'))
      hints.push(`${name} holds a raw +, read as a plus; write %2B, or %20 for a space`);
    if (isId && piece.includes('#')) hints.push(`${name} holds a raw #; write %23`);
  }
  return { values, hints };
}

/** Percent-decoding that leaves what is not encoded properly as it is. */
function decode(text: string, plusIsSpace: boolean): string {
  const spaced = plusIsSpace && text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    // Only a URIError is possible: a lone % or bytes that are no UTF-8.
    return spaced.replace(/(?:%[0-9a-f]{2})+/gi, decodePart);
  }
}

function decodePart(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** The query of a request target, with a raw `#` and all that follows it. */
export function queryOf(target: string): string {
  const start = target.indexOf('?');
  return start === -1 ? '' : target.slice(start + 1);
}
