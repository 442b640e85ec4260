import { isStandard, writeAttribute } from './attributes.ts';
import { checkCalls, statementsIn } from './check-calls.ts';
import { checkExperiment } from './check-experiment.ts';
import { checkMarkup } from './check-markup.ts';
import { checkSyntax } from './check-syntax.ts';
import { checkAttributes, checkVariables } from './check-values.ts';
import { splitFilters, variablesOf } from './expression.ts';
import { removeHtmlComments } from './html-comments.ts';
import { knowCall } from './inlay-call.ts';
import type { BenchMessage } from './message.ts';
import type { Notes } from './notes.ts';
import { outline, type Statement } from './outline.ts';
import { type Segment, scan } from './scan.ts';
import { type Program, translate } from './translate.ts';

/** A message that was looked at, for Liquid and for what there is to tell afterwards. */
export type Checked = {
  readonly program: Program;
  /** Those in Connected Content tags too. */
  readonly statements: readonly Statement[];
  /** Whether the message reads `connected`, into which Braze puts JSON that is not saved under a name. */
  readonly readsConnected: boolean;
};

/** Tells of a message what can be told without evaluating it. */
export function checkMessage({ template, attributes }: BenchMessage, notes: Notes): Checked {
  const segments = scan(removeHtmlComments(template, notes), 1, notes);
  const own = outline(segments, notes);
  const program = translate(segments);
  const calls = program.calls.map(knowCall);
  const statements = [...own, ...program.calls.flatMap((tag) => statementsIn(tag, notes))];
  const saved = new Set(calls.map(({ variable }) => variable));

  checkSyntax(statements, notes);
  checkCalls(calls, escapedVariables(own), notes);
  checkExperiment(own, calls, notes);
  checkAttributes(statements, attributes, notes);
  checkBareAttributes(segments, notes);
  checkVariables(statements, saved, notes);
  checkMarkup(own, calls, notes);
  return { program, statements, readsConnected: readsConnected(statements) };
}

/** Variables of which the message has escaped the value for a URL. */
function escapedVariables(statements: readonly Statement[]): Set<string> {
  const assigned = statements.filter(({ name, tokens }) => {
    return (
      name === 'assign' && splitFilters(tokens).filters.some((filter) => filter.name === 'url_param_escape')
    );
  });
  return new Set(assigned.flatMap(({ tokens: [variable] }) => (variable ? [variable.text] : [])));
}

function readsConnected(statements: readonly Statement[]): boolean {
  return statements.some(({ tokens }) => variablesOf(tokens).some(({ path }) => path[0] === 'connected'));
}

/** In text, `${…}` is text. */
function checkBareAttributes(segments: readonly Segment[], notes: Notes): void {
  for (const segment of segments) {
    if (segment.kind !== 'text' || segment.isRaw) continue;
    for (const [index, text] of segment.text.split('\n').entries()) {
      for (const [bare, name = ''] of text.matchAll(/\$\{(\w+)\}/g)) {
        const attribute = { namespace: null, name };
        if (!isStandard(attribute)) continue;
        notes.warning(
          segment.line + index,
          `${bare} stands as it is in text. Write ${writeAttribute(attribute)}.`,
        );
      }
    }
  }
}
