import type { Deadline } from './deadline.ts';
import { type Block, candidates, joinItems, placeItems, type Selection } from './domain/block.ts';
import { type Content, type ContentShape, isComplete } from './domain/content.ts';
import { type Decision, decide, decideWithoutContent, type Skipped } from './domain/decision.ts';
import type { LookupPlan } from './domain/lookup-plan.ts';
import type { Person, PersonFault } from './domain/person.ts';
import type { Placement } from './domain/placement.ts';
import type { Lookup, Traits, UnavailableReason } from './domain/profile.ts';
import type { Sample } from './domain/sample.ts';

/** What one call asks. */
export type Question = {
  readonly placement: Placement;
  readonly source: Source;
  readonly person: Person | PersonFault;
  /** Set for people to test with, who are never looked up. */
  readonly sample: Sample | null;
  readonly selection: Selection;
};

/** Content by id. Where it is in memory already, no promise is made. */
export type Source = {
  readonly shape: ContentShape;
  readonly find: (
    ids: readonly string[],
  ) => ReadonlyMap<string, Content> | Promise<ReadonlyMap<string, Content>>;
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
};

export type Answer = { readonly block: Block; readonly trace: Trace };

/** What a look-up gives. */
export type LookupOutcome = {
  readonly lookup: Lookup;
  readonly cache: 'hit' | 'store_hit' | 'stale' | 'miss' | 'collapsed' | 'stale_if_error';
  readonly ageMs: number | null;
  readonly failure: UnavailableReason | null;
};

/** What the pipeline is made of. */
export type AnswerParts = {
  readonly lookUp: (
    request: LookupPlan & { readonly person: Person },
    deadline: Deadline,
  ) => LookupOutcome | Promise<LookupOutcome>;
  readonly planFor: (placement: Placement) => LookupPlan;
};

/** From a question to a block: look up, decide, join. Nothing that goes wrong upstream throws. */
export function createAnswer({
  lookUp,
  planFor,
}: AnswerParts): (question: Question, deadline: Deadline) => Promise<Answer> {
  const ask = ({ placement, person, sample }: Question, deadline: Deadline) => {
    if (!placement.enabled) return notAsked({ status: 'skipped', reason: 'disabled' });
    if (sample) return notAsked(sample.lookup);
    if (typeof person === 'string') return notAsked({ status: 'skipped', reason: person });
    return lookUp({ ...planFor(placement), person }, deadline);
  };

  return async (question, deadline) => {
    const { lookup, cache, ageMs, failure } = await ask(question, deadline);
    const lookupMs = deadline.elapsedMs;
    const decision = decide(question.placement, lookup);
    const block = await join(question, decision, traitsOf(lookup));
    return { block, trace: { cache, ageMs, failure, lookupMs, contentMs: deadline.elapsedMs - lookupMs } };
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

/** A treatment none of whose items can be shown becomes the baseline. */
async function join(question: Question, decision: Decision, traits: Traits | null): Promise<Block> {
  const { placement, source, sample, selection } = question;
  const contents = await findContents(question, decision);
  if (contents.length === 0 && decision.variant === 'treatment') {
    return join(question, decideWithoutContent(placement), traits);
  }
  return {
    placement,
    shape: source.shape,
    decision,
    items: placeItems(contents, selection.position),
    traits,
    isSample: sample !== null,
  };
}

async function findContents(
  { placement, source, sample, selection }: Question,
  decision: Decision,
): Promise<Content[]> {
  const ids = candidates(decision, selection.exclude);
  const found = source.find(ids);
  const contents = found instanceof Promise ? await found : found;
  const find = (id: string): Content | null => {
    const content = contents.get(id);
    if (!content || !isComplete(content, source.shape)) return null;
    return sample?.alter ? sample.alter(content, source.shape) : content;
  };
  return joinItems(ids, find, Math.min(placement.items, selection.limit ?? placement.items));
}
