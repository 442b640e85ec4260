import { type Filter, isName, splitFilters, type Token } from './expression.ts';
import { BRAZE_FILTERS, MISSING_FILTERS, UNLISTED_FILTERS } from './filter-names.ts';
import { meant } from './meant.ts';
import type { Notes } from './notes.ts';
import type { Statement } from './outline.ts';

/** Where filters may stand, and where operators. */
const WITH_FILTERS = new Set(['', 'echo', 'assign', 'cycle']);
const CONDITIONS = new Set(['if', 'elsif', 'unless']);

/** Their words are read by Liquid itself. */
const WITH_OWN_WORDS = new Set(['when', 'for', 'tablerow', 'cycle', 'capture', 'increment', 'decrement']);

/** Checks what stands in an output or a tag against where it stands. */
export function checkExpression(statement: Statement, notes: Notes): void {
  const { name, line, tokens } = statement;
  const stray = firstStray(tokens);
  const { value, filters } = splitFilters(tokens);
  if (statement.hasQuotedLiquid) notes.problem(line, QUOTED_LIQUID);
  if (stray !== null) {
    notes.fault(line, describeStray(stray));
  } else if (tokens.some((token) => token.kind === 'path' && hasFilter(token.inner))) {
    notes.fault(line, FILTER_IN_BRACKETS);
  } else if (filters.length > 0 && !WITH_FILTERS.has(name)) {
    notes.fault(line, describeMisplacedFilter(name, filters));
  } else {
    const fault = faultIn(name, value);
    if (fault !== null) notes.fault(line, fault);
    for (const filter of filters) checkFilter(filter, line, notes);
  }
}

/** What is wrong with values and operators there; null if nothing is. */
function faultIn(name: string, tokens: readonly Token[]): string | null {
  const operator = tokens.find(({ kind }) => kind === 'operator')?.text;
  const isOfWhen = name === 'when' && operator === 'or';
  if (operator !== undefined && !CONDITIONS.has(name) && !isOfWhen) {
    return describeMisplacedOperator(name, operator);
  }
  const sign = tokens.find(({ kind, text }) => kind === 'sign' && (text === '=' || text === '('));
  if (sign) return sign.text === '=' ? '= compares nothing in Liquid: write ==.' : PARENTHESES;
  return WITH_OWN_WORDS.has(name) ? null : faultInOrder(name, tokens);
}

/** Values must have operators between them. */
function faultInOrder(name: string, tokens: readonly Token[]): string | null {
  const where = name === '' ? '{{ … }}' : `{% ${name} … %}`;
  if (tokens.length === 0) {
    return name === '' || name === 'echo' ? null : `Nothing stands in ${where}: write what is meant.`;
  }
  const wrong = tokens.findIndex((token, index) => (token.kind === 'operator') !== (index % 2 === 1));
  const isCut = tokens.at(-1)?.kind === 'operator';
  if (wrong < 0 && !isCut) return null;
  const [before, found] = [tokens[wrong - 1], tokens[wrong]];
  if (found?.text === ',' || found?.text === ':') return `The ${found.text} does not belong in ${where}.`;
  if (!before || !found || found.kind === 'operator') {
    return `An operator in ${where} has nothing to compare with: write a value before and behind it.`;
  }
  const missing = CONDITIONS.has(name) ? 'an operator such as ==, and or or' : 'a | before a filter';
  return `Something is missing between "${before.text}" and "${found.text}": ${missing}, perhaps.`;
}

function checkFilter({ name, args }: Filter, line: number, notes: Notes): void {
  if (!isName(name)) {
    notes.fault(line, `The name of a filter is missing behind |.`);
  } else if (MISSING_FILTERS.has(name)) {
    notes.fault(line, `Braze does not have Liquid's filter ${name}. Do without it.`);
  } else if (UNLISTED_FILTERS.has(name)) {
    notes.warning(
      line,
      `Braze's documentation does not name the filter ${name}. Try it in Braze before you send.`,
    );
  } else if (!BRAZE_FILTERS.has(name)) {
    notes.fault(line, `Braze has no filter ${name}.${meant(name, BRAZE_FILTERS)}`);
  } else if (args.some(({ kind }) => kind === 'operator')) {
    notes.fault(line, `Operators cannot stand behind the filter ${name}. Compare in an {% if %}.`);
  }
}

function hasFilter(tokens: readonly Token[]): boolean {
  return tokens.some((token) => token.kind === 'sign' && token.text === '|');
}

function firstStray(tokens: readonly Token[]): string | null {
  for (const token of tokens) {
    if (token.kind === 'stray') return token.text;
    const within = 'inner' in token ? firstStray(token.inner) : null;
    if (within !== null) return within;
  }
  return null;
}

function describeMisplacedFilter(name: string, filters: readonly Filter[]): string {
  if (filters.some((filter) => filter.name === '')) return 'Liquid has no ||: write or.';
  const [filter] = filters;
  return `Braze takes no filters in {% ${name} %}. Assign first: {% assign value = … | ${filter?.name} %}, then use value here.`;
}

function describeMisplacedOperator(name: string, operator: string): string {
  if (name === 'assign') {
    return `Braze takes no operators such as ${operator} in {% assign %}. Decide with {% if %}, and assign true or false within it.`;
  }
  const where = name === '' ? 'an output {{ … }}' : `{% ${name} %}`;
  return `Braze takes no operators such as ${operator} in ${where}. Decide with {% if %}.`;
}

function describeStray(stray: string): string {
  if (/[“”„‘’‚«»]/.test(stray)) {
    return `The curly quote ${stray.slice(0, 1)} is none to Liquid. Write straight quotes, " or '.`;
  }
  if (stray === '"' || stray === "'") return `A quote ${stray} is opened and not closed.`;
  if (stray === '&&') return 'Liquid has no &&: write and.';
  if (stray.startsWith('!')) return 'Liquid has no !: write == false, or use {% unless %}.';
  if (/^[^\p{ASCII}]/u.test(stray)) {
    return `Liquid's names have letters without accents, digits and _ only, not "${stray}".`;
  }
  return `"${stray}" means nothing in Liquid here. Take it out.`;
}

const PARENTHESES =
  'Liquid knows no parentheses but those of a range, (1..5), and they break the tag. Nest several {% if %} instead.';
const QUOTED_LIQUID =
  'Liquid between quotes is taken as plain text. Build the text with {% capture %} first, or with the filter append.';
const FILTER_IN_BRACKETS =
  'Braze takes no filters between [ and ]. Assign first: {% assign key = … %}, then use [key].';
