import fc from 'fast-check';
import { Liquid } from 'liquidjs';
import { describe, expect, it } from 'vitest';
import { cleanHtml } from '../../src/content/html.ts';
import { placeItems } from '../../src/domain/block.ts';
import type { Content } from '../../src/domain/content.ts';
import type { Decision, Reason } from '../../src/domain/decision.ts';
import type { Traits } from '../../src/domain/profile.ts';
import { createJsonRenderer, type JsonOptions } from '../../src/render/flat-json.ts';
import { contentOf, DIRECT, NO_MESSAGE, placementWith, SHAPE } from '../domain/examples.ts';
import { blockOf, blockWith, decisionFor } from './examples.ts';

const FLAT: JsonOptions = { shape: 'flat', position: null, escape: null, explain: null };
const REASONS: Reason[] = [
  'recommended',
  'control',
  'no_recommendation',
  'unknown_user',
  'no_user',
  'unresolved_merge_tag',
  'invalid_user',
  'throttled',
  'timeout',
  'upstream_error',
  'circuit_open',
  'invalid_response',
  'upstream_rejected',
  'no_content',
  'disabled',
];
const FALLBACKS: Reason[] = REASONS.filter((reason) => reason !== 'recommended' && reason !== 'control');
const PROFILE = { properties: ['gp:plan_type'], cohorts: ['u567uui'], predictions: ['t456tth'] };
const TRAITS: Traits = {
  properties: { 'gp:plan_type': '<b>gold</b>' },
  cohorts: ['u567uui'],
  predictions: { t456tth: { probability: 0.734, percentile: 97.5 } },
};

const placement = placementWith();
const renderJson = createJsonRenderer(placement, SHAPE);

function render(block = blockWith(3), change: Partial<JsonOptions> = {}): Record<string, unknown> {
  return JSON.parse(renderJson(block, { ...FLAT, ...change }));
}

const HEAD = [
  'placement',
  'variant',
  'reason',
  'is_treatment',
  'is_fallback',
  'is_sample',
  'has_items',
  'item_count',
];
const ITEM = ['id', 'title', 'url', 'click_url', 'image_url', 'price', 'price_text'];
const numbered = (position: number): string[] => ITEM.map((name) => `item_${position}_${name}`);

