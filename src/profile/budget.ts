import { randomUUID } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import { Ledger } from '../domain/ledger.ts';
import { Books, type Remaining, type SharedBooks } from './books.ts';
import { FULL_PACE, type Pace, shareAt, slowDown, slowerPace } from './pace.ts';

/** Who is served first: an answer that waits, an answer that was served stale, a prefetch. */
export type Priority = 'live' | 'refresh' | 'background';

/** The share of the budget that each may use up; the rest stays for those before it. */
const SHARE: Readonly<Record<Priority, number>> = { live: 1, refresh: 0.9, background: 0.8 };

/** A window as Amplitude counts it, and a little more for what differs between its clock and ours. */
export const WINDOW_MS = 60_500;

/** The longest that it may take to get a reservation: one that took longer may be over before the call is. */
const RESERVING_MS = 500;

/** After a refusal nobody asks the store again for so long: in a storm it would be asked for each call. */
const REFUSED_FOR_MS = 25;

/** One call that may be made, at once. */
export type Reservation = {
  /** The call has ended; from now on it counts for one window. */
  readonly settle: () => void;
  /** The call was not made. */
  readonly cancel: () => void;
};

/** Amplitude told a replica to slow down, to this share of the budget, when so many calls counted. */
export type Telling = { readonly id: string; readonly share: number; readonly calls: number };

/** What Amplitude told last: at how many calls in a minute, and when it was heard here (wall clock, milliseconds). */
export type Told = { readonly calls: number; readonly atMs: number };

/** What the replicas know together. Every method may reject. */
export type SharedBudget = SharedBooks & {
  /** The latest one. */
  readonly readTelling: () => Promise<Telling | null>;
  readonly writeTelling: (telling: Telling) => Promise<void>;
};

/** What a process knows of the budget: its own calls that count now, and the share of it that may be spent. */
export type BudgetStatus = {
  readonly own: number;
  readonly share: number;
  readonly isShared: boolean;
  /** Null if Amplitude has not told this process, or another, to slow down. */
  readonly told: Told | null;
};

export type BudgetOptions = {
  /** Calls in any 60 s, of all replicas and projects. */
  readonly perMinute: number;
  /** How many replicas divide it while they cannot talk. */
  readonly replicas: number;
  readonly shared: SharedBudget;
  /** True if other processes spend from the same budget through the store. */
  readonly isShared: boolean;
  /** The longest that one call can take. */
  readonly maxCallMs: number;
  readonly clock: Clock;
};

/**
 * Never more calls in any minute than the organisation may make, as Amplitude counts them. A call can be counted at any
 * moment between its reservation and its end, so a reservation holds from before the call until a window after its end.
 * While the store is away each process spends its part of the budget, as soon as that is safe (see `books.ts`).
 */
export class Budget {
  readonly #options: BudgetOptions;
  readonly #holdMs: number;
  /** All that this process has spent, and those who are asking. */
  readonly #own = new Ledger();
  readonly #asking = new Set<string>();
  readonly #books: Books;
  #refusedUntil: Record<Priority, number> = { live: 0, refresh: 0, background: 0 };
  #pace: Pace = FULL_PACE;
  #lastTelling: string | null = null;
  #told: Told | null = null;

  constructor(options: BudgetOptions) {
    this.#options = options;
    this.#holdMs = WINDOW_MS + RESERVING_MS + options.maxCallMs;
    this.#books = new Books({ ...options, holdMs: this.#holdMs, spent: () => this.#spent() });
  }

  /** Learns what was spent before this process began. Rejects if the store does not answer. */
  async start(): Promise<void> {
    await this.#books.start();
    await this.#listen();
  }

