import type { SourceDeclaration } from '../domain/content-source.ts';
import type { PathFault } from './check.ts';

// What is between braces, or begins like one of ours and is written wrongly.
const VARIABLE = /\$\{([^{}]*)\}|\$\{?(CONTENT_\w*)/g;

/** The only variables that content sources may name: no other secret of the process can get into a request. */
const NAME = /^CONTENT_[A-Z0-9_]+$/;

export type Variables = ReadonlyMap<string, string>;
type Path = readonly string[];

/** Variables that are not there, or stand where none can. `data` is a source as it is written. */
export function findVariableFaults(data: unknown, variables: Variables, path: Path = []): PathFault[] {
  if (typeof data === 'string') {
    const [message] = Array.from(data.matchAll(VARIABLE)).flatMap(([, name, unclosed]) =>
      takesVariables(path) ? findFault(name, unclosed, variables) : MISPLACED,
    );
    return message === undefined ? [] : [{ path, message }];
  }
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([key, inner]) => findVariableFaults(inner, variables, [...path, key]));
}

/** Anywhere else their values would be told in faults, in answers or in the log. */
function takesVariables([key, ...rest]: Path): boolean {
  return key === 'url' || key === 'headers' || key === 'body' || (key === 'fields' && rest[1] === 'base');
}

const MISPLACED = ['names a variable, which only url, headers, body and base can'];

/** A blank one is as good as none, as with all settings. */
function findFault(
  name: string | undefined,
  unclosed: string | undefined,
  variables: Variables,
): readonly string[] {
  if (name === undefined) return [`names ${unclosed}, which must be written \${${unclosed}}`];
  if (!NAME.test(name)) {
    return [`names \${${name}}; there are only variables that begin with CONTENT_, in capitals`];
  }
  return variables.get(name)?.trim() ? [] : [`names \${${name}}, which is not set`];
}

/**
 * Puts the values in, once everything else is read, so that none can become anything but a piece of the text that it
 * stands in.
 */
export function fillVariables(source: SourceDeclaration, variables: Variables): SourceDeclaration {
  const fill = (text: string): string =>
    text.replace(VARIABLE, (call, name: string | undefined) => variables.get(name ?? '') ?? call);
  const fields = source.fields.map((rule) =>
    'base' in rule && rule.base !== null ? { ...rule, base: fill(rule.base) } : rule,
  );
  switch (source.type) {
    case 'file':
      return { ...source, fields };
    case 'postgres':
      return { ...source, fields, url: fill(source.url) };
    case 'http': {
      const headers = Object.entries(source.headers).map(([name, text]) => [name, fill(text)]);
      return {
        ...source,
        fields,
        url: fill(source.url),
        headers: Object.fromEntries(headers),
        body: fillDeeply(source.body, fill),
      };
    }
  }
}

/** Every text in it; names stay as they are. */
function fillDeeply(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === 'string') return fill(value);
  if (Array.isArray(value)) return value.map((inner) => fillDeeply(inner, fill));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fillDeeply(inner, fill)]));
}
