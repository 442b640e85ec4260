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

type OwnDay = {
  /** What this replica's place in the store holds, or will the next time. */
  counted: ClickDay;
  /** Of that, what no place holds yet. */
  added: ClickDay;
  /** The place that `counted` is of; null before it has one. */
  slot: number | null;
};

export function startDailyClicks({ store, slot, wallNow }: DailyClicksParts): DailyClicks {
  const days = new Map<Day, OwnDay>();

  const today = (): Day => dayAt(wallNow());

  const storeDay = async (day: Day): Promise<void> => {
    const own = days.get(day);
    const place = slot();
    if (!own || own.added.isEmpty || place === null) return;
    if (own.slot !== place) {
      // What it stored in another place is told by whoever has that now.
      const before = await readCounts(place, day);
      own.counted = new ClickDay([...before, ...own.added.counts]);
      own.slot = place;
    }
    const adding = own.added;
    own.added = new ClickDay();
    try {
      await store.write(keyOf(place, day), formatClicks(own.counted.counts), KEEP_MS);
    } catch {
      // The guard around the store has counted it, and the next time will do.
      own.added.addAll(adding.counts);
    }
  };

  const storeAll = async (): Promise<void> => {
    for (const day of days.keys()) await storeDay(day);
    for (const [day, { added }] of days) if (day !== today() && added.isEmpty) days.delete(day);
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
      const own = days.get(day) ?? { counted: new ClickDay(), added: new ClickDay(), slot: null };
      own.counted.add(click);
      own.added.add(click);
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
