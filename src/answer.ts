import type { Deadline } from './deadline.ts';
import { type Block, type LeftOut, placeItems, type Selection, type ToClickUrl } from './domain/block.ts';
import { decide, type Reason, type Skipped } from './domain/decision.ts';
import type { LookupPlan } from './domain/lookup-plan.ts';
import type { MessageContext } from './domain/message-context.ts';
import type { Person, PersonFault } from './domain/person.ts';
import { decisionOf, mayTellTraits, type Pin } from './domain/pin.ts';
import type { Placement } from './domain/placement.ts';
import type { Lookup, Traits, UnavailableReason } from './domain/profile.ts';
import type { Sample } from './domain/sample.ts';
import { traitNames } from './domain/traits.ts';
import type { JoinedDecision, Source } from './join.ts';
import { createPinning, type Decided, leaveTimeToPin, type PinningParts } from './pinning.ts';

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
  /**
   * `stored`: nobody is looked up and nothing is pinned, but what is known of people already is shown. `pins`: nor is
   * that, so that without a pin everyone gets the baseline.
   */
  readonly access: 'everything' | 'stored' | 'pins';
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

export type Answer = {
  readonly block: Block;
  /** What the block shows, by position, or would if the call had not asked for one position only. */
  readonly itemIds: readonly string[];
  readonly trace: Trace;
};

/** What a look-up gives. */
export type LookupOutcome = {
  readonly lookup: Lookup;
  readonly cache: 'hit' | 'store_hit' | 'stale' | 'miss' | 'collapsed' | 'stale_if_error';
  readonly ageMs: number | null;
  readonly failure: UnavailableReason | null;
};

type PersonRequest = LookupPlan & { readonly person: Person };

/** What the pipeline is made of. Nothing in it rejects for what happens upstream. */
export type AnswerParts = PinningParts & {
  readonly lookUp: (request: PersonRequest, deadline: Deadline) => LookupOutcome | Promise<LookupOutcome>;
  /** What is known of someone, without asking Amplitude; null if that is nothing that could still be used. */
  readonly recall: (request: PersonRequest) => LookupOutcome | null | Promise<LookupOutcome | null>;
  /** Makes the links of one answer's items. */
  readonly linkFor: (
    answer: Pick<Question, 'placement' | 'person' | 'message'> & {
      readonly isSample: boolean;
      readonly reason: Reason;
    },
  ) => ToClickUrl;
};

/** From a question to a block: pin or look-up, decision, content. */
export function createAnswer(
  parts: AnswerParts,
): (question: Question, deadline: Deadline) => Promise<Answer> {
  const pinning = createPinning(parts);

  return async (question, deadline) => {
    const place = await pinning.find(question, deadline);
    const placeToPin = question.access === 'everything' ? place : null;
    const workDeadline = placeToPin ? leaveTimeToPin(deadline) : deadline;

    const pin = place?.followed;
    const asked = pin
      ? await followPin(pin, question, workDeadline, parts)
      : await ask(question, workDeadline, parts);
    const lookupMs = deadline.elapsedMs;

    const joining = { ...question, traits: asked.traits, deadline: workDeadline };
    const joined = placeToPin
      ? await pinning.join(placeToPin, asked, question, joining, deadline)
      : await parts.join(joining, asked.decision, question.selection);
    const traits = await traitsToTell(asked, joined.decision.reason, question, deadline, parts);
    const block = makeBlock(question, joined, traits, parts);

    const { cache, ageMs, failure } = asked;
    const contentMs = deadline.elapsedMs - lookupMs;
    return {
      block,
      itemIds: joined.contents.map(({ id }) => id),
      trace: { cache, ageMs, failure, lookupMs, contentMs, leftOut: joined.leftOut },
    };
  };
}

function makeBlock(
  { placement, person, source, selection, sample, message }: Question,
  { decision, contents }: JoinedDecision,
  traits: Traits | null,
  { linkFor }: AnswerParts,
): Block {
  const isSample = sample !== null;
  const alter = sample?.alter;
  const shown = alter ? contents.map((content) => alter(content, source.shape)) : contents;
  const toClickUrl = linkFor({ placement, person, message, isSample, reason: decision.reason });
  const items = placeItems(shown, selection.position, { placement, decision, message }, toClickUrl);
  return { placement, shape: source.shape, decision, items, traits, isSample };
}

/** What is decided, before content. */
type Asked = Decided & Pick<Trace, 'cache' | 'ageMs' | 'failure'> & { readonly traits: Traits | null };

async function ask(question: Question, deadline: Deadline, { lookUp, recall }: AnswerParts): Promise<Asked> {
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
  const request = { ...plan, person };
  const outcome = access === 'stored' ? await recall(request) : await lookUp(request, deadline);
  if (!outcome) return notAsked({ status: 'skipped', reason: 'no_user' });
  const { lookup, ...trace } = outcome;
  return {
    ...trace,
    decision: decide(placement, lookup),
    traits: traitsOf(lookup),
    isFailure: lookup.status === 'unavailable',
  };
}

/** What an earlier call decided. Amplitude is not asked, not even for traits. */
async function followPin(
  pin: Pin,
  question: Question,
  deadline: Deadline,
  parts: AnswerParts,
): Promise<Asked> {
  const traits = mayTellTraits(pin.reason) ? await recallTraits(question, deadline, parts) : null;
  const ageMs = Math.max(0, parts.wallNow() - pin.pinnedAtMs);
  return { cache: 'pinned', ageMs, failure: null, decision: decisionOf(pin), traits, isFailure: false };
}

/** Another call may have decided in the end, and found out more than this one, or less: all tell the same. */
function traitsToTell(
  { decision, traits }: Asked,
  reason: Reason,
  question: Question,
  deadline: Deadline,
  parts: AnswerParts,
): Traits | null | Promise<Traits | null> {
  if (!mayTellTraits(reason)) return null;
  return mayTellTraits(decision.reason) ? traits : recallTraits(question, deadline, parts);
}

function recallTraits(
  { placement, plan, person, access }: Question,
  deadline: Deadline,
  parts: AnswerParts,
): Traits | null | Promise<Traits | null> {
  // Public links show what everyone with a link may see, which traits are not.
  if (access === 'pins' || typeof person === 'string' || traitNames(placement).length === 0) return null;
  const recalled = parts.recall({ ...plan, person });
  if (!(recalled instanceof Promise)) return recalled && traitsOf(recalled.lookup);
  return deadline.wait(
    recalled.then((outcome) => outcome && traitsOf(outcome.lookup)),
    null,
  );
}

function traitsOf(lookup: Lookup | Skipped): Traits | null {
  return 'traits' in lookup ? lookup.traits : null;
}
