import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { RedisError, toRedisError } from './redis-errors.ts';
import { ConnectionJournal } from './redis-journal.ts';
import {
  delayMs,
  openSession,
  type RedisCommands,
  type RedisSession,
  type SessionOptions,
  WHOLE,
} from './redis-session.ts';

/** Calls without an answer yet. */
const MAX_OUTSTANDING = 1_000;
/** How old the oldest of them may be before no more are made: each would put off the time-out of a silent socket. */
const STALLED_MS = 1_000;
/** How old it may be before the connection is given up, which should have ended by itself by then. */
const HOPELESS_MS = 10_000;
/** A connection that lasts so long was a good one, after which the pauses between tries start anew. */
const STEADY_MS = 5_000;
const CLOSE_MS = 500;

type Open = {
  readonly session: RedisSession;
  readonly openedAt: number;
  /** When each call was made, oldest first. */
  readonly outstanding: Map<Promise<unknown>, number>;
  readonly end: () => void;
};

/** Connects in the background, and again for ever whenever that ends, until it is closed. */
export class RedisConnection {
  readonly #options: SessionOptions;
  readonly #journal: ConnectionJournal;
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #open: Open | null = null;

  constructor(options: SessionOptions, log: Logger) {
    this.#options = options;
    this.#journal = new ConnectionJournal(log);
    this.#ended = this.#stayOpen();
  }

  /**
   * Makes one call. Rejects with a `RedisError`: at once if there is no connection or earlier calls are unanswered
   * for too long, and when the connection is lost before the answer comes.
   */
  async run<T>(call: (commands: RedisCommands) => Promise<T>): Promise<T> {
    const open = this.#openForCalls();
    const reply = call(open.session.commands);
    open.outstanding.set(reply, performance.now());
    try {
      return await reply;
    } catch (error) {
      throw this.#judge(open, toRedisError(error));
    } finally {
      open.outstanding.delete(reply);
    }
  }

  /** Waits a moment for calls under way. Safe to call twice. */
  async close(): Promise<void> {
    this.#closing.abort();
    const calls = Promise.allSettled(this.#open?.outstanding.keys() ?? []);
    await Promise.race([calls, sleep(CLOSE_MS, undefined, { ref: false })]);
    this.#open?.end();
    await this.#ended;
  }

  #openForCalls(): Open {
    if (this.#closing.signal.aborted) throw new RedisError('CLOSED');
    if (this.#open === null) throw new RedisError('OFFLINE', this.#journal.reason);
    const { outstanding } = this.#open;
    const [oldest = Number.POSITIVE_INFINITY] = outstanding.values();
    const waitedMs = performance.now() - oldest;
    if (waitedMs > HOPELESS_MS) this.#giveUp(this.#open, new RedisError('TIMEOUT'));
    if (waitedMs > STALLED_MS || outstanding.size >= MAX_OUTSTANDING) throw new RedisError('BUSY');
    return this.#open;
  }

  #judge(open: Open, error: RedisError): RedisError {
    // The name in STORE_URL may lead to another server by now: after a failover, the old one stays on as a replica.
    if (error.code === 'READONLY' && isSteady(open)) this.#giveUp(open, error);
    return error.code === 'OFFLINE' ? new RedisError('OFFLINE', this.#journal.reason) : error;
  }

  #giveUp(open: Open, error: RedisError): void {
    if (open === this.#open) this.#journal.down(WHOLE, error);
    open.end();
  }

  async #stayOpen(): Promise<void> {
    const { signal } = this.#closing;
    for (let tries = 0; !signal.aborted; tries += 1) {
      const wasSteady = await this.#openOnce();
      if (wasSteady) tries = 0;
      await sleep(delayMs(tries), undefined, { signal }).catch(() => {});
    }
  }

  /** Resolves when the connection is over: true if it was a good one. */
  async #openOnce(): Promise<boolean> {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const session = openSession(this.#options, {
      onUp: (place) => this.#open === open && this.#journal.up(place),
      onDown: (place, error) => this.#open === open && this.#journal.down(place, error),
    });
    const open: Open = { session, openedAt: performance.now(), outstanding: new Map(), end };
    this.#open = open;
    await Promise.race([session.over, ended]);
    this.#open = null;
    this.#journal.startOver();
    session.destroy();
    return isSteady(open);
  }
}

function isSteady({ openedAt }: Open): boolean {
  return performance.now() - openedAt > STEADY_MS;
}