  /** The right to make one call, or null. */
  async reserve(priority: Priority): Promise<Reservation | null> {
    if (this.isExhausted(priority)) return null;
    const id = randomUUID();
    const askedAt = this.#now;
    // Counted here before anything is awaited: whatever the others do, this process stays within the limit.
    if (this.#own.reserve(id, this.#limit(priority), this.#holdMs, askedAt)) {
      this.#asking.add(id);
      const isGranted = await this.#ask(id, priority);
      this.#asking.delete(id);
      const isInTime = this.#now - askedAt <= RESERVING_MS;
      if (isGranted && isInTime && this.#room(priority) >= 0) {
        return { settle: () => this.#settle(id), cancel: () => this.#cancel(id) };
      }
      // The store may have counted it all the same.
      this.#cancel(id);
    }
    this.#refusedUntil[priority] = this.#now + REFUSED_FOR_MS;
    return null;
  }

  /** True if there was nothing left a moment ago. */
  isExhausted(priority: Priority): boolean {
    return this.#now < this.#refusedUntil[priority];
  }

  /** How many calls of any kind may count when one of this kind is made. */
  limitOf(priority: Priority): number {
    return this.#limit(priority);
  }

  /** Amplitude said that we ask too much. */
  slowDown(): void {
    const now = this.#now;
    const until = now + REFUSED_FOR_MS;
    this.#refusedUntil = { live: until, refresh: until, background: until };
    const slower = slowDown(this.#pace, now);
    if (slower === this.#pace) return;
    this.#pace = slower;
    this.#lastTelling = randomUUID();
    void this.#passOn(this.#lastTelling, slower.share);
  }

  /** Notices that the store is away or back, and what other replicas were told. To be called every second. */
  async keepInTouch(): Promise<void> {
    try {
      await this.#books.rejoin();
      await this.#books.verify();
      await this.#listen();
    } catch {
      this.#books.lose();
    }
  }

  /** What this process knows: its own calls, and the share of the budget that may be spent. */
  get status(): BudgetStatus {
    const share = shareAt(this.#pace, this.#now);
    return {
      ...{ own: this.#own.inUse(this.#now), share, isShared: !this.#books.isAway },
      told: this.#told,
    };
  }

  async #passOn(id: string, share: number): Promise<void> {
    const { shared, clock } = this.#options;
    const own = this.#own.inUse(this.#now);
    this.#told = { calls: own, atMs: clock.wall() };
    const calls = await shared.inUse().catch(() => own);
    this.#told = { calls, atMs: clock.wall() };
    await shared.writeTelling({ id, share, calls }).catch(() => {});
  }

  /** False if the store refuses. Where it does not answer, what there is room for decides. */
  async #ask(id: string, priority: Priority): Promise<boolean> {
    try {
      await this.#books.rejoin();
      if (this.#room(priority) <= 0) return false;
      if (!(await this.#options.shared.reserve(id, this.#limit(priority), this.#holdMs))) return false;
      await this.#books.verify();
    } catch {
      this.#books.lose();
    }
    return true;
  }

  #spent(): Remaining[] {
    return [...this.#own.remaining(this.#now)].filter(({ id }) => !this.#asking.has(id));
  }

  /** How many more calls this process may make; those who are asking right now do not count. */
  #room(priority: Priority): number {
    const limit = this.#limit(priority);
    const { allowance, spentBefore } = this.#books;
    const allowed = { whole: limit, part: Math.floor(limit / this.#options.replicas), nothing: 0 }[allowance];
    return allowed - spentBefore - (this.#own.inUse(this.#now) - this.#asking.size);
  }

  #settle(id: string): void {
    this.#own.hold(id, WINDOW_MS, this.#now);
    this.#options.shared.hold(id, WINDOW_MS).catch(() => {});
  }

  #cancel(id: string): void {
    this.#own.release(id);
    this.#options.shared.hold(id, 0).catch(() => {});
  }

  #limit(priority: Priority): number {
    const { perMinute, isShared, replicas } = this.#options;
    const ours = isShared ? perMinute : perMinute / replicas;
    return Math.floor(ours * shareAt(this.#pace, this.#now) * SHARE[priority]);
  }

  async #listen(): Promise<void> {
    const told = await this.#options.shared.readTelling();
    if (!told || told.id === this.#lastTelling) return;
    // Clocks of different machines may differ, so it counts from when it is heard.
    this.#lastTelling = told.id;
    this.#told = { calls: told.calls, atMs: this.#options.clock.wall() };
    this.#pace = slowerPace(this.#pace, { share: told.share, sinceMs: this.#now }, this.#now);
  }

  get #now(): number {
    return this.#options.clock.monotonic();
  }
}
