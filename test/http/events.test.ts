import { describe, expect, it } from 'vitest';
import { createClock } from '../support/clock.ts';
import { API_KEY, openEventsApi, type WireEvent } from '../support/events-api.ts';
import { BASELINE, GOOD } from '../support/products.ts';
import { broken, nobody } from '../support/replies.ts';
import { METRICS, type ServiceOptions, STUDIO } from '../support/service.ts';
import type { TemplateChanges } from '../support/templates.ts';
import { heroWith, of, openLinks, pathOf } from './following.ts';

/** The service with Amplitude's API key. */
async function open(changes: TemplateChanges = {}, options: Partial<ServiceOptions> = {}) {
  const api = await openEventsApi();
  const settings = { AMPLITUDE_API_KEY: API_KEY, EVENTS_API_URL: api.url.href, ...options.settings };
  const links = await openLinks(changes, { ...options, settings });
  const { service } = links;
  return {
    ...{ ...links, api },
    get: async (query: string, as?: Parameters<typeof service.get>[1]) =>
      await service.get(`/v1/placements/hero${query}`, as),
    /** What Amplitude has been told in the end. */
    told: async () => {
      await service.app.close();
      return api.taken();
    },
    metric: async (line: string) => (await service.get('/metrics', METRICS)).text.includes(line),
  };
}

const propertiesOf = (events: readonly WireEvent[]) => events.map(({ event_properties }) => event_properties);

