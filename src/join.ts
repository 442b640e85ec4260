import type { Deadline } from './deadline.ts';
import { candidates, type Joined, joinItems, type Selection } from './domain/block.ts';
import type { Content, ContentShape, Contents } from './domain/content.ts';
import { type Decision, decideWithoutContent } from './domain/decision.ts';
import type { MessageContext } from './domain/message-context.ts';
import type { Person, PersonFault } from './domain/person.ts';
import type { GateRule, Placement } from './domain/placement.ts';
import type { Traits } from './domain/profile.ts';
import { nameTraits } from './domain/traits.ts';

/** Where items' content comes from. What is in memory already comes without a promise, and nothing is rejected. */
export type Source = {
  readonly shape: ContentShape;
  readonly find: (
    ids: readonly string[],
    locale: string | null,
    deadline: Deadline,
  ) => Contents | Promise<Contents>;
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

export type JoinParts = {
  readonly passGate: PassGate;
  /** Wall clock, milliseconds. */
  readonly wallNow: () => number;
};

/** For whom, and from where. */
export type Joining = {
  readonly placement: Placement;
  readonly source: Source;
  readonly person: Person | PersonFault;
  readonly message: MessageContext;
  readonly traits: Traits | null;
  readonly deadline: Deadline;
};

/** A decision with its items' content; not the one that was made where none of its items could be shown. */
export type JoinedDecision = Joined & { readonly decision: Decision };

export type Join = (
  joining: Joining,
  decided: Decision,
  selection: Pick<Selection, 'limit' | 'exclude'>,
) => Promise<JoinedDecision>;

/** Joins decisions to content. A treatment none of whose items can be shown becomes the baseline. */
export function createJoin({ passGate, wallNow }: JoinParts): Join {
  return async (joining, decided, { limit, exclude }) => {
    const { placement, source, message, deadline } = joining;
    const most = Math.min(placement.items, limit ?? placement.items);
    const ids = candidates(decided, exclude);
    // Both at once, so that a source is asked once at most.
    const wanted = decided.variant === 'treatment' ? [...ids, ...placement.baseline] : ids;
    const found = source.find(wanted, message.locale, deadline);
    const known = found instanceof Promise ? await found : found;

    const pick = (some: readonly string[]): Joined | Promise<Joined> => {
      const upTo = (count: number): Joined => joinItems(some, known, source.shape, count, wallNow());
      if (placement.gate === null) return upTo(most);
      return passItems(joining, placement.gate, upTo(some.length), most, passGate);
    };
    const joined = await pick(ids);
    if (joined.contents.length > 0 || decided.variant === 'baseline') return { ...joined, decision: decided };
    const decision = decideWithoutContent(placement);
    const { contents, leftOut } = await pick(candidates(decision, exclude));
    return { decision, contents, leftOut: [...joined.leftOut, ...leftOut] };
  };
}

/** So many items are asked about in one go: enough for most blocks, few enough for a slow flag system. */
const GATED_AT_ONCE = 20;

/** Leaves out what the person's flags do not let pass. */
async function passItems(
  joining: Joining,
  rule: GateRule,
  joined: Joined,
  most: number,
  passGate: PassGate,
): Promise<Joined> {
  const subject = subjectOf(joining);
  const contents: Content[] = [];
  const leftOut = [...joined.leftOut];
  for (let from = 0; from < joined.contents.length && contents.length < most; from += GATED_AT_ONCE) {
    const some = joined.contents.slice(from, from + GATED_AT_ONCE);
    const ids = some.map(({ id }) => id);
    const open = await passGate(rule, ids, subject, joining.deadline);
    for (const content of some) {
      if (!open.has(content.id)) leftOut.push({ id: content.id, reason: 'gated' });
      else if (contents.length < most) contents.push(content);
    }
  }
  return { contents, leftOut };
}

function subjectOf({ placement, person, message, traits }: Joining): GateSubject {
  const isKnown = typeof person !== 'string';
  const named = Object.entries(nameTraits(placement, traits));
  return {
    targetingKey: isKnown ? person.id : null,
    attributes: {
      ...Object.fromEntries(named.map(([name, value]) => [`profile_${name}`, value])),
      placement: placement.name,
      id_kind: isKnown ? person.kind : null,
      campaign: message.campaign,
      channel: message.channel,
      locale: message.locale,
    },
  };
}
