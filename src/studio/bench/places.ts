/** Lets so many in at once, in the order they came; a bounded number waits. */
export class Places {
  readonly #mostWaiting: number;
  readonly #waiting: ((place: 'taken' | 'closed') => void)[] = [];
  #free: number;
  #isClosed = false;

  constructor(count: number, mostWaiting: number) {
    this.#free = count;
    this.#mostWaiting = mostWaiting;
  }

  /** `taken` must be followed by `free`. */
  async take(): Promise<'taken' | 'full' | 'closed'> {
    if (this.#isClosed) return 'closed';
    if (this.#free > 0) {
      this.#free -= 1;
      return 'taken';
    }
    if (this.#waiting.length >= this.#mostWaiting) return 'full';
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  free(): void {
    const next = this.#waiting.shift();
    if (next) next('taken');
    else this.#free += 1;
  }

  close(): void {
    this.#isClosed = true;
    for (const resolve of this.#waiting.splice(0)) resolve('closed');
  }
}