describe('flat JSON', () => {
  it('is the object of the contract, keys in this order', () => {
    expect(renderJson(blockOf([contentOf('a')]), FLAT)).toBe(
      '{"placement":"home-hero","variant":"treatment","reason":"recommended","is_treatment":true,' +
        '"is_fallback":false,"is_sample":false,"has_items":true,"item_count":1,' +
        '"item_1_id":"a","item_1_title":"Title of a","item_1_url":"https://www.example.com/a",' +
        '"item_1_click_url":"https://www.example.com/a","item_1_image_url":"https://images.example.com/a.jpg",' +
        '"item_1_price":29,"item_1_price_text":"$29.00",' +
        '"item_2_id":null,"item_2_title":null,"item_2_url":null,"item_2_click_url":null,"item_2_image_url":null,' +
        '"item_2_price":null,"item_2_price_text":null,' +
        '"item_3_id":null,"item_3_title":null,"item_3_url":null,"item_3_click_url":null,"item_3_image_url":null,' +
        '"item_3_price":null,"item_3_price_text":null}',
    );
  });

  const KEYS = [...HEAD, ...numbered(1), ...numbered(2), ...numbered(3)];

  it.each(REASONS)('has the same keys for the reason %s', (reason) => {
    for (const count of [0, 1, 3]) {
      expect(Object.keys(render(blockWith(count, { decision: decisionFor(reason) })))).toEqual(KEYS);
    }
  });

  it('has the same keys for a sample, and for an item without values', () => {
    expect(Object.keys(render(blockWith(2, { isSample: true })))).toEqual(KEYS);
    expect(Object.keys(render(blockOf([{ id: 'a', values: {} }])))).toEqual(KEYS);
  });

  it.each(REASONS)('tells variant and fallback for the reason %s', (reason) => {
    expect(render(blockWith(2, { decision: decisionFor(reason) }))).toMatchObject({
      variant: reason === 'recommended' ? 'treatment' : 'baseline',
      reason,
      is_treatment: reason === 'recommended',
      is_fallback: FALLBACKS.includes(reason),
      is_sample: false,
      has_items: true,
      item_count: 2,
    });
  });

  it('tells when there is nothing to show, and when nobody real is meant', () => {
    expect(render(blockWith(0, { isSample: true }))).toMatchObject({
      has_items: false,
      item_count: 0,
      is_sample: true,
      item_1_id: null,
    });
  });

  it('gives null for what is absent, at any place', () => {
    const values = render(blockOf([contentOf('a', { image_url: null, price: null, price_text: null })]));
    expect(values).toMatchObject({ item_1_image_url: null, item_1_price: null, item_1_price_text: null });
    expect(values.item_1_title).toBe('Title of a');
  });

  it('gives a price of nothing as a number', () => {
    expect(render(blockOf([contentOf('a', { price: 0 })])).item_1_price).toBe(0);
  });

  it('has the click URL last where a source has no URL', () => {
    const shape = { fields: ['title'], required: [], html: [] };
    const json = createJsonRenderer(placementWith({ items: 1 }), shape)(blockOf([contentOf('a')]), FLAT);
    expect(Object.keys(JSON.parse(json)).slice(HEAD.length)).toEqual([
      'item_1_id',
      'item_1_title',
      'item_1_click_url',
    ]);
  });

  it('is the same for the same block, byte by byte, whatever was asked in between', () => {
    const block = blockWith(3);
    const first = renderJson(block, FLAT);
    renderJson(block, { ...FLAT, escape: 'html' });
    renderJson(block, { ...FLAT, position: 2 });
    renderJson(block, { ...FLAT, shape: 'list' });
    expect(renderJson(block, FLAT)).toBe(first);
  });
});

describe('links', () => {
  const placement = placementWith({
    items: 1,
    links: [{ name: 'utm_campaign', parts: [{ variable: 'campaign' }] }],
  });
  const renderLinked = createJsonRenderer(placement, SHAPE);
  const linkedFor = (campaign: string): string => {
    const contents = [contentOf('a')];
    const block = blockOf(contents, { placement });
    const message = { ...NO_MESSAGE, campaign };
    const context = { placement, decision: block.decision, message };
    const items = placeItems(contents, null, context, DIRECT);
    return renderLinked({ ...block, items }, FLAT);
  };

  it('are those of the message, not of another for which the same content was shown', () => {
    for (const campaign of ['one', 'two', 'one']) {
      const url = `https://www.example.com/a?utm_campaign=${campaign}`;
      expect(JSON.parse(linkedFor(campaign))).toMatchObject({ item_1_url: url, item_1_click_url: url });
    }
  });
});

describe('sanitised HTML', () => {
  const shape = { fields: ['title', 'body'], required: [], html: ['body'] };
  const renderHtml = createJsonRenderer(placementWith({ items: 1 }), shape);
  const block = blockOf([contentOf('a', { title: 'A & B', body: '<p>A &amp; B</p>' })], { shape });

  it('is given as it is, also where texts are to be encoded', () => {
    expect(JSON.parse(renderHtml(block, { ...FLAT, escape: 'html' }))).toMatchObject({
      item_1_title: 'A &amp; B',
      item_1_body: '<p>A &amp; B</p>',
    });
  });
});

