import type { NewRow, OutboxRow } from './store.ts';

/**
 * What the main thread and the writing thread say to each other. Expiries of entries, of the queue and the outbox are
 * wall-clock milliseconds, whole ones; holds are milliseconds from the batch's `nowMs` on.
 */
export type Operation =
  | { readonly kind: 'write'; readonly key: string; readonly value: string; readonly expiresAt: number }
  | { readonly kind: 'claim'; readonly key: string; readonly value: string; readonly expiresAt: number }
  | { readonly kind: 'remove'; readonly key: string }
  | { readonly kind: 'removeAll'; readonly prefix: string }
  | { readonly kind: 'reserve'; readonly id: string; readonly limit: number; readonly holdMs: number }
  | { readonly kind: 'hold'; readonly id: string; readonly holdMs: number }
  | { readonly kind: 'adopt'; readonly reservations: readonly Reservation[] }
  | { readonly kind: 'countReservations' }
  | { readonly kind: 'enqueue'; readonly key: string; readonly value: string; readonly expiresAt: number }
  | { readonly kind: 'dequeue'; readonly most: number }
  | { readonly kind: 'unqueue'; readonly key: string }
  | { readonly kind: 'countQueued' }
  | { readonly kind: 'append'; readonly box: string; readonly row: NewRow; readonly expiresAt: number }
  | { readonly kind: 'replace'; readonly box: string; readonly row: NewRow; readonly from: OutboxRow }
  | { readonly kind: 'removeRows'; readonly box: string; readonly ids: readonly string[] }
  | { readonly kind: 'countBox'; readonly box: string }
  | { readonly kind: 'sweep' };

export type Reservation = { readonly id: string; readonly holdMs: number };
export type Queued = { readonly key: string; readonly value: string };

/** What each operation gives. */
export type Results = {
  readonly write: undefined;
  /** What another claimed before; null if the value was written. */
  readonly claim: string | null;
  readonly remove: undefined;
  /** True if there may be more than one operation removes. */
  readonly removeAll: boolean;
  readonly reserve: boolean;
  readonly hold: undefined;
  readonly adopt: undefined;
  readonly countReservations: number;
  readonly enqueue: boolean;
  readonly dequeue: readonly Queued[];
  readonly unqueue: undefined;
  readonly countQueued: number;
  readonly append: boolean;
  readonly replace: boolean;
  readonly removeRows: undefined;
  readonly countBox: number;
  /** True if more has expired than one sweep removes. */
  readonly sweep: boolean;
};

/** Each has a batch of its own under way, so that neither waits for all that waits in the other. */
export type LaneName = 'calls' | 'entries';

/** The main thread's clocks when a batch left: a test's clock then rules the writing thread too. */
export type Times = {
  /** Milliseconds since the machine started. */
  readonly nowMs: number;
  /** Milliseconds since 1970. */
  readonly wallNowMs: number;
};

export type Batch = {
  readonly kind: 'batch';
  readonly lane: LaneName;
  readonly operations: readonly Operation[];
  readonly times: Times;
};

export type ToWorker = Batch | { readonly kind: 'close' };

export type Outcome =
  | { readonly ok: true; readonly value: Results[Operation['kind']] }
  | { readonly ok: false; readonly reason: string };

export type FromWorker =
  | { readonly kind: 'opened'; readonly setAside: string | null }
  | { readonly kind: 'in_use' }
  | { readonly kind: 'unusable'; readonly reason: string }
  /** One outcome for each operation, in their order, and how many entries were dropped to make room. */
  | {
      readonly kind: 'done';
      readonly lane: LaneName;
      readonly outcomes: readonly Outcome[];
      readonly dropped: number;
    };

/** What the thread that empties SQLite's log says to the writing thread: to hold entries back until it lets them go. */
export type FromCheckpointer = 'hold' | 'let_go';
export type ToCheckpointer = 'held' | 'close';

export type WorkerOptions = {
  /** Absolute. */
  readonly path: string;
  readonly maxBytes: number;
  readonly bootId: string | null;
  readonly times: Times;
};
