/** The languages in which a source is asked. */
export type Languages = {
  /**
   * In which one to ask for a locale; null is the source's own. That is also asked for beyond a number of others at a
   * time, for callers name locales, and each is requests, memory and entries in the store.
   */
  readonly for: (locale: string | null) => string | null;
  /** Those asked for lately. */
  readonly lately: () => readonly (string | null)[];
};

/** In which a source is asked at a time. */
export const MAX_LANGUAGES = 50;
const LATELY_MS = 3_600_000;

/** `isSpoken`: the source answers in languages. `now` is a monotonic clock in milliseconds. */
export function createLanguages(isSpoken: boolean, now: () => number): Languages {
  /** Longest unused first. */
  const usedAt = new Map<string | null, number>();

  const hasRoom = (): boolean => {
    const [oldest] = usedAt;
    if (usedAt.size < MAX_LANGUAGES || !oldest) return true;
    const [language, atMs] = oldest;
    return now() - atMs >= LATELY_MS && usedAt.delete(language);
  };

  const use = (language: string | null): string | null => {
    usedAt.delete(language);
    usedAt.set(language, now());
    return language;
  };

  return {
    for: (locale) => {
      if (!isSpoken) return null;
      return use(usedAt.has(locale) || hasRoom() ? locale : null);
    },
    lately: () => [...usedAt].filter(([, atMs]) => now() - atMs < LATELY_MS).map(([language]) => language),
  };
}

/** What is kept of an item in a language is kept by this. No locale has a line feed in it. */
export function keyIn(language: string | null, id: string): string {
  return `${language ?? ''}\n${id}`;
}
