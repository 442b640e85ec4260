import { describe, expect, it } from 'vitest';
import { createSandboxProfileApi } from '../../src/sandbox/profile-api.ts';
import { itemIds } from '../http/answers.ts';
import { SECRET_KEY } from '../support/amplitude.ts';
import { listen } from '../support/listen.ts';
import { BASELINE, GOOD } from '../support/products.ts';
import { openService } from '../support/service.ts';

async function open() {
  const server = createSandboxProfileApi({ secretKey: SECRET_KEY, itemsOf: () => [...BASELINE, ...GOOD] });
  const { origin, close } = await listen(server);
  const url = new URL(`${origin}/v1/userprofile`);
  const fetchRaw = (
    query: string,
    headers: Record<string, string> = { authorization: `Api-Key ${SECRET_KEY}` },
  ) => fetch(`${url}?${query}`, { headers, redirect: 'manual' });
  return { sandbox: { url, close }, fetchRaw };
}

describe('the people of the sandbox', () => {
  it.each([
    ['treatment-1', 'recommended', 'treatment'],
    ['treatment-anna.lee', 'recommended', 'treatment'],
    ['control-1', 'control', 'baseline'],
    ['new-1', 'unknown_user', 'baseline'],
    ['empty-1', 'no_recommendation', 'baseline'],
    ['slow-1', 'timeout', 'baseline'],
    ['error-1', 'upstream_error', 'baseline'],
    ['throttled-1', 'throttled', 'baseline'],
  ])('%s gets %s through the whole service, by user and by device id', async (id, reason, variant) => {
    const { sandbox } = await open();
    const service = await openService({ amplitude: sandbox });
    for (const name of ['user_id', 'device_id']) {
      const { status, body } = await service.get(`/v1/placements/hero?${name}=${id}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ reason, variant, is_sample: false, item_count: 3 });
    }
  });

  it('who are treated get items in an order of their own, always the same', async () => {
    const { sandbox } = await open();
    const ask = async (id: string) => {
      const service = await openService({ amplitude: { ...sandbox, close: async () => {} } });
      return itemIds((await service.get(`/v1/placements/hero?user_id=${id}`)).body);
    };
    const orders = await Promise.all(['treatment-1', 'treatment-2', 'treatment-3', 'treatment-4'].map(ask));
    expect(new Set(orders.map((order) => order.join())).size).toBeGreaterThan(1);
    expect(await ask('treatment-1')).toEqual(orders[0]);
  });

  it.each(['treatment-1', 'control-1', 'new-1', 'empty-1', 'error-1', 'throttled-1', 'anybody'])(
    '%s is answered with "sandbox": true',
    async (id) => {
      const { fetchRaw } = await open();
      const response = await fetchRaw(`user_id=${id}&get_recs=true&rec_id=s234ssg`);
      expect(await response.json()).toMatchObject({ sandbox: true });
    },
  );
});

describe('the contract of the User Profile API', () => {
  it('has an entry for each recommendation asked for, with items and is_control', async () => {
    const { fetchRaw } = await open();
    for (const [id, is_control] of [
      ['treatment-1', false],
      ['control-1', true],
    ] as const) {
      const response = await fetchRaw(`user_id=${id}&get_recs=true&rec_id=s234ssg,other`);
      expect(response.status).toBe(200);
      const { userData } = (await response.json()) as {
        userData: { recommendations: object[]; user_id: string };
      };
      expect(userData.user_id).toBe(id);
      expect(userData.recommendations).toEqual(
        ['s234ssg', 'other'].map((rec_id) =>
          expect.objectContaining({ rec_id, is_control, items: expect.arrayContaining([...GOOD]) }),
        ),
      );
    }
  });

  it('has the documented errors', async () => {
    const { fetchRaw } = await open();
    expect(await (await fetchRaw('user_id=new-1&rec_id=a')).json()).toMatchObject({
      error: 'User id and device id not seen before',
    });
    expect(await (await fetchRaw('user_id=throttled-1&rec_id=a')).json()).toMatchObject({
      error: expect.stringMatching(/^Number of requests per minute exceeds system limit\./),
    });
    expect((await fetchRaw('user_id=error-1&rec_id=a')).status).toBeGreaterThanOrEqual(500);
  });

  it.each([
    ['no key', {}, 'Missing Api-Key in Authorization header'],
    ['a wrong key', { authorization: 'Api-Key wrong' }, 'Invalid Api-Key'],
    [
      'an empty key',
      { authorization: 'Api-Key ' },
      /^(Invalid Api-Key|Missing Api-Key in Authorization header)$/,
    ],
    ['the key without its scheme', { authorization: SECRET_KEY }, 'Missing Api-Key in Authorization header'],
  ])('answers %s with 401 and bare text', async (_name, headers, text) => {
    const { fetchRaw } = await open();
    const response = await fetchRaw('user_id=treatment-1&rec_id=a', headers);
    expect(response.status).toBe(401);
    expect(await response.text()).toEqual(typeof text === 'string' ? text : expect.stringMatching(text));
  });

  it('makes a wrong key upstream_rejected in the service', async () => {
    const { sandbox } = await open();
    const service = await openService({ amplitude: sandbox, settings: { AMPLITUDE_SECRET_KEY: 'wrong' } });
    const { body } = await service.get('/v1/placements/hero?user_id=treatment-1');
    expect(body).toMatchObject({ reason: 'upstream_rejected', is_fallback: true });
  });
});
