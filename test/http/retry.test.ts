import { describe, expect, it } from 'vitest';
import { openAmplitude, type Plan } from '../support/amplitude.ts';
import { createClock } from '../support/clock.ts';
import { GOOD } from '../support/products.ts';
import { broken, control, knownWith, nobody, overLimit, treatment, wrongKey } from '../support/replies.ts';
import { METRICS, openService } from '../support/service.ts';

async function open() {
  const amplitude = await openAmplitude();
  const service = await openService({ amplitude });
  const ask = (person: string, query = '&on_unavailable=retry', suffix = 'json') =>
    service.get(`/v1/placements/hero.${suffix}?user_id=${person}${query}`);
  return { amplitude, service, ask };
}

describe('on_unavailable=retry', () => {
  it.each<readonly [string, Plan]>([
    ['timeout', { fault: 'hang' }],
    ['upstream_error', broken],
    ['throttled', overLimit()],
  ])('answers 500 for %s, which a later call may mend, in every form', async (reason, plan) => {
    const { amplitude, ask } = await open();
    amplitude.plan('ann', plan);
    for (const suffix of ['json', 'html', 'txt']) {
      const answer = await ask('ann', '&on_unavailable=retry', suffix);
      expect(answer.status).toBe(500);
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(answer.headers).toMatchObject({ 'cache-control': 'private, no-store', vary: 'Origin' });
      expect(answer.body).toMatchObject({ status: 500, code: expect.stringMatching(/./) });
      expect(answer.text).toContain(reason);
    }
  });

  it.each<readonly [string, Plan]>([
    ['recommended', treatment(...GOOD)],
    ['control', control(...GOOD)],
    ['no_recommendation', knownWith(null)],
    ['unknown_user', nobody()],
    ['invalid_response', { body: '<html>' }],
    ['upstream_rejected', wrongKey],
    ['no_content', treatment('gone')],
  ])('answers 200 for %s, which a later call would not mend', async (reason, plan) => {
    const { amplitude, ask } = await open();
    amplitude.plan('ann', plan);
    const { status, body } = await ask('ann');
    expect([status, body.reason]).toEqual([200, reason]);
  });

  it.each(['', '%5Buser_id%5D', 'x'.repeat(300)])(
    'answers 200 where there is nobody to look up: %j',
    async (id) => {
      const { ask } = await open();
      expect((await ask(id)).status).toBe(200);
    },
  );

  it('is answered the moment a later call finds the person', async () => {
    const { amplitude, ask } = await open();
    amplitude.plan('ann', { fault: 'reset' }, { fault: 'reset' }, treatment(...GOOD));
    expect((await ask('ann')).status).toBe(500);
    const { status, body } = await ask('ann');
    expect([status, body.reason]).toEqual([200, 'recommended']);
  });

  it('lets a throttled person be looked up in the meantime, so that the retry costs no call', async () => {
    const { amplitude, ask } = await open();
    amplitude.plan('ann', overLimit(), treatment(...GOOD));
    expect((await ask('ann')).status).toBe(500);
    await amplitude.ended(2);
    await expect.poll(async () => (await ask('ann', '')).body.reason).toBe('recommended');
    expect(amplitude.callsFor('ann')).toHaveLength(2);
  });
});

describe('on_unavailable=serve', () => {
  it.each(['', '&on_unavailable=serve'])(
    'lets nobody be looked up later, which would log a false exposure (%j)',
    async (query) => {
      const { amplitude, ask } = await open();
      amplitude.plan('ann', overLimit());
      expect((await ask('ann', query)).body.reason).toBe('throttled');
      // Bob waits where Ann would, behind her.
      amplitude.plan('bob', overLimit(), treatment(...GOOD));
      await expect.poll(async () => (await ask('bob')).status, { timeout: 10_000 }).toBe(200);
      expect(amplitude.callsFor('ann')).toHaveLength(1);
    },
  );
});

describe('who waits for the budget', () => {
  async function openWithBudget(perMinute: number) {
    const amplitude = await openAmplitude();
    amplitude.planForAll(treatment(...GOOD));
    const clock = createClock();
    const settings = { PROFILE_BUDGET_PER_MINUTE: String(perMinute), ANSWER_DEADLINE: '150ms' };
    const service = await openService({ amplitude, clock, settings });
    const ask = async (person: string, query = '&on_unavailable=retry') => {
      const { status, body } = await service.get(`/v1/placements/hero?user_id=${person}${query}`);
      return `${status} ${body.reason ?? body.code}`;
    };
    const queued = async () =>
      Number(/^inlay_waiting_people_total (\d+)/m.exec((await service.get('/metrics', METRICS)).text)?.[1]);
    return { amplitude, clock, ask, queued };
  }

  it('is looked up as it frees, once, and the retry is answered without a call', async () => {
    const { amplitude, clock, ask, queued } = await openWithBudget(2);
    expect([await ask('ann'), await ask('bea')]).toEqual(['200 recommended', '200 recommended']);
    expect([await ask('bob'), await ask('bob')]).toEqual([
      '500 recommendation_unavailable',
      '500 recommendation_unavailable',
    ]);
    expect(await ask('dora', '')).toBe('200 throttled');
    expect([amplitude.calls.length, await queued()]).toEqual([2, 2]);
    clock.advance(64_000);
    await amplitude.called(3);
    await expect.poll(() => ask('bob')).toBe('200 recommended');
    // There is budget left, and nobody else waits: not the one who got a baseline instead.
    clock.advance(64_000);
    await ask('ed');
    expect(amplitude.calls.map(({ person }) => person)).toEqual(['ann', 'bea', 'bob', 'ed']);
  });

  it.each<readonly [string, Plan]>([
    ['timeout', { fault: 'hang' }],
    ['upstream_error', broken],
  ])('is not whoever Amplitude fails: %s', async (_reason, plan) => {
    const { amplitude, ask, queued } = await openWithBudget(100);
    amplitude.plan('ann', plan);
    expect([await ask('ann'), await queued()]).toEqual(['500 recommendation_unavailable', 0]);
  });

  it('is nobody while Amplitude is known to fail, though a later call is asked for', async () => {
    const { amplitude, ask, queued } = await openWithBudget(100);
    amplitude.planForAll(broken);
    for (let person = 0; person < 5; person += 1) await ask(`p${person}`);
    const calls = amplitude.calls.length;
    expect(await ask('one more', '')).toBe('200 circuit_open');
    expect([await ask('one more'), await queued()]).toEqual(['500 recommendation_unavailable', 0]);
    expect(amplitude.calls).toHaveLength(calls);
  });

  it('is no person to test with', async () => {
    const { ask, queued } = await openWithBudget(100);
    await ask('inlay-sample-outage');
    expect(await queued()).toBe(0);
  });
});
