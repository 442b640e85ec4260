/**
 * The moment by which an answer must have left. One goes through all of a request; it makes its timer and its
 * `AbortSignal` only when something really waits, so an answer from memory pays for neither.
 */
export class Deadline {
  readonly #startedAt: number;
  readonly #budgetMs: number;
  readonly #now: () => number;
  #signal: AbortSignal | null = null;

  /** `now` is a monotonic clock in milliseconds, and `startedAt` the moment by it when the time began to run. */
  constructor(budgetMs: number, now: () => number = () => performance.now(), startedAt: number = now()) {
    this.#startedAt = startedAt;
    this.#budgetMs = budgetMs;
    this.#now = now;
  }

  get elapsedMs(): number {
    return this.#now() - this.#startedAt;
  }

  /** Never negative. */
  get remainingMs(): number {
    return Math.max(0, this.#budgetMs - this.elapsedMs);
  }

  /** One that ends so many milliseconds before this one. */
  earlier(ms: number): Deadline {
    return new Deadline(this.#budgetMs - ms, this.#now, this.#startedAt);
  }

  /** Aborts, with a `TimeoutError`, when the time is over. */
  get signal(): AbortSignal {
    this.#signal ??= AbortSignal.timeout(Math.ceil(this.remainingMs));
    return this.#signal;
  }

  /** What the promise gives, or `late` when the time is over first. The promise goes on. */
  async wait<T>(promise: Promise<T>, late: T): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<T>((resolve) => {
      timer = setTimeout(resolve, this.remainingMs, late);
    });
    try {
      return await Promise.race([promise, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}
