import { traitNames } from '../domain/traits.ts';
import type { SetUp } from './describe.ts';

/** A key of the flat JSON, and what it holds; empty where its name says it. */
export type AnswerKey = { readonly name: string; readonly holds: string };

/** Of a full answer the keys of its first item, or those of an answer for one position. */
export type KeyPrefix = 'item_1_' | 'item_';

const OF_EVERY_ANSWER: readonly AnswerKey[] = [
  { name: 'placement', holds: "the placement's name" },
  { name: 'variant', holds: 'treatment or baseline' },
  { name: 'reason', holds: 'why, such as recommended, control or unknown_user' },
  { name: 'is_treatment', holds: 'true or false' },
  { name: 'is_fallback', holds: "true for a baseline that is not the control group's" },
  { name: 'is_sample', holds: 'true for people to test with' },
  { name: 'has_items', holds: 'false where there is nothing to show' },
  { name: 'item_count', holds: 'how many items there are' },
];

/** The keys of a placement's answers, in their order. */
export function describeKeys({ placement, shape }: SetUp, prefix: KeyPrefix): AnswerKey[] {
  const position = { name: 'position', holds: 'the one that was asked for' };
  const traits = traitNames(placement).map((name) => ({ name: `profile_${name}`, holds: 'personal data' }));
  return [
    ...OF_EVERY_ANSWER,
    ...(prefix === 'item_' ? [position] : []),
    ...itemKeys(shape).map(({ name, holds }) => ({ name: `${prefix}${name}`, holds })),
    ...traits,
  ];
}

function itemKeys({ fields, required, html }: SetUp['shape']): AnswerKey[] {
  const notes = (field: string): string => {
    const isHtml = html.includes(field) ? ['HTML'] : [];
    return [...isHtml, ...(required.includes(field) ? ['in every item'] : [])].join(', ');
  };
  const keys = fields.map((name) => ({ name, holds: notes(name) }));
  const clickUrl = { name: 'click_url', holds: 'for links: leads to the item, and counts the click' };
  const behindUrl = fields.includes('url') ? fields.indexOf('url') + 1 : keys.length;
  return [{ name: 'id', holds: "Amplitude's item id" }, ...keys.toSpliced(behindUrl, 0, clickUrl)];
}

/** Two columns. */
export function listKeys(setUp: SetUp, prefix: KeyPrefix): string {
  const keys = describeKeys(setUp, prefix);
  const width = Math.max(...keys.map(({ name }) => name.length));
  return keys.map(({ name, holds }) => `${name.padEnd(width)}  ${holds}`.trimEnd()).join('\n');
}
