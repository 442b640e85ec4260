import type { Person } from '../domain/person.ts';
import { isAbout } from './event.ts';
import { KEEP_MS, type Outbox } from './outbox.ts';
import { formatRow, ROW_CHARACTERS } from './row.ts';

/** How long an event is in this process alone, which is what the sudden end of it loses. */
const FLUSH_AFTER_MS = 100;

/** What waits while the store is slow; some twenty thousand events. */
const MAX_CHARACTERS = 8 * 1_048_576;

export type BufferOptions = {
  readonly box: string;
  readonly outbox: Outbox;
  /** Takes what the outbox fails to take, for as long as this process lives. */
  readonly spare: Outbox;
  /** Milliseconds. */
  readonly wallNow: () => number;
  readonly onDropped: (why: 'queue_full', lines: readonly string[]) => void;
};

/** Events on their way to an outbox, in rows of many, so that nobody waits for a store. */
export type EventBuffer = {
  readonly add: (line: string) => void;
  readonly forget: (person: Person) => void;
  /** Resolves when everything is in an outbox that was added before. Never rejects. */
  readonly flush: () => Promise<void>;
  readonly size: () => number;
};

export function createBuffer({ box, outbox, spare, wallNow, onDropped }: BufferOptions): EventBuffer {
  let waiting: string[] = [];
  let characters = 0;
  let timer: NodeJS.Timeout | null = null;
  let flushing: Promise<void> = Promise.resolve();

  /** As many as one row holds, and one at least. */
  const takeRow = (): string[] => {
    let held = 0;
    const end = waiting.findIndex((line, index) => {
      held += line.length + 1;
      return held > ROW_CHARACTERS && index > 0;
    });
    const lines = waiting.splice(0, end < 0 ? waiting.length : end);
    for (const { length } of lines) characters -= length;
    return lines;
  };

  const put = async (lines: readonly string[]): Promise<void> => {
    const row = formatRow({ sinceMs: wallNow(), notBeforeMs: 0, lines });
    const isKept = await outbox
      .append(box, row, KEEP_MS)
      // The guard around the store has counted it. It may be there nevertheless, and is then sent twice and taken once.
      .catch(() => spare.append(box, row, KEEP_MS));
    if (!isKept) onDropped('queue_full', lines);
  };

  const flush = (): Promise<void> => {
    if (timer) clearTimeout(timer);
    timer = null;
    // One after the other: a store that is slow is not asked for more at once.
    flushing = flushing.then(async () => {
      while (waiting.length > 0) await put(takeRow());
    });
    return flushing;
  };

  return {
    add: (line) => {
      if (characters + line.length > MAX_CHARACTERS) return onDropped('queue_full', [line]);
      waiting.push(line);
      characters += line.length;
      timer ??= setTimeout(flush, FLUSH_AFTER_MS).unref();
    },
    forget: (person) => {
      waiting = waiting.filter((line) => !isAbout(line, person));
      characters = waiting.reduce((sum, { length }) => sum + length, 0);
    },
    flush,
    size: () => waiting.length,
  };
}
