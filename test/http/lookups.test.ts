import { describe, expect, it } from 'vitest';
import { openAmplitude, SECRET_KEY } from '../support/amplitude.ts';
import { createClock } from '../support/clock.ts';
import { BASELINE, GOOD } from '../support/products.ts';
import { broken, knownWith, nobody, overLimit, treatment, wrongKey } from '../support/replies.ts';
import { METRICS, openService } from '../support/service.ts';
import { itemIds } from './answers.ts';

const PATH = '/v1/placements/hero.json';
const HOUR_MS = 3_600_000;

async function open() {
  const amplitude = await openAmplitude();
  const clock = createClock();
  return { amplitude, clock, service: await openService({ amplitude, clock }) };
}

describe('a look-up', () => {
  it('asks for the recommendation with the key, and for nothing personal', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('ann', treatment(...GOOD));
    await service.get(`${PATH}?user_id=ann&campaign=weekly&channel=email&locale=de-AT`);
    const [call] = amplitude.calls;
    expect(call?.headers.authorization).toBe(`Api-Key ${SECRET_KEY}`);
    expect(Object.fromEntries(call?.parameters ?? [])).toEqual({
      user_id: 'ann',
      get_recs: 'true',
      rec_id: 's234ssg',
    });
  });

  it('asks for properties where the placement says so', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('ann', treatment(...GOOD));
    const { body } = await service.get('/v1/placements/strip?user_id=ann');
    expect(amplitude.calls[0]?.parameters.get('get_amp_props')).toBe('true');
    expect(body).toHaveProperty('profile_plan_type', null);
  });

  it.each(['ann+news@example.com', 'a&b=c#d?e/f', '100% ünï 😀', 'Case.Matters', '\'"<>;--'])(
    'brings the id %s unchanged',
    async (id) => {
      const { amplitude, service } = await open();
      amplitude.plan(id, treatment(...GOOD));
      await service.get(`${PATH}?user_id=${encodeURIComponent(id)}`);
      await service.get(`${PATH}?device_id=${encodeURIComponent(id)}`);
      expect(amplitude.calls.map(({ parameters }) => parameters.get('user_id') ?? null)).toEqual([id, null]);
      expect(amplitude.calls[1]?.parameters.get('device_id')).toBe(id);
    },
  );

  it('with both ids uses the user id and does not send the other', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('ann', treatment(...GOOD));
    await service.get(`${PATH}?user_id=ann&device_id=phone`);
    expect(amplitude.calls.map(({ parameters }) => parameters.has('device_id'))).toEqual([false]);
  });

  it('with a blank user id uses the device id', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('phone', treatment(...GOOD));
    const { body } = await service.get(`${PATH}?user_id=&device_id=phone`);
    expect(body.reason).toBe('recommended');
  });

  it('never follows a redirect with the key', async () => {
    const { amplitude, service } = await open();
    const location = new URL('/elsewhere', amplitude.url).href;
    amplitude.plan('ann', { status: 302, headers: { location } });
    await service.get(`${PATH}?user_id=ann`);
    expect(amplitude.calls).toHaveLength(1);
  });
});

describe('nobody is looked up for', () => {
  it.each([
    'user_id=inlay-sample-treatment',
    'user_id=inlay-sample-control',
    'user_id=inlay-sample-unknown',
    'user_id=inlay-sample-empty',
    'user_id=inlay-sample-outage',
    'user_id=inlay-sample-long',
    'user_id=inlay-sample-sparse',
    'user_id=inlay-sample-misspelt',
    'device_id=inlay-sample-treatment',
    'user_id=qa-anna',
    'user_id=qa-carl',
    'user_id=qa-anna&position=2',
    '',
    'user_id=&device_id=%20',
    'user_id=%7B%7Bx%7D%7D',
    'user_id=%5Buser_id%5D',
    'user_id=a%00b',
    `user_id=${'x'.repeat(300)}`,
    'user_id=ann&position=99',
    'user_id=ann&user_id=bob',
    'user_id=ann&limit=none',
  ])('%j', async (query) => {
    const { amplitude, service } = await open();
    for (const suffix of ['json', 'html', 'txt']) {
      await service.get(`/v1/placements/hero.${suffix}?${query}`);
    }
    expect(amplitude.calls).toHaveLength(0);
  });

  it('requests that are refused, or that only ask what is there', async () => {
    const { amplitude, service } = await open();
    const path = `${PATH}?user_id=ann`;
    const statuses = [
      await service.send('HEAD', path),
      await service.send('OPTIONS', path),
      await service.send('PUT', path),
      await service.send('DELETE', path),
      await service.get(path, null),
      await service.get(path, { name: 'braze', password: 'wrong' }),
      await service.get(path, METRICS),
      await service.get(path).set('Sec-Fetch-Site', 'cross-site'),
      await service.get('/v1/placements/nothing.json?user_id=ann'),
      await service.get('/v1/placements/hero.html?user_id=ann&template=nothing'),
      await service.post(path).type('text/plain').send('user_id=ann'),
      await service.post(path).type('json').send('{"user_id":'),
      await service.get('/v1/placements/off?user_id=ann'),
    ].map(({ status }) => status);
    expect(statuses).toEqual([405, 204, 405, 405, 401, 401, 403, 403, 404, 404, 415, 400, 200]);
    expect(amplitude.calls).toHaveLength(0);
  });
});

