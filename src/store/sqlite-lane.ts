import type { Operation, Outcome, Results } from './sqlite-protocol.ts';
import { StoreBehindError } from './store-errors.ts';

type Value = Results[Operation['kind']];

type Job = {
  readonly operation: Operation;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
};

/** Characters are those of keys and values: entries may be large. */
export type LaneBounds = {
  /** What may wait; while the disk does not answer, it must not fill the memory. */
  readonly operations: number;
  readonly characters: number;
  /** What is one transaction, but for a single operation that is larger. */
  readonly operationsAtOnce: number;
  readonly charactersAtOnce: number;
};

/**
 * Operations for the writing thread, in the order of the calls. One batch is under way; what comes meanwhile gathers for
 * the next, so batches grow with the load and a lone write waits for nothing.
 */
export class Lane {
  readonly #bounds: LaneBounds;
  #waiting: Job[] = [];
  #waitingCharacters = 0;
  #underWay: readonly Job[] = [];

  constructor(bounds: LaneBounds) {
    this.#bounds = bounds;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#underWay.length === 0;
  }

  /** Settles with its batch. Rejects at once with a `StoreBehindError` if too much waits. */
  async add(operation: Operation): Promise<Value> {
    const { operations, characters } = this.#bounds;
    if (this.#waiting.length >= operations || this.#waitingCharacters >= characters)
      throw new StoreBehindError();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ operation, resolve, reject });
      this.#waitingCharacters += charactersOf(operation);
    });
  }

  /** The next batch, which is under way from now on; none while one is, or if nothing waits. */
  begin(): readonly Operation[] {
    if (this.#underWay.length > 0) return [];
    this.#underWay = this.#waiting.splice(0, this.#countAtOnce());
    const operations = this.#underWay.map(({ operation }) => operation);
    for (const operation of operations) this.#waitingCharacters -= charactersOf(operation);
    return operations;
  }

  /** What became of the batch: one outcome for each operation, in their order. */
  end(outcomes: readonly Outcome[]): void {
    const jobs = this.#underWay;
    this.#underWay = [];
    for (const [index, { resolve, reject }] of jobs.entries()) {
      const outcome = outcomes[index];
      if (outcome?.ok) resolve(outcome.value);
      else reject(new Error(`the store failed: ${outcome?.reason}`));
    }
  }

  /** Rejects everything. */
  fail(error: Error): void {
    for (const { reject } of [...this.#underWay, ...this.#waiting]) reject(error);
    this.#underWay = [];
    this.#waiting = [];
    this.#waitingCharacters = 0;
  }

  #countAtOnce(): number {
    const { operationsAtOnce, charactersAtOnce } = this.#bounds;
    let characters = 0;
    const tooMany = this.#waiting.findIndex(({ operation }, index) => {
      characters += charactersOf(operation);
      return index === operationsAtOnce || characters > charactersAtOnce;
    });
    return tooMany < 0 ? this.#waiting.length : Math.max(1, tooMany);
  }
}

function charactersOf(operation: Operation): number {
  if ('value' in operation) return operation.key.length + operation.value.length;
  return 'row' in operation ? operation.row.value.length : 0;
}
