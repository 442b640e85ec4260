import { describe, expect, it } from 'vitest';
import { createAnswer, type Question } from '../src/answer.ts';
import { Deadline } from '../src/deadline.ts';
import type { Content, ContentShape } from '../src/domain/content.ts';
import type { LookupPlan } from '../src/domain/lookup-plan.ts';
import { type Lookup, NO_TRAITS } from '../src/domain/profile.ts';
import { placementWith } from './domain/examples.ts';

const shape: ContentShape = { fields: ['title', 'url'], required: ['title', 'url'] };

const placement = placementWith({
  name: 'hero',
  recommendation: 'rec1',
  items: 2,
  baseline: ['b1', 'b2', 'b3'],
});

const plan: LookupPlan = {
  project: null,
  recommendation: 'rec1',
  together: ['rec1', 'rec2'],
  traits: placement.profile,
  windows: { freshMs: 1, staleMs: 2, staleIfErrorMs: 3 },
};

const contentOf = (id: string): Content => ({
  id,
  values: { title: id, url: `https://www.example.com/${id}` },
});
const catalogue = new Map(['a', 'b', 'c', 'b1', 'b2', 'b3'].map((id) => [id, contentOf(id)]));

const found = (...items: string[]): Lookup => ({
  status: 'found',
  isControl: false,
  items,
  traits: NO_TRAITS,
});

const question: Question = {
  placement,
  source: { shape, find: () => catalogue },
  person: { kind: 'user_id', id: 'ann' },
  sample: null,
  selection: { position: null, limit: null, exclude: [] },
};

/** Answers with what the look-up gives, and tells what was asked of it. */
async function answerWith(lookup: Lookup, changes: Partial<Question> = {}) {
  const asked: unknown[] = [];
  const answer = createAnswer({
    lookUp: async (request) => {
      asked.push(request);
      return { lookup, cache: 'miss', ageMs: 0, failure: null };
    },
    planFor: () => plan,
  });
  const { block, trace } = await answer({ ...question, ...changes }, new Deadline(800));
  return { block, trace, asked, ids: block.items.map(({ content }) => content.id) };
}

describe('an answer', () => {
  it('joins the recommended items to their content, in order and numbered', async () => {
    const { block, asked } = await answerWith(found('c', 'a', 'b'));
    expect(block.decision).toMatchObject({ variant: 'treatment', reason: 'recommended' });
    expect(block.items.map(({ content, position }) => [content.id, position])).toEqual([
      ['c', 1],
      ['a', 2],
    ]);
    expect(asked).toEqual([{ ...plan, person: question.person }]);
  });

  it('waits for a source that is not in memory', async () => {
    const asked: (readonly string[])[] = [];
    const source = {
      shape,
      find: async (ids: readonly string[]) => {
        asked.push(ids);
        return catalogue;
      },
    };
    const { ids } = await answerWith(found('a', 'b', 'a'), { source });
    expect(ids).toEqual(['a', 'b']);
    expect(asked).toEqual([['a', 'b']]);
  });

  it('becomes the baseline, for no_content, when a source knows none of the items', async () => {
    const { block, ids } = await answerWith(found('x', 'y'));
    expect(block.decision).toMatchObject({ variant: 'baseline', reason: 'no_content' });
    expect(ids).toEqual(['b1', 'b2']);
  });

  it('becomes no_content too where all that is left after exclude has no content', async () => {
    const { block, ids } = await answerWith(found('a', 'x'), {
      selection: { position: null, limit: null, exclude: ['a', 'b1'] },
    });
    expect(block.decision.reason).toBe('no_content');
    expect(ids).toEqual(['b2', 'b3']);
  });

  it('is empty where not even the baseline has content', async () => {
    const { block } = await answerWith(found('x'), { source: { shape, find: () => new Map() } });
    expect(block.decision.reason).toBe('no_content');
    expect(block.items).toEqual([]);
  });

  it('leaves an incomplete item out, for the next one', async () => {
    const half: Content = { id: 'a', values: { title: 'a', url: null } };
    const source = { shape, find: () => new Map([...catalogue, ['a', half]]) };
    expect((await answerWith(found('a', 'b', 'c'), { source })).ids).toEqual(['b', 'c']);
  });

  it.each<readonly [string, Partial<Question>]>([
    ['no_user', { person: 'no_user' }],
    ['unresolved_merge_tag', { person: 'unresolved_merge_tag' }],
    ['invalid_user', { person: 'invalid_user' }],
    ['disabled', { placement: { ...placement, enabled: false } }],
  ])('of %s asks nobody', async (reason, changes) => {
    const { block, trace, asked, ids } = await answerWith(found('a'), changes);
    expect(block.decision).toMatchObject({ variant: 'baseline', reason });
    expect(trace).toMatchObject({ cache: 'bypass', ageMs: null });
    expect(ids).toEqual(['b1', 'b2']);
    expect(asked).toEqual([]);
  });

  it('for a sample asks nobody, and shows what the sample says', async () => {
    const sample = {
      name: 'sparse',
      lookup: found('c'),
      alter: (content: Content): Content => ({ ...content, values: { ...content.values, title: 'altered' } }),
    };
    const { block, trace, asked } = await answerWith(found('a'), { sample });
    expect(block).toMatchObject({ isSample: true, decision: { reason: 'recommended' } });
    expect(block.items.map(({ content }) => content.values.title)).toEqual(['altered']);
    expect(trace.cache).toBe('bypass');
    expect(asked).toEqual([]);
    expect(catalogue.get('c')?.values.title).toBe('c');
  });

  it.each([
    'throttled',
    'timeout',
    'upstream_error',
    'circuit_open',
    'invalid_response',
    'upstream_rejected',
  ] as const)('is the baseline when Amplitude is unavailable, for %s', async (reason) => {
    const { block, ids } = await answerWith({ status: 'unavailable', reason });
    expect(block.decision).toMatchObject({ variant: 'baseline', reason });
    expect(ids).toEqual(['b1', 'b2']);
  });

  it('tells how the look-up went', async () => {
    const answer = createAnswer({
      lookUp: () => ({ lookup: found('a'), cache: 'stale_if_error', ageMs: 5, failure: 'timeout' }),
      planFor: () => plan,
    });
    const { trace } = await answer(question, new Deadline(800));
    expect(trace).toMatchObject({ cache: 'stale_if_error', ageMs: 5, failure: 'timeout' });
  });
});
