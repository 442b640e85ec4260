import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidates, joinItems, placeItems } from '../../src/domain/block.ts';
import { type Content, type Contents, isComplete } from '../../src/domain/content.ts';
import type { Decision } from '../../src/domain/decision.ts';
import type { Placement } from '../../src/domain/placement.ts';
import { contentOf, DIRECT, NO_MESSAGE, placementWith, SHAPE } from './examples.ts';

function decisionOf(itemIds: readonly string[]): Decision {
  return { variant: 'treatment', reason: 'recommended', itemIds };
}

const NOW = Date.UTC(2026, 10, 27);

type Case = { exclude?: string[]; most?: number; without?: string[]; gone?: string[] };

function join(ids: readonly string[], { exclude = [], most = 3, without = [], gone = [] }: Case = {}) {
  const known: Contents = {
    get: (id) => (gone.includes(id) ? 'not_found' : contentOf(id, without.includes(id) ? { url: null } : {})),
  };
  return joinItems(candidates(decisionOf(ids), exclude), known, SHAPE, most, NOW);
}

/** What an answer would show of these ids. */
function show(ids: readonly string[], change: Case = {}): string[] {
  return join(ids, change).contents.map(({ id }) => id);
}

describe('the items of an answer', () => {
  it.each<[string, string[], Parameters<typeof show>[1], string[]]>([
    ['are the first ones', ['a', 'b', 'c', 'd'], {}, ['a', 'b', 'c']],
    ['are fewer if there are fewer', ['a'], {}, ['a']],
    ['are none if there are none', [], {}, []],
    ['stand once each', ['a', 'a', 'b', 'a', 'c'], {}, ['a', 'b', 'c']],
    ['are backfilled for one without content', ['a', 'b', 'c', 'd'], { without: ['b'] }, ['a', 'c', 'd']],
    ['are backfilled for one left out', ['a', 'b', 'c', 'd'], { exclude: ['a'] }, ['b', 'c', 'd']],
    ['are backfilled as far as there are more', ['a', 'b'], { without: ['a'] }, ['b']],
    ['are at most as many as asked for', ['a', 'b', 'c'], { most: 1 }, ['a']],
    ['are none if all are left out', ['a', 'b'], { exclude: ['b', 'a'] }, []],
    ['are not touched by ids that are not there', ['a', 'b'], { exclude: ['z'] }, ['a', 'b']],
    ['are told apart by case', ['A', 'a'], { exclude: ['a'] }, ['A']],
  ])('%s', (_case, ids, change, expected) => {
    expect(show(ids, change)).toEqual(expected);
  });

  it('are never excluded, repeated, incomplete, out of order or more than asked, and as many as possible', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const ids = fc.array(id, { maxLength: 12 });
    fc.assert(
      fc.property(ids, ids, ids, fc.integer({ min: 1, max: 6 }), (recommended, exclude, without, most) => {
        const shown = show(recommended, { exclude, without, most });
        const possible = new Set(
          recommended.filter((one) => !exclude.includes(one) && !without.includes(one)),
        );
        expect(shown).toEqual([...possible].slice(0, most));
      }),
    );
  });

  it('are looked for no further than needed', () => {
    const asked: string[] = [];
    const known: Contents = {
      get: (id) => {
        asked.push(id);
        return contentOf(id);
      },
    };
    joinItems(['a', 'b', 'c', 'd'], known, SHAPE, 2, NOW);
    expect(asked).toEqual(['a', 'b']);
  });

  it('come with what was left out on the way, and why', () => {
    expect(join(['a', 'b', 'c', 'd', 'e'], { gone: ['a'], without: ['c'], most: 2 }).leftOut).toEqual([
      { id: 'a', reason: 'not_found' },
      { id: 'c', reason: 'incomplete' },
    ]);
  });
});

/** Items as they are placed in the usual placement, or one with these link parameters. */
function place(
  contents: readonly Content[],
  position: number | null = null,
  links: Placement['links'] = [],
  message = NO_MESSAGE,
) {
  const placement = placementWith({ links });
  const context = { placement, decision: decisionOf(['a']), message };
  return placeItems(contents, position, context, DIRECT);
}

describe('positions', () => {
  const contents = ['a', 'b', 'c'].map((id) => contentOf(id));

  it('count from 1', () => {
    expect(place(contents).map(({ position, content }) => [position, content.id])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ]);
  });

  it.each([1, 2, 3])('%i alone is the same item, at the same position, as among all', (position) => {
    expect(place(contents, position)).toEqual(place(contents).slice(position - 1, position));
  });

  it('past the last item are empty', () => {
    expect(place(contents, 4)).toEqual([]);
    expect(place([], 1)).toEqual([]);
  });
});

describe('the link of an item', () => {
  it('is its URL', () => {
    expect(place([contentOf('a')])[0]).toMatchObject({
      url: 'https://www.example.com/a',
      clickUrl: 'https://www.example.com/a',
    });
  });

  it('is what is made of its URL, for its place', () => {
    const placed = placeItems(
      [contentOf('a'), contentOf('b')],
      null,
      { placement: placementWith(), decision: decisionOf(['a']), message: NO_MESSAGE },
      ({ url, position, content }) => `https://links.example/${position}/${content.id}?to=${url}`,
    );
    expect(placed[1]).toMatchObject({
      url: 'https://www.example.com/b',
      clickUrl: 'https://links.example/2/b?to=https://www.example.com/b',
    });
  });

  it('is null where its content has none', () => {
    expect(place([contentOf('a', { url: null })])[0]).toMatchObject({ url: null, clickUrl: null });
    expect(place([{ id: 'a', values: { title: 'A' } }])[0]).toMatchObject({ url: null, clickUrl: null });
  });

  it('has the parameters of its placement, about the message and the item', () => {
    const links = [
      { name: 'utm_campaign', parts: [{ variable: 'campaign' }] },
      { name: 'utm_content', parts: [{ variable: 'item_id' }, '-', { variable: 'position' }] },
      { name: 'arm', parts: [{ variable: 'variant' }] },
    ] as const;
    const message = { ...NO_MESSAGE, campaign: 'weekly 1' };
    expect(place([contentOf('a'), contentOf('b')], 2, links, message)[0]).toMatchObject({
      url: 'https://www.example.com/b?utm_campaign=weekly%201&utm_content=b-2&arm=treatment',
    });
  });
});

describe('an item is complete', () => {
  it.each<[string, Content, boolean]>([
    ['with all fields', contentOf('a'), true],
    ['without what is not required', contentOf('a', { image_url: null, price: null }), true],
    ['not without a required field', contentOf('a', { title: null }), false],
    [
      'not when a required field is not there at all',
      { id: 'a', values: { url: 'https://x.example/' } },
      false,
    ],
    ['with a zero', contentOf('a', { price: 0 }), true],
  ])('%s', (_case, content, expected) => {
    expect(isComplete(content, SHAPE)).toBe(expected);
  });

  it('with a required zero', () => {
    expect(isComplete(contentOf('a', { price: 0 }), { ...SHAPE, required: ['price'] })).toBe(true);
  });
});
