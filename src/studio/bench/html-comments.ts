import type { Notes } from './notes.ts';
import { countLines, onlyLines } from './scan.ts';

/** Comments with a condition are markup for Outlook. */
const CONDITIONAL = /^<!--(?:\[if|<!\[endif)/i;

/** Braze takes HTML comments out before it reads Liquid. Lines stay where they are. */
export function removeHtmlComments(source: string, notes: Notes): string {
  let result = '';
  let at = 0;
  let line = 1;
  for (;;) {
    const start = source.indexOf('<!--', at);
    const end = start < 0 ? -1 : source.indexOf('-->', start + 4);
    if (end < 0) return result + source.slice(at);
    const before = source.slice(at, start);
    const comment = source.slice(start, end + 3);
    line += countLines(before);
    const isKept = CONDITIONAL.test(comment);
    if (!isKept && /\{\{|\{%/.test(comment)) notes.warning(line, LIQUID_IN_COMMENT);
    result += before + (isKept ? comment : onlyLines(comment));
    line += countLines(comment);
    at = end + 3;
  }
}

const LIQUID_IN_COMMENT =
  'Braze removes HTML comments before it reads Liquid, so the Liquid in this one does nothing. Use {% comment %}, or take it out of the comment.';
