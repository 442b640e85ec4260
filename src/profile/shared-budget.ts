import { z } from 'zod';
import type { SharedBudget } from './budget.ts';
import type { EntryStore } from './known.ts';

/** The calls that the store counts. Every method may reject. */
export type ReservationStore = Pick<SharedBudget, 'reserve' | 'hold' | 'adopt' | 'inUse'>;

const PACE_KEY = 'pace';

/** By then any pace has recovered. */
const KEEP_PACE_MS = 10 * 60_000;

const Pace = z.object({ share: z.number().min(0).max(1), sinceMs: z.number() });

/** The budget's half of the store: the reservations, and the pace as an entry. */
export function createSharedBudget(reservations: ReservationStore, entries: EntryStore): SharedBudget {
  return {
    ...reservations,
    readPace: async () => {
      const text = await entries.read(PACE_KEY);
      return text === null ? null : (Pace.safeParse(JSON.parse(text)).data ?? null);
    },
    writePace: (pace) => entries.write(PACE_KEY, JSON.stringify(pace), KEEP_PACE_MS),
  };
}
