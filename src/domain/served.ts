import type { Decision } from './decision.ts';
import type { Person } from './person.ts';
import type { Placement } from './placement.ts';

/** Somebody was answered. */
export type Served = {
  readonly placement: Placement;
  readonly person: Person;
  readonly decision: Pick<Decision, 'variant' | 'reason'>;
  /** What is shown, by position, also where the call asked for one position only. */
  readonly itemIds: readonly string[];
  readonly campaign: string | null;
  readonly channel: string | null;
};
