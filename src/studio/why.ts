import { type FieldRule, fieldNames } from '../domain/content-source.ts';
import { localeChain } from '../domain/locale.ts';
import type { Edits, StudioPlacement } from './placement.ts';
import type { Preview } from './preview.ts';
import { LEFT_OUT, nameSample, nameServed, STORY, sayDuration, type Tone, toneOf } from './words.ts';

/** What was served and why, in plain words. */
export type Why = {
  readonly served: string;
  readonly tone: Tone;
  readonly story: string;
  /** Amplitude's assignment, where it comes from, how old it is: a name and what there is to say. */
  readonly facts: readonly (readonly [name: string, text: string])[];
  readonly leftOut: readonly { readonly id: string; readonly text: string }[];
};

export function explainPreview(preview: Preview, { placement, plan }: StudioPlacement): Why {
  const { answer, isKnown } = preview;
  const { decision, items, isSample } = answer.block;
  const { reason } = decision;
  const together = plan.together.filter((one) => one !== plan.recommendation);
  const facts: (readonly [string, string])[] = [
    ['Amplitude’s flag', flagOf(preview)],
    ['Comes from', originOf(preview)],
    ['Recommendation', plan.recommendation],
  ];
  if (together.length > 0) facts.push(['Looked up together with', together.join(', ')]);
  facts.push(['Items shown', `${items.length} of up to ${placement.items}`]);
  return {
    served: isKnown ? nameServed(reason) : 'Default (nothing is stored of this person)',
    tone: isKnown ? toneOf(reason) : 'fallback',
    story: isKnown
      ? STORY[reason]
      : 'Inlay has not looked this person up yet, and does not do so to show you this.',
    facts: isSample ? facts : [...facts, ...personFacts(preview)],
    leftOut: answer.trace.leftOut.map(({ id, reason }) => ({ id, text: LEFT_OUT[reason] })),
  };
}

/** `is_control` as it was, or why there is none. */
function flagOf({ answer }: Preview): string {
  switch (answer.block.decision.reason) {
    case 'recommended':
    case 'no_content':
      return 'is_control: false';
    case 'control':
      return 'is_control: true';
    default:
      return 'none';
  }
}

function originOf({ who, answer, isKnown }: Preview): string {
  if (who.kind === 'sample') return `the sample “${nameSample(who.sample)}”, made up for previews`;
  if (!isKnown) return 'nowhere: it is not stored';
  if (answer.trace.cache === 'bypass') return 'nobody was asked';
  return answer.trace.cache === 'pinned' ? 'the decision pinned for this send' : 'what Amplitude said before';
}

function personFacts({ answer }: Preview): (readonly [string, string])[] {
  const { ageMs } = answer.trace;
  return ageMs === null ? [] : [['Age', sayDuration(ageMs)]];
}

/** Where a field's value comes from. */
export type FieldOriginLine = { readonly name: string; readonly from: string; readonly isRequired: boolean };

/** One line for each field of an item, in the order of the answer. */
export function describeOrigins({ source }: StudioPlacement, locale: string | null): FieldOriginLine[] {
  const { origin, shape } = source;
  const lines = origin.fields.flatMap((rule) =>
    fieldNames(rule).map((name, index) => ({
      name,
      from: index === 0 ? sayOrigin(rule, locale) : `${rule.name}, as it is written for readers`,
      isRequired: shape.required.includes(name),
    })),
  );
  return [
    { name: 'id', from: `${origin.key} in ${source.name} (${origin.type})`, isRequired: true },
    ...lines,
    { name: 'click_url', from: 'Inlay: leads to url and counts the click', isRequired: false },
  ];
}

function sayOrigin({ from, type }: FieldRule, locale: string | null): string {
  const kind = type === 'text' ? '' : ` (${type})`;
  if (typeof from === 'string') return `${from}${kind}`;
  const own = localeChain(locale).find((one) => Object.hasOwn(from, one));
  const first = own === undefined ? '' : `${from[own]} (${own}), else `;
  return `${first}${from.default}${kind}`;
}

/** Fields that somebody typed over, for the items shown. */
export function countEdits(edits: Edits): number {
  return Object.values(edits).reduce((sum, fields) => sum + Object.keys(fields).length, 0);
}
