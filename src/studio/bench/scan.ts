import type { Notes } from './notes.ts';

/** Pieces of a message in their order; put together they are the message. Lines are counted from 1. */
export type Text = {
  readonly kind: 'text';
  readonly text: string;
  readonly line: number;
  /** Where nothing is Liquid, as in `raw`, or was not looked at. */
  readonly isRaw: boolean;
};

export type Output = {
  readonly kind: 'output';
  /** `{{` or `{{-`, and its end. */
  readonly open: string;
  readonly close: string;
  readonly inner: string;
  readonly line: number;
};

export type Tag = {
  readonly kind: 'tag';
  readonly open: string;
  readonly close: string;
  readonly name: string;
  /** What stands behind the name, with its white space. */
  readonly args: string;
  readonly line: number;
  /** Where `args` begins. */
  readonly argsLine: number;
};

export type Segment = Text | Output | Tag;

const VERBATIM: Readonly<Record<string, RegExp>> = {
  raw: /\{%-?\s*endraw\s*-?%\}/g,
  comment: /\{%-?\s*endcomment\s*-?%\}/g,
};

/** Takes Liquid as Braze writes it, so `}}` ends an output only where it is not part of `${…}` or of an output within. */
export function scan(source: string, firstLine: number, notes: Notes): Segment[] {
  const segments: Segment[] = [];
  const opening = /\{\{|\{%/g;
  let at = 0;
  let line = firstLine;
  const add = (segment: Segment, end: number): void => {
    segments.push(segment);
    line += countLines(source.slice(at, end));
    at = end;
  };
  const addText = (end: number, isRaw = false): void => {
    if (end > at) add({ kind: 'text', text: source.slice(at, end), line, isRaw }, end);
  };

  while (at < source.length) {
    opening.lastIndex = at;
    const match = opening.exec(source);
    if (!match) break;
    addText(match.index);
    const end = match[0] === '{{' ? endOfOutput(source, at) : endOfTag(source, at);
    if (end === null) {
      notes.fault(line, unclosed(match[0]));
      break;
    }
    const whole = source.slice(at, end);
    if (match[0] === '{{') {
      add(readOutput(whole, line, notes), end);
      continue;
    }
    const tag = readTag(whole, line, notes);
    add(tag, end);
    const ending = VERBATIM[tag.name];
    if (!ending) continue;
    ending.lastIndex = at;
    const endTag = ending.exec(source);
    if (!endTag) {
      notes.fault(tag.line, `{% ${tag.name} %} is never closed: write {% end${tag.name} %}.`);
      break;
    }
    if (tag.name === 'raw') addText(endTag.index, true);
    else addBlank(endTag.index);
  }
  addText(source.length, notes.hasFault);
  return segments;

  /** Nothing of a comment is looked at. */
  function addBlank(end: number): void {
    if (end > at) add({ kind: 'text', text: onlyLines(source.slice(at, end)), line, isRaw: true }, end);
  }
}

function endOfOutput(source: string, start: number): number | null {
  // From one brace to the next, since there may be much text in between.
  const brace = /\$\{|\{\{|\}\}|\{%/g;
  brace.lastIndex = start + 2;
  let depth = 1;
  for (let match = brace.exec(source); match; match = brace.exec(source)) {
    if (match[0] === '{%') return null;
    if (match[0] === '${') {
      const end = source.indexOf('}', match.index);
      if (end < 0) return null;
      brace.lastIndex = end + 1;
    } else {
      depth += match[0] === '{{' ? 1 : -1;
      if (depth === 0) return match.index + 2;
    }
  }
  return null;
}

function endOfTag(source: string, start: number): number | null {
  const end = source.indexOf('%}', start + 2);
  const next = source.indexOf('{%', start + 2);
  return end < 0 || (next >= 0 && next < end) ? null : end + 2;
}

function readOutput(whole: string, line: number, notes: Notes): Output {
  const [, open = '', inner = '', close = ''] = /^(\{\{-?)([\s\S]*?)(-?\}\})$/.exec(whole) ?? [];
  if (inner.startsWith('{')) {
    notes.fault(line, 'Three braces in a row: put a space between { and {{.');
  }
  return { kind: 'output', open, close, inner, line };
}

function readTag(whole: string, line: number, notes: Notes): Tag {
  const [, open = '', space = '', name = '', args = '', close = ''] =
    /^(\{%-?)(\s*)(#|\w*)([\s\S]*?)(-?%\})$/.exec(whole) ?? [];
  if (name === '') notes.fault(line, 'A tag without a name stands between {% and %}.');
  return { kind: 'tag', open, close, name, args, line, argsLine: line + countLines(space) };
}

/** In a `liquid` tag each line is a tag of its own. Nothing of a comment is looked at. */
export function tagsWithin({ args, argsLine, open, close }: Tag): Tag[] {
  const tags: Tag[] = [];
  let isComment = false;
  for (const [index, text] of args.split('\n').entries()) {
    const [, name = '', rest = ''] = /^\s*(#|\w+)(.*)$/s.exec(text) ?? [];
    if (name === 'endcomment') isComment = false;
    if (name === '' || isComment) continue;
    const line = argsLine + index;
    tags.push({ kind: 'tag', open, close, name, args: rest, line, argsLine: line });
    if (name === 'comment') isComment = true;
  }
  return tags;
}

function unclosed(opening: string): string {
  const [what, closing] = opening === '{{' ? ['output', '}}'] : ['tag', '%}'];
  return `The ${what} that begins here is not closed with ${closing}. What follows it was not looked at.`;
}

export function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** The same number of lines, and nothing in them. */
export function onlyLines(text: string): string {
  return '\n'.repeat(countLines(text));
}
