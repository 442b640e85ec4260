import type { Remote } from '../domain/content-source.ts';
import type { KnownItem } from './known-items.ts';

/** What may be done with what is known of an item, by how long ago its source said so. */
export type ItemAges = {
  /** Neither an item nor a gap is asked for again. */
  readonly isFresh: (one: KnownItem) => boolean;
  /** An item that is shown at once, though it may be asked for again. */
  readonly isServed: (one: KnownItem) => boolean;
  /** An item that is shown where nothing newer can be had. */
  readonly isUsable: (one: KnownItem) => boolean;
  /** Nearly no longer fresh. What is kept warm is asked for again by then, and so is never stale. */
  readonly isDue: (one: KnownItem) => boolean;
};

const DUE_PART = 0.8;

export function createItemAges(windows: Remote, wallNow: () => number): ItemAges {
  const { staleMs, staleIfErrorMs } = windows;
  // However far the clock was set back, what was said before that is not young for ever: it is as old as it is far away.
  const ageOf = ({ saidAtMs }: KnownItem): number => Math.abs(wallNow() - saidAtMs);
  const isItem = ({ item }: KnownItem): boolean => typeof item !== 'string';
  const freshMsOf = (one: KnownItem): number => (isItem(one) ? windows.freshMs : windows.missingMs);
  return {
    isFresh: (one) => ageOf(one) < freshMsOf(one),
    isServed: (one) => isItem(one) && ageOf(one) < staleMs,
    isUsable: (one) => isItem(one) && ageOf(one) < staleIfErrorMs,
    isDue: (one) => ageOf(one) >= freshMsOf(one) * DUE_PART,
  };
}
