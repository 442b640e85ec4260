/** How long a call may take from here to Redis before its bound is felt. */
const SLACK_MS = 1_000;

/** Milliseconds between which the shared time is, as far as this process can know. */
export type TimeBounds = { readonly leastMs: number; readonly mostMs: number };

type Anchor = { readonly serverMs: number; readonly sentAt: number; readonly receivedAt: number };

/**
 * What this process knows of the time that all replicas share: Redis's, as its last answer gave it, plus what has
 * passed here since by a clock that never steps. Redis believes its own clock only within these bounds.
 */
export class SharedClock {
  readonly #now: () => number;
  #anchor: Anchor | null = null;

  /** `now` is a monotonic clock in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The least and the most that the time can be when the next call arrives; null without history. */
  bounds(): TimeBounds | null {
    if (this.#anchor === null) return null;
    const { serverMs, sentAt, receivedAt } = this.#anchor;
    const now = this.#now();
    return {
      leastMs: Math.floor(serverMs + now - receivedAt),
      mostMs: Math.ceil(serverMs + now - sentAt + SLACK_MS),
    };
  }

  /** Makes a call, and learns the time from its answer. */
  async time<T extends { readonly serverMs: number }>(call: () => Promise<T>): Promise<T> {
    const sentAt = this.#now();
    const answer = await call();
    this.#anchor = { serverMs: answer.serverMs, sentAt, receivedAt: this.#now() };
    return answer;
  }
}
