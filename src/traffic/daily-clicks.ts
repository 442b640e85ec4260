import { DAY_MS, type Day, type DayRange, dayAt, daysOf } from '../domain/day.ts';
import { type ClickCount, ClickDay, type CountedClick, formatClicks, parseClicks } from './click-counts.ts';
import { SLOTS, type TrafficStore } from './shared-traffic.ts';

export type DailyClicksParts = {
  readonly store: Pick<TrafficStore, 'read' | 'write'>;
  /** This replica's place in the store; null as long as it has none. */
  readonly slot: () => number | null;
  /** Wall clock, milliseconds. */
  readonly wallNow: () => number;
};

/** Clicks on items by day (UTC), of all replicas. */
export type DailyClicks = {
  readonly count: (click: CountedClick) => void;
  /** What was clicked on these days, as far as the store answers; of days longer ago than clicks are kept, nothing. */
  readonly of: (range: DayRange) => Promise<ClickCount[]>;
  /** Stores what was counted. Safe to call twice. */
  readonly stop: () => Promise<void>;
};

const STORE_EVERY_MS = 10_000;
/** A quarter, and some days more to look at it. */
const KEEP_MS = 100 * DAY_MS;

export function startDailyClicks({ store, slot, wallNow }: DailyClicksParts): DailyClicks {
  /** By day. What was counted before the place in the store was taken is added to what is there. */
  const days = new Map<Day, { readonly counted: ClickDay; isChanged: boolean; slot: number | null }>();

  const today = (): Day => dayAt(wallNow());

  const storeDay = async (day: Day): Promise<void> => {
    const own = days.get(day);
    const place = slot();
    if (!own?.isChanged || place === null) return;
    if (own.slot !== place) {
      const before = await readCounts(place, day);
      own.counted.addAll(before);
      own.slot = place;
    }
    own.isChanged = false;
    try {
      await store.write(keyOf(place, day), formatClicks(own.counted.counts), KEEP_MS);
    } catch {
      // The guard around the store has counted it, and the next time will do.
      own.isChanged = true;
    }
  };

  const storeAll = async (): Promise<void> => {
    for (const day of days.keys()) await storeDay(day);
    for (const [day, { isChanged }] of days) if (day !== today() && !isChanged) days.delete(day);
  };

  const readCounts = async (place: number, day: Day): Promise<ClickCount[]> => {
    const text = await store.read(keyOf(place, day));
    return text === null ? [] : (parseClicks(text) ?? []);
  };

  let storing = Promise.resolve();
  const timer = setInterval(() => {
    storing = storing.then(storeAll).catch(() => {});
  }, STORE_EVERY_MS).unref();

  const ofDay = async (day: Day): Promise<ClickCount[]> => {
    const own = days.get(day);
    const places = Array.from({ length: SLOTS }, (_, place) => place).filter((place) => place !== own?.slot);
    const stored = await Promise.all(places.map((place) => readCounts(place, day)));
    return [...stored.flat(), ...(own?.counted.counts ?? [])];
  };

  return {
    count: (click) => {
      const day = today();
      const own = days.get(day) ?? { counted: new ClickDay(), isChanged: true, slot: null };
      own.counted.add(click);
      own.isChanged = true;
      days.set(day, own);
    },
    of: async ({ start, end }) => {
      // Whoever asks for a century costs no more than a quarter does.
      const first = dayAt(wallNow() - KEEP_MS);
      const kept = daysOf({ start: start > first ? start : first, end: end < today() ? end : today() });
      return (await Promise.all(kept.map(ofDay))).flat();
    },
    stop: async () => {
      clearInterval(timer);
      storing = storing.then(storeAll).catch(() => {});
      await storing;
    },
  };
}

function keyOf(slot: number, day: Day): string {
  return `clicks\n${slot}\n${day}`;
}
