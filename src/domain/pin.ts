import type { Joined } from './block.ts';
import { type Decision, mayMend, type Reason, variantOf } from './decision.ts';
import type { Person } from './person.ts';
import type { UnavailableReason } from './profile.ts';

/** What a pin belongs to: one placement of one send, as one person gets it. */
export type PinKey = {
  /** The placement's name, never an alias. */
  readonly placement: string;
  readonly person: Person;
  readonly campaign: string;
};

/** A decision that later calls for the same placement, person and campaign get again. */
export type Pin = {
  readonly reason: Reason;
  /** All that the decision names: what was shown, in its places, then the rest, and last what could not be shown. */
  readonly itemIds: readonly string[];
  /** Where the items shown led, by position, before link parameters; null where an item has no link. */
  readonly urls: readonly (string | null)[];
  /** The channel that was named first, for the links of later clicks. */
  readonly channel: string | null;
  /** Wall clock, milliseconds. */
  readonly pinnedAtMs: number;
  readonly untilMs: number;
};

/** How long what a failure led to is pinned: so long subject and body of one message are made. */
export const PROVISIONAL_MS = 60_000;

/** A decision and what was shown of it, without limit or exclude. */
export type Shown = Joined & { readonly decision: Decision };

export function makePin(
  { decision, contents, leftOut }: Shown,
  { channel, pinnedAtMs, untilMs }: Pick<Pin, 'channel' | 'pinnedAtMs' | 'untilMs'>,
): Pin {
  const first = contents.map(({ id }) => id);
  // What could not be shown comes last: should it be shown one day, it takes the place of nothing that was.
  const last = new Set(leftOut.map(({ id }) => id));
  const others = decision.itemIds.filter((id) => !last.has(id));
  return {
    reason: decision.reason,
    itemIds: [...new Set([...first, ...others, ...decision.itemIds])],
    urls: contents.map(({ values }) => (typeof values.url === 'string' ? values.url : null)),
    ...{ channel, pinnedAtMs, untilMs },
  };
}

/** The decision that was pinned. */
export function decisionOf({ reason, itemIds }: Pin): Decision {
  return { variant: variantOf(reason), reason, itemIds };
}

/** True if what is shown now is what the pin says, or its beginning: nothing has taken the place of another. */
export function isAsPinned({ reason, itemIds, urls }: Pin, { decision, contents }: Shown): boolean {
  return (
    reason === decision.reason &&
    contents.length <= urls.length &&
    contents.every(({ id }, index) => id === itemIds[index])
  );
}

/** For these Amplitude told nothing of the person, whatever it has told since. */
const TOLD_NOTHING: ReadonlySet<Reason> = new Set<UnavailableReason | 'unknown_user'>([
  'unknown_user',
  'throttled',
  'timeout',
  'upstream_error',
  'circuit_open',
  'invalid_response',
  'upstream_rejected',
]);

/** Whether an answer for this reason tells traits: those that repeat it tell no more than the first. */
export function mayTellTraits(reason: Reason): boolean {
  return !TOLD_NOTHING.has(reason);
}

/** Whether a call that would rather wait can get more than this. */
export function mayBeMended({ reason }: Pin): boolean {
  return mayMend(reason);
}
