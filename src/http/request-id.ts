import { randomBytes } from 'node:crypto';

const PROCESS_ID = randomBytes(6).toString('hex');
let counter = 0;

/** Unique among all replicas, and cheap: a random part a process and a number a request. */
export function createRequestId(): string {
  counter += 1;
  return `${PROCESS_ID}-${counter.toString(36)}`;
}
