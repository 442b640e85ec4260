/// <reference types="handlebars" />
import { lineOf, TemplateError } from './template-error.ts';

/** What a template may call, so that anything else is a fault when it is loaded. */
export type Vocabulary = {
  readonly helpers: ReadonlySet<string>;
  readonly partials: ReadonlySet<string>;
  /** Keys that `{{text "…"}}` can name; null if they cannot be told, so that any will do. */
  readonly texts: ReadonlySet<string> | null;
  /** True if a value may be sanitised HTML. */
  readonly hasHtml: boolean;
};

/** The helper that lets nothing but safe URLs into a URL attribute. */
export const SAFE_URL = 'safe_url';

/** The helper that makes sanitised HTML the text that it shows, for wherever markup cannot stand. */
export const AS_TEXT = 'as_text';

/** The helper for words by locale. */
export const TEXT = 'text';

/** Calls that the guard puts in. */
const OWN = new Set([SAFE_URL, AS_TEXT]);
const BLOCKS = new Set(['if', 'unless', 'each', 'with']);
const BUILT_IN = new Set([...BLOCKS, 'lookup']);

type Call = hbs.AST.MustacheStatement | hbs.AST.BlockStatement | hbs.AST.SubExpression;
type WithValues = { readonly params: hbs.AST.Expression[]; readonly hash?: hbs.AST.Hash };

/** Throws a `TemplateError` unless what is called, and all that is called within, is known and called as it can be. */
export function guardCall(call: Call, vocabulary: Vocabulary): void {
  const name = 'original' in call.path ? String(call.path.original) : '';
  const hasNamed = (call.hash?.pairs.length ?? 0) > 0;
  if (call.type === 'BlockStatement') guardBlockName(name, call);
  else if (call.type === 'SubExpression' || call.params.length > 0 || hasNamed) {
    guardHelper(name, call, vocabulary);
  }
  guardValues(call, vocabulary);
}

/** As a block, any other helper would put out what it gives without escaping it. */
function guardBlockName(name: string, call: Call): void {
  if (BLOCKS.has(name)) return;
  throw new TemplateError(`calls "${name}" as a block; blocks are ${[...BLOCKS].join(', ')}`, lineOf(call));
}

function guardHelper(name: string, call: Call, vocabulary: Vocabulary): void {
  const fault = findHelperFault(name, call, vocabulary);
  if (fault !== null) throw new TemplateError(fault, lineOf(call));
}

function findHelperFault(name: string, { params, hash }: Call, vocabulary: Vocabulary): string | null {
  const { helpers, texts } = vocabulary;
  if (!BUILT_IN.has(name) && !helpers.has(name) && !OWN.has(name)) {
    return `calls the helper "${name}"; there are ${[...BUILT_IN, ...helpers].join(', ')}`;
  }
  const [named] = hash?.pairs ?? [];
  if (named) return `gives "${name}" a value by the name ${named.key}; helpers take values in order`;
  return name === TEXT ? findTextFault(params, texts) : null;
}

function findTextFault(
  [key, ...more]: readonly hbs.AST.Expression[],
  texts: Vocabulary['texts'],
): string | null {
  if (key?.type !== 'StringLiteral') return 'has a {{text}} without a key in quotes, as in {{text "cta"}}';
  const { value } = key as hbs.AST.StringLiteral;
  if (more.length > 0) return `gives the text "${value}" a value, for which it has no place`;
  return texts?.has(value) === false ? `uses the text "${value}", which is not in texts/default.yaml` : null;
}

/** The same for what is handed to a partial. */
export function guardValues({ params, hash }: WithValues, vocabulary: Vocabulary): void {
  for (const value of [...params, ...(hash?.pairs.map((pair) => pair.value) ?? [])]) {
    if (value.type === 'SubExpression') guardCall(value as hbs.AST.SubExpression, vocabulary);
  }
}
