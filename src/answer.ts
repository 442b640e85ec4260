import type { Deadline } from './deadline.ts';
import {
  type Block,
  candidates,
  type Joined,
  joinItems,
  type LeftOut,
  placeItems,
  type Selection,
} from './domain/block.ts';
import type { Content, ContentShape, Contents } from './domain/content.ts';
import { type Decision, decide, decideWithoutContent, type Skipped } from './domain/decision.ts';
import type { LookupPlan } from './domain/lookup-plan.ts';
import type { MessageContext } from './domain/message-context.ts';
import type { Person, PersonFault } from './domain/person.ts';
import type { GateRule, Placement } from './domain/placement.ts';
import type { Lookup, Traits, UnavailableReason } from './domain/profile.ts';
import type { Sample } from './domain/sample.ts';
import { nameTraits } from './domain/traits.ts';

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
};

/** Where items' content comes from. What is in memory already comes without a promise, and nothing is rejected. */
export type Source = {
  readonly shape: ContentShape;
  readonly find: (
    ids: readonly string[],
    locale: string | null,
    deadline: Deadline,
  ) => Contents | Promise<Contents>;
};

/** How the answer came about, for `explain` and the log. Times in milliseconds. */
export type Trace = {
  /** Where the look-up came from; `bypass`: nobody was looked up, nor in any cache. */
  readonly cache: LookupOutcome['cache'] | 'bypass';
  /** How old Amplitude's answer is; null if there is none. */
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

/** Whom a feature flag is evaluated for. */
export type GateSubject = {
  /** The person's id, or null if there is none. */
  readonly targetingKey: string | null;
  readonly attributes: Readonly<Record<string, string | number | boolean | null>>;
};

/** The items whose flag is on for someone. Never rejects. */
export type PassGate = (
  rule: GateRule,
  itemIds: readonly string[],
  subject: GateSubject,
  deadline: Deadline,
) => Promise<ReadonlySet<string>>;

/** What the pipeline is made of. */
export type AnswerParts = {
  readonly lookUp: (
    request: LookupPlan & { readonly person: Person },
    deadline: Deadline,
  ) => LookupOutcome | Promise<LookupOutcome>;
  readonly passGate: PassGate;
  /** Wall clock, milliseconds. */
  readonly wallNow: () => number;
};

/** From a question to a block: look up, decide, join. Nothing that goes wrong upstream throws. */
export function createAnswer(
  parts: AnswerParts,
): (question: Question, deadline: Deadline) => Promise<Answer> {
  const ask = ({ placement, plan, person, sample }: Question, deadline: Deadline) => {
    if (!placement.enabled) return notAsked({ status: 'skipped', reason: 'disabled' });
    if (sample) return notAsked(sample.lookup);
    if (typeof person === 'string') return notAsked({ status: 'skipped', reason: person });
    return parts.lookUp({ ...plan, person }, deadline);
  };

  return async (question, deadline) => {
    const { placement, source, selection, sample, message } = question;
    const { lookup, cache, ageMs, failure } = await ask(question, deadline);
    const lookupMs = deadline.elapsedMs;
    const traits = traitsOf(lookup);
    const joining: Joining = { question, traits, deadline, ...parts };
    const { decision, contents, leftOut } = await join(joining, decide(placement, lookup));
    const block: Block = {
      placement,
      shape: source.shape,
      decision,
      items: placeItems(contents, selection.position, { placement, decision, message }),
      traits,
      isSample: sample !== null,
    };
    const contentMs = deadline.elapsedMs - lookupMs;
    return { block, trace: { cache, ageMs, failure, lookupMs, contentMs, leftOut } };
  };
}

type NotAsked = Omit<LookupOutcome, 'lookup' | 'cache'> & {
  readonly lookup: Lookup | Skipped;
  readonly cache: 'bypass';
};

function notAsked(lookup: Lookup | Skipped): NotAsked {
  return { lookup, cache: 'bypass', ageMs: null, failure: null };
}

function traitsOf(lookup: Lookup | Skipped): Traits | null {
  return 'traits' in lookup ? lookup.traits : null;
}

type Joining = Pick<AnswerParts, 'passGate' | 'wallNow'> & {
  readonly question: Question;
  readonly traits: Traits | null;
  readonly deadline: Deadline;
};

/** A treatment none of whose items can be shown becomes the baseline. */
async function join(joining: Joining, decided: Decision): Promise<Joined & { readonly decision: Decision }> {
  const { placement, source, selection, message, sample } = joining.question;
  const ids = candidates(decided, selection.exclude);
  // Both at once, so that a source is asked once at most.
  const wanted = decided.variant === 'treatment' ? [...ids, ...placement.baseline] : ids;
  const found = source.find(wanted, message.locale, joining.deadline);
  const known = found instanceof Promise ? await found : found;

  let decision = decided;
  let joined = await joinKnown(joining, ids, known);
  if (joined.contents.length === 0 && decided.variant === 'treatment') {
    decision = decideWithoutContent(placement);
    const baseline = await joinKnown(joining, candidates(decision, selection.exclude), known);
    joined = { ...baseline, leftOut: [...joined.leftOut, ...baseline.leftOut] };
  }
  const alter = sample?.alter;
  const contents = alter ? joined.contents.map((content) => alter(content, source.shape)) : joined.contents;
  return { ...joined, contents, decision };
}

function joinKnown(joining: Joining, ids: readonly string[], known: Contents): Joined | Promise<Joined> {
  const { placement, source, selection } = joining.question;
  const most = Math.min(placement.items, selection.limit ?? placement.items);
  const join = (most: number): Joined => joinItems(ids, known, source.shape, most, joining.wallNow());
  return placement.gate === null ? join(most) : gate(joining, placement.gate, join(ids.length), most);
}

/** So many items are asked about in one go: enough for most blocks, few enough for a slow flag system. */
const GATED_AT_ONCE = 20;

async function gate(joining: Joining, rule: GateRule, joined: Joined, most: number): Promise<Joined> {
  const subject = subjectOf(joining);
  const contents: Content[] = [];
  const leftOut = [...joined.leftOut];
  for (let from = 0; from < joined.contents.length && contents.length < most; from += GATED_AT_ONCE) {
    const some = joined.contents.slice(from, from + GATED_AT_ONCE);
    const ids = some.map(({ id }) => id);
    const open = await joining.passGate(rule, ids, subject, joining.deadline);
    for (const content of some) {
      if (!open.has(content.id)) leftOut.push({ id: content.id, reason: 'gated' });
      else if (contents.length < most) contents.push(content);
    }
  }
  return { contents, leftOut };
}

function subjectOf({ question: { placement, person, message }, traits }: Joining): GateSubject {
  const isKnown = typeof person !== 'string';
  const { campaign, channel, locale } = message;
  return {
    targetingKey: isKnown ? person.id : null,
    attributes: {
      ...nameTraits(placement, traits),
      placement: placement.name,
      id_kind: isKnown ? person.kind : null,
      campaign,
      channel,
      locale,
    },
  };
}
