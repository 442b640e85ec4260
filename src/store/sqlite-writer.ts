import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { StoreFileError, StoreInUseError } from './sqlite-errors.ts';
import { Lane, type LaneBounds } from './sqlite-lane.ts';
import type {
  FromWorker,
  LaneName,
  Operation,
  Results,
  Times,
  ToWorker,
  WorkerOptions,
} from './sqlite-protocol.ts';

/** What waits takes some 64 MiB of memory, and a transaction a few milliseconds, in which the other lane waits. */
const BOUNDS: LaneBounds = {
  operations: 20_000,
  characters: 64 * 1_048_576,
  operationsAtOnce: 128,
  charactersAtOnce: 262_144,
};

/** Whoever asks the budget wants to call Amplitude within the same answer. */
const OF_CALLS = new Set<Operation['kind']>(['reserve', 'hold', 'adopt', 'countReservations']);

const LANES = ['calls', 'entries'] as const;

/** A store at its bound makes room all the time; one line tells of a minute. */
const DROPS_LOGGED_EVERY_MS = 60_000;

export type WriterOptions = {
  readonly path: string;
  readonly maxBytes: number;
  readonly bootId: string | null;
  readonly log: Logger;
  readonly times: () => Times;
};

/** Starts the writing thread. Rejects with a `StoreInUseError` or a `StoreFileError`. */
export async function openWriter(options: WriterOptions): Promise<Writer> {
  const { path, maxBytes, bootId, log, times } = options;
  const workerData: WorkerOptions = { path, maxBytes, bootId, times: times() };
  // The thread needs none of the process's options and secrets.
  const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
    workerData,
    execArgv: [],
    env: {},
  });
  const [answer] = (await once(worker, 'message')) as [FromWorker];
  if (answer.kind !== 'opened') {
    await worker.terminate();
    throw answer.kind === 'unusable' ? new StoreFileError(path, answer.reason) : new StoreInUseError(path);
  }
  if (answer.setAside !== null) {
    log.warn({ set_aside: answer.setAside }, 'store file damaged or not ours: set aside, a new one is begun');
  }
  return new Writer(worker, log, times);
}

/**
 * The main thread's end of the writing thread, which takes batches of both lanes as they come: the next of the budget
 * waits for one transaction of entries at most, however many of them wait.
 */
export class Writer {
  readonly #worker: Worker;
  readonly #log: Logger;
  readonly #times: () => Times;
  readonly #exited: Promise<void>;
  readonly #lanes: Readonly<Record<LaneName, Lane>> = { calls: new Lane(BOUNDS), entries: new Lane(BOUNDS) };
  #dropped = 0;
  #dropsLoggedAt = Number.NEGATIVE_INFINITY;
  #isClosing = false;
  /** Why nothing can be written any more. */
  #fault: Error | null = null;

  constructor(worker: Worker, log: Logger, times: () => Times) {
    this.#worker = worker;
    this.#log = log;
    this.#times = times;
    worker.on('message', (message: FromWorker) => this.#settle(message));
    worker.on('error', (error) => this.#fail((error as Error).message));
    this.#exited = new Promise((resolve) => {
      worker.on('exit', () => {
        if (!this.#isClosing || !this.#isIdle()) this.#fail('its thread ended');
        resolve();
      });
    });
  }

  /** Throws if nothing can be asked any more. */
  check(): void {
    if (this.#fault) throw this.#fault;
    if (this.#isClosing) throw new Error('the store is closed');
  }

  /**
   * Resolves when what it changed is committed, in the order of the calls among those of one lane. Rejects at once with
   * a `StoreBehindError` if too many wait.
   */
  async send<Kind extends Operation['kind']>(
    operation: Extract<Operation, { kind: Kind }>,
  ): Promise<Results[Kind]> {
    this.check();
    const value = this.#lanes[laneOf(operation)].add(operation);
    this.#next();
    return (await value) as Results[Kind];
  }

  /** Finishes what was sent and ends the thread. */
  async close(): Promise<void> {
    if (!this.#isClosing && !this.#fault) {
      this.#isClosing = true;
      this.#next();
    }
    await this.#exited;
  }

  #next(): void {
    for (const name of LANES) {
      const operations = this.#lanes[name].begin();
      if (operations.length > 0) this.#tell({ kind: 'batch', lane: name, operations, times: this.#times() });
    }
    if (this.#isClosing && this.#isIdle()) this.#tell({ kind: 'close' });
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #settle(message: FromWorker): void {
    if (message.kind !== 'done') return;
    this.#lanes[message.lane].end(message.outcomes);
    this.#next();
    this.#logDrops(message.dropped);
  }

  #logDrops(dropped: number): void {
    this.#dropped += dropped;
    const { nowMs } = this.#times();
    if (this.#dropped === 0 || nowMs - this.#dropsLoggedAt < DROPS_LOGGED_EVERY_MS) return;
    this.#log.warn({ dropped: this.#dropped }, 'store full: the entries that expire soonest were dropped');
    this.#dropped = 0;
    this.#dropsLoggedAt = nowMs;
  }

  #isIdle(): boolean {
    return LANES.every((name) => this.#lanes[name].isIdle);
  }

  #fail(reason: string): void {
    if (this.#fault) return;
    this.#fault = new Error(`the store has stopped: ${reason}`);
    this.#log.error({ reason }, 'store stopped: nothing is kept any more until a restart');
    for (const name of LANES) this.#lanes[name].fail(this.#fault);
  }
}

function laneOf({ kind }: Operation): LaneName {
  return OF_CALLS.has(kind) ? 'calls' : 'entries';
}
