import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../domain/clock.ts';
import type { StoreSettings } from '../settings.ts';
import { createMemoryStore } from './memory.ts';
import type { Store } from './store.ts';

/** Opens the store that the settings name. Rejects where a file cannot be used; a server may come later. */
export async function openStore(settings: StoreSettings, clock: Clock, log: Logger): Promise<Store> {
  switch (settings.kind) {
    case 'memory':
      return createMemoryStore({ now: clock.monotonic });
    case 'sqlite': {
      const { createSqliteStore } = await import('./sqlite.ts');
      return createSqliteStore({
        path: resolve(settings.path),
        log,
        now: sinceBoot(clock),
        wallNow: clock.wall,
      });
    }
    case 'redis': {
      // Loading its client costs 125 ms and 30 MB, which those without it need not pay.
      const { createRedisStore } = await import('./redis.ts');
      return createRedisStore({ ...settings, log });
    }
  }
}

/** The same clock, counted from the start of the machine: it goes on over a restart of the process. */
function sinceBoot({ monotonic }: Clock): () => number {
  const offset = Number(process.hrtime.bigint() / 1_000_000n) - performance.now();
  return () => monotonic() + offset;
}
