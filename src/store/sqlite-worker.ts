import { parentPort, Worker, workerData } from 'node:worker_threads';
import { createBatchRunner, type RunBatch } from './sqlite-batch.ts';
import { StoreFileError, StoreInUseError } from './sqlite-errors.ts';
import { openStoreFile, type StoreFile } from './sqlite-file.ts';
import { openJournal } from './sqlite-journal.ts';
import { createPlanner, type Step } from './sqlite-operations.ts';
import type {
  Batch,
  FromCheckpointer,
  FromWorker,
  Outcome,
  ToCheckpointer,
  ToWorker,
  WorkerOptions,
} from './sqlite-protocol.ts';

/**
 * The thread that owns the only writing connection: `node:sqlite` blocks, and a slow or locked disk would stop the
 * event loop of whoever writes. It answers each batch after its commit.
 */
const options = workerData as WorkerOptions;
const port = parentPort;
if (!port) throw new Error('sqlite-worker.ts runs in a thread of sqlite-writer.ts');

const tell = (message: FromWorker): void => port.postMessage(message);

try {
  serve(openStoreFile(options.path, options.times.wallNowMs));
} catch (error) {
  if (error instanceof StoreInUseError) tell({ kind: 'in_use' });
  else tell({ kind: 'unusable', reason: reasonOf(error) });
}

function serve(file: StoreFile): void {
  const handle = prepare(file);
  const checkpointer = new Worker(new URL('./sqlite-checkpointer.ts', import.meta.url), {
    workerData: options.path,
  });
  const tellCheckpointer = (message: ToCheckpointer): void => checkpointer.postMessage(message);

  let isHolding = false;
  let held: Batch | null = null;
  checkpointer.on('message', (message: FromCheckpointer) => {
    isHolding = message === 'hold';
    if (isHolding) return tellCheckpointer('held');
    if (held) handle(held);
    held = null;
  });
  port?.on('message', (message: ToWorker) => {
    if (message.kind === 'close') {
      port.close();
      // It may just be asking; told anything after this, it would go on.
      checkpointer.removeAllListeners('message').once('exit', file.close);
      tellCheckpointer('close');
    } else if (isHolding && message.lane === 'entries') {
      // The only one: the next comes when this has been answered.
      held = message;
    } else {
      handle(message);
    }
  });
  tell({ kind: 'opened', setAside: file.setAside });
}

/** Gives what runs a batch and tells what became of it. */
function prepare(file: StoreFile): (batch: Batch) => void {
  try {
    const journal = openJournal(file.db, options.bootId, options.times.nowMs);
    const plan = createPlanner(file.db, journal);
    const run = createBatchRunner(file.db, options.maxBytes);
    return ({ lane, operations, times }) => {
      const steps = operations.map((operation) => plan(operation, times));
      runAll(steps, run, (done) => tell({ kind: 'done', lane, ...done }));
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** A transaction after the other, so that a batch of the other lane that has come meanwhile gets in between. */
function runAll(steps: readonly Step[], run: RunBatch, onDone: (done: ReturnType<RunBatch>) => void): void {
  const outcomes: Outcome[] = [];
  let dropped = 0;
  const next = (): void => {
    const ran = run(steps.slice(outcomes.length));
    outcomes.push(...ran.outcomes);
    dropped += ran.dropped;
    if (outcomes.length < steps.length) setImmediate(next);
    else onDone({ outcomes, dropped });
  };
  next();
}

function reasonOf(error: unknown): string {
  return error instanceof StoreFileError ? error.reason : (error as Error).message;
}
