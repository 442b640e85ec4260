import type { Logger } from 'pino';
import { parseRedisUrl } from '../redis-url.ts';
import { SharedClock } from './redis-clock.ts';
import { RedisConnection } from './redis-connection.ts';
import { createRedisEntries } from './redis-entries.ts';
import { keyMs, wholeMs } from './redis-milliseconds.ts';
import { createRedisOutbox } from './redis-outbox.ts';
import type { BudgetReply } from './redis-scripts.ts';
import type { RedisCommands } from './redis-session.ts';
import type { Store } from './store.ts';

export type RedisStoreOptions = {
  /** As `parseRedisUrl` reads it. */
  readonly url: string;
  /** False accepts any certificate of a `rediss://` server. */
  readonly tlsVerify: boolean;
  /** Stands in front of every key, so that several services can share one Redis. Default: `inlay:`. */
  readonly prefix?: string;
  readonly log: Logger;
};

/** Reservations that one script takes over, so that none holds Redis up for long. */
const ADOPT_AT_ONCE = 500;

/**
 * A store that replicas share, on Redis 6.2 or newer, Valkey, or a cluster of either. Gives it at once and connects
 * in the background; without a connection every method rejects at once with a `RedisError`. Each but `entries.removeAll` is one
 * round trip.
 * That Redis must not evict keys (`maxmemory-policy noeviction`), or calls go uncounted. Throws if the URL cannot be
 * read.
 */
export function createRedisStore({ url, tlsVerify, prefix = 'inlay:', log }: RedisStoreOptions): Store {
  const address = parseRedisUrl(url);
  if (address === null) throw new Error('This is not the URL of a Redis.');
  const connection = new RedisConnection({ address, tlsVerify }, log);
  const clock = new SharedClock(() => performance.now());
  const run: RedisConnection['run'] = (call) => connection.run(call);

  const leaseOf = (key: string) => `${prefix}lease:${key}`;
  // What stands in braces decides on the node of a cluster, and all keys of a script must be on one.
  const budget = `{${prefix}budget}`;
  const queue = `{${prefix}queue}`;

  const onBudget = async (call: (commands: RedisCommands) => Promise<BudgetReply>): Promise<number> =>
    (await clock.time(() => run(call))).value;

  return {
    kind: 'redis',
    isShared: true,
    entries: createRedisEntries(run, prefix),
    leases: {
      take: (key, owner, holdMs) => run((redis) => redis.takeLease(leaseOf(key), owner, keyMs(holdMs))),
      release: (key, owner) => run((redis) => redis.releaseLease(leaseOf(key), owner)),
    },
    budget: {
      reserve: async (id, limit, holdMs) =>
        (await onBudget((redis) => redis.reserve(budget, clock.bounds(), id, wholeMs(holdMs), limit))) === 1,
      hold: async (id, holdMs) =>
        void (await onBudget((redis) => redis.hold(budget, clock.bounds(), id, wholeMs(holdMs)))),
      adopt: async (reservations) => {
        for (let from = 0; from < reservations.length; from += ADOPT_AT_ONCE) {
          const some = reservations.slice(from, from + ADOPT_AT_ONCE);
          const args = some.flatMap(({ id, holdMs }) => [id, wholeMs(holdMs)]);
          await onBudget((redis) => redis.adopt(budget, clock.bounds(), ...args));
        }
      },
      inUse: () => onBudget((redis) => redis.countInUse(budget, clock.bounds())),
    },
    queue: {
      add: (key, value, keepMs) => run((redis) => redis.addToQueue(queue, key, value, wholeMs(keepMs))),
      take: async (most) => {
        // Once, unless a thousand at the head of the queue waited in vain.
        for (;;) {
          const { taken, isMore } = await run((redis) => redis.takeFromQueue(queue, most));
          if (taken.length > 0 || !isMore) return taken;
        }
      },
      remove: (key) => run((redis) => redis.removeFromQueue(queue, key)),
      size: () => run((redis) => redis.countQueued(queue)),
    },
    outbox: createRedisOutbox(run, prefix),
    close: () => connection.close(),
  };
}
