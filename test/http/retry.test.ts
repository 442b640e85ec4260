import { describe, expect, it } from 'vitest';
import { openAmplitude, type Plan } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import { broken, control, knownWith, nobody, overLimit, treatment, wrongKey } from '../support/replies.ts';
import { openService } from '../support/service.ts';

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
