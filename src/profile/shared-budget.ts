import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../parse-json.ts';
import type { SharedBudget } from './budget.ts';
import type { EntryStore } from './known.ts';

/** The calls that the store counts. Every method may reject. */
export type ReservationStore = Pick<SharedBudget, 'reserve' | 'hold' | 'adopt' | 'inUse'>;

/** The right to do something alone. */
export type MarkLease = {
  readonly take: (key: string, owner: string, holdMs: number) => Promise<boolean>;
};

const TELLING_KEY = 'telling';
/** By then any pace has recovered. */
const KEEP_TELLING_MS = 4 * 60_000;
const Telling = z.object({ id: z.string(), share: z.number().min(0).max(1), calls: z.number().default(0) });

const MARK_KEY = 'mark';
const KEEP_MARK_MS = 10 * 365 * 86_400_000;
const MARKING_MS = 1_000;

/** The budget's half of the store: the reservations, and beside them as entries what else replicas tell each other. */
export function createSharedBudget(
  reservations: ReservationStore,
  entries: EntryStore,
  leases: MarkLease,
): SharedBudget {
  return {
    ...reservations,
    readMark: async () => {
      const mark = await entries.read(MARK_KEY);
      if (mark !== null) return mark;
      const made = randomUUID();
      // Two marks would look as if something had been lost between them.
      if (!(await leases.take(MARK_KEY, made, MARKING_MS)))
        throw new Error('another replica is making the mark');
      await entries.write(MARK_KEY, made, KEEP_MARK_MS);
      return made;
    },
    // Null also for what another version may have written.
    readTelling: async () => parseJson(Telling, await entries.read(TELLING_KEY)),
    writeTelling: (telling) => entries.write(TELLING_KEY, JSON.stringify(telling), KEEP_TELLING_MS),
  };
}
