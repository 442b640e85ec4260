import { Readable } from 'node:stream';
import { parentPort } from 'node:worker_threads';
import { readAudience } from '../../src/prefetch/audience.ts';
import { NO_OPTIONS } from './audience-reading.ts';

export type LargeReading = { readonly users: number; readonly hashBytes: number; readonly turns: number };

const USERS = 400_000;
const PER_CHUNK = 4_000;

function* chunks(): Generator<Buffer> {
  yield Buffer.from('name,user_id,city\n');
  for (let first = 0; first < USERS; first += PER_CHUNK) {
    let text = '';
    for (let index = first; index < first + PER_CHUNK; index += 1) {
      text += `"May, A",${index}-${'x'.repeat(100)}@example.com,Berlin\n`;
    }
    yield Buffer.from(text);
  }
}

let turns = 0;
const beat = (): void => {
  turns += 1;
  if (parentPort) setImmediate(beat).unref();
};
beat();
const before = process.memoryUsage().arrayBuffers;
const { users } = await readAudience(Readable.from(chunks()), NO_OPTIONS, async () => {});
const hashBytes = process.memoryUsage().arrayBuffers - before;
parentPort?.postMessage({ users, hashBytes, turns } satisfies LargeReading);