describe('HTML in JSON', () => {
  const shape = { fields: ['title', 'body'], required: [], html: ['body'] };
  const placement = placementWith({ items: 1 });
  const renderHtml = createJsonRenderer(placement, shape);
  const liquid = new Liquid();
  const raw = fc
    .array(
      fc.constantFrom(
        '<p>',
        '</p>',
        '<b>x</b>',
        '"',
        '\\',
        '{{ 7 }}',
        '{',
        '{%',
        '%}',
        '&quot;',
        '\ud800',
        '\u2028',
        'a',
      ),
    )
    .map((parts) => parts.join(''));

  it('is read back as it is in every shape, runs no Liquid, and is null where nothing is left', () => {
    fc.assert(
      fc.property(
        raw,
        fc.constantFrom('flat', 'list'),
        fc.constantFrom(null, 1),
        fc.constantFrom(null, 'html'),
        (html, form, position, escaping) => {
          const body = cleanHtml(html);
          const block = blockOf([contentOf('a', { title: body === null ? null : 'x', body })], { shape });
          const text = renderHtml(block, { ...FLAT, shape: form, position, escape: escaping });
          const answer = JSON.parse(text);
          const isListed = form === 'list' && position === null;
          expect(
            isListed ? answer.items[0].body : answer[position === null ? 'item_1_body' : 'item_body'],
          ).toBe(body);
          expect(liquid.parseAndRenderSync(text)).toBe(text);
        },
      ),
    );
  });
});

describe('one position', () => {
  it('has its keys without the number, whichever it is', () => {
    const contents = ['a', 'b'].map((id) => contentOf(id));
    const all = blockOf(contents);
    const second = render({ ...all, items: all.items.slice(1, 2) }, { position: 2 });
    expect(second).toMatchObject({
      item_id: 'b',
      item_title: 'Title of b',
      item_click_url: 'https://www.example.com/b',
    });
    expect(Object.keys(second).filter((key) => /^item_\d/.test(key))).toEqual([]);
  });

  it('has the same keys with and without an item, for every reason', () => {
    const keysOf = (count: number, reason: Reason): string[] =>
      Object.keys(render(blockWith(count, { decision: decisionFor(reason) }), { position: 1 }));
    const keys = keysOf(1, 'recommended');
    expect(keys).toEqual(expect.arrayContaining([...HEAD, ...ITEM.map((name) => `item_${name}`)]));
    for (const reason of REASONS) expect(keysOf(0, reason)).toEqual(keys);
    expect(
      Object.entries(render(blockWith(0), { position: 3 })).filter(([key]) => /^item_(?!count)/.test(key)),
    ).toEqual(ITEM.map((name) => [`item_${name}`, null]));
  });
});

describe('the list shape', () => {
  it('is an object with an array of the items that there are', () => {
    const answer = render(blockWith(2), { shape: 'list' });
    expect(Object.keys(answer)).toEqual([...HEAD, 'items']);
    expect(answer.items).toEqual([
      expect.objectContaining({ id: 'item-1', click_url: 'https://www.example.com/item-1', price: 29 }),
      expect.objectContaining({ id: 'item-2' }),
    ]);
    for (const item of answer.items as object[]) expect(Object.keys(item)).toEqual(ITEM);
  });

  it('is an empty array where there is nothing', () => {
    expect(render(blockWith(0), { shape: 'list' }).items).toEqual([]);
  });
});

