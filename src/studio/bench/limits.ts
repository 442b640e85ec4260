/** What one evaluation may take. Beyond it, it ends with a problem that says so. */
export type BenchLimits = {
  /** Of the pasted message. */
  readonly templateCharacters: number;
  /** Of the result, and of every text and list that is made on the way to it. */
  readonly outputCharacters: number;
  /** Of all texts and lists that filters and ranges make. */
  readonly workCharacters: number;
  /** Connected Content tags evaluated, those in loops each time. */
  readonly calls: number;
  /** Evaluating, beside the waits for calls. */
  readonly evaluationMs: number;
  /** Until the process that evaluates is there. */
  readonly startMs: number;
  /** Of the heap of that process. */
  readonly heapMb: number;
};

export const BENCH_LIMITS: BenchLimits = {
  templateCharacters: 200_000,
  outputCharacters: 1_000_000,
  workCharacters: 2_000_000,
  calls: 20,
  evaluationMs: 3_000,
  startMs: 10_000,
  heapMb: 96,
};

/** Braze inserts nothing that takes as long as this, and keeps no larger answer. */
export const BRAZE_ANSWER_MS = 2_000;
export const BRAZE_ANSWER_CHARACTERS = 1_048_576;

/** With `:retry`, Braze comes back so many times. */
export const BRAZE_RETRIES = 5;
