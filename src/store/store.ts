/**
 * What outlives an answer: what Amplitude said, who was promised a look-up, which calls the budget has paid for, and
 * what is still to be sent.
 * Replicas share it where the store is a server. Every method may fail or take long; whoever calls bounds and counts
 * that (see `guarded.ts`), so an implementation neither retries nor waits.
 */
export type Store = {
  readonly kind: 'memory' | 'sqlite' | 'redis';
  /** True if other processes see the same. */
  readonly isShared: boolean;
  readonly entries: EntryStore;
  readonly leases: LeaseStore;
  readonly budget: BudgetStore;
  readonly queue: QueueStore;
  readonly outbox: OutboxStore;
  /** Finishes what is written and lets go of everything. Safe to call twice. */
  readonly close: () => Promise<void>;
};

/** Values by key, gone after their time. */
export type EntryStore = {
  /** The value, or null if there is none or its time is over. Without a promise where that costs microseconds. */
  readonly read: (key: string) => string | null | Promise<string | null>;
  /** Replaces what was there. Resolves when a crash of this process no longer loses it. */
  readonly write: (key: string, value: string, keepMs: number) => Promise<void>;
  /**
   * Writes the value unless the key has one whose time is not over, and gives the one that holds from now on: this or
   * the other's, which keeps its time. Whoever claims the key, in whatever process, is given the same. Resolves when a
   * crash of this process no longer loses it.
   */
  readonly claim: (key: string, value: string, keepMs: number) => Promise<string>;
  /** Resolves when no later `read` gives it. */
  readonly remove: (key: string) => Promise<void>;
  /**
   * Removes every entry whose key begins with this, every character meaning itself. Resolves when no later `read` gives
   * one; what is written meanwhile may go or stay. It may take seconds and wait for many steps, of which none holds
   * anybody else up. After an error some may be gone; it can be asked again.
   */
  readonly removeAll: (prefix: string) => Promise<void>;
};

/** The right to do something alone, among all that share the store. */
export type LeaseStore = {
  /** True if `owner` has it now, for so long at most; false while somebody else has it. */
  readonly take: (key: string, owner: string, holdMs: number) => Promise<boolean>;
  /** Gives it back, if `owner` still has it. */
  readonly release: (key: string, owner: string) => Promise<void>;
};

/**
 * The calls that count against the organisation's allowance. A reservation counts from the moment it is made until
 * its hold is over, by a clock that never steps.
 */
export type BudgetStore = {
  /** True, and counted, if fewer than `limit` reservations count now. Resolves when a crash no longer loses it. */
  readonly reserve: (id: string, limit: number, holdMs: number) => Promise<boolean>;
  /** Sets what is left of a reservation's hold, from now on. One that no longer counts stays so. */
  readonly hold: (id: string, holdMs: number) => Promise<void>;
  /** Counts reservations that were made elsewhere, without a limit. Those known already keep the longer hold. */
  readonly adopt: (
    reservations: readonly { readonly id: string; readonly holdMs: number }[],
  ) => Promise<void>;
  /** How many count now. */
  readonly inUse: () => Promise<number>;
};

/** People who wait for a look-up, first come first served, each once. */
export type QueueStore = {
  /** False if the queue is full. A key that waits already keeps its place and value. Dropped by itself after `keepMs`. */
  readonly add: (key: string, value: string, keepMs: number) => Promise<boolean>;
  /** Takes up to `most` out, oldest first, leaving out those whose time is over; none means that nobody waits. */
  readonly take: (most: number) => Promise<readonly { readonly key: string; readonly value: string }[]>;
  readonly remove: (key: string) => Promise<void>;
  /** How many wait; those whose time is over may count until they are come across. */
  readonly size: () => Promise<number>;
};

/** Several things in one text. */
export type NewRow = {
  readonly value: string;
  /** How many things are in it, for counting. */
  readonly count: number;
};

/** `id` is never given again, not even when the row is gone. */
export type OutboxRow = { readonly id: string; readonly value: string };

/** What waits to be sent elsewhere: rows in boxes, in the order in which they came, each there until it is removed. */
export type OutboxStore = {
  /**
   * Puts a row at the end of a box. False if the box is full, which then stays as it was. Resolves when a crash of this
   * process no longer loses it. Dropped by itself after `keepMs`, or later, while others come into the same box.
   */
  readonly append: (box: string, row: NewRow, keepMs: number) => Promise<boolean>;
  /**
   * The oldest rows, or the oldest behind the one called `after`, which may be gone: as many as hold so many characters
   * together, but one at least if there is any.
   */
  readonly peek: (box: string, characters: number, after: string | null) => Promise<readonly OutboxRow[]>;
  /** Puts another row in the place of this one. False if it is gone, or not as it was when this was read. */
  readonly replace: (box: string, row: OutboxRow, by: NewRow) => Promise<boolean>;
  /** Takes rows out; it does not matter if they are gone. */
  readonly remove: (box: string, ids: readonly string[]) => Promise<void>;
  /** How many things are in a box; those whose time is over may count until they are come across. */
  readonly count: (box: string) => Promise<number>;
};
