import { describe, expect, it } from 'vitest';
import { type AnswerParts, createAnswer, type Question } from '../src/answer.ts';
import { Deadline } from '../src/deadline.ts';
import type { Content, ContentShape } from '../src/domain/content.ts';
import type { LookupPlan } from '../src/domain/lookup-plan.ts';
import { type Lookup, NO_TRAITS } from '../src/domain/profile.ts';
import { createJoin, type PassGate } from '../src/join.ts';
import { contentsOf, NO_MESSAGE, placementWith } from './domain/examples.ts';

const shape: ContentShape = { fields: ['title', 'url'], required: ['title', 'url'], html: [] };

const NOW = Date.UTC(2026, 10, 27);

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
const ITEMS = ['a', 'b', 'c', 'b1', 'b2', 'b3'].map(contentOf);
const catalogue = contentsOf(...ITEMS);

/** A source of these items. */
const sourceOf = (...contents: readonly Content[]) => ({ shape, find: () => contentsOf(...contents) });

const found = (...items: string[]): Lookup => ({
  status: 'found',
  isControl: false,
  items,
  traits: NO_TRAITS,
});

const question: Question = {
  placement,
  plan,
  source: { shape, find: () => catalogue },
  person: { kind: 'user_id', id: 'ann' },
  sample: null,
  selection: { position: null, limit: null, exclude: [] },
  message: NO_MESSAGE,
  access: 'everything',
  onUnavailable: 'serve',
};

/** A pipeline without pins, whose links lead to the items themselves. */
const PARTS: Omit<AnswerParts, 'lookUp'> = {
  recall: () => null,
  pins: { find: () => null, commit: async (_key, pin) => pin },
  pinForMs: 1_000,
  join: createJoin({ passGate: async () => new Set(), wallNow: () => NOW }),
  linkFor:
    () =>
    ({ url }) =>
      url,
  wallNow: () => NOW,
};

/** Answers with what the look-up gives, and tells what was asked of it. */
async function answerWith(
  lookup: Lookup,
  changes: Partial<Question> = {},
  passGate: PassGate = async (_rule, ids) => new Set(ids),
) {
  const asked: unknown[] = [];
  const answer = createAnswer({
    ...PARTS,
    lookUp: async (request) => {
      asked.push(request);
      return { lookup, cache: 'miss', ageMs: 0, failure: null };
    },
    join: createJoin({ passGate, wallNow: () => NOW }),
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
    // With the baseline, should none of them have content: a source is asked once.
    expect(asked).toEqual([['a', 'b', 'b1', 'b2', 'b3']]);
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
    const { block } = await answerWith(found('x'), { source: sourceOf() });
    expect(block.decision.reason).toBe('no_content');
    expect(block.items).toEqual([]);
  });

  it('leaves an incomplete item out, for the next one', async () => {
    const half: Content = { id: 'a', values: { title: 'a', url: null } };
    const source = sourceOf(...ITEMS, half);
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
    expect(catalogue.get('c')).toMatchObject({ values: { title: 'c' } });
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
      ...PARTS,
      lookUp: () => ({ lookup: found('a'), cache: 'stale_if_error', ageMs: 5, failure: 'timeout' }),
    });
    const { trace } = await answer(question, new Deadline(800));
    expect(trace).toMatchObject({ cache: 'stale_if_error', ageMs: 5, failure: 'timeout' });
  });

  it('tells what it left out, and why', async () => {
    const half: Content = { id: 'a', values: { title: 'a', url: null } };
    const { trace } = await answerWith(found('a', 'x', 'b'), { source: sourceOf(...ITEMS, half) });
    expect(trace.leftOut).toEqual([
      { id: 'a', reason: 'incomplete' },
      { id: 'x', reason: 'not_found' },
    ]);
  });

  it('asks its source in the language of the message', async () => {
    const locales: (string | null)[] = [];
    const find = (_ids: readonly string[], locale: string | null) => {
      locales.push(locale);
      return catalogue;
    };
    await answerWith(found('a'), { source: { shape, find }, message: { ...NO_MESSAGE, locale: 'de-AT' } });
    expect(locales).toEqual(['de-AT']);
  });
});

describe('a gated placement', () => {
  const gated = placementWith({ ...placement, gate: { flag: 'show-{id}', default: false } });

  /** Opens for these items alone, and tells what it was asked. */
  function gateFor(...open: readonly string[]) {
    const asked: Parameters<PassGate>[] = [];
    const pass: PassGate = async (...question) => {
      asked.push(question);
      return new Set(open);
    };
    return { asked, pass };
  }

  it('shows only items whose flag is on, and backfills', async () => {
    const { pass } = gateFor('b', 'c');
    const { ids, trace } = await answerWith(found('a', 'b', 'c'), { placement: gated }, pass);
    expect(ids).toEqual(['b', 'c']);
    expect(trace.leftOut).toEqual([{ id: 'a', reason: 'gated' }]);
  });

  it('shows the baseline, as far as its flags are on, when none of the recommended is', async () => {
    const { pass } = gateFor('b3');
    const { ids, block } = await answerWith(found('a', 'b'), { placement: gated }, pass);
    expect(block.decision).toMatchObject({ variant: 'baseline', reason: 'no_content' });
    expect(ids).toEqual(['b3']);
  });

  it('asks about items that could be shown, for the person and the message', async () => {
    const { asked, pass } = gateFor('a');
    const message = { campaign: 'weekly', channel: 'email', locale: 'de' };
    await answerWith(found('a', 'gone', 'b'), { placement: gated, message }, pass);
    expect(asked.map(([rule, ids, subject]) => ({ rule, ids, subject }))).toEqual([
      {
        rule: gated.gate,
        ids: ['a', 'b'],
        subject: {
          targetingKey: 'ann',
          attributes: { placement: 'hero', id_kind: 'user_id', ...message },
        },
      },
    ]);
  });

  it('asks about many items in few goes, and no further than needed', async () => {
    const many = Array.from({ length: 60 }, (_, index) => contentOf(`i${index}`));
    const ids = many.map(({ id }) => id);
    const { asked, pass } = gateFor('i3', 'i25', 'i26');
    const answer = await answerWith(found(...ids), { placement: gated, source: sourceOf(...many) }, pass);
    expect(answer.ids).toEqual(['i3', 'i25']);
    expect(asked.map(([, some]) => some.length)).toEqual([20, 20]);
  });

  it('knows nobody where there is no person', async () => {
    const { asked, pass } = gateFor('b1');
    await answerWith(found('a'), { placement: gated, person: 'no_user' }, pass);
    expect(asked[0]?.[2]).toMatchObject({ targetingKey: null, attributes: { id_kind: null } });
  });
});
