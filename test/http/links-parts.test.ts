import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Answer, Question } from '../../src/answer.ts';
import { placeItems } from '../../src/domain/block.ts';
import type { Click } from '../../src/domain/click.ts';
import { decide } from '../../src/domain/decision.ts';
import type { Person } from '../../src/domain/person.ts';
import type { Pin } from '../../src/domain/pin.ts';
import { createLinkRoute, type LinkRouteParts } from '../../src/http/links.ts';
import type { ServedPlacement } from '../../src/http/question.ts';
import { renderPage } from '../../src/render/page.ts';
import { contentOf, contentsOf, DIRECT, placementWith, SHAPE } from '../domain/examples.ts';
import { formatRequest, sendRaw } from '../support/raw.ts';
import { BROWSER } from './following.ts';

const ANN: Person = { kind: 'user_id', id: 'ann' };
const HERO = placementWith({ name: 'hero', baseline: ['a', 'b'], openLookups: true });
const CONTENTS = contentsOf(...['a', 'b', 'x', 'y'].map((id) => contentOf(id)));

const SERVED: ServedPlacement = {
  placement: HERO,
  plan: {
    ...{ project: null, recommendation: 's234ssg', together: ['s234ssg'] },
    traits: HERO.profile,
    windows: { freshMs: 1, staleMs: 2, staleIfErrorMs: 3 },
  },
  source: { shape: SHAPE, find: () => CONTENTS },
  templates: new Map([['email', () => '<p>fragment</p>']]),
  samples: new Map(),
  renderJson: () => '{}',
};

const PIN: Pin = {
  reason: 'recommended',
  itemIds: ['x', 'y', 'z'],
  urls: ['https://www.example.com/x', null],
  channel: 'email',
  pinnedAtMs: 0,
  untilMs: 1,
};

/** Everybody gets the baseline. */
async function answerBaseline({ placement, message, selection }: Question): Promise<Answer> {
  const decision = decide(placement, { status: 'unknown_user' });
  const contents = decision.itemIds.map((id) => contentOf(id));
  const context = { placement, decision, message };
  const items = placeItems(contents, selection.position, context, DIRECT);
  return {
    block: { placement, shape: SHAPE, decision, items, traits: null, isSample: false },
    itemIds: decision.itemIds,
    trace: { cache: 'bypass', ageMs: null, failure: null, lookupMs: 0, contentMs: 0, leftOut: [] },
  };
}

/** The route alone, with parts that a test makes fail. */
async function open(changes: Partial<LinkRouteParts> = {}) {
  const clicks: Click[] = [];
  const counted: string[] = [];
  const errors: unknown[] = [];
  const questions: Question[] = [];
  const answer = changes.answer ?? answerBaseline;
  const app = express();
  app.use(
    createLinkRoute({
      findPlacement: (name) => (name === 'hero' ? SERVED : null),
      findTestPerson: () => null,
      findPin: () => null,
      openToken: () => null,
      isKeyOf: (_placement, key) => key === 'key',
      mayLookUp: () => true,
      renderPage,
      fallbackUrl: 'https://www.example.com/fallback',
      deadlineMs: 200,
      now: () => performance.now(),
      onLink: ({ link, placement, outcome, by }) =>
        void counted.push([link, placement, outcome, by].join(' ')),
      onClick: (click) => void clicks.push(click),
      onUnexpected: (error) => void errors.push(error),
      readiness: { ready: true },
      ...changes,
      answer: async (question, deadline) => {
        questions.push(question);
        return answer(question, deadline);
      },
    }),
  );
  const server = createServer(app).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const follow = (target: string, method = 'GET', agent = BROWSER, more = {}) =>
    sendRaw(port, formatRequest({ method, target, headers: { 'User-Agent': agent, ...more } }));
  return { follow, clicks, counted, errors, questions };
}

const OPENED = {
  person: ANN,
  isSample: false,
  reason: 'recommended',
  itemId: 'x',
  position: 1,
  campaign: 'weekly',
  channel: null,
  url: 'https://www.example.com/x',
} as const;

const WHO = 'user_id=ann&campaign=weekly&key=key';
const KINDS = ['c/hero/t', 'go/hero/1', 'img/hero/1', 'page/hero'];
const fail = (): never => {
  throw new Error('broken');
};

describe('a click', () => {
  it('by a token tells who clicked what, and where it was shown', async () => {
    const { follow, clicks } = await open({ openToken: () => OPENED });
    await follow('/c/hero/t');
    const { url: _url, isSample: _isSample, ...told } = OPENED;
    expect(clicks).toEqual([{ ...told, placement: HERO }]);
  });

  it('by a position tells what was pinned', async () => {
    const { follow, clicks } = await open({ findPin: () => PIN });
    await follow(`/go/hero/1?${WHO}`);
    await follow(`/go/hero/1?${WHO}&channel=push`);
    const click = {
      placement: HERO,
      person: ANN,
      reason: 'recommended',
      itemId: 'x',
      position: 1,
      campaign: 'weekly',
    };
    expect(clicks).toEqual([
      { ...click, channel: 'email' },
      { ...click, channel: 'push' },
    ]);
  });

  it('without a pin is nobody’s', async () => {
    const { follow, clicks, questions } = await open();
    await follow(`/go/hero/2?${WHO}&channel=push`);
    expect(clicks).toMatchObject([
      { person: null, itemId: 'b', position: 2, campaign: 'weekly', channel: 'push' },
    ]);
    expect(questions).toMatchObject([{ person: 'no_user', access: 'pins' }]);
  });

  it.each([
    ['of a sample', { openToken: () => ({ ...OPENED, isSample: true }) }, 'GET', BROWSER],
    ['by HEAD', { openToken: () => OPENED }, 'HEAD', BROWSER],
    ['by a program', { openToken: () => OPENED }, 'GET', 'curl/8.9'],
    ['on a placement that is gone', { openToken: () => OPENED, findPlacement: () => null }, 'GET', BROWSER],
  ] as const)('%s is none, and leads there all the same', async (_case, changes, method, agent) => {
    const { follow, clicks } = await open(changes);
    expect((await follow('/c/hero/t', method, agent)).headers.location).toBe(OPENED.url);
    expect(clicks).toEqual([]);
  });

  it('that leads to the fallback, to an image or to a page is none', async () => {
    const { follow, clicks } = await open({ findPin: () => PIN });
    for (const target of ['c/hero/t', 'go/hero/2', 'go/hero/3', 'img/hero/1', 'page/hero'])
      await follow(`/${target}?${WHO}`);
    expect(clicks).toEqual([]);
  });
});

