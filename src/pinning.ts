import type { Deadline } from './deadline.ts';
import type { Selection } from './domain/block.ts';
import { type Decision, mayMend } from './domain/decision.ts';
import type { MessageContext } from './domain/message-context.ts';
import type { Person, PersonFault } from './domain/person.ts';
import {
  decisionOf,
  isAsPinned,
  makePin,
  mayBeMended,
  type Pin,
  type PinKey,
  PROVISIONAL_MS,
} from './domain/pin.ts';
import type { Placement } from './domain/placement.ts';
import type { Sample } from './domain/sample.ts';
import type { Join, JoinedDecision, Joining } from './join.ts';

/** Where pins are kept. Neither method rejects. */
export type PinKeeper = {
  /** The pin that holds, or null. Without a promise where it is at hand. */
  readonly find: (key: PinKey) => Pin | null | Promise<Pin | null>;
  /** Gives the pin that holds from now on: another call may have been first. `instead` is one to be replaced. */
  readonly commit: (key: PinKey, pin: Pin, instead: Pin | null) => Promise<Pin>;
};

export type PinningParts = {
  readonly pins: PinKeeper;
  /** How long decisions are pinned. Milliseconds. */
  readonly pinForMs: number;
  readonly join: Join;
  /** Wall clock, milliseconds. */
  readonly wallNow: () => number;
};

/** What of a question bears on its pin. */
export type PinQuestion = {
  readonly placement: Placement;
  readonly person: Person | PersonFault;
  readonly sample: Sample | null;
  readonly message: MessageContext;
  readonly selection: Pick<Selection, 'limit' | 'exclude'>;
  readonly onUnavailable: 'serve' | 'retry';
};

/** Where an answer is pinned. */
export type PinPlace = {
  readonly key: PinKey;
  /** What is pinned there already, or null. */
  readonly found: Pin | null;
  /** The same, if this answer follows it. */
  readonly followed: Pin | null;
};

/** A decision before content. `isFailure`: nothing was found out about the person. */
export type Decided = { readonly decision: Decision; readonly isFailure: boolean };

export type Pinning = {
  /** Null where nothing is ever pinned: without a campaign, and for whom nobody is looked up. */
  readonly find: (question: PinQuestion, deadline: Deadline) => Promise<PinPlace | null>;
  /** Joins the whole decision, pins it where it is not, and picks what the caller wants of what is pinned then. */
  readonly join: (
    place: PinPlace,
    decided: Decided,
    question: PinQuestion,
    joining: Joining,
    deadline: Deadline,
  ) => Promise<JoinedDecision>;
};

const EVERYTHING = { limit: null, exclude: [] };

/** Kept of a deadline for pinning, so that the fallback of a slow look-up is pinned as well before it leaves. */
const PINNING_MS = 60;
const PINNING_PART = 0.25;

/** When look-up and content have to be done where an answer is pinned. */
export function leaveTimeToPin(deadline: Deadline): Deadline {
  return deadline.earlier(Math.min(PINNING_MS, deadline.remainingMs * PINNING_PART));
}

/** What is answered with a campaign is what later calls get. */
export function createPinning({ pins, pinForMs, join, wallNow }: PinningParts): Pinning {
  /** Null where what holds goes on. */
  const makeNext = (
    { followed }: PinPlace,
    whole: JoinedDecision,
    isFailure: boolean,
    { onUnavailable, message }: PinQuestion,
  ): Pin | null => {
    const { reason } = whole.decision;
    // It is answered 500, and nobody shows it.
    if (onUnavailable === 'retry' && mayMend(reason)) return null;
    const isSourceDown = whole.leftOut.some(({ reason }) => reason === 'source_unavailable');
    // What takes the place of a vanished item holds as long as the rest.
    if (followed) return isSourceDown || isAsPinned(followed, whole) ? null : makePin(whole, followed);
    const isProvisional = isFailure || (isSourceDown && reason === 'no_content');
    const keepMs = isProvisional ? PROVISIONAL_MS : pinForMs;
    const pinnedAtMs = wallNow();
    return makePin(whole, { channel: message.channel, pinnedAtMs, untilMs: pinnedAtMs + keepMs });
  };

  const commit = async (
    { key, found }: PinPlace,
    made: Pin,
    { onUnavailable }: PinQuestion,
    deadline: Deadline,
  ): Promise<Pin> => {
    const held = await deadline.wait(pins.commit(key, made, found), made);
    // Somebody was first with a fallback, to which whoever would rather wait is not held.
    const isStuck = onUnavailable === 'retry' && mayBeMended(held);
    return isStuck ? await deadline.wait(pins.commit(key, made, held), made) : held;
  };

  return {
    find: async (question, deadline) => {
      const key = pinKeyOf(question);
      if (key === null) return null;
      const finding = pins.find(key);
      const found = finding instanceof Promise ? await deadline.wait(finding, null) : finding;
      // Whoever would rather wait is not held to a fallback that may have mended.
      const isFollowed = found !== null && !(question.onUnavailable === 'retry' && mayBeMended(found));
      return { key, found, followed: isFollowed ? found : null };
    },
    join: async (place, { decision, isFailure }, question, joining, deadline) => {
      const whole = await join(joining, decision, EVERYTHING);
      const made = makeNext(place, whole, isFailure, question);
      const pin = made ? await commit(place, made, question, deadline) : place.followed;
      if (pin === null) return whole;
      const { limit, exclude } = question.selection;
      const isThis = pin === made || pin === place.followed;
      if (!isThis || exclude.length > 0) return join(joining, decisionOf(pin), question.selection);
      return limit === null ? whole : { ...whole, contents: whole.contents.slice(0, limit) };
    },
  };
}

function pinKeyOf({ placement, person, sample, message }: PinQuestion): PinKey | null {
  if (message.campaign === null || typeof person === 'string') return null;
  if (sample || !placement.enabled) return null;
  return { placement: placement.name, person, campaign: message.campaign };
}
