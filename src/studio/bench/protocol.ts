import type { Answer } from './answer-rules.ts';
import type { Evaluated } from './evaluate.ts';
import type { BenchLimits } from './limits.ts';
import type { BenchCall, BenchMessage, BenchProblem } from './message.ts';

/** What the service says to the process that evaluates, and what that says. One call is under way at a time. */
export type ToEvaluator =
  | { readonly kind: 'message'; readonly message: BenchMessage; readonly limits: BenchLimits }
  /** Null: the URL is not one of ours. */
  | { readonly kind: 'answer'; readonly answer: Answer | null };

export type FromEvaluator =
  | { readonly kind: 'ready' }
  /** What was found before evaluating, which may never end. */
  | { readonly kind: 'checked'; readonly problems: readonly BenchProblem[] }
  | { readonly kind: 'call'; readonly call: BenchCall }
  | { readonly kind: 'done'; readonly evaluated: Evaluated };
