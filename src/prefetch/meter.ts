const SECONDS = 60;

/** Counts what happened in the last minute. */
export class Meter {
  readonly #sinceMs: number;
  readonly #counts = new Map<number, number>();

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** When it began to count. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  add(count: number, nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    this.#counts.set(second, (this.#counts.get(second) ?? 0) + count);
  }

  inLastMinute(nowMs: number): number {
    const oldest = Math.floor(nowMs / 1_000) - SECONDS;
    let sum = 0;
    for (const [second, count] of this.#counts) {
      if (second > oldest) sum += count;
      else this.#counts.delete(second);
    }
    return sum;
  }
}
