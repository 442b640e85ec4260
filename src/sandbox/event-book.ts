/** An event as Amplitude keeps it. */
export type BookedEvent = {
  readonly eventType: string;
  /** At least one of the two. */
  readonly userId: string | null;
  readonly deviceId: string | null;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly properties: Readonly<Record<string, unknown>>;
};

/** Everything that was told to the sandbox. */
export type EventBook = {
  readonly record: (event: BookedEvent) => void;
  /** Those of one type, as they came. */
  readonly ofType: (eventType: string) => readonly BookedEvent[];
  readonly size: () => number;
};

/** A demo that goes on for weeks must not take all of the memory. */
const MAX_EVENTS = 400_000;

/** In memory. When it is full, the oldest of the type that has most make room. */
export function createEventBook(): EventBook {
  const byType = new Map<string, BookedEvent[]>();
  let size = 0;

  const makeRoom = (): void => {
    const [longest] = [...byType.values()].sort((a, b) => b.length - a.length);
    size -= longest?.splice(0, Math.ceil(MAX_EVENTS / 20)).length ?? 0;
  };

  return {
    record: (event) => {
      const events = byType.get(event.eventType) ?? [];
      events.push(event);
      byType.set(event.eventType, events);
      size += 1;
      if (size > MAX_EVENTS) makeRoom();
    },
    ofType: (eventType) => byType.get(eventType) ?? [],
    size: () => size,
  };
}
