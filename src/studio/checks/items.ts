import type { LeftOut } from '../../domain/block.ts';
import type { LeftOutReason } from '../../domain/content.ts';
import { count } from '../words.ts';
import type { CheckedMessage } from './finding.ts';
import { always, type Check, type Found } from './reading.ts';

/** Whether the block has what was asked for. */
export const ITEM_COUNT: Check = {
  id: 'item_count',
  passed: 'As many items as the placement wants',
  fits: always,
  find: ({ message }) => [...standsIn(message), ...tooFew(message)],
};

function standsIn({ block: { decision } }: CheckedMessage): Found[] {
  if (decision.reason !== 'no_content') return [];
  return [
    {
      severity: 'problem',
      title: 'None of the recommended items can be shown, so the default is shown instead',
      advice: 'See why they were left out. Until that is mended, nobody sees a recommendation.',
    },
  ];
}

function tooFew({ block, wanted }: CheckedMessage): Found[] {
  const shown = block.items.length;
  if (shown >= wanted) return [];
  const advice =
    block.decision.variant === 'treatment'
      ? 'Let Amplitude recommend more items than are shown, so that others stand in. The message must look right with fewer, too.'
      : 'Name more ids in the baseline of placement.yaml than are shown, so that others stand in where one has no content.';
  if (shown === 0) return [{ severity: 'problem', title: 'There is nothing to show', advice }];
  return [
    { severity: 'warning', title: `Only ${count(shown, 'item is', 'items are')} shown of ${wanted}`, advice },
  ];
}

/** Whether items had to be left out. */
export const LEFT_OUT: Check = {
  id: 'left_out',
  passed: 'No item had to be left out',
  fits: always,
  find: ({ message }) => {
    const byReason = Map.groupBy(message.leftOut, ({ reason }) => reason);
    return Array.from(byReason, ([reason, some]) => explain(reason, some, message));
  },
};

function explain(reason: LeftOutReason, some: readonly LeftOut[], message: CheckedMessage): Found {
  const { placement, shape } = message.block;
  const ids = listIds(some);
  // Where others stood in, nobody misses them.
  const severity = message.block.items.length < message.wanted ? 'warning' : 'note';
  const items = (one: string, many: string): string => count(some.length, `item ${one}`, `items ${many}`);
  switch (reason) {
    case 'not_found':
      return {
        severity,
        title: `${items('is', 'are')} not in the content source "${placement.content}"`,
        advice: `Is its key the column that holds Amplitude's item ids, and are the items published? Missing: ${ids}.`,
      };
    case 'incomplete':
      return {
        severity,
        title: `${items('lacks', 'lack')} something that must be there`,
        advice: `Every item needs ${listNames(shape.required)}. Fill that in, or change "required" in content-sources.yaml. Incomplete: ${ids}.`,
      };
    case 'source_unavailable':
      return {
        severity: 'problem',
        title: `The content source "${placement.content}" does not answer`,
        advice: `Ask whoever runs Inlay: its log says what the source answered. Not read: ${ids}.`,
      };
    case 'out_of_stock':
      return { severity: 'note', title: `${items('is', 'are')} out of stock`, advice: onPurpose(ids) };
    case 'not_started':
      return { severity: 'note', title: `${items('is', 'are')} to be shown later`, advice: onPurpose(ids) };
    case 'ended':
      return { severity: 'note', title: `${items('has', 'have')} ended`, advice: onPurpose(ids) };
    case 'gated':
      return {
        severity: 'note',
        title: `${items('is', 'are')} switched off for this person`,
        advice: `The feature flag of placement.yaml says so. Left out: ${ids}.`,
      };
  }
}

function onPurpose(ids: string): string {
  return `Nothing to do, if that is right: the next item stands in. Left out: ${ids}.`;
}

/** More than these help nobody. */
const NAMED_IDS = 5;

function listIds(some: readonly LeftOut[]): string {
  const named = some.slice(0, NAMED_IDS).map(({ id }) => id);
  const others = some.length - named.length;
  return listNames(others === 0 ? named : [...named, `${others} more`]);
}

const AND = new Intl.ListFormat('en-GB', { type: 'conjunction' });

/** `a, b and c` */
export function listNames(names: readonly string[]): string {
  return AND.format(names);
}
