import { describe, expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { createClock } from '../support/clock.ts';
import { GOOD } from '../support/products.ts';
import { broken, treatment } from '../support/replies.ts';
import { openService } from '../support/service.ts';

const PATH = '/v1/placements/hero.json';

async function open() {
  const amplitude = await openAmplitude();
  amplitude.plan('ann', treatment(...GOOD));
  const clock = createClock();
  return { amplitude, clock, service: await openService({ amplitude, clock }) };
}

describe('explain=1', () => {
  it('adds keys behind the usual ones, and changes none of them', async () => {
    const { service } = await open();
    const plain = (await service.get(`${PATH}?user_id=ann`)).body;
    const explained = (await service.get(`${PATH}?user_id=ann&explain=1`)).body;
    const entries = Object.entries(explained);
    expect(Object.fromEntries(entries.filter(([key]) => !key.startsWith('explain_')))).toEqual(plain);
    expect(Object.keys(explained)).toEqual(
      expect.arrayContaining(['explain_request_id', 'explain_recommendation', 'explain_hints']),
    );
    expect(explained.explain_recommendation).toBe('s234ssg');
    for (const [, value] of entries) expect(value).not.toBe('');
  });

  it('has the same keys however the answer came about', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('bob', broken);
    const queries = ['user_id=ann', 'user_id=ann', 'user_id=bob', '', 'user_id=inlay-sample-long'];
    const keys = new Set<string>();
    for (const query of queries) {
      const { body } = await service.get(`${PATH}?${query}&explain=1`);
      keys.add(Object.keys(body).join(' '));
    }
    expect([...keys]).toHaveLength(1);
  });

  it('names the request as the header does, each another way', async () => {
    const { service } = await open();
    const first = await service.get(`${PATH}?user_id=ann&explain=1`);
    const second = await service.get(`${PATH}?user_id=ann&explain=1`);
    expect(first.body.explain_request_id).toBe(first.headers['x-request-id']);
    expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
  });

  it('tells a miss, then a hit and its age', async () => {
    const { service, clock } = await open();
    const miss = await service.get(`${PATH}?user_id=ann&explain=1`);
    clock.advance(90_000);
    const hit = await service.get(`${PATH}?user_id=ann&explain=1`);
    expect([miss.body.explain_cache, hit.body.explain_cache]).toEqual(['miss', 'hit']);
    expect([miss.body.explain_age_seconds, hit.body.explain_age_seconds]).toEqual([0, 90]);
    expect(miss.headers['cache-status']).toMatch(/^inlay; *fwd=miss; *stored$/i);
    expect(hit.headers['cache-status']).toMatch(/^inlay; *hit\b/i);
    expect(hit.headers['cache-status']).not.toMatch(/fwd/);
  });

  it.each(['user_id=inlay-sample-control', 'user_id=', 'user_id=%5Buser_id%5D', 'user_id=qa-anna'])(
    'tells that %s passed the cache by',
    async (query) => {
      const { service } = await open();
      const answer = await service.get(`${PATH}?${query}&explain=1`);
      expect(answer.body).toMatchObject({ explain_cache: 'bypass', explain_age_seconds: null });
      expect(answer.headers['cache-status']).toMatch(/^inlay; *fwd=bypass$/i);
    },
  );

  it('tells calls that waited for the look-up of another', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('cleo', (call) => {
      const reply = treatment(...GOOD);
      return { ...(typeof reply === 'function' ? reply(call) : reply), afterMs: 100 };
    });
    const first = service.get(`${PATH}?user_id=cleo&explain=1`).then((answer) => answer);
    await amplitude.called(1);
    const second = await service.get(`${PATH}?user_id=cleo&explain=1`);
    expect((await first).body.explain_cache).toBe('miss');
    expect(second.body).toMatchObject({ explain_cache: 'collapsed', reason: 'recommended' });
    expect(second.headers['cache-status']).toMatch(/^inlay; *fwd=miss\b.*; *collapsed/i);
  });

  it('does not claim that a failure was stored', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('bob', broken);
    const answer = await service.get(`${PATH}?user_id=bob&explain=1`);
    expect(answer.body).toMatchObject({ reason: 'upstream_error', explain_age_seconds: null });
    expect(answer.headers['cache-status']).toMatch(/^inlay; *fwd=miss\b/i);
    expect(answer.headers['cache-status']).not.toMatch(/stored/i);
  });

  it('gives the milliseconds in Server-Timing', async () => {
    const { service } = await open();
    const { headers } = await service.get(`${PATH}?user_id=ann&explain=1`);
    expect(headers['server-timing']).toMatch(/^\w+;dur=\d+(\.\d+)?(, \w+;dur=\d+(\.\d+)?)*$/);
  });

  it.each([
    ['an unknown parameter', 'user_id=ann&colour=red', /colour/],
    ['an unresolved merge tag', 'user_id=ann&campaign=%5Bcampaign%5D', /campaign/],
    ['a raw plus in an id', 'user_id=ann+bob@example.com', /\+|%2B/],
    ['a raw ampersand in an id', 'user_id=ann&bob@example.com', /&|%26/],
    ['a dispatch id', 'user_id=ann&campaign=5f6e1b2c3d4e5f6a7b8c9d0e1f2a3b4c', /dispatch/],
  ])('hints at %s', async (_name, query, hint) => {
    const { amplitude, service } = await open();
    amplitude.planForAll(treatment(...GOOD));
    const { body } = await service.get(`${PATH}?${query}&explain=1`);
    expect(body.reason).toBe('recommended');
    expect(body.explain_hints).toMatch(hint);
  });

  it('has no hint where nothing is odd', async () => {
    const { service } = await open();
    const { body } = await service.get(`${PATH}?user_id=ann&explain=1`);
    expect(body.explain_hints).toBeNull();
  });

  it('stands in a comment of HTML, which stays HTML', async () => {
    const { service } = await open();
    const plain = await service.get('/v1/placements/hero.html?user_id=ann');
    const { text } = await service.get('/v1/placements/hero.html?user_id=ann&--%3E%3Cb%3E=1&explain=1');
    expect(text).toMatch(/^</);
    expect(text).toMatch(/<!--(?:(?!-->)[\s\S])*s234ssg(?:(?!-->)[\s\S])*-->/);
    expect(text.replace(/<!--(?:(?!-->)[\s\S])*-->/g, '').trim()).toBe(plain.text.trim());
  });

  it('stands in plain text too', async () => {
    const { service } = await open();
    const { text } = await service.get('/v1/placements/hero.txt?user_id=ann&explain=1');
    expect(text).toContain('s234ssg');
  });

  it.each(['', '&explain=0', '&explain='])('is off with %j: no keys, no headers', async (query) => {
    const { service } = await open();
    const answer = await service.get(`${PATH}?user_id=ann${query}`);
    expect(answer.text).not.toContain('explain');
    expect(answer.headers).not.toHaveProperty('cache-status');
    expect(answer.headers).not.toHaveProperty('server-timing');
  });

  it('works together with shape=list and position', async () => {
    const { service } = await open();
    for (const query of ['shape=list', 'position=1']) {
      const { body } = await service.get(`${PATH}?user_id=ann&${query}&explain=1`);
      expect(body).toMatchObject({ reason: 'recommended', explain_recommendation: 's234ssg' });
    }
  });
});
