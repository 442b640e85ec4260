export type WarmthOptions = {
  /** How often it is looked at, on average. Milliseconds. */
  readonly everyMs: number;
  /** Languages that it is kept in besides those it was told of. */
  readonly languages: () => readonly (string | null)[];
  /** Asks for what of these ids is due. Must not reject. */
  readonly refresh: (ids: readonly string[], language: string | null) => Promise<void>;
};

/** Keeps some items in memory, so that a baseline never has to wait for its content. */
export type Warmth = {
  /** Replaces what is kept and the languages it is kept in at least. Resolves when it was looked at once. */
  readonly keep: (ids: readonly string[], languages: readonly (string | null)[]) => Promise<void>;
  readonly stop: () => void;
};

export function createWarmth({ everyMs, languages, refresh }: WarmthOptions): Warmth {
  let kept: readonly string[] = [];
  let told: readonly (string | null)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  /** One after the other: answers need the source more. */
  const refreshAll = async (): Promise<void> => {
    for (const language of new Set([...told, ...languages()])) {
      if (kept.length > 0 && !isStopped) await refresh(kept, language);
    }
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
    keep: (ids, languages) => {
      kept = ids;
      told = languages;
      return refreshAll();
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