describe('one look-up serves', () => {
  it('fifty calls at once for one person, in all forms', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('ann', (call) => {
      const plan = treatment(...GOOD);
      return { ...(typeof plan === 'function' ? plan(call) : plan), afterMs: 50 };
    });
    const suffixes = ['json', 'html', 'txt', 'json'];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        service.get(`/v1/placements/hero.${suffixes[index % 4]}?user_id=ann`),
      ),
    );
    expect(answers.every(({ text }) => text.includes('mortgage-rates-primer'))).toBe(true);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(3);
    expect(amplitude.calls).toHaveLength(1);
  });

  it.each([
    ['a treatment', treatment(...GOOD), 'recommended'],
    ['a person without recommendation', knownWith(null), 'no_recommendation'],
    ['a person whom nobody knows', nobody(), 'unknown_user'],
  ])('later calls for %s', async (_name, plan, reason) => {
    const { amplitude, service } = await open();
    amplitude.plan('ann', plan);
    for (let round = 0; round < 3; round += 1) {
      expect((await service.get(`${PATH}?user_id=ann`)).body.reason).toBe(reason);
    }
    expect(amplitude.calls).toHaveLength(1);
  });

  it('up to the age of FRESH, and after STALE_IF_ERROR another one is made', async () => {
    const { amplitude, clock, service } = await open();
    amplitude.plan('ann', treatment('index-funds'), treatment('credit-score'));
    const ask = async () => itemIds((await service.get(`${PATH}?user_id=ann`)).body);
    expect(await ask()).toEqual(['index-funds']);
    clock.advance(6 * HOUR_MS - 1);
    expect(await ask()).toEqual(['index-funds']);
    expect(amplitude.calls).toHaveLength(1);
    clock.advance(7 * 24 * HOUR_MS);
    expect(await ask()).toEqual(['credit-score']);
    expect(amplitude.calls).toHaveLength(2);
  });

  it('not a user and a device of the same id', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('x1', treatment(...GOOD), nobody());
    const user = await service.get(`${PATH}?user_id=x1`);
    const device = await service.get(`${PATH}?device_id=x1`);
    expect([user.body.reason, device.body.reason]).toEqual(['recommended', 'unknown_user']);
  });

  it('not two people whose ids differ in case', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('Ann', treatment(...GOOD));
    amplitude.plan('ann', nobody());
    const reasons = [
      (await service.get(`${PATH}?user_id=Ann`)).body.reason,
      (await service.get(`${PATH}?user_id=ann`)).body.reason,
    ];
    expect(reasons).toEqual(['recommended', 'unknown_user']);
  });
});

describe('a look-up that failed', () => {
  it.each([
    ['a wrong key', wrongKey, 1],
    ['the limit', overLimit(), 1],
    ['garbage', { body: '<html>' }, 1],
    ['a 500', broken, 2],
    ['a broken connection', { fault: 'reset' } as const, 2],
  ])('for %s makes at most %3$i calls for one answer', async (_name, plan, most) => {
    const { amplitude, service } = await open();
    amplitude.plan('ann', plan);
    await service.get(`${PATH}?user_id=ann`);
    expect(amplitude.calls.length).toBeGreaterThanOrEqual(1);
    expect(amplitude.calls.length).toBeLessThanOrEqual(most);
  });

  it('is mended by its one repetition', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('ann', broken, treatment(...GOOD));
    const { body } = await service.get(`${PATH}?user_id=ann`);
    expect(body.reason).toBe('recommended');
    expect(amplitude.calls).toHaveLength(2);
  });

  it('is made again by the next call', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('ann', { body: '<html>' }, treatment(...GOOD));
    const first = await service.get(`${PATH}?user_id=ann`);
    const second = await service.get(`${PATH}?user_id=ann`);
    expect([first.body.reason, second.body.reason]).toEqual(['invalid_response', 'recommended']);
    expect(itemIds(first.body)).toEqual(BASELINE.slice(0, 3));
  });
});
