/** Bounds how many things go on at once. */
export class Slots {
  readonly #most: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves when there is one, and takes it. */
  async take(): Promise<void> {
    while (this.#taken >= this.#most) await this.#changed();
    this.#taken += 1;
  }

  leave(): void {
    this.#taken -= 1;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves when none is taken. */
  async empty(): Promise<void> {
    while (this.#taken > 0) await this.#changed();
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }
}
