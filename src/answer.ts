import type { Deadline } from './deadline.ts';
import { type Block, type LeftOut, placeItems, type Selection, type ToClickUrl } from './domain/block.ts';
import { type Decision, decide, mayMend, type Reason, type Skipped } from './domain/decision.ts';
import type { LookupPlan } from './domain/lookup-plan.ts';
import type { MessageContext } from './domain/message-context.ts';
import type { Person, PersonFault } from './domain/person.ts';
import {
  decisionOf,
  makePin,
  mayBeMended,
  type Pin,
  type PinKey,
  PROVISIONAL_MS,
  showsSame,
} from './domain/pin.ts';
import type { Placement } from './domain/placement.ts';
import type { Lookup, Traits, UnavailableReason } from './domain/profile.ts';
import type { Sample } from './domain/sample.ts';
import { traitNames } from './domain/traits.ts';
import type { Join, JoinedDecision, Joining, Source } from './join.ts';

/** What one call asks. */
export type Question = {
  readonly placement: Placement;
  readonly plan: LookupPlan;
  readonly source: Source;
  readonly person: Person | PersonFault;
  /** Set for people to test with, who are never looked up. */
  readonly sample: Sample | null;
  readonly selection: Selection;
  readonly message: MessageContext;
  /** `pins`: nobody is looked up and nothing is pinned, so that without a pin everyone gets the baseline. */
  readonly access: 'everything' | 'pins';
  /** `retry`: the caller comes again for a fallback that may mend, instead of showing it. */
  readonly onUnavailable: 'serve' | 'retry';
};

/** How the answer came about, for `explain` and the log. Times in milliseconds. */
export type Trace = {
  /** Where the look-up came from; `pinned`: an earlier call decided; `bypass`: nobody was looked up, nor in any cache. */
  readonly cache: LookupOutcome['cache'] | 'pinned' | 'bypass';
  /** How old Amplitude's answer is, or the pin; null if there is none. */
  readonly ageMs: number | null;
  /** Why Amplitude could not be asked, though what it said before may have been served; else null. */
  readonly failure: UnavailableReason | null;
  readonly lookupMs: number;
  readonly contentMs: number;
  /** Items that the decision names and the block does not show, as far as any were come across. */
  readonly leftOut: readonly LeftOut[];
};

export type Answer = { readonly block: Block; readonly trace: Trace };

/** What a look-up gives. */
export type LookupOutcome = {
  readonly lookup: Lookup;
  readonly cache: 'hit' | 'store_hit' | 'stale' | 'miss' | 'collapsed' | 'stale_if_error';
  readonly ageMs: number | null;
  readonly failure: UnavailableReason | null;
};

type PersonRequest = LookupPlan & { readonly person: Person };

/** What the pipeline is made of. Nothing in it rejects for what happens upstream. */
export type AnswerParts = {
  readonly lookUp: (request: PersonRequest, deadline: Deadline) => LookupOutcome | Promise<LookupOutcome>;
  /** What is known of someone's traits, without asking Amplitude. */
  readonly recallTraits: (request: PersonRequest) => Traits | null | Promise<Traits | null>;
  readonly pins: {
    readonly find: (key: PinKey) => Pin | null | Promise<Pin | null>;
    /** Gives the pin that holds: another call may have been first. `instead` is one to be replaced. */
    readonly commit: (key: PinKey, pin: Pin, instead: Pin | null) => Promise<Pin>;
  };
  readonly pinForMs: number;
  readonly join: Join;
  /** Makes the links of one answer's items. */
  readonly linkFor: (
    answer: Pick<Question, 'placement' | 'person' | 'message'> & {
      readonly isSample: boolean;
      readonly reason: Reason;
    },
  ) => ToClickUrl;
  /** Wall clock, milliseconds. */
  readonly wallNow: () => number;
};

/** Kept of a deadline for pinning, so that the fallback of a slow look-up is pinned as well before it leaves. */
const PINNING_MS = 60;
const PINNING_PART = 0.25;

/** From a question to a block: pin or look-up, decision, content. */
export function createAnswer(
  parts: AnswerParts,
): (question: Question, deadline: Deadline) => Promise<Answer> {
  const { join, linkFor, pins } = parts;

  return async (question, deadline) => {
    const { placement, person, source, selection, sample, message } = question;
    const key = pinKeyOf(question);
    const found = key && pins.find(key);
    const earlier = found instanceof Promise ? await deadline.wait(found, null) : found;
    // Whoever would rather wait is not held to a fallback that may have mended.
    const isMended = earlier && question.onUnavailable === 'retry' && mayBeMended(earlier);
    const pinned = isMended ? null : earlier;

    const asked = pinned ? await recall(pinned, question, parts) : await ask(question, deadline, key, parts);
    const mayPin = question.access === 'everything';
    const { cache, ageMs, failure } = asked;
    const lookupMs = deadline.elapsedMs;
    const joining = { ...question, traits: asked.traits, deadline };
    const { decision, contents, leftOut } =
      key && mayPin
        ? await joinPinned({ key, pinned, earlier, question, asked }, joining, parts)
        : await join(joining, asked.decision, selection);

    const alter = sample?.alter;
    const shown = alter ? contents.map((content) => alter(content, source.shape)) : contents;
    const { reason } = decision;
    const toClickUrl = linkFor({ placement, person, message, isSample: sample !== null, reason });
    const block: Block = {
      placement,
      shape: source.shape,
      decision,
      items: placeItems(shown, selection.position, { placement, decision, message }, toClickUrl),
      traits: asked.traits,
      isSample: sample !== null,
    };
    const contentMs = deadline.elapsedMs - lookupMs;
    return { block, trace: { cache, ageMs, failure, lookupMs, contentMs, leftOut } };
  };
}

