/** What a link parameter may speak of. */
export const LINK_VARIABLES = [
  'placement',
  'recommendation',
  'variant',
  'reason',
  'campaign',
  'channel',
  'locale',
  'item_id',
  'position',
] as const;
export type LinkVariable = (typeof LINK_VARIABLES)[number];
export type LinkValues = Readonly<Record<LinkVariable, string | number | null>>;

/** A parameter that is added to an item's URL: fixed text, and variables in between. */
export type LinkParameter = { readonly name: string; readonly parts: readonly LinkPart[] };
type LinkPart = string | { readonly variable: LinkVariable };

/** `{{channel}}-mail` as parts, or what is wrong with it. */
export function parseLinkParts(
  text: string,
): { readonly parts: readonly LinkPart[] } | { readonly fault: string } {
  const parts: LinkPart[] = [];
  for (const piece of text.split(/(\{\{[^{}]*\}\})/)) {
    const name = /^\{\{(.*)\}\}$/s.exec(piece)?.[1]?.trim();
    if (name === undefined) {
      // Nobody means a brace in a link: it is a variable written wrongly, which would reach every message.
      if (/[{}]/.test(piece)) return { fault: 'has a brace that belongs to no variable, as in {{campaign}}' };
      if (piece !== '') parts.push(piece);
    } else if (isVariable(name)) {
      parts.push({ variable: name });
    } else {
      return { fault: `speaks of {{${name}}}; there are ${LINK_VARIABLES.join(', ')}` };
    }
  }
  return { parts };
}

function isVariable(name: string): name is LinkVariable {
  return LINK_VARIABLES.some((variable) => variable === name);
}

/** What has parameters at all: `tel:` and `mailto:` would be dialled and addressed with them. */
const HAS_PARAMETERS = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * The URL with the parameters behind those it has, before its fragment. One that it has already stays as it is, and one
 * that speaks of something absent is left out. Nothing of the URL is written anew, since some servers sign theirs. What
 * has no `//`, such as `tel:`, is left alone.
 */
export function addLinkParameters(
  url: string,
  parameters: readonly LinkParameter[],
  values: LinkValues,
): string {
  if (parameters.length === 0) return url;
  const filled = parameters.flatMap(({ name, parts }) => {
    const value = fill(parts, values);
    return value === null || value === '' ? [] : [[name, value] as const];
  });
  return appendParameters(url, filled);
}

/** The same for parameters with their values. */
export function appendParameters(url: string, parameters: readonly (readonly [string, string])[]): string {
  if (parameters.length === 0 || !HAS_PARAMETERS.test(url)) return url;
  const hash = url.indexOf('#');
  const beforeHash = hash === -1 ? url : url.slice(0, hash);
  const mark = beforeHash.indexOf('?');
  const query = mark === -1 ? '' : beforeHash.slice(mark + 1);
  // Read as servers read it. What begins with ? would lose it.
  const present = new Set(new URLSearchParams(`&${query}`).keys());
  const added = parameters
    .filter(([name]) => !present.has(name.toWellFormed()))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`);
  if (added.length === 0) return url;
  const joint = mark === -1 ? '?' : query === '' || query.endsWith('&') ? '' : '&';
  return `${beforeHash}${joint}${added.join('&')}${hash === -1 ? '' : url.slice(hash)}`;
}

function fill(parts: readonly LinkPart[], values: LinkValues): string | null {
  let text = '';
  for (const part of parts) {
    const value = typeof part === 'string' ? part : values[part.variable];
    if (value === null) return null;
    text += value;
  }
  return text;
}

/** Safe in an attribute, too. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
