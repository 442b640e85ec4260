import { describe, expect, it } from 'vitest';
import { type Amplitude, openAmplitude, type Plan } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import { broken, control, knownWith, nobody, overLimit, treatment, wrongKey } from '../support/replies.ts';
import { METRICS, openService, STUDIO } from '../support/service.ts';
import { of } from './following.ts';
import { expectDocumented } from './openapi-answers.ts';

async function open(plan: (amplitude: Amplitude) => void = () => {}) {
  const amplitude = await openAmplitude();
  amplitude.planForAll(treatment(...GOOD));
  plan(amplitude);
  return openService({ amplitude });
}

const HERO = '/v1/placements/hero';
const FORMS = [
  ['Json', '.json'],
  ['Html', '.html'],
  ['Text', '.txt'],
  ['', ''],
] as const;

describe('a real answer is what /openapi.json says', () => {
  it.each<readonly [string, Plan]>([
    ['recommended', treatment(...GOOD)],
    ['control', control(...GOOD)],
    ['no_recommendation', knownWith(null)],
    ['unknown_user', nobody()],
    ['throttled', overLimit()],
    ['upstream_error', broken],
    ['invalid_response', { body: '<html>' }],
    ['upstream_rejected', wrongKey],
    ['no_content', treatment('gone')],
  ])('for %s, in every form and by both methods', async (reason, plan) => {
    const service = await open((amplitude) => amplitude.planForAll(plan));
    for (const [form, suffix] of FORMS) {
      const url = `${HERO}${suffix}?user_id=ann&explain=1`;
      const got = await service.get(url);
      // What fails often enough is soon not asked any more, which is another reason.
      if (form === 'Json') expect(got.body.reason).toBe(reason);
      expectDocumented(`getPlacement${form}`, got);
      expectDocumented(`postPlacement${form}`, await service.post(url).type('form').send('limit=2'));
    }
  });

  it.each([
    'hero?user_id=inlay-sample-treatment',
    'hero?user_id=inlay-sample-sparse',
    'hero?user_id=inlay-sample-long&escape=html',
    'hero?user_id=inlay-sample-empty&shape=list',
    'hero?user_id=ann&shape=list&campaign=weekly',
    'hero?user_id=ann&position=2',
    'hero?user_id=ann&position=3&limit=1&explain=1',
    'hero?user_id=ann&item_index=1&shape=list',
    'strip?user_id=ann',
    'off?user_id=ann&shape=list',
    'hero?user_id=',
    'hero?user_id=%5Buser_id%5D',
    'hero?user_id=%00',
  ])('for %s', async (path) => {
    const service = await open();
    const answer = await service.get(`/v1/placements/${path}`);
    expect(answer.status).toBe(200);
    expectDocumented('getPlacement', answer);
  });

  it.each([
    ['user_id=inlay-sample-empty', 200],
    ['user_id=ann&page=1', 200],
    ['user_id=ann&position=0', 400],
    ['user_id=ann&template=none', 404],
  ])('for HTML with %s', async (query, status) => {
    const service = await open();
    const answer = await service.get(`${HERO}.html?${query}`);
    expect(answer.status).toBe(status);
    expectDocumented('getPlacementHtml', answer);
  });

  it('for every refusal', async () => {
    const service = await open((amplitude) => amplitude.planForAll(broken));
    const url = `${HERO}.json?user_id=ann`;
    const gets = [
      await service.get(`${url}&shape=round`),
      await service.get(url, null),
      await service.get(url, METRICS),
      await service.get(url).set('Sec-Fetch-Site', 'cross-site'),
      await service.get('/v1/placements/none.json'),
      await service.get(`${url}&template=none`),
      await service.get(`${url}&channel=${'x'.repeat(17_000)}`),
      await service.get(`${url}&on_unavailable=retry`),
    ];
    expect(gets.map(({ status }) => status)).toEqual([400, 401, 403, 403, 404, 404, 414, 500]);
    for (const answer of gets) expectDocumented('getPlacementJson', answer);
    const posts = [
      await service.post(url).type('json').send('{'),
      await service
        .post(url)
        .type('json')
        .send(`{"channel":"${'x'.repeat(70_000)}"}`),
      await service.post(url).type('text/csv').send('ann'),
    ];
    expect(posts.map(({ status }) => status)).toEqual([400, 413, 415]);
    for (const answer of posts) expectDocumented('postPlacementJson', answer);
  });

  it('for people, health, metrics and the description itself', async () => {
    const service = await open();
    const forget = (query: string) => service.send('DELETE', `/v1/people${query}`, STUDIO);
    const forgotten = [await forget('?user_id=ann'), await forget('')];
    expect(forgotten.map(({ status }) => status)).toEqual([200, 400]);
    for (const answer of forgotten) expectDocumented('forgetPerson', answer);
    expectDocumented('forgetPerson', await service.send('DELETE', '/v1/people?user_id=ann'));
    expectDocumented('getLiveness', await service.get('/livez', null));
    expectDocumented('getReadiness', await service.get('/readyz', null));
    expectDocumented('getMetrics', await service.get('/metrics', METRICS));
    expectDocumented('getMetrics', await service.get('/metrics'));
    expectDocumented('getOpenApi', await service.get('/openapi.json', null));
    expectDocumented('getDocs', await service.get('/docs', null));
    service.app.readiness.ready = false;
    expectDocumented('getReadiness', await service.get('/readyz', null));
  });

  it('for public links, whatever is wrong with them', async () => {
    const service = await open();
    const query = of('ann');
    const { body } = await service.get(`${HERO}?user_id=ann&campaign=weekly`);
    const click = new URL(body.item_1_click_url);
    const follow = (path: string) => service.get(path, null).redirects(0);
    expectDocumented('followClick', await follow(`${click.pathname}?mi_u=1`));
    expectDocumented('followClick', await follow('/c/none/none'));
    expectDocumented('followPosition', await follow(`/go/hero/1?${query}`));
    expectDocumented('followPosition', await follow('/go/hero/99'));
    expectDocumented('followImage', await follow(`/img/hero/1?${query}`));
    expectDocumented('followImage', await follow('/img/hero/99'));
    expectDocumented('showPage', await follow(`/page/hero?${query}&position=1`));
    expectDocumented('showPage', await follow('/page/none'));
  });
});
