import { type PathToken, type Token, variablesOf } from './expression.ts';
import type { KnownCall } from './inlay-call.ts';
import type { Notes } from './notes.ts';
import type { Branch, Statement } from './outline.ts';

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
  for (const { block, variable } of skippedBlocks(statements, causes)) {
    notes.warning(block.line, skips(variable));
  }
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
      const found = isDecided ? this.in(within.conditions.flat()) : null;
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

/** Conditions without an else, within which items are shown to one group only. */
function skippedBlocks(statements: readonly Statement[], causes: Causes) {
  const skipped = new Map<unknown, { block: { line: number }; variable: string }>();
  for (const { kind, tokens, branch } of statements) {
    if (kind !== 'output' || !variablesOf(tokens).some((token) => isItem(token, causes))) continue;
    for (let within = branch; within; within = within.parent) {
      const { block, conditions } = within;
      const found = block.hasElse || block.name === 'for' ? null : causes.in(conditions.flat());
      if (found?.cause === 'decision') skipped.set(block, { block, variable: found.variable });
    }
  }
  return skipped.values();
}

function isItem({ path: [root, key] }: PathToken, causes: Causes): boolean {
  const isOfAnswer = typeof root === 'string' && causes.isAnswer(root);
  return isOfAnswer && (key === null || /^items?(_|$)/.test(key ?? '')) && key !== 'item_count';
}

const ABORTS: Readonly<Record<Cause, (variable: string) => string>> = {
  decision: (variable) =>
    `${variable} decides here that the message is not sent. That takes the control group out of the experiment, and its results mean nothing. Send it to everybody: the answer holds items for the baseline too.`,
  emptiness: (variable) =>
    `${variable} decides here that the message is not sent. If it is more often empty for the baseline than for the treatment, that takes people out of one group of the experiment only. Send it without the block instead, or give the placement a baseline that is always there.`,
};

function skips(variable: string): string {
  return `What stands here depends on ${variable} and has no {% else %}, so people of the control group see nothing where others see items, and the two cannot be compared. Ask for has_items instead: the answer holds items for the baseline too.`;
}
