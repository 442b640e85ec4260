import type { Logger } from 'pino';
import { toRedisError } from './redis-errors.ts';

/** Tells the log when the connection is lost and when it is back, and not what every try in between came to. */
export class ConnectionJournal {
  readonly #log: Logger;
  readonly #down = new Set<string>();
  /** What was told since the connection was lost. */
  readonly #told = new Set<string>();
  #isUp = false;
  #reason: string | null = null;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Why there is no connection: the code of the last error; null if none happened yet. */
  get reason(): string | null {
    return this.#reason;
  }

  up(place: string): void {
    this.#down.delete(place);
    if (this.#isUp || this.#down.size > 0) return;
    this.#isUp = true;
    this.#reason = null;
    this.#told.clear();
    this.#log.info({ store: 'redis' }, 'connected to Redis');
  }

  down(place: string, error: unknown): void {
    const { code, message } = toRedisError(error);
    const wasUp = this.#isUp;
    this.#isUp = false;
    this.#down.add(place);
    this.#reason = code;
    if (this.#told.has(`${place} ${code}`)) return;
    this.#told.add(`${place} ${code}`);
    this.#log.warn(
      { store: 'redis', place, reason: code },
      `${wasUp ? 'connection to Redis lost' : 'no connection to Redis'}: ${message}`,
    );
  }

  /** Everything is connected anew: the next place that is up will do. */
  startOver(): void {
    this.#down.clear();
  }
}
