import type { Clock } from '../domain/clock.ts';

/** How much longer a call counts. */
export type Remaining = { readonly id: string; readonly holdMs: number };

/** The calls that the replicas have counted together. Every method may reject. */
export type SharedBooks = {
  readonly reserve: (id: string, limit: number, holdMs: number) => Promise<boolean>;
  readonly hold: (id: string, holdMs: number) => Promise<void>;
  readonly adopt: (reservations: readonly Remaining[]) => Promise<void>;
  readonly inUse: () => Promise<number>;
  /** The same as long as the store has lost nothing; made where there is none. */
  readonly readMark: () => Promise<string>;
};

export type BooksOptions = {
  readonly shared: SharedBooks;
  /** True if other processes spend from the same budget through the store. */
  readonly isShared: boolean;
  readonly replicas: number;
  /** The longest that a reservation counts. */
  readonly holdMs: number;
  /** What this process has spent. */
  readonly spent: () => readonly Remaining[];
  readonly clock: Clock;
};

/** What may be spent: all that is left of the budget, or of this replica's part of it, or nothing. */
export type Allowance = 'whole' | 'part' | 'nothing';

/** Within this time, each replica has noticed that the store is away, or is back. */
const NOTICED_WITHIN_MS = 5_000;

/**
 * What this process may believe of the books in the store. They lack what a replica spends while the store is away,
 * until it has told them, and whatever the store has lost. Until all that they may lack is over, a replica spends its
 * part at most, which is right if all spent by parts, or nothing.
 */
export class Books {
  readonly #options: BooksOptions;
  #mark: string | null = null;
  /** When the store last answered; before it ever did, when this process began. */
  #heardAt: number;
  /** When it last answered or did not. */
  #triedAt: number;
  /** Since when it has not answered, however often it was tried. */
  #awaySince: number | null;
  #partUntil = 0;
  #nothingUntil = 0;
  /** What the process before this one had spent, which nobody else remembers if the store does not. */
  #before = { calls: 0, until: 0 };
  #losses = 0;
  #rejoining: Promise<void> | null = null;

  constructor(options: BooksOptions) {
    this.#options = options;
    this.#heardAt = this.#triedAt = this.#awaySince = this.#now;
    // Whoever had this part before may have spent it just now.
    if (this.#isAlone) this.#nothingUntil = this.#now + options.holdMs;
  }

  /** Believes the store. Rejects if it does not answer. */
  async start(): Promise<void> {
    const { shared, holdMs } = this.#options;
    const mark = await this.#readMark();
    const calls = await shared.inUse();
    // Which is which does not matter: all of them may be as new as can be.
    if (this.#isAlone && calls > 0) this.#before = { calls, until: this.#now + holdMs };
    this.#hear(mark);
    this.#awaySince = null;
    this.#nothingUntil = 0;
  }

  get isAway(): boolean {
    return this.#awaySince !== null;
  }

  get allowance(): Allowance {
    const now = this.#now;
    if (now < this.#nothingUntil) return 'nothing';
    if (this.#awaySince === null) return now < this.#partUntil ? 'part' : 'whole';
    // The others spend through the store until they notice, too; then all of that has to be over.
    const isOver = now - this.#awaySince >= this.#options.holdMs + NOTICED_WITHIN_MS;
    if (this.#isAlone) return 'whole';
    return isOver ? 'part' : 'nothing';
  }

  /** Calls of the process before this one that the store would count, if it answered. */
  get spentBefore(): number {
    return this.isAway && this.#now < this.#before.until ? this.#before.calls : 0;
  }

  /** The store did not do what it was asked. */
  lose(): void {
    this.#losses += 1;
    this.#awaySince ??= this.#now;
    this.#triedAt = this.#now;
  }

  /** If the store was away, tells it what was spent without it. Rejects if it does not answer. */
  async rejoin(): Promise<void> {
    // Whoever has slept does not know whether the others could use it meanwhile.
    if (this.#now - this.#triedAt > NOTICED_WITHIN_MS) this.#awaySince = this.#now;
    if (!this.isAway) return;
    this.#rejoining ??= this.#rejoin().finally(() => {
      this.#rejoining = null;
    });
    await this.#rejoining;
  }

  /** Looks whether the store still has everything. To be called after a reservation, so that it was kept if so. */
  async verify(): Promise<void> {
    const mark = await this.#readMark();
    if (mark !== this.#mark) {
      this.#distrust();
      await this.#tell();
    }
    this.#hear(mark);
  }

  async #rejoin(): Promise<void> {
    const { holdMs } = this.#options;
    const losses = this.#losses;
    // First the mark: if the store loses all of this once more, the next look will show it.
    const mark = await this.#readMark();
    await this.#tell();
    // After so long, others may have spent their parts, which they have not told yet.
    if (!this.#isAlone && this.#now - this.#heardAt >= holdMs) this.#partUntil = this.#now + holdMs;
    // Nothing is missing if nothing went through the store for so long.
    const wasUsed = this.#awaySince === null || this.#now - this.#awaySince < holdMs;
    if (wasUsed && mark !== this.#mark) this.#distrust();
    this.#hear(mark);
    // Else somebody may have spent something meanwhile that was not told.
    if (losses === this.#losses) this.#awaySince = null;
  }

  /** What others spent may be missing from the store. */
  #distrust(): void {
    const until = this.#isAlone ? this.#before.until : this.#now + this.#options.holdMs;
    this.#nothingUntil = Math.max(this.#nothingUntil, until);
  }

  #hear(mark: string): void {
    this.#mark = mark;
    this.#heardAt = this.#triedAt = this.#now;
  }

  #tell(): Promise<void> {
    return this.#options.shared.adopt(this.#options.spent());
  }

  /** A store of one process loses nothing while that lives. */
  async #readMark(): Promise<string> {
    return this.#options.isShared ? await this.#options.shared.readMark() : '';
  }

  get #isAlone(): boolean {
    return this.#options.replicas === 1 || !this.#options.isShared;
  }

  get #now(): number {
    return this.#options.clock.monotonic();
  }
}
