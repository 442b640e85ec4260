import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { StoreFileError, StoreInUseError } from './sqlite-errors.ts';
import type {
  FromWorker,
  Operation,
  Outcome,
  Results,
  Times,
  ToWorker,
  WorkerOptions,
} from './sqlite-protocol.ts';

/** So many operations at most are one transaction: some ten milliseconds that the others wait. */
const BATCH = 256;

/** While the disk does not answer, what waits for it must not fill the memory. */
const MAX_WAITING = 20_000;

/** A store at its bound makes room all the time; one line tells of a minute. */
const DROPS_LOGGED_EVERY_MS = 60_000;

export type WriterOptions = {
  readonly path: string;
  readonly maxBytes: number;
  readonly bootId: string | null;
  readonly log: Logger;
  readonly times: () => Times;
};

type Job = {
  readonly operation: Operation;
  readonly resolve: (value: Outcome & { ok: true }) => void;
  readonly reject: (error: Error) => void;
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
 * The main thread's end of the writing thread. One batch is under way; what comes meanwhile gathers for the next, so
 * batches grow with the load and a lone write waits for nothing.
 */
export class Writer {
  readonly #worker: Worker;
  readonly #log: Logger;
  readonly #times: () => Times;
  readonly #exited: Promise<void>;
  #waiting: Job[] = [];
  #underWay: readonly Job[] = [];
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
        if (!this.#isClosing || this.#jobs() > 0) this.#fail('its thread ended');
        resolve();
      });
    });
  }

  /** Throws if nothing can be asked any more. */
  check(): void {
    if (this.#fault) throw this.#fault;
    if (this.#isClosing) throw new Error('the store is closed');
  }

  /** Resolves when what it changed is committed, in the order of the calls. */
  async send<Kind extends Operation['kind']>(
    operation: Extract<Operation, { kind: Kind }>,
  ): Promise<Results[Kind]> {
    this.check();
    if (this.#waiting.length >= MAX_WAITING) throw new Error('the store is too far behind');
    const { value } = await new Promise<Outcome & { ok: true }>((resolve, reject) => {
      this.#waiting.push({ operation, resolve, reject });
      this.#next();
    });
    return value as Results[Kind];
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
    if (this.#underWay.length > 0) return;
    if (this.#waiting.length > 0) {
      this.#underWay = this.#waiting.splice(0, BATCH);
      const operations = this.#underWay.map(({ operation }) => operation);
      this.#tell({ kind: 'batch', operations, times: this.#times() });
    } else if (this.#isClosing) {
      this.#tell({ kind: 'close' });
    }
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #settle(message: FromWorker): void {
    if (message.kind !== 'done') return;
    const jobs = this.#underWay;
    this.#underWay = [];
    this.#next();
    for (const [index, { resolve, reject }] of jobs.entries()) {
      const outcome = message.outcomes[index];
      if (outcome?.ok) resolve(outcome);
      else reject(new Error(`the store failed: ${outcome?.reason}`));
    }
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

  #jobs(): number {
    return this.#underWay.length + this.#waiting.length;
  }

  #fail(reason: string): void {
    if (this.#fault) return;
    this.#fault = new Error(`the store has stopped: ${reason}`);
    this.#log.error({ reason }, 'store stopped: nothing is kept any more until a restart');
    for (const { reject } of [...this.#underWay, ...this.#waiting]) reject(this.#fault);
    this.#underWay = [];
    this.#waiting = [];
  }
}
