/**
 * One of several replicas that claim the same pins, for redis-entries.test.ts: `node redis-child.ts <url> <name> <count>`.
 * It says when it is connected, begins when it is told anything, and says what it was given for each key as JSON.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { createRedisStore } from '../../src/store/redis.ts';

const [, , url = '', name = '', count = '0'] = process.argv;
const IN_FLIGHT = 50;

const { entries, close } = createRedisStore({ url, tlsVerify: true, log: pino({ level: 'silent' }) });
const isConnected = async (): Promise<boolean> => {
  try {
    await entries.read('none');
    return true;
  } catch {
    return false;
  }
};
while (!(await isConnected())) await sleep(10);
process.stdout.write('connected\n');
await once(process.stdin, 'data');

const given: string[] = [];
for (let from = 0; from < Number(count); from += IN_FLIGHT) {
  const indices = Array.from({ length: IN_FLIGHT }, (_, index) => from + index);
  given.push(...(await Promise.all(indices.map((index) => entries.claim(`pin ${index}`, name, 60_000)))));
}
process.stdout.write(`${JSON.stringify(given)}\n`);
await close();
process.stdin.destroy();
