import { keyIn } from './languages.ts';

/** One request to come: ids of answers that ask at nearly the same moment. */
type Batch = {
  readonly locale: string | null;
  readonly ids: Set<string>;
  readonly done: Promise<void>;
  readonly settle: () => void;
};

export type BatchesOptions = {
  /** Most ids in one request. */
  readonly batch: number;
  /** Makes one request. Must not reject. */
  readonly request: (ids: readonly string[], locale: string | null) => Promise<void>;
  /** Too many wait already, so some ids are not asked about. */
  readonly onFull: () => void;
};

export type Batches = {
  /**
   * Asks about these ids, at most as many as `batch`, in one request. Resolves when all of them were asked about, here or
   * in requests under way, whatever came of it; at once for those beyond what may wait.
   */
  readonly ask: (ids: readonly string[], locale: string | null) => Promise<void>;
  /** Nothing is asked about any more. */
  readonly close: () => void;
};

/** Requests under way at once. What comes meanwhile gathers into fuller ones. */
export const MAX_REQUESTS = 4;

/** Requests beyond these would come too late for whoever waits: a message waits two seconds at most. */
const MAX_WAITING = 40;

/** Gathers ids of concurrent answers into few requests, each id in one at a time. */
export function createBatches({ batch, request, onFull }: BatchesOptions): Batches {
  /** Batches by the ids in them, until they are done. */
  const asked = new Map<string, Batch>();
  const waiting: Batch[] = [];
  let running = 0;
  let isClosed = false;

  const finish = (done: Batch): void => {
    for (const id of done.ids) asked.delete(keyIn(done.locale, id));
    done.settle();
  };

  const run = async (next: Batch): Promise<void> => {
    running += 1;
    await request([...next.ids], next.locale);
    running -= 1;
    finish(next);
    pump();
  };

  const pump = (): void => {
    while (running < MAX_REQUESTS) {
      const next = waiting.shift();
      if (!next) return;
      void run(next);
    }
  };

  const open = (locale: string | null): Batch | null => {
    if (isClosed || waiting.length >= MAX_WAITING) return null;
    const { promise, resolve } = Promise.withResolvers<void>();
    const opened = { locale, ids: new Set<string>(), done: promise, settle: resolve };
    // Answers of the same turn of the event loop come together.
    if (waiting.push(opened) === 1) setImmediate(pump);
    return opened;
  };

  /** The ids of one answer stay together, so that it takes one request. */
  const add = (ids: readonly string[], locale: string | null): Batch | null => {
    const last = waiting.findLast((other) => other.locale === locale);
    const into = last && last.ids.size + ids.length <= batch ? last : open(locale);
    if (!into) return null;
    for (const id of ids) {
      into.ids.add(id);
      asked.set(keyIn(locale, id), into);
    }
    return into;
  };

  return {
    ask: async (ids, locale) => {
      const joined = new Set<Batch>();
      const others = new Set<string>();
      for (const id of ids) {
        const known = asked.get(keyIn(locale, id));
        if (known) joined.add(known);
        else others.add(id);
      }
      if (others.size > 0) {
        const added = add([...others], locale);
        if (added) joined.add(added);
        else if (!isClosed) onFull();
      }
      await Promise.all([...joined].map(({ done }) => done));
    },
    close: () => {
      isClosed = true;
      waiting.splice(0).forEach(finish);
    },
  };
}
