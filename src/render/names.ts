/// <reference types="handlebars" />

/** The names that a template can use: at the top, in an item, and in `profile`. */
export type Names = {
  readonly top: ReadonlySet<string>;
  readonly item: ReadonlySet<string>;
  readonly profile: ReadonlySet<string>;
};

/** What names mean somewhere in a template; `any` where that depends on what a partial was given. */
type Scope = 'top' | 'item' | 'profile' | 'any';

/** The first name that nothing provides, with its line; null if there is none. */
export type UnknownName = { readonly name: string; readonly line: number };

/** A misspelt name renders as nothing for years. Looks into every branch, taken or not. */
export function findUnknownName(program: hbs.AST.Program, names: Names): UnknownName | null {
  return inProgram(program, ['top'], names);
}

type Node = hbs.AST.Node & { readonly [key: string]: unknown };

function inProgram(program: hbs.AST.Program, scopes: readonly Scope[], names: Names): UnknownName | null {
  // What a block names by itself, `as |item|`, is not followed.
  const inner: readonly Scope[] = program.blockParams?.length ? [...scopes, 'any'] : scopes;
  for (const statement of program.body) {
    const found = inStatement(statement as Node, inner, names);
    if (found) return found;
  }
  return null;
}

function inStatement(statement: Node, scopes: readonly Scope[], names: Names): UnknownName | null {
  switch (statement.type) {
    case 'MustacheStatement':
      return inCall(statement as unknown as hbs.AST.MustacheStatement, scopes, names);
    case 'PartialStatement':
      return inValues(statement as unknown as hbs.AST.PartialStatement, scopes, names);
    case 'BlockStatement':
      return inBlock(statement as unknown as hbs.AST.BlockStatement, scopes, names);
    default:
      return null;
  }
}

type WithValues = { readonly params: hbs.AST.Expression[]; readonly hash?: hbs.AST.Hash };

function inCall(
  call: WithValues & { readonly path: hbs.AST.Expression },
  scopes: readonly Scope[],
  names: Names,
): UnknownName | null {
  const isCall = call.params.length > 0 || (call.hash?.pairs.length ?? 0) > 0;
  return (isCall ? null : inExpression(call.path, scopes, names)) ?? inValues(call, scopes, names);
}

function inValues({ params, hash }: WithValues, scopes: readonly Scope[], names: Names): UnknownName | null {
  for (const value of [...params, ...(hash?.pairs.map((pair) => pair.value) ?? [])]) {
    const found = inExpression(value, scopes, names);
    if (found) return found;
  }
  return null;
}

function inExpression(value: hbs.AST.Expression, scopes: readonly Scope[], names: Names): UnknownName | null {
  if (value.type === 'SubExpression') return inCall(value as hbs.AST.SubExpression, scopes, names);
  if (value.type !== 'PathExpression') return null;
  const path = value as hbs.AST.PathExpression;
  const meaning = resolve(path, scopes, names);
  return typeof meaning === 'string' ? null : { name: meaning.unknown, line: path.loc.start.line };
}

function inBlock(block: hbs.AST.BlockStatement, scopes: readonly Scope[], names: Names): UnknownName | null {
  const found = inValues(block, scopes, names);
  if (found) return found;
  const name = block.path.original;
  const [subject] = block.params;
  const changesScope = name === 'each' || name === 'with';
  const inner = changesScope ? [...scopes, scopeOf(name, subject, scopes, names)] : scopes;
  return (
    inProgram(block.program, inner, names) ?? (block.inverse ? inProgram(block.inverse, scopes, names) : null)
  );
}

/** What `each` and `with` make of the names inside. */
function scopeOf(
  helper: string,
  subject: hbs.AST.Expression | undefined,
  scopes: readonly Scope[],
  names: Names,
): Scope {
  if (subject?.type !== 'PathExpression') return 'any';
  const meaning = resolve(subject as hbs.AST.PathExpression, scopes, names);
  if (meaning === 'items') return helper === 'each' ? 'item' : 'any';
  if (meaning === 'item' || meaning === 'profile' || meaning === 'top') return meaning;
  return 'any';
}

type Meaning = Scope | 'items' | 'value';

/** What a path stands for, or the part of it that nothing provides. */
function resolve(
  path: hbs.AST.PathExpression,
  scopes: readonly Scope[],
  names: Names,
): Meaning | { readonly unknown: string } {
  const scope = scopes[scopes.length - 1 - path.depth];
  // `@index` and its like, and `../` beyond the top.
  if (path.data || scope === undefined) return 'any';
  let meaning: Meaning = scope;
  for (const part of path.parts) {
    const next = member(meaning, String(part), names);
    if (next === null) return { unknown: String(part) };
    meaning = next;
  }
  return meaning;
}

function member(of: Meaning, name: string, names: Names): Meaning | null {
  switch (of) {
    case 'any':
      return 'any';
    case 'top':
      if (!names.top.has(name)) return null;
      return name === 'items' || name === 'item' || name === 'profile' ? name : 'value';
    case 'items':
      if (name === 'length') return 'value';
      return /^\d+$/.test(name) ? 'item' : null;
    case 'item':
      return names.item.has(name) ? 'value' : null;
    case 'profile':
      return names.profile.has(name) ? 'value' : null;
    case 'value':
      return null;
  }
}
