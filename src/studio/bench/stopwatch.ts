/** Calls back when so much time was spent, pauses not counted. */
export class Stopwatch {
  readonly #onOver: () => void;
  #timer: NodeJS.Timeout | null = null;
  #leftMs = 0;
  #sinceMs = 0;

  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  /** From the beginning, with another time. */
  start(ms: number): void {
    this.stop();
    this.#leftMs = ms;
    this.resume();
  }

  pause(): void {
    if (!this.#timer) return;
    this.stop();
    this.#leftMs -= performance.now() - this.#sinceMs;
  }

  resume(): void {
    this.#sinceMs = performance.now();
    this.#timer = setTimeout(this.#onOver, this.#leftMs);
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
