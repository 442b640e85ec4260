import type { Reason } from './decision.ts';
import type { Person } from './person.ts';
import type { Placement } from './placement.ts';

/** Somebody followed the link of an item. */
export type Click = {
  readonly placement: Placement;
  /** Null for whoever has no id. */
  readonly person: Person | null;
  /** Why the item was shown, which tells the variant too. */
  readonly reason: Reason;
  readonly itemId: string;
  /** 1…n. */
  readonly position: number;
  readonly campaign: string | null;
  readonly channel: string | null;
};
