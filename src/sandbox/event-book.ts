import { hash } from 'node:crypto';

/** An event as Amplitude keeps it. */
export type BookedEvent = {
  readonly eventType: string;
  /** At least one of the two. */
  readonly userId: string | null;
  readonly deviceId: string | null;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly properties: Readonly<Record<string, unknown>>;
  /** A second event of the same device with the same one, within seven days, is the same event. */
  readonly insertId: string | null;
};

/** Everything that was told to the sandbox. */
export type EventBook = {
  /** False if the event is known already, and stays as it was. */
  readonly record: (event: BookedEvent) => boolean;
  /** Those of one type, as they came. */
  readonly ofType: (eventType: string) => readonly BookedEvent[];
  readonly size: () => number;
};

const DUPLICATE_MS = 7 * 86_400_000;

/** A demo that goes on for weeks must not take all of the memory. */
const MAX_EVENTS = 400_000;

/** In memory. When it is full, the oldest of the type that has most make room. */
export function createEventBook(): EventBook {
  const byType = new Map<string, BookedEvent[]>();
  const seen = new Map<string, number>();
  let size = 0;

  const isKnown = ({ userId, deviceId, insertId, timeMs }: BookedEvent): boolean => {
    if (insertId === null) return false;
    const key = hash('md5', JSON.stringify([deviceId ?? userId, insertId]), 'base64');
    const before = seen.get(key);
    if (before !== undefined && Math.abs(timeMs - before) < DUPLICATE_MS) return true;
    seen.set(key, timeMs);
    if (seen.size > MAX_EVENTS) seen.delete(seen.keys().next().value ?? '');
    return false;
  };

  const makeRoom = (): void => {
    const [longest] = [...byType.values()].sort((a, b) => b.length - a.length);
    size -= longest?.splice(0, Math.ceil(MAX_EVENTS / 20)).length ?? 0;
  };

  return {
    record: (event) => {
      if (isKnown(event)) return false;
      const events = byType.get(event.eventType) ?? [];
      events.push(event);
      byType.set(event.eventType, events);
      size += 1;
      if (size > MAX_EVENTS) makeRoom();
      return true;
    },
    ofType: (eventType) => byType.get(eventType) ?? [],
    size: () => size,
  };
}
