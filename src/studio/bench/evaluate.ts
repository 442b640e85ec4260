import { Context, type Liquid, Tag, type TagToken, toPromise } from 'liquidjs';
import { variablesFor } from './attributes.ts';
import { type Ask, Calls } from './calls.ts';
import { checkKeys } from './check-keys.ts';
import { type Checked, checkMessage } from './check-message.ts';
import { type CallScope, connectedContent } from './connected-content.ts';
import { BoundedEmitter, createEngine, type TagClass } from './engine.ts';
import type { BenchLimits } from './limits.ts';
import type { BenchMessage, BenchProblem, BenchResult } from './message.ts';
import { Notes } from './notes.ts';
import { rerenderer } from './rerender.ts';
import { AbortedError, NotSentError } from './stops.ts';
import { describeFailure, describeParseFailure, readFailure } from './words.ts';

export type Evaluated = Omit<BenchResult, 'ms'>;

export type Host = {
  readonly ask: Ask;
  /** What was found before the message is evaluated, which may never end. */
  readonly onChecked: (problems: readonly BenchProblem[]) => void;
};

type End = Pick<BenchResult, 'outcome' | 'abortReason'>;

const BROKEN: End = { outcome: 'broken', abortReason: null };

/** Looks at a message and evaluates it as Braze would. What takes too long is ended from outside. */
export async function evaluate(
  message: BenchMessage,
  limits: BenchLimits,
  { ask, onChecked }: Host,
): Promise<Evaluated> {
  const startedMs = performance.now();
  const notes = new Notes();
  const calls = new Calls({ ask, credentials: message.credentials, limits, notes });
  const emitter = new BoundedEmitter(limits.outputCharacters);
  const leftMs = (): number => limits.evaluationMs - (performance.now() - startedMs - calls.waitedMs);

  const run = async (): Promise<End> => {
    const checked = checkMessage(message, notes);
    onChecked(notes.sorted());
    if (notes.hasFault) return BROKEN;
    const liquid = createLiquid(checked, { calls, notes, limits, leftMs });
    const templates = parse(liquid, checked.program.source, notes);
    if (!templates) return BROKEN;
    const variables = variablesFor(message.attributes);
    const context = new Context(variables, liquid.options, { renderLimit: leftMs() }, { liquid });
    await toPromise(liquid.renderer.renderTemplates(templates, context, emitter));
    checkKeys(checked.statements, calls.saved, notes);
    return { outcome: 'sent', abortReason: null };
  };
  const end = await run().catch((thrown: unknown) => endOf(thrown, limits, notes));
  return { ...end, output: emitter.buffer.toWellFormed(), problems: notes.sorted(), calls: calls.made };
}

type Scope = Pick<CallScope, 'calls' | 'notes'> & {
  readonly limits: BenchLimits;
  /** Of the time for evaluating. */
  readonly leftMs: () => number;
};

function createLiquid({ program, readsConnected }: Checked, { calls, notes, limits, leftMs }: Scope): Liquid {
  const liquid = createEngine(limits, {
    abort_message: abortMessage(program.abortReasons),
    connected_content: connectedContent({
      tags: program.calls,
      calls,
      notes,
      readsConnected,
      mostCharacters: limits.outputCharacters,
      rerender: rerenderer(limits, notes, abortMessage),
      rearm: (context) => {
        context.renderLimit = new Context({}, liquid.options, { renderLimit: leftMs() }).renderLimit;
      },
    }),
  });
  return liquid;
}

function parse(liquid: Liquid, source: string, notes: Notes): ReturnType<Liquid['parse']> | null {
  try {
    return liquid.parse(source);
  } catch (thrown) {
    const { cause, line } = readFailure(thrown);
    if (cause instanceof RangeError) throw thrown;
    notes.fault(line, describeParseFailure(cause));
    return null;
  }
}

function endOf(thrown: unknown, limits: BenchLimits, notes: Notes): End {
  const { cause, line } = readFailure(thrown);
  if (cause instanceof AbortedError) return { outcome: 'aborted', abortReason: cause.reason };
  if (cause instanceof NotSentError) return { outcome: 'not_sent_after_retries', abortReason: null };
  notes.fault(line, describeFailure(cause, limits));
  return BROKEN;
}

/** `{% abort_message 0 %}`: the number of the reason. Without one, Braze's log says this. */
const WITHOUT_REASON = '{% abort_message %} called';

function abortMessage(reasons: readonly (string | null)[]): TagClass {
  return class extends Tag {
    readonly #reason: string;

    constructor(token: TagToken, remaining: ConstructorParameters<TagClass>[1], liquid: Liquid) {
      super(token, remaining, liquid);
      this.#reason = reasons[Number(token.args)] ?? WITHOUT_REASON;
    }

    override render(): never {
      throw new AbortedError(this.#reason);
    }
  };
}
