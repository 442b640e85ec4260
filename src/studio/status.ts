import type { Minute } from './outage.ts';

/** How the service is doing. Times are wall-clock milliseconds. */
export type ServiceStatus = {
  readonly nowMs: number;
  readonly minutes: readonly Minute[];
  readonly budget: {
    readonly perMinute: number;
    /** What may be spent of it now, 0…1. */
    readonly share: number;
    /** Calls that count now. */
    readonly calls: number;
    /** False while each replica spends its part, since the store is away. */
    readonly isShared: boolean;
    /** Amplitude's last word that it was too much, and at how many calls in a minute. */
    readonly told: { readonly calls: number; readonly atMs: number } | null;
  };
  readonly breaker: 'closed' | 'open' | 'half_open';
  readonly known: { readonly entries: number; readonly bytes: number };
  readonly store: { readonly kind: string; readonly isHealthy: boolean };
  /** People on the waiting list; null if the store does not say. */
  readonly waiting: number | null;
  readonly sources: readonly SourceState[];
  readonly credentials: readonly {
    readonly name: string;
    readonly role: string;
    readonly slot: number;
    readonly lastUsedAtMs: number | null;
  }[];
};

export type SourceState = {
  readonly name: string;
  readonly type: string;
  readonly items: number;
  /** Why it does not answer now, or null. */
  readonly trouble: string | null;
  /** Rows of a file that cannot be shown, or not as they are: how many, and the first of them. */
  readonly faults: {
    readonly count: number;
    readonly first: readonly { readonly line: number | null; readonly message: string }[];
  };
  /** Null for a file, and before the first answer. */
  readonly lastGoodAtMs: number | null;
};
