import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { createClock } from '../support/clock.ts';
import { BASELINE, GOOD } from '../support/products.ts';
import { broken, control, treatment } from '../support/replies.ts';
import { basic, CALLER, openService } from '../support/service.ts';
import { launchChromium, openInChromium, openInJsdom, type PageOpener } from './browsers.ts';
import { openCorsProxy } from './cors-proxy.ts';
import { openSite } from './pages.ts';

const program = inject('chromium');

let browser: Browser;
beforeAll(async () => {
  if (program !== null) browser = await launchChromium(program);
});
afterAll(() => browser?.close());

type Method = 'get' | 'getCORS';
type Options = { readonly [name: string]: unknown; readonly headers?: Readonly<Record<string, string>> };

/** What a page gets. `failed` is what `CD.get` rejects with where a browser keeps the answer from it. */
type Got = {
  readonly status: number;
  readonly data: string;
  readonly contentType: string;
  readonly requestId: string | null;
  readonly timing: string | null;
  readonly failed?: number;
};

const AUTHORIZED = { headers: { Authorization: basic(CALLER) } };
const WRONG = { headers: { Authorization: basic({ ...CALLER, password: 'mistyped' }) } };

/** As tokens are replaced: nothing in them is encoded. */
const UNENCODED = ['ann+news@example.com', 'ann&bob', '100%', 'ann lee', 'jürgen', '😀', 'a=b', 'a"b<c>'];

const PROBLEMS: readonly (readonly [number, string, string, Options])[] = [
  [400, 'invalid_parameters', 'hero.json?user_id=ann&position=x', AUTHORIZED],
  [401, 'unauthorized', 'hero.json?user_id=ann', {}],
  [401, 'unauthorized', 'hero.json?user_id=ann', WRONG],
  [404, 'unknown_placement', 'none.json?user_id=ann', AUTHORIZED],
];

describe('the published cropduster in jsdom', () => describeCalls(openInJsdom));

describe.skipIf(program === null)('the published cropduster in Chromium', () =>
  describeCalls(openInChromium(() => browser)),
);

