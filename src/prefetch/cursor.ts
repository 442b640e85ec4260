/** How far a list is done whose places are done a little out of order. Places count from 0. */
export class Cursor {
  #low: number;
  readonly #ahead: Set<number>;

  constructor({ low, ahead }: { readonly low: number; readonly ahead: readonly number[] }) {
    this.#low = low;
    this.#ahead = new Set(ahead);
  }

  /** Every place before this one is done. */
  get low(): number {
    return this.#low;
  }

  isDone(place: number): boolean {
    return place < this.#low || this.#ahead.has(place);
  }

  markDone(place: number): void {
    if (place < this.#low) return;
    this.#ahead.add(place);
    while (this.#ahead.delete(this.#low)) this.#low += 1;
  }

  /** Whatever is before this place is done, whether there was anything or not. */
  skipTo(place: number): void {
    this.#low = Math.max(this.#low, place);
    for (const one of this.#ahead) if (one < this.#low) this.#ahead.delete(one);
    while (this.#ahead.delete(this.#low)) this.#low += 1;
  }

  snapshot(): { low: number; ahead: number[] } {
    return { low: this.#low, ahead: [...this.#ahead] };
  }
}
