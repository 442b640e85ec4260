import { type PathToken, type Token, variablesOf } from './expression.ts';
import type { KnownCall } from './inlay-call.ts';
import type { Notes } from './notes.ts';
import { type Block, type Branch, conditionsOf, type Statement } from './outline.ts';

/** Keys that differ between treatment and baseline. */
const DECISION = new Set(['variant', 'is_treatment', 'is_fallback', 'reason']);
/** Keys that tell whether there is anything to show. */
const EMPTINESS = new Set(['has_items', 'item_count', 'items']);

type Cause = 'decision' | 'emptiness';

/**
 * Finds where a message is not sent, or shows nothing, because somebody got the baseline. Whoever does so takes the
 * control group out of the experiment.
 */
export function checkExperiment(
  statements: readonly Statement[],
  calls: readonly KnownCall[],
  notes: Notes,
): void {
  const causes = new Causes(calls);
  for (const statement of statements) {
    const { name, line, branch } = statement;
    if (name === 'assign') causes.learn(statement);
    if (name === 'abort_message') {
      const found = causes.of(branch);
      if (found) notes.problem(line, ABORTS[found.cause](found.variable));
    }
  }
  for (const [{ line }, variable] of skippedBlocks(statements, causes)) notes.warning(line, skips(variable));
}

class Causes {
  /** Variables that hold an answer. */
  readonly #answers: ReadonlySet<string>;
  /** Variables that were set because of it. */
  readonly #learnt = new Map<string, Cause>();

  constructor(calls: readonly KnownCall[]) {
    const own = calls.filter(({ placement, isHidden }) => placement !== null || isHidden);
    this.#answers = new Set(own.map(({ variable }) => variable));
  }

  /** What was assigned from an answer, or where an answer decided. */
  learn({ tokens: [name, , ...value], branch }: Statement): void {
    const found = this.in(value) ?? this.of(branch);
    if (name && found) this.#learnt.set(name.text, found.cause);
  }

  /** Why a branch is taken; the nearest one that has to do with an answer. */
  of(branch: Branch | null): { cause: Cause; variable: string } | null {
    for (let within = branch; within; within = within.parent) {
      const { name } = within.block;
      const isDecided = name !== 'capture' && (name !== 'for' || within.isElse);
      const found = isDecided ? this.in(conditionsOf(within)) : null;
      if (found) return found;
    }
    return null;
  }

  in(tokens: readonly Token[]): { cause: Cause; variable: string } | null {
    const found = variablesOf(tokens).flatMap((token) => {
      const cause = this.#causeOf(token);
      return cause ? [{ cause, variable: token.text }] : [];
    });
    return found.find(({ cause }) => cause === 'decision') ?? found[0] ?? null;
  }

  isAnswer(variable: string): boolean {
    return this.#answers.has(variable);
  }

  #causeOf({ path }: PathToken): Cause | null {
    const [root = '', ...keys] = path;
    if (root === null) return null;
    const learnt = this.#learnt.get(root);
    if (learnt) return learnt;
    if (!this.#answers.has(root)) return null;
    if (keys.some((key) => key !== null && DECISION.has(key))) return 'decision';
    return keys.some((key) => key !== null && EMPTINESS.has(key)) ? 'emptiness' : null;
  }
}

/** Blocks without an else in which a decision shows items, and what decides. */
function skippedBlocks(statements: readonly Statement[], causes: Causes): Map<Block, string> {
  const skipped = new Map<Block, string>();
  const ways = new Set<string>();
  for (const { kind, tokens, branch } of statements) {
    if (kind !== 'output' || !variablesOf(tokens).some((token) => isItem(token, causes))) continue;
    for (let within = branch; within; within = within.parent) {
      const { block } = within;
      const conditions = conditionsOf(within);
      const found = block.hasElse || block.name === 'for' ? null : causes.in(conditions);
      if (found?.cause !== 'decision') continue;
      skipped.set(block, found.variable);
      ways.add([block.name, ...conditions.map(({ text }) => text)].join(' '));
    }
  }
  // Where several conditions show items, they may well be there for both groups.
  return ways.size === 1 ? skipped : new Map();
}

function isItem({ path: [root, key] }: PathToken, causes: Causes): boolean {
  if (typeof root !== 'string' || !causes.isAnswer(root)) return false;
  return key === null || (key !== 'item_count' && /^items?(?:_|$)/.test(key ?? ''));
}

const ABORTS: Readonly<Record<Cause, (variable: string) => string>> = {
  decision: (variable) =>
    `${variable} decides here that the message is not sent. That takes the control group out of the experiment, and its results mean nothing. Send it to everybody: the answer holds items for the baseline too.`,
  emptiness: (variable) =>
    `${variable} decides here that the message is not sent. If it is more often empty for the baseline than for the treatment, that takes people out of one group of the experiment only. Send it without the block instead, or give the placement a baseline that is always there.`,
};

function skips(variable: string): string {
  return `What stands here depends on ${variable} and has no {% else %}, so one group of the experiment sees items here and the other nothing, and the two cannot be compared. Ask for has_items instead: the answer holds items for the baseline too.`;
}
