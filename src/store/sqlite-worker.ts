import { parentPort, Worker, workerData } from 'node:worker_threads';
import { createBatchRunner } from './sqlite-batch.ts';
import { StoreFileError, StoreInUseError } from './sqlite-errors.ts';
import { openStoreFile, type StoreFile } from './sqlite-file.ts';
import { openJournal } from './sqlite-journal.ts';
import { createPlanner } from './sqlite-operations.ts';
import type { Batch, FromWorker, ToWorker, WorkerOptions } from './sqlite-protocol.ts';

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
  port?.on('message', (message: ToWorker) => {
    if (message.kind === 'close') {
      port.close();
      checkpointer.once('exit', file.close);
      checkpointer.postMessage('close');
    } else {
      tell(handle(message));
    }
  });
  tell({ kind: 'opened', setAside: file.setAside });
}

function prepare(file: StoreFile): (batch: Batch) => FromWorker {
  try {
    const journal = openJournal(file.db, options.bootId, options.times.nowMs);
    const plan = createPlanner(file.db, journal);
    const run = createBatchRunner(file.db, options.maxBytes);
    return ({ lane, operations, times }) => {
      const steps = operations.map((operation) => plan(operation, times));
      return { kind: 'done', lane, ...run(steps) };
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof StoreFileError ? error.reason : (error as Error).message;
}
