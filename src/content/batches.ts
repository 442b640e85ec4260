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
};

export type Batches = {
  /** Resolves when all of these ids were asked about, whatever came of it; at once where too many wait already. */
  readonly ask: (ids: readonly string[], locale: string | null) => Promise<void>;
};

/** Requests under way at once. What comes meanwhile gathers into fuller ones. */
export const MAX_REQUESTS = 4;

/** Beyond this the source is hopelessly behind. */
const MAX_WAITING = 200;

/** Gathers ids of concurrent answers into few requests, each id in one at a time. */
export function createBatches({ batch, request }: BatchesOptions): Batches {
  /** Batches by the ids in them, until they are done. */
  const asked = new Map<string, Batch>();
  const waiting: Batch[] = [];
  let running = 0;
  let isScheduled = false;

  const keyOf = (locale: string | null, id: string): string => `${locale ?? ''}\n${id}`;

  const open = (locale: string | null): Batch => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const opened = { locale, ids: new Set<string>(), done: promise, settle: resolve };
    waiting.push(opened);
    return opened;
  };

  const run = async (next: Batch): Promise<void> => {
    running += 1;
    try {
      await request([...next.ids], next.locale);
    } finally {
      running -= 1;
      for (const id of next.ids) asked.delete(keyOf(next.locale, id));
      next.settle();
      pump();
    }
  };

  const pump = (): void => {
    isScheduled = false;
    while (running < MAX_REQUESTS) {
      const next = waiting.shift();
      if (!next) return;
      void run(next);
    }
  };

  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    // Answers of the same turn of the event loop come together.
    setImmediate(pump);
  };

  /** The ids of one answer stay together, so that it takes one request. */
  const add = (ids: readonly string[], locale: string | null): Batch => {
    const last = waiting.findLast((other) => other.locale === locale);
    const into = last && last.ids.size + ids.length <= batch ? last : open(locale);
    for (const id of ids) {
      into.ids.add(id);
      asked.set(keyOf(locale, id), into);
    }
    schedule();
    return into;
  };

  return {
    ask: async (ids, locale) => {
      const joined = new Set<Batch>();
      const others: string[] = [];
      for (const id of ids) {
        const known = asked.get(keyOf(locale, id));
        if (known) joined.add(known);
        else others.push(id);
      }
      const hasRoom = waiting.length < MAX_WAITING;
      for (let from = 0; hasRoom && from < others.length; from += batch) {
        joined.add(add(others.slice(from, from + batch), locale));
      }
      await Promise.all([...joined].map(({ done }) => done));
    },
  };
}
