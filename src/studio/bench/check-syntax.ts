import { checkExpression } from './check-expression.ts';
import { isName } from './expression.ts';
import { meant } from './meant.ts';
import type { Notes } from './notes.ts';
import type { Statement } from './outline.ts';

/** Liquid's own tags, as far as Braze has them, and Braze's. */
const TAGS: ReadonlySet<string> = new Set(
  (
    'if elsif else endif unless endunless case when endcase for endfor break continue tablerow endtablerow cycle ' +
    'assign capture endcapture increment decrement comment endcomment raw endraw echo liquid # ' +
    'connected_content abort_message message_extras catalog_items catalog_selection_items promotion'
  ).split(' '),
);

const OF_FILES = new Set(['include', 'render', 'layout', 'block', 'extends', 'section']);

/** They come from Braze's own storage. */
const NOT_HERE: Readonly<Record<string, string>> = {
  catalog_items: 'Catalogs',
  catalog_selection_items: 'Catalogs',
  promotion: 'Promotion codes',
};

/** Checked elsewhere, or not at all. */
const WITH_OWN_SYNTAX = new Set(['#', 'liquid', 'connected_content', 'message_extras']);

const WITHOUT_ARGS = new Set(
  'else break continue endif endunless endcase endfor endtablerow endcapture'.split(' '),
);

/** Finds what Braze's Liquid does not know or take. */
export function checkSyntax(statements: readonly Statement[], notes: Notes): void {
  for (const statement of statements) {
    if (statement.kind === 'tag') checkTag(statement, notes);
    else checkExpression(statement, notes);
  }
}

function checkTag(statement: Statement, notes: Notes): void {
  const { name, line, args, tokens } = statement;
  if (WITH_OWN_SYNTAX.has(name)) return;
  const missing = NOT_HERE[name];
  if (!TAGS.has(name)) {
    notes.fault(line, unknownTag(name, args));
  } else if (missing !== undefined) {
    notes.problem(line, `${missing} do not exist here, so {% ${name} %} gives nothing. Look at it in Braze.`);
  } else if (name === 'abort_message') {
    checkAbort(statement, notes);
  } else if (WITHOUT_ARGS.has(name)) {
    if (args.trim() !== '') notes.fault(line, strayArgs(name, args));
  } else if (name === 'assign' || name === 'capture') {
    const [first] = tokens;
    if (first?.kind !== 'path' || !isName(first.text)) {
      notes.fault(line, `{% ${name} %} needs a name of letters, digits and _, not ${quote(args)}.`);
    } else if (name === 'assign') {
      checkAssign(statement, notes);
    }
  } else {
    const isLoop = name === 'for' || name === 'tablerow';
    if (isLoop && tokens[1]?.text !== 'in') notes.fault(line, `Write {% ${name} item in list %}.`);
    checkExpression(statement, notes);
  }
}

function checkAssign(statement: Statement, notes: Notes): void {
  const [, equals, ...value] = statement.tokens;
  if (equals?.kind !== 'sign' || equals.text !== '=') {
    notes.fault(statement.line, '{% assign %} needs = behind the name: {% assign name = value %}.');
  } else {
    checkExpression({ ...statement, tokens: value }, notes);
  }
}

const ABORT = /^\s*(?:\(\s*(?:"[^"]*"|'[^']*')?\s*\))?\s*$/;

function checkAbort({ line, args }: Statement, notes: Notes): void {
  if (!ABORT.test(args)) {
    notes.fault(line, "The reason must be a text in quotes: {% abort_message('no items') %}.");
  } else if (/\{\{|\$\{/.test(args)) {
    notes.fault(line, 'The reason of {% abort_message %} cannot hold Liquid. Write a plain text.');
  }
}

/** Null if none is given. */
export function abortReason(args: string): string | null {
  const [, text] = /^\s*\(\s*["'](.*)["']\s*\)\s*$/s.exec(args) ?? [];
  return text === undefined || text === '' ? null : text;
}

function unknownTag(name: string, args: string): string {
  if (OF_FILES.has(name)) {
    return `{% ${name} %} does not exist in Braze. Use a Content Block, {{content_blocks.\${name}}}.`;
  }
  if (name === 'elseif' || name === 'elif') return `{% ${name} %} does not exist: write {% elsif${args}%}.`;
  if (name === 'end') return '{% end %} does not exist: write {% endif %}, {% endfor %} and so on.';
  return `Braze has no tag {% ${name} %}.${meant(name, TAGS)}`;
}

function strayArgs(name: string, args: string): string {
  if (name === 'else' && args.trim().startsWith('if ')) {
    return `{% else if %} does not exist: write {% elsif ${args.trim().slice(3).trim()} %}.`;
  }
  return `Nothing may stand behind {% ${name}: take ${quote(args)} out.`;
}

function quote(text: string): string {
  const short = text.trim();
  return short === '' ? 'nothing' : `"${short.length > 40 ? `${short.slice(0, 40)}…` : short}"`;
}
