import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../../src/domain/clock.ts';
import { Ledger } from '../../src/domain/ledger.ts';
import {
  Budget,
  type Priority,
  type Reservation,
  type SharedBudget,
  type Telling,
} from '../../src/profile/budget.ts';

// Replicas that spend one budget through one store, as events in simulated time. The store is the same for all of them:
// it is up, or down, or so slow that everything times out and yet happens, or changes between these by the moment.

export const WINDOW_MS = 60_000;
export const MAX_CALL_MS = 2_500;
/** The longest that a call may count after it was granted: until its end, and a window more. */
const COUNTS_FOR_MS = MAX_CALL_MS + 60_500;
/** As the guard before the store has it. */
const STORE_TIMEOUT_MS = 100;
const HEARTBEAT_MS = 1_000;
/** Nothing changes by itself, so in quiet stretches only the first heartbeats tell much. */
const TELLING_HEARTBEATS = 5;
const QUIET_HEARTBEAT_MS = 4_500;

export type StoreMode = 'up' | 'down' | 'slow' | 'flapping';

export type SimulationOptions = {
  readonly perMinute: number;
  /** Those that run; the budget is told the same number. */
  readonly replicas: number;
  /** False: one process, and a store of its own that survives it. */
  readonly isShared: boolean;
  readonly seed: number;
};

/** A call as Amplitude sees it, and whether the store knows of it. */
type Call = {
  readonly grantedAt: number;
  endedAt: number | null;
  readonly replica: Replica;
  isTold: boolean;
};

type Replica = { budget: Budget; isAlive: boolean };

type Asking = { isAcknowledged: boolean };

/** `run` says whether somebody was waiting for it. */
type Event = { readonly at: number; readonly order: number; readonly run: () => boolean };

const UNAVAILABLE = new Error('the store does not answer');

