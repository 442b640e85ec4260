/** Languages in which warm items are kept: those asked for lately. */
const MAX_LOCALES = 20;

export type WarmthOptions = {
  /** How often what is kept warm is asked for again. Milliseconds. */
  readonly everyMs: number;
  /** Must not reject. */
  readonly refresh: (ids: readonly string[], locale: string | null) => Promise<void>;
};

/** Keeps some items in memory, so that a baseline never has to wait for its content. */
export type Warmth = {
  /** Replaces what is kept, and resolves when it was asked for once. */
  readonly keep: (ids: readonly string[]) => Promise<void>;
  readonly sawLocale: (locale: string | null) => void;
  /** Asks for all of it again, in every language. */
  readonly refreshAll: () => Promise<void>;
  readonly stop: () => void;
};

export function createWarmth({ everyMs, refresh }: WarmthOptions): Warmth {
  let kept: readonly string[] = [];
  const locales = new Set<string | null>([null]);

  const refreshAll = async (): Promise<void> => {
    if (kept.length > 0) await Promise.all([...locales].map((locale) => refresh(kept, locale)));
  };
  const timer = setInterval(() => void refreshAll(), everyMs).unref();

  return {
    keep: (ids) => {
      kept = ids;
      return refreshAll();
    },
    sawLocale: (locale) => {
      if (locales.has(locale) || locales.size >= MAX_LOCALES) return;
      locales.add(locale);
      if (kept.length > 0) void refresh(kept, locale);
    },
    refreshAll,
    stop: () => clearInterval(timer),
  };
}
