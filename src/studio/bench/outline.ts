import { type Attribute, plainExpression } from './attributes.ts';
import { readTokens, type Token } from './expression.ts';
import { Markup } from './markup.ts';
import type { Notes } from './notes.ts';
import { type Segment, type Tag, tagsWithin } from './scan.ts';

/** A tag that is closed by another, with what stands in between. */
export type Block = {
  readonly name: string;
  readonly line: number;
  /** Set when its `else` has come. */
  hasElse: boolean;
};

/** Where a statement stands: in which part of which block. */
export type Branch = {
  readonly block: Block;
  /** What stands in the tag that begins the part; nothing in an `else`. */
  readonly tokens: readonly Token[];
  readonly isElse: boolean;
  /** The part of the same block before it, which was not taken. */
  readonly previous: Branch | null;
  readonly parent: Branch | null;
};

/** All that decides whether a branch is taken, from its own condition back to the first of its block. */
export function conditionsOf(branch: Branch): Token[] {
  const tokens: Token[] = [];
  for (let part: Branch | null = branch; part; part = part.previous) tokens.push(...part.tokens);
  return tokens;
}

/** An output or a tag, with what stands in it. */
export type Statement = {
  readonly kind: 'output' | 'tag';
  /** Of a tag; `''` of an output. */
  readonly name: string;
  readonly line: number;
  /** As pasted. */
  readonly args: string;
  readonly tokens: readonly Token[];
  readonly attributes: readonly Attribute[];
  readonly hasQuotedLiquid: boolean;
  readonly branch: Branch | null;
  /** Whether HTML is around it, as far as can be told. */
  readonly isInMarkup: boolean;
};

const BLOCKS = new Set(['if', 'unless', 'case', 'for', 'tablerow', 'capture']);
const VERBATIM = new Set(['raw', 'endraw', 'comment', 'endcomment']);

/** Which tags go on with which blocks. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  else: ['if', 'unless', 'case', 'for'],
  elsif: ['if', 'unless'],
  when: ['case'],
};

const MOST_NESTED = 100;

/** Their arguments are not expressions. */
const WITH_OWN_SYNTAX = new Set(['connected_content', 'abort_message', 'message_extras', '#', 'liquid']);

/** Outputs and tags in their order, each with the blocks around it. */
export function outline(segments: readonly Segment[], notes: Notes): Statement[] {
  const statements: Statement[] = [];
  const open = new OpenBlocks(notes);
  const markup = new Markup();
  const add = (name: string, line: number, args: string): Statement => {
    const added = read({ name, line, args, branch: open.branch, isInMarkup: markup.isAround });
    statements.push(added);
    return added;
  };
  for (const segment of segments) {
    if (segment.kind === 'text') {
      markup.read(segment.text);
      continue;
    }
    if (segment.kind === 'output') {
      add('', segment.line, segment.inner);
      continue;
    }
    for (const tag of segment.name === 'liquid' ? [segment, ...tagsWithin(segment)] : [segment]) {
      if (VERBATIM.has(tag.name)) continue;
      const { tokens } = add(tag.name, tag.line, tag.args);
      open.take(tag, tokens);
    }
  }
  open.close();
  return statements;
}

type Place = Pick<Statement, 'name' | 'line' | 'args' | 'branch' | 'isInMarkup'>;

function read(place: Place): Statement {
  const kind = place.name === '' ? 'output' : 'tag';
  if (WITH_OWN_SYNTAX.has(place.name)) {
    return { ...place, kind, tokens: [], attributes: [], hasQuotedLiquid: false };
  }
  const { text, attributes, hasQuotedLiquid } = plainExpression(place.args);
  return { ...place, kind, tokens: readTokens(text), attributes, hasQuotedLiquid };
}

class OpenBlocks {
  readonly #notes: Notes;
  branch: Branch | null = null;
  #depth = 0;

  constructor(notes: Notes) {
    this.#notes = notes;
  }

  take({ name, line }: Tag, tokens: readonly Token[]): void {
    const parts = PARTS[name];
    if (BLOCKS.has(name)) this.#begin(name, line, tokens);
    else if (parts) this.#go(name, line, tokens, parts);
    else if (name.startsWith('end') && BLOCKS.has(name.slice(3))) this.#end(name.slice(3), line);
  }

  close(): void {
    for (; this.branch; this.branch = this.branch.parent) this.#tellUnclosed(this.branch.block);
  }

  #begin(name: string, line: number, tokens: readonly Token[]): void {
    this.#depth += 1;
    if (this.#depth === MOST_NESTED + 1) {
      this.#notes.fault(line, `More than ${MOST_NESTED} tags are nested here. Write it flatter.`);
    }
    const block = { name, line, hasElse: false };
    this.branch = { block, tokens, isElse: false, previous: null, parent: this.branch };
  }

  #go(name: string, line: number, tokens: readonly Token[], of: readonly string[]): void {
    const { branch } = this;
    if (!branch || !of.includes(branch.block.name)) {
      const blocks = of.map((block) => `{% ${block} %}`).join(' or ');
      this.#notes.fault(line, `{% ${name} %} stands outside of ${blocks}. Put it in one, or take it out.`);
      return;
    }
    if (branch.block.hasElse) {
      this.#notes.fault(
        line,
        `{% ${name} %} comes after the {% else %} of the {% ${branch.block.name} %} in line ${branch.block.line}. Put it before.`,
      );
    }
    const { block, parent } = branch;
    const isElse = name === 'else';
    if (isElse) block.hasElse = true;
    this.branch = { block, tokens: isElse ? [] : tokens, isElse, previous: branch, parent };
  }

  #end(name: string, line: number): void {
    const { branch } = this;
    if (branch?.block.name === name) {
      this.branch = branch.parent;
      this.#depth -= 1;
    } else if (branch) {
      const { block } = branch;
      this.#notes.fault(
        line,
        `{% end${name} %} stands here, but the {% ${block.name} %} of line ${block.line} is open: close that first with {% end${block.name} %}.`,
      );
      this.#closeTo(name);
    } else {
      this.#notes.fault(
        line,
        `{% end${name} %} closes nothing. Take it out, or write the {% ${name} %} before it.`,
      );
    }
  }

  /** What was left open within is told already. */
  #closeTo(name: string): void {
    let found = this.branch;
    while (found && found.block.name !== name) found = found.parent;
    if (found) this.branch = found.parent;
  }

  #tellUnclosed({ name, line }: Block): void {
    this.#notes.fault(line, `{% ${name} %} is never closed: write {% end${name} %} where it ends.`);
  }
}
