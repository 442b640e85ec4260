import type { SourceDeclaration } from '../domain/content-source.ts';
import type { PathFault } from './check.ts';

// What is between braces, or begins like one of ours and is written wrongly.
const VARIABLE = /\$\{([^{}]*)\}|\$\{?(CONTENT_\w*)/g;

/** The only variables that content sources may name: no other secret of the process can get into a request. */
const NAME = /^CONTENT_[A-Z0-9_]+$/;

export type Variables = ReadonlyMap<string, string>;
type Say = (fault: PathFault) => void;
type Path = readonly PropertyKey[];

/** Variables where none can be put in. `data` is a source as it is written. */
export function findMisplacedVariables(data: unknown, path: Path = []): PathFault[] {
  if (typeof data === 'string') {
    if (data.search(VARIABLE) === -1 || takesVariables(path)) return [];
    return [{ path, message: 'names a variable, which only url, headers, body and base can' }];
  }
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([key, inner]) => findMisplacedVariables(inner, [...path, key]));
}

/** Anywhere else their values would be told in faults, in answers or in the log. */
function takesVariables([key, ...rest]: Path): boolean {
  return key === 'url' || key === 'headers' || key === 'body' || (key === 'fields' && rest[1] === 'base');
}

/**
 * Puts the values of `${CONTENT_…}` in, once everything else is read, so that none can become anything but a piece of
 * the text that it stands in. What cannot be put in is told by its name.
 */
export function fillVariables(source: SourceDeclaration, variables: Variables, say: Say): SourceDeclaration {
  const fill = (text: string, path: Path): string =>
    text.replace(VARIABLE, (_call, name: string | undefined, unclosed: string | undefined) => {
      const found = findVariable(name, unclosed, variables);
      if ('value' in found) return found.value;
      say({ path, message: found.message });
      return '';
    });
  const fields = source.fields.map((rule) =>
    'base' in rule && rule.base !== null
      ? { ...rule, base: fill(rule.base, ['fields', rule.name, 'base']) }
      : rule,
  );
  switch (source.type) {
    case 'file':
      return { ...source, fields };
    case 'postgres':
      return { ...source, fields, url: fill(source.url, ['url']) };
    case 'http': {
      const headers = Object.entries(source.headers).map(([name, text]) => [
        name,
        fill(text, ['headers', name]),
      ]);
      const body = fillDeeply(source.body, ['body'], fill);
      return {
        ...source,
        fields,
        url: fill(source.url, ['url']),
        headers: Object.fromEntries(headers),
        body,
      };
    }
  }
}

type Fill = (text: string, path: Path) => string;

/** Every text in it; names stay as they are. */
function fillDeeply(value: unknown, path: Path, fill: Fill): unknown {
  if (typeof value === 'string') return fill(value, path);
  if (Array.isArray(value)) return value.map((inner, index) => fillDeeply(inner, [...path, index], fill));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, fillDeeply(inner, [...path, name], fill)]),
  );
}

type Found = { readonly value: string } | { readonly message: string };

/** A blank one is as good as none, as with all settings. */
function findVariable(name: string | undefined, unclosed: string | undefined, variables: Variables): Found {
  if (name === undefined) return { message: `names ${unclosed}, which must be written \${${unclosed}}` };
  if (!NAME.test(name)) {
    return { message: `names \${${name}}; there are only variables that begin with CONTENT_, in capitals` };
  }
  const value = variables.get(name);
  return value?.trim() ? { value } : { message: `names \${${name}}, which is not set` };
}
