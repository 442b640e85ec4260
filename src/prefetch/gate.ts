import { setTimeout as sleep } from 'node:timers/promises';

/** A refusal comes at once: what takes longer has been let through, and the others need not wait for how it ends. */
const LET_THROUGH_MS = 100;

/**
 * Attempts that may all be refused for the same reason. After a refusal one of them finds out, again and again, when it is
 * over, and the others wait for that.
 */
export class Gate<T> {
  readonly #pauseMs: (result: T) => number | null;
  readonly #closing = new AbortController();
  #probing: Promise<void> | null = null;

  /** `pauseMs` says how long to wait after this result; null if it is no refusal. */
  constructor(pauseMs: (result: T) => number | null) {
    this.#pauseMs = pauseMs;
  }

  /** What the attempt gave when it was let through, or null if the gate was closed before. */
  async pass(attempt: () => Promise<T>): Promise<T | null> {
    for (;;) {
      while (this.#probing && !this.#isClosed) await this.#probing;
      if (this.#isClosed) return null;
      const result = await attempt();
      const pauseMs = this.#pauseMs(result);
      if (pauseMs === null) return result;
      if (this.#probing === null) return this.#probe(attempt, pauseMs);
    }
  }

  /** Whoever waits is let go. */
  close(): void {
    this.#closing.abort();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #probe(attempt: () => Promise<T>, firstPauseMs: number): Promise<T | null> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#probing = promise;
    const open = (): void => {
      if (this.#probing === promise) this.#probing = null;
      resolve();
    };
    try {
      for (let pauseMs: number | null = firstPauseMs; pauseMs !== null; ) {
        await sleep(pauseMs, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {});
        if (this.#isClosed) return null;
        const early = setTimeout(open, LET_THROUGH_MS);
        const result = await attempt().finally(() => clearTimeout(early));
        pauseMs = this.#pauseMs(result);
        if (pauseMs === null) return result;
        if (this.#probing !== promise) break;
      }
    } finally {
      open();
    }
    return this.pass(attempt);
  }
}
