/// <reference types="handlebars" />

/** What a template may call, so that anything else is a fault when it is loaded. */
export type Vocabulary = { readonly helpers: ReadonlySet<string>; readonly partials: ReadonlySet<string> };

/** The helper that lets nothing but safe URLs into a URL attribute. */
export const SAFE_URL = 'safe_url';

/** Braze removes or refuses these in an e-mail, and none belongs into a message. */
const REFUSED_TAG = /<\/?(script|iframe|svg|link|meta|title|object|embed|xml)\b/i;

const URL_ATTRIBUTE =
  /\s(?:href|src|action|background|cite|longdesc|poster|srcset|xlink:href)\s*=\s*["']\s*$/i;
const UNQUOTED_ATTRIBUTE = /<[a-z][^<>]*\s[\w:-]+\s*=\s*$/i;
const BUILT_IN = new Set(['if', 'unless', 'each', 'with', 'lookup']);

/** A template that cannot be used, with the line at fault (1-based). */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly line: number | null;

  constructor(message: string, line: number | null) {
    super(message);
    this.line = line;
  }
}

/**
 * Checks a parsed template and changes it where it must be safe: what begins a URL attribute goes through
 * `safe_url`. Throws a `TemplateError` at the first fault.
 */
export function guardTemplate(program: hbs.AST.Program, isHtml: boolean, vocabulary: Vocabulary): void {
  guardProgram(program, '', { isHtml, vocabulary });
}

type Rules = { readonly isHtml: boolean; readonly vocabulary: Vocabulary };

/** `before` is the text that stands in front, as far back as the last value; returns what stands at the end. */
function guardProgram(program: hbs.AST.Program, before: string, rules: Rules): string {
  let text = before;
  for (const statement of program.body) {
    switch (statement.type) {
      case 'ContentStatement':
        text += checkContent(statement as hbs.AST.ContentStatement, rules);
        break;
      case 'MustacheStatement':
        guardMustache(statement as hbs.AST.MustacheStatement, text, rules);
        text = '';
        break;
      case 'BlockStatement':
        text = guardBlock(statement as hbs.AST.BlockStatement, text, rules);
        break;
      case 'PartialStatement':
        checkPartial(statement as hbs.AST.PartialStatement, rules);
        text = '';
        break;
      case 'CommentStatement':
        break;
      default:
        throw new TemplateError(
          'uses a decorator or a block partial, which templates here cannot',
          lineOf(statement),
        );
    }
  }
  return text;
}

function checkContent(statement: hbs.AST.ContentStatement, { isHtml }: Rules): string {
  const refused = isHtml ? REFUSED_TAG.exec(statement.value) : null;
  if (refused) {
    const line = lineOf(statement) + statement.value.slice(0, refused.index).split('\n').length - 1;
    throw new TemplateError(`holds <${refused[1]}>, which Braze refuses in a message`, line);
  }
  return statement.value;
}

function guardMustache(statement: hbs.AST.MustacheStatement, before: string, rules: Rules): void {
  checkCall(statement, rules);
  if (statement.params.length === 0) readAsField(statement.path);
  if (!rules.isHtml) return;
  const line = lineOf(statement);
  if (!statement.escaped) throw new TemplateError('has {{{ }}}: values are always escaped, use {{ }}', line);
  if (UNQUOTED_ATTRIBUTE.test(before)) throw new TemplateError('needs quotes around the attribute', line);
  if (before.lastIndexOf('<style') > before.lastIndexOf('</style')) {
    throw new TemplateError('has a value inside <style>', line);
  }
  if (URL_ATTRIBUTE.test(before)) wrapInSafeUrl(statement);
}

/** `{{price}}` is the field of that name, not the helper without its values. */
function readAsField(path: hbs.AST.MustacheStatement['path']): void {
  if (path.type !== 'PathExpression') return;
  const field = path as hbs.AST.PathExpression;
  if (field.parts.length === 1 && !field.data && field.depth === 0) field.original = `this.${field.parts[0]}`;
}

function wrapInSafeUrl(statement: hbs.AST.MustacheStatement): void {
  const { path, params, hash, loc } = statement;
  const isCall = params.length > 0;
  const value = isCall ? ({ type: 'SubExpression', path, params, hash, loc } as hbs.AST.SubExpression) : path;
  statement.path = {
    type: 'PathExpression',
    data: false,
    depth: 0,
    parts: [SAFE_URL],
    original: SAFE_URL,
    loc,
  } as hbs.AST.PathExpression;
  statement.params = [value];
}

function guardBlock(block: hbs.AST.BlockStatement, before: string, rules: Rules): string {
  checkCall(block, rules);
  const afterProgram = guardProgram(block.program, before, rules);
  const afterInverse = block.inverse ? guardProgram(block.inverse, before, rules) : before;
  // Either branch may have been taken; the longer text is the one that can still be in an attribute.
  return afterProgram.length > afterInverse.length ? afterProgram : afterInverse;
}

function checkPartial(partial: hbs.AST.PartialStatement, { vocabulary }: Rules): void {
  const name = 'original' in partial.name ? String(partial.name.original) : null;
  if (name === null)
    throw new TemplateError('chooses a partial by a value, which cannot be checked', lineOf(partial));
  if (!vocabulary.partials.has(name)) {
    throw new TemplateError(`calls the partial "${name}", which is not in partials/`, lineOf(partial));
  }
}

function checkCall(
  call: hbs.AST.MustacheStatement | hbs.AST.BlockStatement | hbs.AST.SubExpression,
  rules: Rules,
): void {
  const name = 'original' in call.path ? String(call.path.original) : '';
  const isCall = call.params.length > 0 || call.type === 'SubExpression';
  if (isCall && !BUILT_IN.has(name) && !rules.vocabulary.helpers.has(name)) {
    const known = [...BUILT_IN, ...rules.vocabulary.helpers].join(', ');
    throw new TemplateError(`calls the helper "${name}"; there are ${known}`, lineOf(call));
  }
  for (const parameter of call.params) {
    if (parameter.type === 'SubExpression') checkCall(parameter as hbs.AST.SubExpression, rules);
  }
}

function lineOf(node: hbs.AST.Node): number {
  return node.loc.start.line;
}
