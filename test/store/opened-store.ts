import type { Store } from '../../src/store/store.ts';

/** A store of its own for one test, empty. */
export type OpenedStore = {
  readonly store: Store;
  /** Lets that much time pass for the store, by both clocks. */
  readonly advance: (ms: number) => Promise<void> | void;
  /** Opens the same data anew, as the next process would; left out where nothing outlives the process. */
  readonly reopen?: () => Promise<Store>;
  /** Lets go of everything, whatever was closed before. */
  readonly close: () => Promise<void>;
};

/**
 * Holds for every store. Times are short enough to pass for real: what should be over is given `PASSES_MS` more, and what
 * should still be there has `LONG_MS`.
 */
export const SHORT_MS = 100;
export const PASSES_MS = 250;
export const LONG_MS = 60_000;

/** Nothing in it is plain: an emoji of several code points, quotes, a NUL, another script. */
export const ODD_TEXT = 'Zoë 👩‍🚀 "quoted" \\ back\nline\u0000nul 日本語 \u{10ffff}';
