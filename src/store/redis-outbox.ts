import type { RedisConnection } from './redis-connection.ts';
import { keyMs } from './redis-milliseconds.ts';
import type { OutboxStore } from './store.ts';

type Run = RedisConnection['run'];

/** Boxes in a store on Redis. `prefix` stands in front of every key. */
export function createRedisOutbox(run: Run, prefix: string): OutboxStore {
  // What stands in braces decides on the node of a cluster, and all keys of a script must be on one.
  const keyOf = (box: string) => `{${prefix}outbox:${box}}`;
  return {
    append: (box, { value, count }, keepMs) =>
      run((redis) => redis.appendRow(keyOf(box), value, String(count), String(keyMs(keepMs)))),
    peek: (box, characters, after) =>
      run((redis) => redis.peekRows(keyOf(box), String(characters), after ?? '0')),
    replace: (box, { id, value }, by) =>
      run((redis) => redis.replaceRow(keyOf(box), id, value, by.value, String(by.count))),
    remove: (box, ids) => run((redis) => redis.removeRows(keyOf(box), ...ids)),
    count: async (box) =>
      Math.max(0, Number((await run((redis) => redis.hGet(`${keyOf(box)}:size`, 'things'))) ?? 0)),
  };
}
