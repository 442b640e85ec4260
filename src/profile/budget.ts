import { randomUUID } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import { Ledger } from '../domain/ledger.ts';
import { FULL_PACE, type Pace, shareAt, slowDown, slowerPace } from './pace.ts';

/** Who is served first: an answer that waits, an answer that was served stale, a prefetch. */
export type Priority = 'live' | 'refresh' | 'background';

/** The share of the budget that each may use up; the rest stays for those before it. */
const SHARE: Readonly<Record<Priority, number>> = { live: 1, refresh: 0.9, background: 0.8 };

/** A window as Amplitude counts it, and a little more for what differs between its clock and ours. */
export const WINDOW_MS = 60_500;

/** After a refusal nobody asks the store again for so long: in a storm it would be asked for each call. */
const REFUSED_FOR_MS = 25;

/** One call that may be made. */
export type Reservation = {
  /** The call has ended; from now on it counts for one window. */
  readonly settle: () => void;
  /** The call was not made. */
  readonly cancel: () => void;
};

/** What the replicas know together. Every method may reject. */
export type SharedBudget = {
  readonly reserve: (id: string, limit: number, holdMs: number) => Promise<boolean>;
  readonly hold: (id: string, holdMs: number) => Promise<void>;
  readonly adopt: (
    reservations: readonly { readonly id: string; readonly holdMs: number }[],
  ) => Promise<void>;
  readonly inUse: () => Promise<number>;
  readonly readPace: () => Promise<Pace | null>;
  readonly writePace: (pace: Pace) => Promise<void>;
};

export type BudgetOptions = {
  /** Calls in any 60 s, of all replicas and projects. */
  readonly perMinute: number;
  /** How many replicas divide it while they cannot talk. */
  readonly replicas: number;
  readonly shared: SharedBudget;
  /** True if other processes spend from the same budget. */
  readonly isShared: boolean;
  /** The longest that one call can take. */
  readonly maxCallMs: number;
  readonly clock: Clock;
};

/**
 * Never more calls in any minute than the organisation may make, as Amplitude counts them. A call can be counted at any
 * moment between its reservation and its end, so a reservation holds from before the call until a window after its end.
 *
 * Without the shared store each process spends its part of the budget, and only once everything that was reserved
 * through the store must be over: until then it cannot know what the others have spent.
 */
export class Budget {
  readonly #options: BudgetOptions;
  readonly #holdMs: number;
  readonly #own = new Ledger();
  readonly #refusedUntil: Record<Priority, number> = { live: 0, refresh: 0, background: 0 };
  #pace: Pace = FULL_PACE;
  #isStoreKnown = false;
  #awaySince: number | null;
  /** After the store was away, our part stays the limit until nobody's reservations are missing from it. */
  #partOnlyUntil = 0;

  constructor(options: BudgetOptions) {
    this.#options = options;
    this.#holdMs = WINDOW_MS + options.maxCallMs;
    this.#awaySince = options.clock.monotonic();
  }

  /** Learns what was reserved before this process began. Rejects if the store does not answer. */
  async start(): Promise<void> {
    const inUse = await this.#options.shared.inUse();
    const now = this.#now;
    if (!this.#options.isShared) {
      // Nobody else counts them, and which is which does not matter: all of them may be as new as can be.
      for (let index = 0; index < inUse; index += 1) this.#own.adopt(`before-${index}`, this.#holdMs, now);
    }
    this.#isStoreKnown = true;
    this.#awaySince = null;
    await this.refreshPace();
  }

  /** The right to make one call, or null. */
  async reserve(priority: Priority): Promise<Reservation | null> {
    if (this.isExhausted(priority)) return null;
    const id = randomUUID();
    // Counted here before anything is awaited: whatever the others do, this process stays within the limit.
    const cap = this.#now < this.#partOnlyUntil ? this.#part(priority) : this.#limit(priority);
    const isGranted =
      this.#own.reserve(id, cap, this.#holdMs, this.#now) && (await this.#reserveTogether(id, priority));
    if (isGranted) return { settle: () => this.#hold(id, WINDOW_MS), cancel: () => this.#hold(id, 0) };
    this.#own.hold(id, 0, this.#now);
    this.#refusedUntil[priority] = this.#now + REFUSED_FOR_MS;
    return null;
  }

  /** True if there was nothing left a moment ago. */
  isExhausted(priority: Priority): boolean {
    return this.#now < this.#refusedUntil[priority];
  }

  /** Amplitude said that we ask too much. */
  slowDown(): void {
    const slower = slowDown(this.#pace, this.#options.clock.wall());
    if (slower === this.#pace) return;
    this.#pace = slower;
    this.#options.shared.writePace(slower).catch(() => {});
  }

  /** Learns what other replicas were told. To be called now and then. */
  async refreshPace(): Promise<void> {
    const now = this.#options.clock.wall();
    const told = await this.#options.shared.readPace();
    if (told) this.#pace = slowerPace(this.#pace, told, now);
  }

  /** What this process knows: its own calls, and the share of the budget that may be spent. */
  get status(): { readonly own: number; readonly share: number; readonly isShared: boolean } {
    const share = shareAt(this.#pace, this.#options.clock.wall());
    return { own: this.#own.inUse(this.#now), share, isShared: this.#awaySince === null };
  }

  async #reserveTogether(id: string, priority: Priority): Promise<boolean> {
    try {
      if (this.#awaySince !== null) await this.#rejoin();
      return await this.#options.shared.reserve(id, this.#limit(priority), this.#holdMs);
    } catch {
      // The store may have counted it all the same, which errs on the safe side.
      this.#awaySince ??= this.#now;
      return !this.#isQuiet() && this.#own.inUse(this.#now) <= this.#part(priority);
    }
  }

  /** The store answers again: it must learn what was spent without it. */
  async #rejoin(): Promise<void> {
    await this.#options.shared.adopt([...this.#own.remaining(this.#now)]);
    if (this.#awaySince === null) return;
    if (!this.#isQuiet()) this.#partOnlyUntil = this.#now + this.#holdMs;
    this.#isStoreKnown = true;
    this.#awaySince = null;
  }

  /** While what was reserved through the store by others, or by this service before it began anew, may still count. */
  #isQuiet(): boolean {
    const { replicas, isShared } = this.#options;
    if (this.#isStoreKnown && (replicas === 1 || !isShared)) return false;
    return this.#awaySince !== null && this.#now - this.#awaySince < this.#holdMs;
  }

  #hold(id: string, holdMs: number): void {
    this.#own.hold(id, holdMs, this.#now);
    this.#options.shared.hold(id, holdMs).catch(() => {});
  }

  #part(priority: Priority): number {
    return Math.floor(this.#limit(priority) / this.#options.replicas);
  }

  #limit(priority: Priority): number {
    const share = shareAt(this.#pace, this.#options.clock.wall());
    return Math.floor(this.#options.perMinute * share * SHARE[priority]);
  }

  get #now(): number {
    return this.#options.clock.monotonic();
  }
}
