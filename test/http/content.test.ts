import { decodeHTML } from 'entities';
import { describe, expect, it } from 'vitest';
import { openAmplitude, type Plan } from '../support/amplitude.ts';
import { BASELINE, GOOD, HOSTILE } from '../support/products.ts';
import { broken, control, knownWith, nobody, overLimit, treatment, wrongKey } from '../support/replies.ts';
import { openService } from '../support/service.ts';
import type { FlatAnswer } from './answers.ts';

const FIELDS = [
  'id',
  'title',
  'title_short',
  'description',
  'url',
  'click_url',
  'app_link',
  'image_url',
  'price',
  'price_text',
];

/** One person for each way an answer can come about. */
const PEOPLE: Readonly<Record<string, Plan>> = {
  recommended: treatment(...GOOD),
  two: treatment(...GOOD.slice(0, 2)),
  hostile: treatment(...HOSTILE),
  quoted: treatment('hostile-quotes', 'hostile-entities', 'no-image'),
  control: control(...GOOD),
  nothing: knownWith(null),
  nobody: nobody(),
  failing: broken,
  silent: { fault: 'hang' },
  garbled: { body: '<html>' },
  rejected: wrongKey,
  contentless: treatment('gone'),
  // The last one: Amplitude's refusal counts for everybody for a moment.
  throttled: overLimit(),
};

const QUERIES = [
  ...Object.keys(PEOPLE).map((person) => `user_id=${person}`),
  '',
  'user_id=%5Buser_id%5D',
  `user_id=${'x'.repeat(300)}`,
  ...['treatment', 'control', 'unknown', 'empty', 'outage', 'long', 'sparse'].map(
    (sample) => `user_id=inlay-sample-${sample}`,
  ),
  `user_id=control&exclude=${BASELINE.join()}`,
];

async function open() {
  const amplitude = await openAmplitude();
  for (const [person, plan] of Object.entries(PEOPLE)) amplitude.plan(person, plan);
  return { amplitude, service: await openService({ amplitude, settings: { ANSWER_DEADLINE: '400ms' } }) };
}

async function askAll(query: string): Promise<FlatAnswer[]> {
  const { service } = await open();
  const answers: FlatAnswer[] = [];
  for (const who of QUERIES) answers.push((await service.get(`/v1/placements/hero?${who}&${query}`)).body);
  return answers;
}

