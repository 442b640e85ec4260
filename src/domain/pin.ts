import type { Content } from './content.ts';
import type { Decision, Reason } from './decision.ts';
import { mayMend } from './decision.ts';
import type { MessageContext } from './message-context.ts';
import type { Person } from './person.ts';

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
  /** All that the decision names, those that were shown first and in their places. */
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

export type PinTimes = { readonly nowMs: number; readonly keepMs: number };

/** A decision as it was shown without limit or exclude. */
export function makePin(
  decision: Decision,
  shown: readonly Content[],
  { channel }: Pick<MessageContext, 'channel'>,
  { nowMs, keepMs }: PinTimes,
): Pin {
  const first = shown.map(({ id }) => id);
  return {
    reason: decision.reason,
    itemIds: [...new Set([...first, ...decision.itemIds])],
    urls: shown.map(({ values }) => (typeof values.url === 'string' ? values.url : null)),
    channel,
    pinnedAtMs: nowMs,
    untilMs: nowMs + keepMs,
  };
}

/** The decision that was pinned. */
export function decisionOf({ reason, itemIds }: Pin): Decision {
  return { variant: reason === 'recommended' ? 'treatment' : 'baseline', reason, itemIds };
}

/** True if these are the items that the pin has shown, each in its place. */
export function showsSame({ itemIds, urls }: Pin, shown: readonly Content[]): boolean {
  return shown.length === urls.length && shown.every(({ id }, index) => itemIds[index] === id);
}

/** Whether a call that would rather wait can get more than this. */
export function mayBeMended({ reason }: Pin): boolean {
  return mayMend(reason);
}
