import type { RedisConnection } from './redis-connection.ts';
import { keyMs } from './redis-milliseconds.ts';
import type { EntryStore } from './store.ts';

/** How many places of its table Redis looks through at once: less than a millisecond in which nobody else is served. */
const SCAN_AT_ONCE = 1_000;

type Run = RedisConnection['run'];

/** The entries of a store on Redis, each a key of its own. */
export function createRedisEntries(run: Run, prefix: string): EntryStore {
  const keyOf = (key: string) => `${prefix}entry:${key}`;
  return {
    read: (key) => run((redis) => redis.get(keyOf(key))),
    write: async (key, value, keepMs) => {
      const expiration = { type: 'PX' as const, value: keyMs(keepMs) };
      await run((redis) => redis.set(keyOf(key), value, { expiration }));
    },
    claim: async (key, value, keepMs) =>
      (await run((redis) => redis.claimEntry(keyOf(key), value, keyMs(keepMs)))) ?? value,
    remove: async (key) => void (await run((redis) => redis.del(keyOf(key)))),
    removeAll: (keyPrefix) => removeAll(run, keyOf(keyPrefix)),
  };
}

/**
 * Goes through all keys, of one node of a cluster after the other. A cursor means nothing to a Redis that was started
 * anew, and to none but its own; but each call follows at once on the last, so that a connection cannot be lost and
 * replaced between two of them without one failing. Keys that a cluster moves to another node meanwhile may be missed.
 */
async function removeAll(run: Run, prefix: string): Promise<void> {
  const MATCH = `${escapeGlob(prefix)}*`;
  let cursor = '0';
  do {
    const found = await run((redis) => redis.scan(cursor, { MATCH, COUNT: SCAN_AT_ONCE }));
    if (found.keys.length > 0) await run((redis) => redis.unlink(found.keys));
    cursor = found.cursor;
  } while (cursor !== '0');
}

function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]\\]/g, '\\$&');
}