describe('a pin', () => {
  it('leads to what was shown alone, not to what else was recommended', async () => {
    const { follow } = await open({ findPin: () => PIN });
    const leads = [];
    for (const target of ['go/hero/1', 'go/hero/2', 'go/hero/3', 'img/hero/1', 'img/hero/2', 'img/hero/3']) {
      // By POST nobody is looked up, so that the pin alone counts.
      leads.push((await follow(`/${target}?${WHO}`, 'POST')).headers.location ?? null);
    }
    expect(leads).toEqual([
      'https://www.example.com/x',
      'https://www.example.com/fallback',
      'https://www.example.com/fallback',
      'https://images.example.com/x.jpg',
      'https://images.example.com/y.jpg',
      null,
    ]);
  });

  it('whose URL could not stand in a header is encoded', async () => {
    const hostile = 'https://www.example.com/ä b\r\nSet-Cookie: a=b\0\ud800';
    const { follow, errors } = await open({ findPin: () => ({ ...PIN, urls: [hostile] }) });
    const { headers, status } = await follow(`/go/hero/1?${WHO}`);
    expect([status, headers.location]).toEqual([
      302,
      'https://www.example.com/%C3%A4%20b%0D%0ASet-Cookie:%20a=b%00%EF%BF%BD',
    ]);
    expect(headers['set-cookie']).toBeUndefined();
    expect(errors).toEqual([]);
  });

  it.each(['/relative', '//other.example/', 'www.example.com', '', ' https://x.example'])(
    'whose URL is %j leads to the fallback',
    async (url) => {
      const { follow } = await open({
        findPin: () => ({ ...PIN, urls: [url] }),
        openToken: () => ({ ...OPENED, url }),
      });
      for (const target of [`/go/hero/1?${WHO}`, '/c/hero/t']) {
        expect((await follow(target)).headers.location).toBe('https://www.example.com/fallback');
      }
    },
  );
});

describe('whatever breaks', () => {
  it.each(['answer', 'findPin', 'openToken', 'isKeyOf', 'findTestPerson', 'mayLookUp'] as const)(
    'in %s, the link leads to the fallback',
    async (part) => {
      const { follow, errors } = await open({ [part]: fail });
      const answers = [];
      for (const kind of KINDS) answers.push(await follow(`/${kind}?${WHO}`));
      const [click, go, image, page] = answers;
      expect(answers.every(({ status }) => status < 400)).toBe(true);
      expect(click?.headers.location).toBe('https://www.example.com/fallback');
      expect(go?.headers.location).toMatch(/^https:\/\/www\.example\.com\/(fallback|a)$/);
      expect(image?.headers.location ?? image?.headers['content-type']).toMatch(
        /^(image\/gif|https:\/\/images\.example\.com\/a\.jpg)$/,
      );
      expect(page?.body).toContain('id="mi_size_container"');
      expect(errors.length).toBeGreaterThan(0);
    },
  );

  it('where it is counted, the link leads where it should', async () => {
    for (const part of ['onLink', 'onClick'] as const) {
      const { follow, errors } = await open({ openToken: () => OPENED, [part]: fail });
      expect((await follow('/c/hero/t')).headers.location).toBe(OPENED.url);
      expect(errors).toHaveLength(1);
    }
  });

  it('a rejected promise is no different', async () => {
    const { follow } = await open({ findPin: () => Promise.reject(new Error('broken')) });
    expect((await follow(`/go/hero/1?${WHO}`)).headers.location).toBe('https://www.example.com/fallback');
  });
});

describe('whatever hangs', () => {
  const never = (): Promise<never> => new Promise(() => {});

  it('in the store, the link is answered by its deadline', async () => {
    const { follow } = await open({ findPin: never });
    const before = performance.now();
    expect((await follow(`/go/hero/1?${WHO}`)).headers.location).toBe('https://www.example.com/a');
    expect((await follow(`/img/hero/1?${WHO}`, 'POST')).headers.location).toBe(
      'https://images.example.com/a.jpg',
    );
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});

it('while the service stops, a connection ends with its answer', async () => {
  const readiness = { ready: false };
  const { follow } = await open({ readiness, openToken: () => OPENED });
  for (const kind of KINDS) {
    const { headers } = await follow(`/${kind}?${WHO}`, 'GET', BROWSER, { Connection: 'keep-alive' });
    expect(headers.connection).toBe('close');
  }
});
