import {
  type Attribute,
  isGiven,
  isNamespace,
  isStandard,
  PROFILE,
  STANDARD_NAMES,
  writeAttribute,
} from './attributes.ts';
import { type PathToken, type Token, variablesOf } from './expression.ts';
import { meant } from './meant.ts';
import type { Notes } from './notes.ts';
import type { Statement } from './outline.ts';

/** Tells of attributes that give nothing. */
export function checkAttributes(
  statements: readonly Statement[],
  given: Readonly<Record<string, string>>,
  notes: Notes,
): void {
  for (const { line, attributes } of statements) {
    for (const attribute of attributes) checkAttribute(attribute, line, given, notes);
  }
}

function checkAttribute(
  attribute: Attribute,
  line: number,
  given: Readonly<Record<string, string>>,
  notes: Notes,
): void {
  const written = writeAttribute(attribute);
  if (isGiven(attribute, given)) return;
  if (attribute.namespace === 'content_blocks') {
    notes.problem(
      line,
      `Content Blocks do not exist here, so ${written} gives nothing. Paste what is in it.`,
    );
  } else if (isStandard(attribute)) {
    notes.warning(line, `This person has no ${written} here, so it gives nothing.`);
  } else if (attribute.namespace === null) {
    notes.problem(
      line,
      `Braze has no attribute ${written}, so it gives nothing.${meant(attribute.name, STANDARD_NAMES)} Your own are written {{custom_attribute.\${${attribute.name}}}}.`,
    );
  } else {
    notes.problem(line, `Braze knows nothing named ${attribute.namespace}, so ${written} gives nothing.`);
  }
}

/** Tells of variables that nothing sets, and of comparisons with an empty text. `saved` are those that hold answers. */
export function checkVariables(
  statements: readonly Statement[],
  saved: ReadonlySet<string>,
  notes: Notes,
): void {
  const known = new Set([...saved, ...namesSet(statements), 'forloop', 'tablerowloop', 'items']);
  for (const { name, line, tokens } of statements) {
    for (const { path } of usedIn(name, tokens)) {
      const [root] = path;
      if (typeof root !== 'string' || known.has(root) || isNamespace(root)) continue;
      notes.warning(line, `Nothing here sets ${root}, so it gives nothing.${meant(root, known)}`);
    }
    checkEmptyTexts(tokens, saved, line, notes);
  }
}

/** The variables that a statement reads. */
export function usedIn(name: string, tokens: readonly Token[]): PathToken[] {
  if (name === 'assign' || name === 'capture') return variablesOf(tokens.slice(1));
  if (name === 'increment' || name === 'decrement') return [];
  if (name !== 'for' && name !== 'tablerow') return variablesOf(tokens);
  return variablesOf(tokens.slice(2)).filter(({ text }) => text !== 'reversed');
}

function namesSet(statements: readonly Statement[]): string[] {
  const setters = ['assign', 'capture', 'increment', 'decrement', 'for', 'tablerow'];
  return statements.flatMap(({ name, tokens: [first] }) => {
    return setters.includes(name) && first ? [first.text.replace(/["']/g, '')] : [];
  });
}

function checkEmptyTexts(
  tokens: readonly Token[],
  saved: ReadonlySet<string>,
  line: number,
  notes: Notes,
): void {
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'operator' || (token.text !== '==' && token.text !== '!=')) continue;
    const sides = [tokens[index - 1], tokens[index + 1]];
    const path = sides.find((side) => side?.kind === 'path');
    const isEmptyText = sides.some((side) => side?.kind === 'string' && side.value === '');
    if (!isEmptyText || path?.kind !== 'path') continue;
    const [root] = path.path;
    if (typeof root !== 'string' || (!saved.has(root) && root !== PROFILE)) continue;
    const isAlways = token.text === '!=' ? 'true' : 'false';
    notes.warning(
      line,
      `What is absent is null, never "", so this is ${isAlways} for it too. Write ${token.text === '!=' ? `{% if ${path.text} %}` : `{% unless ${path.text} %}`}; for a text that may be empty, compare with blank.`,
    );
  }
}