function describeCalls(openPage: PageOpener): void {
  /** A page of a site of its own, which is a listed one unless others are. */
  async function open({ isListed = true } = {}) {
    const site = await openSite();
    const amplitude = await openAmplitude();
    const clock = createClock();
    const proxy = await openCorsProxy(clock.monotonic);
    const CORS_ORIGINS = isListed ? site.origin : 'https://pages.example.com';
    const settings = { CORS_ORIGINS, ANSWER_DEADLINE: '1900ms' };
    const { url } = await openService({ amplitude, settings });
    const { evaluate } = await openPage(`${site.origin}/`);
    await evaluate(`CD.CORS_PROXY_SERVER = ${JSON.stringify(proxy.url)}; 0`);
    const call = async (method: Method, path: string, options: Options = AUTHORIZED) => {
      const values = [method, `${url}/v1/placements/${path}`, options].map((value) => JSON.stringify(value));
      return JSON.parse(String(await evaluate(`call(${values.join()}).then(JSON.stringify)`))) as Got;
    };
    /** What the capturing program was told, `pause …` and `resume …`. */
    const capture = async (): Promise<string[]> =>
      JSON.parse(String(await evaluate('JSON.stringify(capture)')));
    return { amplitude, proxy, clock, call, capture };
  }

  describe.each<Method>(['get', 'getCORS'])('CD.%s', (method) => {
    it('gets an answer with Basic credentials, and lets the capture go on', async () => {
      const { amplitude, call, capture } = await open();
      amplitude.plan('ann', treatment(...GOOD));
      const { status, contentType, data } = await call(method, 'hero.json?user_id=ann&position=1');
      expect([status, contentType]).toEqual([200, 'application/json; charset=utf-8']);
      expect(JSON.parse(data)).toMatchObject({ reason: 'recommended', item_id: GOOD[0] });
      expect((await capture()).map((event) => event.split(' ')[0])).toEqual(['pause', 'resume']);
    });

    it('shows the request id and, with explain, the timing to the page', async () => {
      const { call } = await open();
      const path = 'hero.json?user_id=inlay-sample-treatment&explain=1';
      const { requestId, timing } = await call(method, path);
      expect(requestId).toMatch(/^\w+-\w+$/);
      expect(timing).toContain('dur=');
    });

    it('lets three blocks of one opening agree, for one look-up', async () => {
      const { amplitude, call } = await open();
      amplitude.plan('ann', treatment(...GOOD));
      const answers = await Promise.all(
        [1, 2, 3].map((index) =>
          call(method, `hero.json?user_id=ann&campaign=weekly-2026-11-27&item_index=${index}`),
        ),
      );
      expect(answers.map(({ data }) => JSON.parse(data).item_id)).toEqual(GOOD.slice(0, 3));
      expect(new Set(answers.map(({ data }) => JSON.parse(data).variant))).toEqual(new Set(['treatment']));
      expect(amplitude.calls).toHaveLength(1);
    });

    it('with unencoded ids finds those people', async () => {
      const { amplitude, call } = await open();
      amplitude.planForAll(treatment(...GOOD));
      for (const id of UNENCODED) {
        const { data } = await call(method, `hero.json?user_id=${id}&item_index=2`);
        expect(JSON.parse(data), id).toMatchObject({ reason: 'recommended', item_id: GOOD[1] });
      }
      expect(amplitude.calls.map(({ person }) => person)).toEqual(UNENCODED);
    });

    it('with tokens that were not replaced gets the baseline, and nobody is looked up', async () => {
      const { amplitude, call } = await open();
      const path = 'hero.json?user_id=[user_id]&campaign=[campaign]&item_index=[item_index]';
      const { status, data } = await call(method, path);
      expect(status).toBe(200);
      expect(JSON.parse(data)).toMatchObject({ reason: 'unresolved_merge_tag', item_1_id: BASELINE[0] });
      expect(amplitude.calls).toHaveLength(0);
    });

    it('gets null for what is absent, never an empty text', async () => {
      const { amplitude, call } = await open();
      amplitude.plan('ann', treatment('no-image'));
      const [first, second] = await Promise.all(
        [1, 2].map((index) => call(method, `hero.json?user_id=ann&item_index=${index}`)),
      );
      expect(JSON.parse(first?.data ?? '')).toMatchObject({ item_id: 'no-image', item_image_url: null });
      expect(JSON.parse(second?.data ?? '')).toMatchObject({ item_id: null, item_title: null });
      expect(`${first?.data}${second?.data}`).not.toContain('""');
    });

    it('gets HTML too', async () => {
      const { call } = await open();
      const { data, contentType } = await call(method, 'hero.html?user_id=inlay-sample-treatment');
      expect(contentType).toBe('text/html; charset=utf-8');
      expect(data).toMatch(/^<table>/);
    });

    it('gets problems with their words, as if they were answers', async () => {
      const { call } = await open();
      for (const [status, code, path, options] of PROBLEMS) {
        const got = await call(method, path, options);
        expect([got.status, JSON.parse(got.data).code]).toEqual([status, code]);
        expect(got.contentType).toBe('application/problem+json; charset=utf-8');
      }
    });

    it('gets a 500 as if it were an answer, one that no block can be made of', async () => {
      const { amplitude, call, capture } = await open();
      amplitude.plan('ann', broken);
      const got = await call(method, 'hero.json?user_id=ann&item_index=1&on_unavailable=retry');
      expect(got.status).toBe(500);
      expect(JSON.parse(got.data)).toMatchObject({ code: 'recommendation_unavailable' });
      expect(JSON.parse(got.data)).not.toHaveProperty('item_title');
      expect((await capture()).at(-1)).toMatch(/^resume /);
    });

    it('gets the baseline rather than a 500 where it does not ask to wait', async () => {
      const { amplitude, call } = await open();
      amplitude.plan('ann', broken);
      const { status, data } = await call(method, 'hero.json?user_id=ann&item_index=1');
      expect([status, JSON.parse(data).item_id]).toEqual([200, BASELINE[0]]);
    });

    it('can POST', async () => {
      const { amplitude, call } = await open();
      amplitude.plan('ann', control(...GOOD));
      const headers = { ...AUTHORIZED.headers, 'Content-Type': 'application/json' };
      const options = { method: 'POST', body: '{"user_id":"ann"}', headers };
      const { status, data } = await call(method, 'hero.json', options);
      expect([status, JSON.parse(data).reason]).toEqual([200, 'control']);
    });

    it('gets nothing on a page of a site that is not listed, and nobody is looked up', async () => {
      const { amplitude, call, capture } = await open({ isListed: false });
      expect(await call(method, 'hero.json?user_id=ann')).toEqual({ failed: 0 });
      expect((await capture()).at(-1)).toMatch(/^resume /);
      expect(amplitude.calls).toHaveLength(0);
    });
  });

  describe('the proxy of CD.getCORS', () => {
    it('passes the pre-flight on, which has no credentials, and the call after it', async () => {
      const { call, proxy } = await open();
      const path = 'hero.json?user_id=inlay-sample-treatment';
      expect((await call('getCORS', path)).status).toBe(200);
      expect(proxy.forwarded).toEqual([`OPTIONS /v1/placements/${path}`, `GET /v1/placements/${path}`]);
    });

    it('repeats an answer for ten seconds, and asks again then', async () => {
      const { amplitude, call, clock, proxy } = await open();
      amplitude.plan('ann', treatment(...GOOD));
      const path = 'hero.json?user_id=ann&item_index=1';
      const gets = (): number => proxy.forwarded.filter((line) => line.startsWith('GET')).length;
      const first = await call('getCORS', path);
      const second = await call('getCORS', path);
      expect([second, gets()]).toEqual([first, 1]);
      clock.advance(10_001);
      const third = await call('getCORS', path);
      expect([third.data, gets()]).toEqual([first.data, 2]);
      expect(amplitude.calls).toHaveLength(1);
    });

    it('never gives one person, campaign or position what is another’s', async () => {
      const { amplitude, call } = await open();
      amplitude.plan('ann', treatment(...GOOD));
      amplitude.plan('bob', control(...GOOD));
      const queries = [
        'user_id=ann&item_index=1',
        'user_id=bob&item_index=1',
        'user_id=ann&item_index=2',
        'user_id=ann&item_index=1&campaign=weekly',
        'user_id=ann&item_index=1&locale=de',
      ];
      const ask = () => Promise.all(queries.map((query) => call('getCORS', `hero.json?${query}`)));
      const direct = await Promise.all(queries.map((query) => call('get', `hero.json?${query}`)));
      for (const proxied of [await ask(), await ask()]) {
        expect(proxied.map(({ data }) => data)).toEqual(direct.map(({ data }) => data));
      }
      expect(JSON.parse(direct[0]?.data ?? '').item_id).toBe(GOOD[0]);
      expect(JSON.parse(direct[1]?.data ?? '').item_id).toBe(BASELINE[0]);
    });

    it('does not keep a refusal: the right password is answered at once', async () => {
      const { amplitude, call } = await open();
      amplitude.plan('ann', treatment(...GOOD));
      const path = 'hero.json?user_id=ann&item_index=1';
      expect((await call('getCORS', path, WRONG)).status).toBe(401);
      expect((await call('getCORS', path)).status).toBe(200);
    });

    it('does not keep a 500: whoever comes again gets the recommendation', async () => {
      const { amplitude, call } = await open();
      amplitude.plan('ann', broken);
      const path = 'hero.json?user_id=ann&item_index=1&campaign=weekly&on_unavailable=retry';
      expect((await call('getCORS', path)).status).toBe(500);
      amplitude.plan('ann', treatment(...GOOD));
      expect(JSON.parse((await call('getCORS', path)).data).item_id).toBe(GOOD[0]);
    });
  });
}