describe('flat JSON', () => {
  it('has the same keys in the same order in every answer of a placement', async () => {
    const answers = await askAll('');
    expect(new Set(answers.map(({ reason }) => reason)).size).toBeGreaterThan(10);
    const keys = new Set(answers.map((answer) => Object.keys(answer).join(' ')));
    expect([...keys]).toHaveLength(1);
  });

  it('has every declared field at every position', async () => {
    const [answer = {}] = await askAll('');
    const expected = [1, 2, 3].flatMap((position) => FIELDS.map((field) => `item_${position}_${field}`));
    expect(Object.keys(answer)).toEqual(expect.arrayContaining(expected));
    expect(Object.keys(answer).filter((key) => /^item_\d/.test(key))).toHaveLength(expected.length);
  });

  it.each(['', 'position=1', 'escape=html'])(
    'holds plain values and null, never "", with %j',
    async (query) => {
      for (const answer of await askAll(query)) {
        for (const [key, value] of Object.entries(answer)) {
          expect(key).toMatch(/^[a-z0-9_]+$/);
          expect(value).not.toBe('');
          expect(value === null || ['string', 'number', 'boolean'].includes(typeof value)).toBe(true);
        }
      }
    },
  );

  it('has texts without markup and without Liquid that runs', async () => {
    for (const answer of await askAll('')) {
      for (const value of Object.values(answer)) {
        expect(String(value)).not.toMatch(/<[a-z/!?]|\{\{|\{%/i);
      }
    }
  });

  it('has only links that are safe', async () => {
    for (const answer of await askAll('')) {
      for (const [key, value] of Object.entries(answer)) {
        if (value === null || !/_(url|link)$/.test(key)) continue;
        expect(value).toMatch(key.endsWith('app_link') ? /^(https|myapp):/ : /^https?:\/\//);
        expect(value).not.toMatch(/[\s"'<>{}`\\]/);
      }
    }
  });

  it('has null for a picture that is missing or unsafe', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('eve', treatment('no-image', 'hostile-html'));
    const { body } = await service.get('/v1/placements/hero?user_id=eve');
    expect(body).toMatchObject({ item_1_image_url: null, item_2_image_url: null, item_2_app_link: null });
  });

  it('is the same bytes for two calls while the profile is cached', async () => {
    const { service } = await open();
    for (const person of ['recommended', 'control', 'nothing', 'nobody', 'contentless']) {
      const first = await service.get(`/v1/placements/hero?user_id=${person}`);
      const second = await service.get(`/v1/placements/hero?user_id=${person}`);
      expect(second.text).toBe(first.text);
    }
  });
});

describe('escape=html', () => {
  it.each(['hostile', 'quoted'])(
    'makes texts safe in an attribute, and they read like plain ones (%s)',
    async (who) => {
      const { service } = await open();
      const plain = (await service.get(`/v1/placements/hero?user_id=${who}`)).body;
      const escaped = (await service.get(`/v1/placements/hero?user_id=${who}&escape=html`)).body;
      expect(Object.keys(escaped)).toEqual(Object.keys(plain));
      for (const [key, value] of Object.entries(escaped)) {
        if (typeof value !== 'string') {
          expect(value).toBe(plain[key]);
        } else {
          expect(value).not.toMatch(/[<>"']|&(?!(?:[a-z]+|#\d+|#x[0-9a-f]+);)/i);
          expect(decodeHTML(value)).toBe(plain[key]);
        }
      }
    },
  );
});

describe('HTML', () => {
  const REFUSED = /<\/?(script|iframe|svg|link|meta|title|object|embed|xml)\b/i;

  it.each(['', 'template=message'])(
    'begins with <, is no JSON and holds nothing that Braze refuses (%s)',
    async (query) => {
      const { service } = await open();
      for (const who of QUERIES) {
        const answer = await service.get(`/v1/placements/hero.html?${who}&${query}`);
        expect(answer.status).toBe(200);
        expect(answer.text).toMatch(/^</);
        expect(() => JSON.parse(answer.text)).toThrow();
        expect(answer.text).not.toMatch(REFUSED);
        expect(answer.text).not.toMatch(/\{\{|\{%/);
      }
    },
  );

  it.each(['hostile', 'quoted'])(
    'holds no attribute and no link that came with the content (%s)',
    async (who) => {
      const { service } = await open();
      const { text } = await service.get(`/v1/placements/hero.html?user_id=${who}`);
      const tags = text.match(/<[a-z][^>]*>/gi) ?? [];
      const names = tags.flatMap((tag) => [...tag.matchAll(/\s([\w:-]+)="[^"]*"/g)].map(([, name]) => name));
      expect([...new Set(names)].sort()).toEqual(['alt', 'data-id', 'href', 'src']);
      for (const tag of tags) {
        const [, link = 'https:'] = /(?:href|src)="([^"]*)"/.exec(tag) ?? [];
        expect(link).toMatch(/^https:/);
      }
    },
  );

  it.each(['hostile', 'quoted'])('leaves no Liquid in plain text (%s)', async (who) => {
    const { service } = await open();
    const { text } = await service.get(`/v1/placements/hero.txt?user_id=${who}`);
    expect(text).toContain(': https://inlay.example.com/c/hero/');
    expect(text).not.toMatch(/\{\{|\{%/);
  });
});

describe('page=1', () => {
  it('is a whole page with a container of the size asked for', async () => {
    const { service } = await open();
    const { text, headers } = await service.get(
      '/v1/placements/hero.html?user_id=recommended&page=1&width=480&height=320',
    );
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(text).toMatch(/^<!doctype html>/i);
    expect(text).toMatch(/<[a-z]+[^>]*id="mi_size_container"/);
    expect(text).toMatch(/width:\s*480px/);
    expect(text).toMatch(/height:\s*320px/);
    expect(text).toContain('mortgage-rates-primer');
    expect(text).not.toMatch(/<script/i);
  });

  it('has the container even where there is nothing to show', async () => {
    const { service } = await open();
    const { text } = await service.get(
      `/v1/placements/hero.html?user_id=control&page=1&exclude=${BASELINE.join()}`,
    );
    expect(text).toContain('id="mi_size_container"');
  });

  it.each(['width=0', 'width=wide', 'height=-3', 'width=1e9', 'width=480px', 'page=maybe'])(
    '%s is refused',
    async (query) => {
      const { service } = await open();
      const answer = await service.get(`/v1/placements/hero.html?user_id=recommended&page=1&${query}`);
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_parameters']);
    },
  );
});
