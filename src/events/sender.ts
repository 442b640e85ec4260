import type { Clock } from '../domain/clock.ts';
import { KEEP_MS, type Outbox } from './outbox.ts';
import type { Outcome } from './outcome.ts';
import { type Batch, createPending } from './pending.ts';
import type { Post } from './post.ts';
import { formatRow } from './row.ts';

/** Amplitude's bound is 2,000. */
const MOST_EVENTS = 1_000;

/** As Amplitude asks for. */
const THROTTLED_MS = 30_000;
/** A wrong key or a firewall waits for somebody to act. */
const DENIED_MS = 60_000;
/** Doubled with each failure in a row. */
const FAILED_MS = 1_000;
const MOST_FAILED_MS = 60_000;
/** After so many failures in a row an event that is sent alone lets the others go first: it may be the reason. */
const PATIENCE = 10;

/** How an event left the queue. */
export type Settled =
  | 'sent'
  | 'refused'
  | 'unreadable'
  | 'too_large'
  | 'over_quota'
  | 'too_old'
  | 'unknown_format';

export type SenderOptions = {
  readonly outbox: Outbox;
  readonly box: string;
  /** Whether this process may send now: one at a time among all that share the outbox. May reject. */
  readonly mayGoOn: () => Promise<boolean>;
  readonly post: Post;
  readonly clock: Clock;
  readonly onSettled: (how: Settled, lines: readonly string[]) => void;
  /** Called for each request. */
  readonly onOutcome: (outcome: Outcome) => void;
};

export type Sender = {
  /** Sends one request at most. True if there may be more to send at once. Rejects where the outbox fails. */
  readonly turn: (signal: AbortSignal) => Promise<boolean>;
};

/**
 * Sends what waits in a box, oldest first, until Amplitude has taken it or never will. What was taken without our hearing
 * of it is sent again: Amplitude knows it by its `insert_id`.
 */
export function createSender(options: SenderOptions): Sender {
  const { outbox, box, clock, onSettled } = options;
  const pending = createPending({ outbox, box, wallNow: clock.wall, onDropped: onSettled });
  let most = MOST_EVENTS;
  let failures = 0;
  let restUntil = Number.NEGATIVE_INFINITY;

  const rest = (ms: number): void => {
    restUntil = clock.monotonic() + ms;
  };

  const settleAs = async (
    how: Settled,
    batch: Batch,
    indexes: ReadonlySet<number> | 'all',
  ): Promise<void> => {
    const lines = linesAt(batch, indexes);
    if (lines.length > 0) onSettled(how, lines);
    await pending.settle(batch, indexes);
  };

  /** Puts them to the end of the box, where they are left alone for a while. */
  const postpone = async (batch: Batch, indexes: ReadonlySet<number> | 'all'): Promise<void> => {
    const sinceMs = Math.min(...batch.parts.map((part) => part.sinceMs));
    const notBeforeMs = clock.wall() + THROTTLED_MS;
    const row = formatRow({ sinceMs, notBeforeMs, lines: linesAt(batch, indexes) });
    if (await outbox.append(box, row, KEEP_MS)) await pending.settle(batch, indexes);
    else rest(THROTTLED_MS);
  };

  const takeLess = (how: 'unreadable' | 'too_large', batch: Batch): Promise<void> | void => {
    if (batch.lines.length === 1) return settleAs(how, batch, 'all');
    most = Math.ceil(batch.lines.length / 2);
  };

  const holdBack = async ({ throttled, overQuota }: Throttled, batch: Batch): Promise<void> => {
    const isNamed = throttled.size + overQuota.size > 0;
    if (!isNamed) return rest(THROTTLED_MS);
    if (overQuota.size > 0) await settleAs('over_quota', batch, overQuota);
    if (throttled.size > 0) await postpone(batch, throttled);
  };

  const retryLater = async (batch: Batch): Promise<void> => {
    rest(Math.min(MOST_FAILED_MS, FAILED_MS * 2 ** failures));
    failures += 1;
    // Less may get through where more does not.
    most = Math.max(1, Math.floor(batch.lines.length / 2));
    if (batch.lines.length === 1 && failures > PATIENCE) await postpone(batch, 'all');
  };

  const react = (outcome: Outcome, batch: Batch): Promise<void> | void => {
    if (outcome.kind !== 'failed') failures = 0;
    switch (outcome.kind) {
      case 'taken':
        most = Math.min(MOST_EVENTS, most * 2);
        return settleAs('sent', batch, 'all');
      case 'refused':
        return settleAs('refused', batch, outcome.refused);
      case 'unreadable':
      case 'too_large':
        return takeLess(outcome.kind, batch);
      case 'throttled':
        return holdBack(outcome, batch);
      case 'failed':
        return retryLater(batch);
      case 'denied':
        return rest(DENIED_MS);
    }
  };

  return {
    turn: async (signal) => {
      // Whoever rests keeps the right to send, so that no other replica begins meanwhile.
      if (!(await options.mayGoOn()) || clock.monotonic() < restUntil) return false;
      const batch = await pending.gather(most);
      if (batch.lines.length === 0) return false;
      const outcome = await options.post(batch.lines, signal);
      if (signal.aborted && outcome.kind === 'failed') return false;
      options.onOutcome(outcome);
      await react(outcome, batch);
      return clock.monotonic() >= restUntil;
    },
  };
}

type Throttled = Extract<Outcome, { kind: 'throttled' }>;

function linesAt({ lines }: Batch, indexes: ReadonlySet<number> | 'all'): readonly string[] {
  return indexes === 'all' ? lines : lines.filter((_line, index) => indexes.has(index));
}
