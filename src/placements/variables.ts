const VARIABLE = /\$\{([^}]*)\}/g;

/** The only variables that content sources may name: no other secret of the process can get into a request. */
const NAME = /^CONTENT_[A-Z0-9_]+$/;

/** Puts the values of `${CONTENT_…}` into every text of a value, however deep; what cannot be put in is reported. */
export function fillVariables(
  value: unknown,
  variables: ReadonlyMap<string, string>,
  report: (message: string) => void,
): unknown {
  const fill = (part: unknown): unknown => {
    if (typeof part === 'string') return part.replace(VARIABLE, (_call, name: string) => valueOf(name));
    if (Array.isArray(part)) return part.map(fill);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, fill(inner)]));
  };
  const valueOf = (name: string): string => {
    const found = NAME.test(name) ? variables.get(name) : undefined;
    if (!NAME.test(name)) report(`names \${${name}}; only variables that begin with CONTENT_ can be named`);
    else if (found === undefined) report(`names \${${name}}, which is not set`);
    return found ?? '';
  };
  return fill(value);
}
