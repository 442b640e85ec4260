import type { ItemAges } from './item-age.ts';
import type { KnownItems } from './known-items.ts';
import type { Languages } from './languages.ts';
import type { Requests } from './requests.ts';

export type WarmthOptions = {
  readonly known: KnownItems;
  readonly ages: ItemAges;
  readonly requests: Requests;
  readonly languages: Languages;
  /** Most ids in one request. */
  readonly batch: number;
  /** How long items are fresh. Milliseconds. */
  readonly freshMs: number;
};

/** Keeps some items in memory, so that a baseline never has to wait for its content. */
export type Warmth = {
  /** See `Catalogue`. */
  readonly keep: (ids: readonly string[], locales: readonly (string | null)[]) => Promise<void>;
  readonly stop: () => void;
};

/** What is warm is looked at so often that it is asked for before it is stale. */
const EVERY_PART = 0.1;
const MIN_EVERY_MS = 5_000;
const MAX_EVERY_MS = 60_000;

export function createWarmth(options: WarmthOptions): Warmth {
  const { known, ages, requests, languages, batch } = options;
  const everyMs = Math.min(Math.max(MIN_EVERY_MS, options.freshMs * EVERY_PART), MAX_EVERY_MS);
  let kept: readonly string[] = [];
  let keptIn: readonly (string | null)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const findDue = (language: string | null): string[] =>
    kept.filter((id) => {
      const one = known.inMemory(language, id);
      return !one || ages.isDue(one);
    });

  const refresh = async (language: string | null): Promise<void> => {
    // Another replica may have asked by now.
    await known.recall(language, findDue(language));
    const due = findDue(language);
    for (let from = 0; from < due.length && !isStopped && requests.mayRetry(language); from += batch) {
      await requests.ask(due.slice(from, from + batch), language);
    }
  };

  /** One after the other: answers need the source more. */
  const refreshAll = async (): Promise<void> => {
    for (const language of new Set([...keptIn, ...languages.lately()])) await refresh(language);
  };

  /** Not all replicas at the same moment, so that each finds what the first one learned. */
  const schedule = (): void => {
    timer = setTimeout(tick, everyMs * (0.5 + Math.random())).unref();
  };

  const tick = async (): Promise<void> => {
    await refreshAll();
    if (!isStopped) schedule();
  };

  schedule();
  return {
    keep: (ids, locales) => {
      kept = ids;
      keptIn = locales.map(languages.for);
      return refreshAll();
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
