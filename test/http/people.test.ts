import { join } from 'node:path';
import type { Test } from 'supertest';
import { describe, expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { createClock } from '../support/clock.ts';
import { GOOD } from '../support/products.ts';
import { control, treatment } from '../support/replies.ts';
import { CALLER, type Credentials, METRICS, openService, STUDIO } from '../support/service.ts';
import { makeFolder } from '../support/templates.ts';

const STORES = [
  ['in memory', () => 'memory:'],
  ['in a file', () => `sqlite:${join(makeFolder(), 'inlay.db')}`],
] as const;

async function open(settings: Readonly<Record<string, string>> = {}) {
  const amplitude = await openAmplitude();
  amplitude.planForAll(treatment(...GOOD));
  const clock = createClock();
  const service = await openService({ amplitude, clock, settings });
  /** Where the answer came from, and why it is what it is. */
  const ask = async (query: string, what = 'hero') => {
    const { status, body } = await service.get(`/v1/placements/${what}?${query}&explain=1`);
    return status === 200 ? `${body.explain_cache} ${body.reason}` : String(status);
  };
  const forget = (query: string, as: Credentials | null = STUDIO): Test =>
    service.send('DELETE', `/v1/people${query}`, as);
  return { amplitude, clock, service, ask, forget };
}

describe.each(STORES)('someone who is forgotten %s', (_name, storeUrl) => {
  it('is decided on again, in every placement and campaign, and nobody else is', async () => {
    const { amplitude, ask, forget } = await open({ STORE_URL: storeUrl() });
    const queries = ['user_id=ann', 'user_id=ann&campaign=weekly', 'user_id=ann&campaign=daily'];
    const others = [
      'user_id=anna&campaign=weekly',
      'device_id=ann&campaign=weekly',
      'user_id=an&campaign=weekly',
    ];
    for (const query of [...queries, ...others]) for (const what of ['hero', 'strip']) await ask(query, what);
    amplitude.planForAll(control(...GOOD));
    const { status, body, headers } = await forget('?user_id=ann');
    expect([status, body]).toEqual([200, { forgotten: true }]);
    expect(headers).toMatchObject({ 'cache-control': 'private, no-store', 'x-request-id': /./ });
    for (const query of others) expect(await ask(query)).toBe('pinned recommended');
    expect(await ask('user_id=ann&campaign=weekly')).toBe('miss control');
    expect(await ask('user_id=ann&campaign=daily', 'strip')).toBe('miss control');
    expect(await ask('user_id=ann')).toBe('hit control');
  });

  it('waits for no look-up any more', async () => {
    const { amplitude, clock, ask, forget } = await open({
      STORE_URL: storeUrl(),
      PROFILE_BUDGET_PER_MINUTE: '1',
    });
    await ask('user_id=first');
    const wait = async (person: string) =>
      expect(await ask(`user_id=${person}&on_unavailable=retry`)).toBe('500');
    for (const person of ['ann', 'bob', 'cid']) await wait(person);
    await forget('?user_id=ann');
    // One after the other, as the budget frees; whoever is forgotten would have been the first.
    for (const person of ['bob', 'cid']) {
      clock.advance(64_000);
      await expect.poll(() => amplitude.callsFor(person).length).toBe(1);
    }
    expect(amplitude.callsFor('ann')).toHaveLength(0);
  });
});

describe('DELETE /v1/people', () => {
  it('takes ids as they are, with whatever is in them', async () => {
    const { amplitude, ask, forget } = await open();
    const ids = ['a+b@example.com', 'jürgen *?[x]', '%5Buser%5D 100%', 'd'];
    for (const id of ids) {
      const query = `user_id=${encodeURIComponent(id)}`;
      await ask(`${query}&campaign=weekly`);
      expect((await forget(`?${query}`)).status).toBe(200);
      expect(await ask(`${query}&campaign=weekly`)).toBe('miss recommended');
    }
    await ask('device_id=d&campaign=weekly');
    expect((await forget('/?device_id=d')).status).toBe(200);
    expect(await ask('device_id=d&campaign=weekly')).toBe('miss recommended');
    expect(amplitude.calls).toHaveLength(2 * ids.length + 2);
  });

  it('forgets somebody who is not known just as well, and as often as one likes', async () => {
    const { forget } = await open();
    for (let time = 0; time < 3; time += 1) expect((await forget('?user_id=ann')).status).toBe(200);
  });

  it.each([
    ['nobody', ''],
    ['an empty id', '?user_id='],
    ['two people', '?user_id=zoe&device_id=d'],
    ['somebody twice', '?user_id=zoe&user_id=zoe'],
    ['a merge tag', '?user_id=%7B%7B%24%7Buser_id%7D%7D%7D'],
    ['an id that is too long', `?user_id=${'zoe'.repeat(100)}`],
    ['a control character', '?user_id=zoe%00'],
    ['another parameter', '?userid=zoe'],
  ])('refuses %s with 400', async (_case, query) => {
    const { forget } = await open();
    const { status, body, text } = await forget(query);
    expect([status, body.code]).toEqual([400, 'invalid_parameters']);
    expect(text).not.toContain('zoe');
  });

  it.each<readonly [string, Credentials | null, number, string]>([
    ['no credentials', null, 401, 'unauthorized'],
    ['a wrong password', { ...STUDIO, password: 'guess' }, 401, 'unauthorized'],
    ['a caller’s credentials', CALLER, 403, 'wrong_role'],
    ['a scraper’s credentials', METRICS, 403, 'wrong_role'],
  ])('refuses %s', async (_case, as, status, code) => {
    const { ask, forget } = await open();
    await ask('user_id=ann&campaign=weekly');
    const answer = await forget('?user_id=ann', as);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(await ask('user_id=ann&campaign=weekly')).toBe('pinned recommended');
  });

  it.each(['HEAD', 'OPTIONS', 'PUT', 'PATCH'] as const)('is no %s', async (method) => {
    const { service } = await open();
    const { status, headers } = await service.send(method, '/v1/people?user_id=ann', STUDIO);
    expect([status, headers.allow]).toEqual([405, 'DELETE']);
  });

  it.each([
    ['GET', (path: string, { service }: Opened) => service.get(path, STUDIO)],
    ['POST', (path: string, { service }: Opened) => service.post(path, STUDIO)],
  ])('is no %s', async (_method, send) => {
    const opened = await open();
    const { status, headers, body } = await send('/v1/people?user_id=ann', opened);
    expect([status, headers.allow, body.code]).toEqual([405, 'DELETE', 'method_not_allowed']);
  });

  it.each([
    ['sec-fetch-site', 'cross-site'],
    ['origin', 'https://evil.example'],
  ])('refuses what another web site sends (%s), whatever its credentials', async (name, value) => {
    const { forget } = await open();
    const { status, body } = await forget('?user_id=ann').set(name, value);
    expect([status, body.code]).toEqual([403, 'cross_site']);
  });

  it('writes nothing of the person anywhere', async () => {
    const { service, ask, forget } = await open();
    const id = 'anna.secret@mail.example';
    await ask(`user_id=${id}&campaign=weekly`);
    const answers = [
      await forget(`?user_id=${id}`),
      await forget(`?user_id=${id}`, CALLER),
      await forget(`?user_id=${id}&device_id=${id}`),
      await forget(`?user_id=${id}%00`),
    ];
    const metrics = await service.get('/metrics', METRICS);
    for (const { text, headers } of [...answers, metrics]) {
      expect(text + JSON.stringify(headers)).not.toContain('anna');
    }
    expect(service.log.join()).not.toContain('anna');
  });
});

type Opened = Awaited<ReturnType<typeof open>>;
