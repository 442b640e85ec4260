import { describe, expect, it } from 'vitest';
import type { LeftOutReason } from '../../../src/domain/content.ts';
import { blockWith, find, say } from './messages.ts';

const BASELINE = { variant: 'baseline', reason: 'control', itemIds: [] } as const;

describe('the number of items', () => {
  it('is right when as many are shown as were asked for', async () => {
    expect(await say('item_count', '<p>x</p>', { block: blockWith(3), wanted: 3 })).toEqual([]);
    expect(await say('item_count', '<p>x</p>', { block: blockWith(1), wanted: 1 })).toEqual([]);
  });

  it('too small for a treatment is a matter of the recommendation', async () => {
    const [finding] = await find('item_count', '<p>x</p>', { block: blockWith(1) });
    expect(finding).toMatchObject({ severity: 'warning', title: 'Only 1 item is shown of 3' });
    expect(finding?.advice).toContain('Amplitude');
  });

  it('too small for a baseline is a matter of placement.yaml', async () => {
    const [finding] = await find('item_count', '<p>x</p>', { block: blockWith(2, { decision: BASELINE }) });
    expect(finding?.title).toBe('Only 2 items are shown of 3');
    expect(finding?.advice).toContain('placement.yaml');
  });

  it('of zero is a problem', async () => {
    const body = '<!-- home-hero: nothing to show (control) -->';
    expect(await say('item_count', body, { block: blockWith(0, { decision: BASELINE }) })).toEqual([
      'problem: There is nothing to show',
    ]);
  });

  it('filled with the default because no recommended item has content is a problem, however full', async () => {
    const decision = { variant: 'baseline', reason: 'no_content', itemIds: [] } as const;
    expect(await say('item_count', '<p>x</p>', { block: blockWith(3, { decision }) })).toEqual([
      'problem: None of the recommended items can be shown, so the default is shown instead',
    ]);
  });
});

describe('items that are left out', () => {
  const leftOut = (reason: LeftOutReason, count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `id-${index + 1}`, reason }));

  it.each<[LeftOutReason, string, RegExp]>([
    ['not_found', 'warning: 2 items are not in the content source "products"', /key/],
    ['incomplete', 'warning: 2 items lack something that must be there', /title and url/],
    ['source_unavailable', 'problem: The content source "products" does not answer', /log/],
    ['out_of_stock', 'note: 2 items are out of stock', /Nothing to do/],
    ['not_started', 'note: 2 items are to be shown later', /Nothing to do/],
    ['ended', 'note: 2 items have ended', /Nothing to do/],
    ['gated', 'note: 2 items are switched off for this person', /feature flag/],
  ])('because they are %s: %s', async (reason, title, advice) => {
    const change = { block: blockWith(2), leftOut: leftOut(reason, 2) };
    expect(await say('left_out', '<p>x</p>', change)).toEqual([title]);
    const [finding] = await find('left_out', '<p>x</p>', change);
    expect(finding?.advice).toMatch(advice);
    expect(finding?.advice).toContain('id-1 and id-2');
  });

  it('and replaced by others are a note', async () => {
    const change = { block: blockWith(3), leftOut: leftOut('not_found', 1) };
    expect(await say('left_out', '<p>x</p>', change)).toEqual([
      'note: 1 item is not in the content source "products"',
    ]);
  });

  it('are told by reason, and named up to five', async () => {
    const some = [...leftOut('not_found', 8), ...leftOut('ended', 1)];
    const findings = await find('left_out', '<p>x</p>', { leftOut: some });
    expect(findings.map(({ title }) => title)).toEqual([
      '8 items are not in the content source "products"',
      '1 item has ended',
    ]);
    expect(findings[0]?.advice).toContain('id-1, id-2, id-3, id-4, id-5 and 3 more');
  });
});
