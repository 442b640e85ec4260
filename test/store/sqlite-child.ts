/**
 * A process with a store of its own, for sqlite-process.test.ts: `node sqlite-child.ts <path> open|fill`. It says what it
 * has done, line by line, and lives until it is ended.
 */
import pino from 'pino';
import { createSqliteStore } from '../../src/store/sqlite.ts';

const [, , path = '', task = ''] = process.argv;

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

try {
  const store = await createSqliteStore({
    path,
    log: pino({ level: 'silent' }),
    now: () => Number(process.hrtime.bigint()) / 1e6,
    wallNow: () => Date.now(),
  });
  say('opened');
  if (task === 'fill') {
    const fill = async (from: number): Promise<void> => {
      for (let index = from; ; index += 10) {
        await store.entries.write(`key ${index}`, `value ${index}`, 3_600_000);
        say(`entry ${index}`);
        // With whoever has the other one of the pair.
        const pair = Math.floor(index / 2);
        say(`claimed ${pair} ${await store.entries.claim(`pin ${pair}`, `of ${index}`, 3_600_000)}`);
        await store.entries.write(`gone ${index} pin`, '{}', 3_600_000);
        await store.entries.removeAll(`gone ${index} `);
        say(`removed ${index}`);
        await store.queue.add(`person ${index}`, '{}', 3_600_000);
        say(`queued ${index}`);
        if (await store.budget.reserve(`call ${index}`, 10_000, 3_600_000)) say(`reserved ${index}`);
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, index) => fill(index)));
  }
  setInterval(() => {}, 1_000);
} catch (error) {
  const { name, message } = error as Error;
  say(`failed ${name}: ${message}`);
}
