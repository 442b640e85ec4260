import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { Logger } from 'pino';
import { answerWithin } from './answer-within.ts';
import type { Evaluated } from './evaluate.ts';
import { tooLong, tooMuchMemory } from './limit-words.ts';
import type { BenchLimits } from './limits.ts';
import type { BenchCall, BenchMessage, BenchProblem, MakeBenchCall } from './message.ts';
import type { FromEvaluator, ToEvaluator } from './protocol.ts';
import { Stopwatch } from './stopwatch.ts';

/** An evaluation that goes over its time says so itself, with a line; only one that does not is ended. */
const GRACE_MS = 500;

/** How a process ends that has no memory left. */
const OUT_OF_MEMORY = new Set<NodeJS.Signals | null>(['SIGABRT', 'SIGTRAP', 'SIGILL', 'SIGSEGV', 'SIGKILL']);

export type EvaluationOptions = {
  readonly call: MakeBenchCall;
  readonly limits: BenchLimits;
  readonly log: Logger;
};

/** One message in a process of its own, until it is evaluated or goes beyond its limits. */
export class Evaluation {
  /** Rejects only if a call does. */
  readonly result: Promise<Evaluated>;
  /** When nothing of it is left. */
  readonly ended: Promise<void>;
  readonly #message: BenchMessage;
  readonly #call: MakeBenchCall;
  readonly #limits: BenchLimits;
  readonly #log: Logger;
  readonly #child: ChildProcess;
  readonly #watch: Stopwatch;
  readonly #settled = Promise.withResolvers<Evaluated>();
  #found: readonly BenchProblem[] = [];
  #isReady = false;
  #isOver = false;

  constructor(message: BenchMessage, { call, limits, log }: EvaluationOptions) {
    this.#message = message;
    this.#call = call;
    this.#limits = limits;
    this.#log = log;
    this.result = this.#settled.promise;
    this.#watch = new Stopwatch(() => this.#tellOver());
    this.#child = start(limits);
    this.#child.on('message', (told: FromEvaluator) => this.#hear(told));
    this.ended = new Promise((resolve) => {
      this.#child.on('exit', (code, signal) => {
        this.#tellExit(code, signal);
        resolve();
      });
      this.#child.on('error', (error) => {
        this.#tellFailure({ error: error.message });
        if (this.#child.pid === undefined) resolve();
      });
    });
    this.#watch.start(limits.startMs);
  }

  /** Ends it with a problem; without effect once it has ended. */
  stop(message: string): void {
    const problem: BenchProblem = { line: null, severity: 'problem', message };
    const problems = [...this.#found, problem];
    this.#end({ outcome: 'broken', output: '', abortReason: null, problems, calls: [] });
  }

  #hear(told: FromEvaluator): void {
    if (told.kind === 'ready') {
      this.#isReady = true;
      this.#watch.start(this.#limits.evaluationMs + GRACE_MS);
      this.#tell({ kind: 'message', message: this.#message, limits: this.#limits });
    } else if (told.kind === 'checked') {
      this.#found = told.problems;
    } else if (told.kind === 'call') {
      void this.#answer(told.call);
    } else {
      this.#end(told.evaluated);
    }
  }

  async #answer(call: BenchCall): Promise<void> {
    this.#watch.pause();
    try {
      const answer = await answerWithin(this.#call, call);
      if (this.#isOver) return;
      this.#tell({ kind: 'answer', answer });
      this.#watch.resume();
    } catch (error) {
      this.#settled.reject(error);
      this.#close();
    }
  }

  #tell(message: ToEvaluator): void {
    if (this.#child.connected) this.#child.send(message);
  }

  #tellOver(): void {
    if (this.#isReady) this.stop(tooLong(this.#limits));
    else this.#tellFailure({ startMs: this.#limits.startMs });
  }

  /** It is ended when there is a result. On its own it ends for want of memory, or because it does not work here. */
  #tellExit(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#isOver) return;
    if (OUT_OF_MEMORY.has(signal)) this.stop(tooMuchMemory(this.#limits));
    else this.#tellFailure({ code, signal });
  }

  /** Says nothing of the message. */
  #tellFailure(details: object): void {
    if (this.#isOver) return;
    this.#log.error(details, 'a process that evaluates Braze messages does not work');
    this.stop('Messages cannot be evaluated now. The log of the service says more.');
  }

  #end(evaluated: Evaluated): void {
    this.#settled.resolve(evaluated);
    this.#close();
  }

  #close(): void {
    this.#isOver = true;
    this.#watch.stop();
    this.#child.kill('SIGKILL');
  }
}

/** Sees nothing of the service's environment, and can neither write files nor start anything. */
function start({ heapMb }: BenchLimits): ChildProcess {
  const child = fork(new URL('./evaluator.ts', import.meta.url), {
    execArgv: [`--max-old-space-size=${heapMb}`, '--permission', '--allow-fs-read=*'],
    env: { TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // Answers to messages come first. Where that is not allowed, it runs as it is.
  try {
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {}
  return child;
}
