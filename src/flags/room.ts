/** How often, while there is no room, one more evaluation finds out whether the provider answers again. */
const PROBE_EVERY_MS = 10_000;

/** So many times the room may be waited for without end, all in all. */
const MAX_GIVEN_UP = 10;

/**
 * Bounds what is under way. A provider that hangs fills the room, and then nothing waits for it; once it answers
 * a probe, whatever still hangs from before is given up and its room used again. What was given up is bounded too.
 */
export class Room {
  readonly #max: number;
  readonly #now: () => number;
  #taken = 0;
  #givenUp = 0;
  #generation = 0;
  #probedAt = 0;

  /** `now` is a monotonic clock in milliseconds. */
  constructor(max: number, now: () => number = () => performance.now()) {
    this.#max = max;
    this.#now = now;
  }

  /** How much is under way, without what was given up. */
  get taken(): number {
    return this.#taken;
  }

  hasRoomFor(count: number): boolean {
    return this.#taken + count <= this.#max;
  }

  /** Null if there is no room. The work must not reject. */
  run<T>(work: () => Promise<T>): Promise<T> | null {
    const isProbe = this.#taken >= this.#max;
    if (isProbe && !this.#mayProbe()) return null;
    this.#taken += 1;
    // Since when there is no room, or when it was last tried.
    if (this.#taken >= this.#max) this.#probedAt = this.#now();
    return this.#follow(work(), this.#generation, isProbe);
  }

  #mayProbe(): boolean {
    const isBounded = this.#taken + this.#givenUp < this.#max * MAX_GIVEN_UP;
    return isBounded && this.#now() - this.#probedAt >= PROBE_EVERY_MS;
  }

  async #follow<T>(work: Promise<T>, generation: number, isProbe: boolean): Promise<T> {
    const result = await work;
    if (generation !== this.#generation) this.#givenUp -= 1;
    else this.#taken -= 1;
    if (isProbe && generation === this.#generation && this.#taken >= this.#max) this.#giveUp();
    return result;
  }

  #giveUp(): void {
    this.#generation += 1;
    this.#givenUp += this.#taken;
    this.#taken = 0;
  }
}
