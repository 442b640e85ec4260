import { parentPort, workerData } from 'node:worker_threads';
import { FileSourceError } from './file-error.ts';
import { type PackedFile, type PackJob, packFile } from './file-pack.ts';
import { buffersOf } from './pack.ts';

/** What the thread says, once. */
export type FromPackWorker =
  | { readonly kind: 'packed'; readonly file: PackedFile }
  | { readonly kind: 'refused'; readonly message: string; readonly line: number | null };

/** The thread that reads one catalogue, so that answers go on meanwhile. What is packed is handed over, not copied. */
const port = parentPort;
if (!port) throw new Error('pack-worker.ts runs in a thread of file.ts');

try {
  const file = await packFile(workerData as PackJob);
  port.postMessage({ kind: 'packed', file } satisfies FromPackWorker, buffersOf(file.pack));
} catch (error) {
  if (!(error instanceof FileSourceError)) throw error;
  port.postMessage({ kind: 'refused', message: error.message, line: error.line } satisfies FromPackWorker);
}