export class Simulation {
  /** When Amplitude counted each call. */
  readonly counted: number[] = [];
  readonly #options: SimulationOptions;
  readonly #replicas: Replica[] = [];
  readonly #calls: Call[] = [];
  readonly #events: Event[] = [];
  readonly #asking = new AsyncLocalStorage<Asking>();
  readonly #clock: Clock;
  readonly #random: () => number;
  #now = 1_000_000;
  #wallOffset = 0;
  #order = 0;
  #mode: StoreMode = 'up';
  #slice: { mode: 'up' | 'down' | 'slow'; until: number } = { mode: 'up', until: 0 };
  #ledger = new Ledger();
  #mark: string | null = null;
  #marks = 0;
  #telling: Telling | null = null;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = mulberry32(options.seed);
    this.#clock = { monotonic: () => this.#now, wall: () => this.#now + this.#wallOffset };
  }

  async start(): Promise<void> {
    for (let index = 0; index < this.#options.replicas; index += 1) {
      this.#replicas.push(await this.#begin());
    }
  }

  /** Everybody asks at once; who may, calls. */
  async burst(index: number, priority: Priority, count: number): Promise<void> {
    const replica = this.#at(index);
    for (let n = 0; n < count; n += 1) {
      const asking: Asking = { isAcknowledged: false };
      void this.#asking.run(asking, async () => {
        const reservation = await replica.budget.reserve(priority);
        if (reservation && replica.isAlive) this.#call(replica, reservation, asking.isAcknowledged);
      });
    }
    await this.#flush();
  }

  /** Amplitude says that it is too much. */
  slowDown(index: number): void {
    this.#at(index).budget.slowDown();
  }

  stepWall(ms: number): void {
    this.#wallOffset += ms;
  }

  setStore(mode: StoreMode): void {
    this.#mode = mode;
  }

  /** The store loses everything. */
  wipe(): void {
    this.#ledger = new Ledger();
    this.#mark = null;
    this.#telling = null;
    for (const call of this.#calls) call.isTold = false;
  }

  /** The process ends without a word, and another one begins in its place. */
  async restart(index: number): Promise<void> {
    this.#at(index).isAlive = false;
    this.#replicas[index % this.#replicas.length] = await this.#begin();
  }

  /** True if a call counts of which the store does not know. */
  get isStoreIncomplete(): boolean {
    return this.#calls.some(
      ({ grantedAt, endedAt, isTold }) =>
        !isTold && this.#now < (endedAt === null ? grantedAt + COUNTS_FOR_MS : endedAt + 60_500),
    );
  }

  get canStoreAnswer(): boolean {
    return this.#mode === 'up' || this.#mode === 'flapping';
  }

  /** Heartbeats of all but one that sleeps. */
  async advance(ms: number, asleep: number | null = null): Promise<void> {
    const sleeper = asleep === null ? null : this.#at(asleep);
    const end = this.#now + ms;
    for (let beat = 1; this.#now < end; beat += 1) {
      const isQuiet = this.#mode !== 'flapping' && beat > TELLING_HEARTBEATS;
      await this.#runUntil(Math.min(end, this.#now + (isQuiet ? QUIET_HEARTBEAT_MS : HEARTBEAT_MS)));
      if (this.#now === end) break;
      for (const replica of this.#replicas) if (replica !== sleeper) void replica.budget.keepInTouch();
      await this.#flush();
    }
    await this.#runUntil(end);
  }

  async #begin(): Promise<Replica> {
    const { perMinute, replicas, isShared } = this.#options;
    const replica: Replica = { isAlive: true } as Replica;
    replica.budget = new Budget({
      perMinute,
      replicas,
      isShared,
      maxCallMs: MAX_CALL_MS,
      clock: this.#clock,
      shared: this.#storeFor(replica),
    });
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    replica.budget.start().then(done, done);
    await this.#flush();
    while (!isDone) await this.#runUntil(this.#now + 10);
    return replica;
  }

  #call(replica: Replica, reservation: Reservation, isTold: boolean): void {
    if (this.#random() < 0.1) {
      reservation.cancel();
      return;
    }
    const call: Call = { grantedAt: this.#now, endedAt: null, replica, isTold };
    this.#calls.push(call);
    const takes = Math.floor(this.#random() * MAX_CALL_MS);
    this.counted.push(this.#now + Math.floor(this.#random() * takes));
    this.#in(takes, () => {
      if (!replica.isAlive) return false;
      call.endedAt = this.#now;
      reservation.settle();
      return true;
    });
  }

  #storeFor(replica: Replica): SharedBudget {
    const ledger = () => this.#ledger;
    return {
      reserve: async (id, limit, holdMs) => {
        const asking = this.#asking.getStore();
        const isCounted = await this.#operate(() => ledger().reserve(id, limit, holdMs, this.#now));
        if (isCounted && asking) asking.isAcknowledged = true;
        return isCounted;
      },
      hold: (id, holdMs) => this.#operate(() => ledger().hold(id, holdMs, this.#now)),
      adopt: (reservations) => {
        const calls = this.#calls.filter((call) => call.replica === replica);
        return this.#operate(() => {
          for (const { id, holdMs } of reservations) ledger().adopt(id, holdMs, this.#now);
          for (const call of calls) call.isTold = true;
        });
      },
      inUse: () => this.#operate(() => ledger().inUse(this.#now)),
      readMark: () =>
        this.#operate(() => {
          this.#marks += this.#mark === null ? 1 : 0;
          this.#mark ??= `mark ${this.#marks}`;
          return this.#mark;
        }),
      readTelling: () => this.#operate(() => this.#telling),
      writeTelling: (telling) =>
        this.#operate(() => {
          this.#telling = telling;
        }),
    };
  }

  /** It happens after a moment or not at all, and the answer comes after another moment or not at all. */
  #operate<T>(apply: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const sentAt = this.#now;
    let isDone = false;
    const answer = (settle: () => void) => {
      if (isDone) return false;
      isDone = true;
      settle();
      return true;
    };
    const fail = () => answer(() => reject(UNAVAILABLE));
    const slowMs = this.#modeNow === 'slow' ? 100 + this.#random() * 900 : 0;
    this.#in(Math.floor(this.#random() * 20 + slowMs), () => {
      if (this.#modeNow === 'down') return fail();
      const result = apply();
      if (this.#now - sentAt >= STORE_TIMEOUT_MS) return false;
      this.#in(Math.floor(this.#random() * 20), () =>
        this.#modeNow === 'down' ? fail() : answer(() => resolve(result)),
      );
      return false;
    });
    this.#in(STORE_TIMEOUT_MS, fail);
    return promise;
  }

  get #modeNow(): 'up' | 'down' | 'slow' {
    if (this.#mode !== 'flapping') return this.#mode;
    if (this.#now >= this.#slice.until) {
      // Up for long enough each time that whoever looks every second gets through.
      const mode = this.#slice.mode !== 'up' ? 'up' : this.#random() < 0.6 ? 'down' : 'slow';
      const lasts = mode === 'up' ? 1_500 + this.#random() * 2_000 : this.#random() * 2_500;
      this.#slice = { mode, until: this.#now + lasts };
    }
    return this.#slice.mode;
  }

  #at(index: number): Replica {
    const replica = this.#replicas[index % this.#replicas.length];
    if (!replica) throw new Error('No replica has started.');
    return replica;
  }

  #in(ms: number, run: Event['run']): void {
    this.#order += 1;
    const event = { at: this.#now + ms, order: this.#order, run };
    let index = this.#events.length;
    while (index > 0 && isBefore(event, this.#events[index - 1])) index -= 1;
    this.#events.splice(index, 0, event);
  }

  async #runUntil(end: number): Promise<void> {
    for (let next = this.#events[0]; next && next.at <= end; next = this.#events[0]) {
      this.#events.shift();
      this.#now = Math.max(this.#now, next.at);
      if (next.run()) await this.#flush();
    }
    this.#now = Math.max(this.#now, end);
  }

  /** Lets everything happen that waits for no event. */
  async #flush(): Promise<void> {
    for (let turn = 0; turn < 24; turn += 1) await null;
  }
}

function isBefore(a: { at: number; order: number }, b: { at: number; order: number } | undefined): boolean {
  return b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order));
}

/** The most calls that Amplitude counted in any window. */
export function mostInAWindow(counted: readonly number[], windowMs = WINDOW_MS): number {
  const times = [...counted].sort((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [index, time] of times.entries()) {
    while (time - (times[first] ?? time) >= windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