describe('escape=html', () => {
  const content = contentOf('a', { title: `Tom & "Ann" < 'x'`, url: 'https://www.example.com/?a=1&b=2' });

  it('encodes texts, so that they can be put into HTML as they are', () => {
    const answer = render(blockOf([content]), { escape: 'html' });
    expect(answer.item_1_title).not.toMatch(/[<>"']|&(?![a-z#0-9]+;)/);
    expect(answer.item_1_title).toMatch(/^Tom &amp; /);
    expect(answer.item_1_url).toMatch(/^https:\/\/www\.example\.com\/\?a.*1&amp;b/);
    expect(answer.item_1_click_url).toBe(answer.item_1_url);
  });

  it('leaves numbers, nulls, flags and keys as they are', () => {
    const plain = render(blockOf([content]));
    const escaped = render(blockOf([content]), { escape: 'html' });
    expect(Object.keys(escaped)).toEqual(Object.keys(plain));
    for (const [key, value] of Object.entries(plain)) {
      if (typeof value !== 'string') expect(escaped[key]).toEqual(value);
    }
  });

  it('holds for one position, for a list and for what is told of the person', () => {
    const owner = placementWith({ profile: { properties: ['p'], cohorts: [], predictions: [] } });
    const json = createJsonRenderer(owner, SHAPE);
    const traits: Traits = { properties: { p: 'a & b' }, cohorts: [], predictions: {} };
    const block = blockOf([content], { placement: owner, traits });
    for (const shape of ['flat', 'list'] as const) {
      for (const position of [null, 1]) {
        const text = json(block, { ...FLAT, shape, position, escape: 'html' });
        expect(text).not.toContain('Tom & ');
        expect(JSON.parse(text).profile_p).toBe('a &amp; b');
      }
    }
  });

  it('leaves out what is not asked for', () => {
    expect(render(blockOf([content])).item_1_title).toBe(content.values.title);
  });
});

describe('what is told of the person', () => {
  const owner = placementWith({ profile: PROFILE });
  const json = createJsonRenderer(owner, SHAPE);
  const told = (traits: Traits | null, decision: Decision): Record<string, unknown> => {
    const answer = JSON.parse(json(blockWith(1, { placement: owner, traits, decision }), FLAT));
    return Object.fromEntries(Object.entries(answer).filter(([key]) => key.startsWith('profile_')));
  };

  it('stands behind the items, cleaned', () => {
    expect(told(TRAITS, decisionFor('recommended'))).toEqual({
      profile_plan_type: 'gold',
      profile_cohort_u567uui: true,
      profile_prediction_t456tth: 0.734,
      profile_prediction_t456tth_percentile: 97.5,
    });
  });

  it.each(REASONS)('has the same keys for the reason %s', (reason) => {
    expect(Object.keys(told(null, decisionFor(reason)))).toEqual(
      Object.keys(told(TRAITS, decisionFor(reason))),
    );
    expect(Object.values(told(null, decisionFor(reason)))).toEqual([null, null, null, null]);
  });

  it('is nothing where a placement asks nothing', () => {
    expect(
      Object.keys(render(blockWith(1, { traits: TRAITS }))).filter((key) => key.startsWith('profile_')),
    ).toEqual([]);
  });
});

describe('explain', () => {
  it('adds its keys at the end, and changes nothing else', () => {
    const block = blockWith(2);
    const text = renderJson(block, { ...FLAT, explain: { cache: 'hit', age_seconds: 3, hints: null } });
    expect(text).toBe(
      `${renderJson(block, FLAT).slice(0, -1)},"explain_cache":"hit","explain_age_seconds":3,"explain_hints":null}`,
    );
  });
});

describe('whatever the content and the person are', () => {
  it('the answer is one valid object with keys in [a-z0-9_]+ and no empty text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom('"', '\\', '\u2028', '</script>'),
    );
    const value = fc.oneof(text, fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true }));
    const content: fc.Arbitrary<Content> = fc.record({
      id: text,
      values: fc.record({ title: value, url: value, image_url: value, price: value }, { requiredKeys: [] }),
    });
    const names = fc.uniqueArray(fc.oneof(fc.string({ minLength: 1 }), fc.constant('constructor')), {
      maxLength: 3,
    });
    const options = fc.record({
      shape: fc.constantFrom('flat' as const, 'list' as const),
      position: fc.constantFrom(null, 1),
      escape: fc.constantFrom(null, 'html' as const),
      explain: fc.constantFrom(null, { hints: '"' }),
    });
    fc.assert(
      fc.property(
        fc.array(content, { maxLength: 3 }),
        names,
        options,
        fc.boolean(),
        (contents, properties, how, known) => {
          const owner = placementWith({ profile: { properties, cohorts: [], predictions: properties } });
          const traits = known ? { properties: {}, cohorts: [], predictions: {} } : null;
          const block = blockOf(contents, { placement: owner, traits });
          const json = createJsonRenderer(owner, SHAPE)(block, how);
          const answer: Record<string, unknown> = JSON.parse(json);
          for (const [key, entry] of Object.entries(answer)) {
            expect(key).toMatch(/^[a-z0-9_]+$/);
            expect(entry).not.toBe('');
          }
        },
      ),
    );
  });
});