/** Null where nothing is pinned: without a campaign, and for whom nobody is looked up. */
function pinKeyOf({ placement, person, sample, message }: Question): PinKey | null {
  if (message.campaign === null || typeof person === 'string') return null;
  if (sample || !placement.enabled) return null;
  return { placement: placement.name, person, campaign: message.campaign };
}

/** What is decided on, before content. */
type Asked = Pick<Trace, 'cache' | 'ageMs' | 'failure'> & {
  readonly decision: Decision;
  readonly traits: Traits | null;
  /** Nothing was found out about the person, so that a later call may get more. */
  readonly isFailure: boolean;
};

async function ask(
  question: Question,
  deadline: Deadline,
  key: PinKey | null,
  { lookUp }: AnswerParts,
): Promise<Asked> {
  const { placement, plan, person, sample, access } = question;
  const notAsked = (lookup: Lookup | Skipped): Asked => ({
    ...{ cache: 'bypass', ageMs: null, failure: null, isFailure: false },
    decision: decide(placement, lookup),
    traits: traitsOf(lookup),
  });
  if (!placement.enabled) return notAsked({ status: 'skipped', reason: 'disabled' });
  if (sample) return notAsked(sample.lookup);
  if (typeof person === 'string') return notAsked({ status: 'skipped', reason: person });
  if (access === 'pins') return notAsked({ status: 'skipped', reason: 'no_user' });
  const pinningMs = key ? Math.min(PINNING_MS, deadline.remainingMs * PINNING_PART) : 0;
  const { lookup, ...trace } = await lookUp({ ...plan, person }, deadline.earlier(pinningMs));
  return {
    ...trace,
    decision: decide(placement, lookup),
    traits: traitsOf(lookup),
    isFailure: lookup.status === 'unavailable',
  };
}

/** What an earlier call decided. Amplitude is not asked, not even for traits. */
async function recall(
  pin: Pin,
  { placement, plan, person, access }: Question,
  { recallTraits, wallNow }: AnswerParts,
): Promise<Asked> {
  // Public links show what everyone with a link may see, which traits are not.
  const hasTraits = access === 'everything' && traitNames(placement).length > 0 && typeof person !== 'string';
  const traits = hasTraits ? await recallTraits({ ...plan, person }) : null;
  const ageMs = Math.max(0, wallNow() - pin.pinnedAtMs);
  return { cache: 'pinned', ageMs, failure: null, decision: decisionOf(pin), traits, isFailure: false };
}

function traitsOf(lookup: Lookup | Skipped): Traits | null {
  return 'traits' in lookup ? lookup.traits : null;
}

type Pinning = {
  readonly key: PinKey;
  /** The pin that is followed. */
  readonly pinned: Pin | null;
  /** The pin that was found, followed or not. */
  readonly earlier: Pin | null;
  readonly question: Question;
  readonly asked: Asked;
};

const EVERYTHING = { limit: null, exclude: [] };

/** Joins the whole decision, pins it where it is not, and picks what the caller wants of it. */
async function joinPinned(pinning: Pinning, joining: Joining, parts: AnswerParts): Promise<JoinedDecision> {
  const { question, asked } = pinning;
  const { selection } = question;
  const whole = await parts.join(joining, asked.decision, EVERYTHING);
  const held = await pinWhole(pinning, whole, joining.deadline, parts);
  const isWhole = selection.limit === null && selection.exclude.length === 0;
  if (isWhole && held === null) return whole;
  return parts.join(joining, held ? decisionOf(held) : whole.decision, selection);
}

/** Null if what was joined is what is pinned now; else the pin that somebody else was first with. */
async function pinWhole(
  { key, pinned, earlier, question, asked }: Pinning,
  whole: JoinedDecision,
  deadline: Deadline,
  { pins, pinForMs, wallNow }: AnswerParts,
): Promise<Pin | null> {
  if (question.onUnavailable === 'retry' && mayMend(whole.decision.reason)) return null;
  const isSourceDown = whole.leftOut.some(({ reason }) => reason === 'source_unavailable');
  if (pinned && (isSourceDown || showsSame(pinned, whole.contents))) return null;
  const nowMs = wallNow();
  const isProvisional = asked.isFailure || (isSourceDown && whole.decision.reason === 'no_content');
  // What takes the place of a vanished item holds as long as the rest.
  const keepMs = pinned ? pinned.untilMs - nowMs : isProvisional ? PROVISIONAL_MS : pinForMs;
  const pin = makePin(whole.decision, whole.contents, question.message, { nowMs, keepMs });
  const held = await deadline.wait(pins.commit(key, pin, earlier), pin);
  return held === pin || showsSame(held, whole.contents) ? null : held;
}
