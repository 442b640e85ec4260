import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidates, joinItems, placeItems } from '../../src/domain/block.ts';
import { type Content, isComplete } from '../../src/domain/content.ts';
import type { Decision } from '../../src/domain/decision.ts';
import { contentOf, SHAPE } from './examples.ts';

function decisionOf(itemIds: readonly string[]): Decision {
  return { variant: 'treatment', reason: 'recommended', itemIds };
}

/** What an answer would show of these ids, as the pipeline puts it together. */
function show(
  ids: readonly string[],
  { exclude = [], most = 3, without = [] }: { exclude?: string[]; most?: number; without?: string[] } = {},
): string[] {
  const find = (id: string): Content | null => {
    const content = contentOf(id, without.includes(id) ? { url: null } : {});
    return isComplete(content, SHAPE) ? content : null;
  };
  return joinItems(candidates(decisionOf(ids), exclude), find, most).map(({ id }) => id);
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
    const find = (id: string): Content => {
      asked.push(id);
      return contentOf(id);
    };
    joinItems(['a', 'b', 'c', 'd'], find, 2);
    expect(asked).toEqual(['a', 'b']);
  });
});

describe('positions', () => {
  const contents = ['a', 'b', 'c'].map((id) => contentOf(id));

  it('count from 1', () => {
    expect(placeItems(contents, null).map(({ position, content }) => [position, content.id])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ]);
  });

  it.each([1, 2, 3])('%i alone is the same item, at the same position, as among all', (position) => {
    expect(placeItems(contents, position)).toEqual(placeItems(contents, null).slice(position - 1, position));
  });

  it('past the last item are empty', () => {
    expect(placeItems(contents, 4)).toEqual([]);
    expect(placeItems([], 1)).toEqual([]);
  });
});

describe('the link of an item', () => {
  it('is its URL', () => {
    expect(placeItems([contentOf('a')], null)[0]?.clickUrl).toBe('https://www.example.com/a');
  });

  it('is null where its content has none', () => {
    expect(placeItems([contentOf('a', { url: null })], null)[0]?.clickUrl).toBeNull();
    expect(placeItems([{ id: 'a', values: { title: 'A' } }], null)[0]?.clickUrl).toBeNull();
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
