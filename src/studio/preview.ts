import type { Answer, Question } from '../answer.ts';
import { Deadline } from '../deadline.ts';
import type { Person, PersonFault } from '../domain/person.ts';
import type { Sample } from '../domain/sample.ts';
import type { Edits, StudioPlacement } from './placement.ts';
import type { PreviewState } from './preview-state.ts';

/**
 * Whom a preview shows: somebody made up, or a real person as far as something is stored of them, or an id that names
 * nobody.
 */
export type Who =
  | { readonly kind: 'sample'; readonly sample: Sample }
  | { readonly kind: 'person'; readonly person: Person | PersonFault };

/** One person's answer, made by what makes the answers of messages. */
export type Preview = {
  readonly who: Who;
  readonly answer: Answer;
  /** False for a real person of whom nothing is stored: what is shown is the baseline. */
  readonly isKnown: boolean;
};

export type PreviewParts = {
  readonly answer: (question: Question, deadline: Deadline) => Promise<Answer>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
};

/** A remote content source may be slower than a message could wait; here somebody looks at it. */
const DEADLINE_MS = 1_900;

/** Shows placements as people get them. Nobody is looked up, nothing is pinned and nothing counted. */
export function createPreview({ answer, now }: PreviewParts) {
  return async (
    placement: StudioPlacement,
    who: Who,
    state: PreviewState,
    edits: Edits,
  ): Promise<Preview> => {
    const result = await answer(
      { ...questionOf(placement, who, state, edits), access: 'stored' },
      new Deadline(DEADLINE_MS, now),
    );
    const isKnown =
      who.kind === 'sample' ||
      typeof who.person === 'string' ||
      result.trace.cache !== 'bypass' ||
      !placement.placement.enabled;
    return { who, answer: result, isKnown };
  };
}

/** Asks Amplitude about a real person, which logs an exposure. What it says is stored, and nothing is pinned. */
export function createRealLookUp({ answer, now }: PreviewParts) {
  return (placement: StudioPlacement, person: Person, state: PreviewState): Promise<Answer> => {
    const asked = { ...state, campaign: null };
    const question = questionOf(placement, { kind: 'person', person }, asked, {});
    return answer({ ...question, access: 'everything' }, new Deadline(DEADLINE_MS, now));
  };
}

function questionOf(
  placed: StudioPlacement,
  who: Who,
  { position, limit, exclude, campaign, channel, ...state }: PreviewState,
  edits: Edits,
): Omit<Question, 'access'> {
  const { placement, plan, source } = placed;
  const locale = state.locale ?? placement.locale;
  return {
    ...{ placement, plan, source },
    ...(who.kind === 'sample'
      ? { person: personOf(who.sample), sample: editSample(who.sample, placed, edits, locale) }
      : { person: who.person, sample: null }),
    selection: { position, limit, exclude },
    message: { campaign, channel, locale },
    onUnavailable: 'serve',
  };
}

/** The id under which anybody can have a sample. */
export function personOf({ name }: Sample): Person {
  return { kind: 'user_id', id: `inlay-sample-${name}` };
}

function editSample(
  sample: Sample,
  { source }: StudioPlacement,
  edits: Edits,
  locale: string | null,
): Sample {
  if (Object.keys(edits).length === 0) return sample;
  return {
    ...sample,
    alter: (content, shape) => {
      const altered = sample.alter?.(content, shape) ?? content;
      const own = Object.hasOwn(edits, content.id) ? edits[content.id] : undefined;
      return own ? source.rewrite(altered, own, locale) : altered;
    },
  };
}