describe('an answer', () => {
  it('is told as served, with all that a report asks for', async () => {
    const clock = createClock();
    const { get, told, api } = await open({}, { clock });
    await get('?user_id=ann&campaign=weekly&channel=email');
    expect(await told()).toEqual([
      {
        event_type: 'served',
        user_id: 'ann',
        time: clock.wall(),
        insert_id: expect.stringMatching(/^[\w-]{32}$/),
        event_properties: {
          ...{ placement: 'hero', variant: 'treatment', reason: 'recommended', recommendation: 's234ssg' },
          ...{ campaign: 'weekly', channel: 'email', items: GOOD.slice(0, 3), item_count: 3 },
        },
      },
    ]);
    expect(api.uploads.map(({ apiKey }) => apiKey)).toEqual([API_KEY]);
  });

  it('for control and for fallbacks tells which of them it was', async () => {
    const { amplitude, get, told } = await open();
    amplitude.plan('dan', { status: 500 });
    for (const id of ['ann', 'carl', 'dan']) await get(`?user_id=${id}`);
    await get('?device_id=phone-1');
    const events = await told();
    expect(events.map(({ user_id, device_id }) => user_id ?? device_id)).toEqual([
      ...['ann', 'carl', 'dan', 'phone-1'],
    ]);
    expect(propertiesOf(events)).toMatchObject([
      { variant: 'treatment', reason: 'recommended' },
      { variant: 'baseline', reason: 'control', items: BASELINE.slice(0, 3) },
      { variant: 'baseline', reason: 'upstream_error' },
      { variant: 'treatment', reason: 'recommended' },
    ]);
  });

  it('of the same person, placement and campaign is told once, in whatever form and position', async () => {
    const { service, get, told, metric } = await open();
    const ann = 'user_id=ann&campaign=weekly';
    for (const query of [`?${ann}&position=2`, `?${ann}&item_index=1`, `.html?${ann}`, `.txt?${ann}`]) {
      await get(query);
    }
    await service.post('/v1/placements/old-hero').send({ user_id: 'ann', campaign: 'weekly' });
    expect(await metric('inlay_events_total{event="served",result="repeated"} 4')).toBe(true);
    await get('?user_id=ann&campaign=another');
    await get('?user_id=ann');
    const events = await told();
    expect(propertiesOf(events).map(({ campaign }) => campaign)).toEqual(['weekly', 'another', null]);
    // Not only the item of the position that was asked for first.
    expect(events[0]?.event_properties).toMatchObject({ items: GOOD.slice(0, 3), item_count: 3 });
  });

  it('that nobody is shown is not told: 500 for a retry', async () => {
    const { amplitude, get, told } = await open();
    amplitude.plan('ann', broken);
    expect((await get('?user_id=ann&on_unavailable=retry')).status).toBe(500);
    expect((await get('?user_id=bob&on_unavailable=retry')).status).toBe(200);
    expect((await told()).map(({ user_id }) => user_id)).toEqual(['bob']);
  });

  it.each([
    ['nobody', '?user_id='],
    ['a merge tag', '?user_id=%7B%7B%24%7Buser_id%7D%7D%7D'],
    ['an id that cannot be one', `?user_id=${'x'.repeat(300)}`],
    ['a sample', '?user_id=inlay-sample-treatment&campaign=weekly'],
    ['a misspelt sample', '?user_id=inlay-sample-tretment'],
    ['a test recipient', '?user_id=qa-anna'],
    ['an id that Amplitude takes no events of', '?user_id=anonymous'],
  ])('for %s is not told', async (_whom, query) => {
    const { get, told, api } = await open();
    expect((await get(query)).status).toBe(200);
    expect([await told(), api.uploads]).toEqual([[], []]);
  });

  it('for somebody whom Amplitude does not know is not told, which would make them known', async () => {
    const { amplitude, get, told, metric } = await open();
    amplitude.plan('ann', nobody());
    await get('?user_id=ann');
    expect(await metric('inlay_events_total{event="served",result="unknown_user"} 1')).toBe(true);
    expect(await told()).toEqual([]);
  });

  it('to somebody with studio credentials, who is trying something, is not told', async () => {
    const { get, told } = await open();
    expect((await get('?user_id=ann', STUDIO)).status).toBe(200);
    expect(await told()).toEqual([]);
  });

  it('that is an error is not told, nor is whether the process is well', async () => {
    const { service, get, told } = await open();
    for (const path of ['/livez', '/readyz', '/docs', '/v1/placements/none?user_id=ann'])
      await service.get(path);
    await get('?user_id=ann', null);
    await get('?user_id=ann&position=9');
    await get('?user_id=ann&template=none');
    await service.send('HEAD', '/v1/placements/hero?user_id=ann');
    await service.send('OPTIONS', '/v1/placements/hero?user_id=ann');
    expect(await told()).toEqual([]);
  });

  it('waits for nothing, even if Amplitude does not answer', async () => {
    const { get, api } = await open();
    api.planForAll({ status: 200, fault: 'hang' });
    await get('?user_id=ann');
    await api.arrived(1);
    const answers = await Promise.all(['bob', 'cid', 'dan'].map((id) => get(`?user_id=${id}&explain=1`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    // So that the end of the service need not wait for it either.
    await api.close();
  });
});

describe('without an API key', () => {
  it('nothing is sent', async () => {
    const { get, told, api } = await open({}, { settings: { AMPLITUDE_API_KEY: '' } });
    await get('?user_id=ann');
    expect([await told(), api.uploads]).toEqual([[], []]);
  });

  it('of its project a placement tells nothing, and others tell their own project', async () => {
    const { service, told, api } = await open(
      {
        'shop/placement.yaml': heroWith('project: shop').replace('aliases: [old-hero]\n', ''),
        'news/placement.yaml': heroWith('project: news').replace('aliases: [old-hero]\n', ''),
      },
      {
        settings: {
          AMPLITUDE_PROJECTS: 'shop news',
          AMPLITUDE_SECRET_KEY_SHOP: 'amplitude-secret-key-7Qx',
          AMPLITUDE_SECRET_KEY_NEWS: 'amplitude-secret-key-7Qx',
          AMPLITUDE_API_KEY_SHOP: 'api-key-of-shop',
        },
      },
    );
    for (const name of ['hero', 'shop', 'news']) await service.get(`/v1/placements/${name}?user_id=ann`);
    await told();
    const keyed = api.uploads.flatMap(({ apiKey, events }) =>
      events.map(({ event_properties }) => `${apiKey} ${event_properties.placement}`),
    );
    expect(keyed.sort()).toEqual([`${API_KEY} hero`, 'api-key-of-shop shop']);
  });
});

describe('a click', () => {
  it('is told once, with the item and its position', async () => {
    const { ask, follow, told } = await open();
    const answer = await ask('ann', 'campaign=weekly&channel=email');
    for (let time = 0; time < 2; time += 1) await follow(pathOf(answer.item_2_click_url));
    await follow(pathOf(answer.item_3_click_url));
    const clicks = (await told()).filter(({ event_type }) => event_type === 'clicked');
    expect(clicks.map(({ user_id }) => user_id)).toEqual(['ann', 'ann']);
    expect(propertiesOf(clicks)).toEqual(
      [2, 3].map((position) => ({
        ...{ placement: 'hero', variant: 'treatment', reason: 'recommended', recommendation: 's234ssg' },
        ...{ campaign: 'weekly', channel: 'email', item: GOOD[position - 1], position },
      })),
    );
  });

  it('on a link by position is the same as one on the item’s own link', async () => {
    const { ask, follow, told, api } = await open();
    const { item_1_click_url } = await ask('ann');
    await follow(`/go/hero/1?${of('ann')}`);
    await follow(pathOf(item_1_click_url));
    const events = await told();
    expect(events.map(({ event_type }) => event_type)).toEqual(['served', 'clicked']);
    expect(api.uploads.flatMap(({ events }) => events)).toHaveLength(2);
  });

  it('of a control person is told as one', async () => {
    const { ask, follow, told } = await open();
    await follow(pathOf((await ask('carl')).item_1_click_url));
    expect(propertiesOf(await told())).toMatchObject([
      { reason: 'control' },
      { variant: 'baseline', reason: 'control', item: BASELINE[0], position: 1 },
    ]);
  });

  it.each([
    ['a program', { headers: { 'User-Agent': 'curl/8.5.0' } }],
    ['HEAD', { method: 'HEAD' }],
  ])('of %s is not told', async (_by, options) => {
    const { ask, follow, told } = await open();
    await follow(pathOf((await ask('ann')).item_1_click_url), options);
    expect((await told()).map(({ event_type }) => event_type)).toEqual(['served']);
  });

  it.each(['', 'inlay-sample-treatment', 'qa-anna'])(
    'of nobody, or of a sample, is not told: %s',
    async (id) => {
      const { ask, follow, told } = await open();
      const { item_1_click_url } = await ask(id);
      expect((await follow(pathOf(item_1_click_url))).status).toBe(302);
      expect(await told()).toEqual([]);
    },
  );
});

describe('public links', () => {
  it('serve nobody anything anew', async () => {
    const { ask, follow, told } = await open();
    await ask('ann');
    for (const path of ['/img/hero/1', '/page/hero']) {
      await follow(`${path}?${of('ann')}`);
      await follow(`${path}?${of('bob')}`);
    }
    expect((await told()).map(({ user_id, event_type }) => `${event_type} ${user_id}`)).toEqual([
      'served ann',
    ]);
  });

  it('that may look people up do, once for all parts of a message', async () => {
    const { follow, told } = await open({ 'hero/placement.yaml': heroWith('open_lookups: true') });
    for (const path of ['/img/hero/1', '/img/hero/2', '/page/hero']) await follow(`${path}?${of('ann')}`);
    expect(await told()).toMatchObject([
      { event_type: 'served', user_id: 'ann', event_properties: { campaign: 'weekly', item_count: 3 } },
    ]);
  });
});

describe('whoever is forgotten', () => {
  it('is not told of any more', async () => {
    const { service, get, told, api } = await open();
    api.planForAll({ status: 503 });
    await get('?user_id=ann');
    await get('?user_id=bob');
    const forgotten = await service.send('DELETE', '/v1/people?user_id=ann', STUDIO);
    expect(forgotten.status).toBe(200);
    api.planForAll(null);
    expect((await told()).map(({ user_id }) => user_id)).toEqual(['bob']);
  });
});

it('neither the key nor anything of a person is logged or counted', async () => {
  const { service, get, api, told } = await open();
  api.plan({ status: 400, body: { code: 400, error: `Invalid API key: ${API_KEY}` } });
  await get('?user_id=anna.secret@mail.example&campaign=weekly');
  await api.arrived(1);
  const metrics = (await service.get('/metrics', METRICS)).text;
  await told();
  expect(service.log.join()).toContain('AMPLITUDE_API_KEY');
  for (const text of [metrics, service.log.join()]) {
    expect(text).not.toContain('anna');
    expect(text).not.toContain(API_KEY);
  }
});
