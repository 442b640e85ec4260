import type { Logger } from 'pino';
import type { Evaluated } from './evaluate.ts';
import { Evaluation } from './evaluation.ts';
import { templateTooLong } from './limit-words.ts';
import { BENCH_LIMITS, type BenchLimits } from './limits.ts';
import type { BenchMessage, BenchResult, MakeBenchCall } from './message.ts';
import { Places } from './places.ts';

export type LiquidBenchOptions = {
  /** Makes the calls of messages. A rejection becomes one of `run`. */
  readonly call: MakeBenchCall;
  readonly log: Logger;
  /** Where they differ from `BENCH_LIMITS`. */
  readonly limits?: Partial<BenchLimits>;
  /** Evaluations at once, each a process; 2 by default. Others wait, up to 32. */
  readonly atOnce?: number;
};

/** Shows pasted Braze messages as they would come out. */
export type LiquidBench = {
  readonly run: (message: BenchMessage) => Promise<BenchResult>;
  /** Ends what is under way. Whatever is run afterwards is broken. */
  readonly close: () => Promise<void>;
};

const MOST_WAITING = 32;
const STOPPING = 'The service is being stopped. Try again in a minute.';
const BUSY = 'Too many messages are being evaluated. Try again in a minute.';

export function createLiquidBench({ call, log, limits: own, atOnce = 2 }: LiquidBenchOptions): LiquidBench {
  const limits = { ...BENCH_LIMITS, ...own };
  const places = new Places(atOnce, MOST_WAITING);
  const underWay = new Set<Evaluation>();

  const evaluate = async (message: BenchMessage): Promise<Evaluated> => {
    const { length } = message.template;
    if (length > limits.templateCharacters) return refuse(templateTooLong(limits, length));
    const place = await places.take();
    if (place !== 'taken') return refuse(place === 'closed' ? STOPPING : BUSY);
    const evaluation = new Evaluation(message, { call, limits, log });
    underWay.add(evaluation);
    void evaluation.ended.then(() => {
      underWay.delete(evaluation);
      places.free();
    });
    return evaluation.result;
  };
  return {
    run: async (message) => {
      const startedMs = performance.now();
      const evaluated = await evaluate(message);
      return { ...evaluated, ms: Math.round(performance.now() - startedMs) };
    },
    close: async () => {
      places.close();
      const ended = Array.from(underWay, (evaluation) => evaluation.ended);
      for (const evaluation of underWay) evaluation.stop(STOPPING);
      await Promise.all(ended);
    },
  };
}

function refuse(message: string): Evaluated {
  const problem = { line: null, severity: 'problem', message } as const;
  return { outcome: 'broken', output: '', abortReason: null, problems: [problem], calls: [] };
}
