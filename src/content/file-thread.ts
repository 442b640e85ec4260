import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { FileSourceError } from './file-error.ts';
import type { PackedFile, PackJob } from './file-pack.ts';
import type { FromPackWorker } from './pack-worker.ts';

/** Rows live for a moment only, so this is ample. What is packed does not count. */
const HEAP = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 32 };

/** Does the job in a thread of its own. Rejects with a `FileSourceError`. */
export async function packInThread(job: PackJob): Promise<PackedFile> {
  // The thread needs none of the process's options and secrets.
  const worker = new Worker(new URL('./pack-worker.ts', import.meta.url), {
    workerData: job,
    execArgv: [],
    env: {},
    resourceLimits: HEAP,
  });
  try {
    return await answerOf(worker);
  } catch (error) {
    if (!isLackOfMemory(error)) throw error;
    throw new FileSourceError('needs more memory to be read than there is');
  } finally {
    await worker.terminate();
  }
}

async function answerOf(worker: Worker): Promise<PackedFile> {
  const ended = once(worker, 'exit').then(() => {
    throw new Error('the thread that read the file ended without an answer');
  });
  const [answer] = (await Promise.race([once(worker, 'message'), ended])) as [FromPackWorker];
  if (answer.kind === 'refused') throw new FileSourceError(answer.message, answer.line);
  return answer.file;
}

function isLackOfMemory(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_WORKER_OUT_OF_MEMORY' || message === 'Array buffer allocation failed';
}
