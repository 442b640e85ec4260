import { describe, expect, it } from 'vitest';
import { openAmplitude, type Plan } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import { broken, control, knownWith, nobody, overLimit, treatment, wrongKey } from '../support/replies.ts';
import { openService } from '../support/service.ts';

async function open() {
  const amplitude = await openAmplitude();
  const service = await openService({ amplitude, settings: { ANSWER_DEADLINE: '150ms' } });
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
  it('does not let a throttled person be looked up later, which would log a false exposure', async () => {
    const { amplitude, ask } = await open();
    amplitude.plan('ann', overLimit(), treatment(...GOOD));
    amplitude.plan('bob', overLimit(), treatment(...GOOD));
    for (const query of ['', '&on_unavailable=serve']) {
      expect((await ask('ann', query)).status).toBe(200);
      amplitude.plan('ann', overLimit(), treatment(...GOOD));
    }
    // Bob waits behind where Ann would.
    expect((await ask('bob')).status).toBe(500);
    await expect.poll(() => amplitude.callsFor('bob').length).toBe(2);
    expect(amplitude.callsFor('ann')).toHaveLength(2);
  });
});
