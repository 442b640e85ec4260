/// <reference types="handlebars" />
import { AS_TEXT, guardCall, guardValues, SAFE_URL, type Vocabulary } from './calls.ts';
import { type HtmlPosition, IN_TEXT, moveOver, moveOverValue } from './html-position.ts';
import { lineOf, TemplateError } from './template-error.ts';

/** Braze removes or refuses these in an e-mail, and none belongs into a message. */
const REFUSED_TAG = /<\/?(script|iframe|svg|link|meta|title|object|embed|xml)\b/i;

const URL_ATTRIBUTE =
  /^(?:href|src|action|formaction|background|cite|longdesc|poster|srcset|data|xlink:href)$/;

/** Fixed text after which a value can no longer choose what kind of URL it is. */
const FIXED_URL = /^\s*(?:[a-z][a-z0-9+.-]*:|[/?#])/i;
const SCRIPT_URL = /^\s*(?:javascript|vbscript|data):/i;

/**
 * Checks a parsed template and changes it where it must be safe: what could choose the kind of a URL goes through
 * `safe_url`. Throws a `TemplateError` at the first fault.
 */
export function guardTemplate(program: hbs.AST.Program, isHtml: boolean, vocabulary: Vocabulary): void {
  const ends = guardProgram(program, [IN_TEXT], { isHtml, vocabulary });
  if (isHtml && ends.some((position) => position.in !== 'text')) {
    throw new TemplateError('ends inside of a tag, an attribute, a comment or a style', null);
  }
}

type Rules = { readonly isHtml: boolean; readonly vocabulary: Vocabulary };

/** More than one where branches end differently. */
type Positions = readonly HtmlPosition[];

function guardProgram(program: hbs.AST.Program, before: Positions, rules: Rules): Positions {
  let positions = before;
  for (const statement of program.body) positions = guardStatement(statement, positions, rules);
  return positions;
}

function guardStatement(statement: hbs.AST.Statement, positions: Positions, rules: Rules): Positions {
  switch (statement.type) {
    case 'ContentStatement':
      return guardContent(statement as hbs.AST.ContentStatement, positions, rules);
    case 'MustacheStatement':
      guardMustache(statement as hbs.AST.MustacheStatement, positions, rules);
      return rules.isHtml ? positions.map(moveOverValue) : positions;
    case 'BlockStatement':
      return guardBlock(statement as hbs.AST.BlockStatement, positions, rules);
    case 'PartialStatement':
      guardPartial(statement as hbs.AST.PartialStatement, positions, rules);
      return positions;
    case 'CommentStatement':
      return positions;
    default:
      throw new TemplateError(
        'uses a decorator or a block partial, which templates here cannot',
        lineOf(statement),
      );
  }
}

function guardContent(
  statement: hbs.AST.ContentStatement,
  positions: Positions,
  { isHtml }: Rules,
): Positions {
  if (!isHtml) return positions;
  const refused = REFUSED_TAG.exec(statement.value);
  if (refused) {
    const line = lineOf(statement) + statement.value.slice(0, refused.index).split('\n').length - 1;
    throw new TemplateError(`holds <${refused[1]}>, which Braze refuses in a message`, line);
  }
  return distinct(positions.map((position) => moveOver(statement.value, position)));
}

function guardMustache(statement: hbs.AST.MustacheStatement, positions: Positions, rules: Rules): void {
  guardCall(statement, rules.vocabulary);
  if (statement.params.length === 0) readAsField(statement.path);
  if (!rules.isHtml) return;
  const line = lineOf(statement);
  if (!statement.escaped) throw new TemplateError('has {{{ }}}: values are always escaped, use {{ }}', line);
  for (const position of positions) checkPlace(position, line);
  if (positions.some(choosesUrl)) wrapIn(SAFE_URL, statement);
  else if (rules.vocabulary.hasHtml && positions.some((position) => position.in !== 'text'))
    wrapIn(AS_TEXT, statement);
}

function checkPlace(position: HtmlPosition, line: number): void {
  if (position.in === 'unquoted') throw new TemplateError('needs quotes around the attribute', line);
  if (position.in === 'tag')
    throw new TemplateError('has a value among attributes; put it in quotes behind one', line);
  if (position.in === 'style') throw new TemplateError('has a value inside <style>', line);
  if (position.in !== 'quoted') return;
  if (position.attribute === 'style') {
    throw new TemplateError('has a value in a style attribute, where it could be any CSS', line);
  }
  if (position.attribute.startsWith('on'))
    throw new TemplateError(`has a value in ${position.attribute}`, line);
  if (URL_ATTRIBUTE.test(position.attribute) && SCRIPT_URL.test(position.beginning)) {
    throw new TemplateError('has a value in a URL that runs as a script', line);
  }
}

function choosesUrl(position: HtmlPosition): boolean {
  return (
    position.in === 'quoted' && URL_ATTRIBUTE.test(position.attribute) && !FIXED_URL.test(position.beginning)
  );
}

/** `{{price}}` is the field of that name, not the helper without its values. */
function readAsField(path: hbs.AST.MustacheStatement['path']): void {
  if (path.type !== 'PathExpression') return;
  const field = path as hbs.AST.PathExpression;
  if (field.parts.length === 1 && !field.data && field.depth === 0) field.original = `this.${field.parts[0]}`;
}

function wrapIn(helper: string, statement: hbs.AST.MustacheStatement): void {
  const { path, params, hash, loc } = statement;
  const isCall = params.length > 0;
  const value = isCall ? ({ type: 'SubExpression', path, params, hash, loc } as hbs.AST.SubExpression) : path;
  statement.path = {
    type: 'PathExpression',
    data: false,
    depth: 0,
    parts: [helper],
    original: helper,
    loc,
  } as hbs.AST.PathExpression;
  statement.params = [value];
}

function guardBlock(block: hbs.AST.BlockStatement, before: Positions, rules: Rules): Positions {
  guardCall(block, rules.vocabulary);
  const isLoop = block.path.original === 'each';
  const ends = isLoop ? guardLoop(block, before, rules) : guardProgram(block.program, before, rules);
  const inverse = block.inverse ? guardProgram(block.inverse, before, rules) : before;
  return distinct([...ends, ...inverse]);
}

/** More rounds than it takes until a loop comes to no place where it has not been. */
const MAX_ROUNDS = 50;

/** Each round may begin where another ended. */
function guardLoop(block: hbs.AST.BlockStatement, before: Positions, rules: Rules): Positions {
  let entries = before;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const ends = guardProgram(block.program, entries, rules);
    const all = distinct([...entries, ...ends]);
    if (all.length === entries.length) return ends;
    entries = all;
  }
  throw new TemplateError('has a loop that goes on within a tag each time', lineOf(block));
}

function guardPartial(
  partial: hbs.AST.PartialStatement,
  positions: Positions,
  { isHtml, vocabulary }: Rules,
): void {
  const line = lineOf(partial);
  const name = 'original' in partial.name ? String(partial.name.original) : null;
  if (name === null) throw new TemplateError('chooses a partial by a value, which cannot be checked', line);
  if (!vocabulary.partials.has(name)) {
    throw new TemplateError(`calls the partial "${name}", which is not in partials/`, line);
  }
  if (isHtml && positions.some((position) => position.in !== 'text')) {
    throw new TemplateError(`calls the partial "${name}" inside of a tag, where it cannot be checked`, line);
  }
  guardValues(partial, vocabulary);
}

function distinct(positions: Positions): Positions {
  return [...new Map(positions.map((position) => [JSON.stringify(position), position])).values()];
}
