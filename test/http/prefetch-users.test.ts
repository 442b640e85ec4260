import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { createSqliteStore } from '../../src/store/sqlite.ts';
import { createClock } from '../support/clock.ts';
import { GOOD } from '../support/products.ts';
import { control, treatment } from '../support/replies.ts';
import { CALLER, type Credentials, METRICS, STUDIO } from '../support/service.ts';
import { expectDocumented } from './openapi-answers.ts';
import { inFile, numbered, openPrefetching } from './prefetching.ts';

async function open(settings: Readonly<Record<string, string>> = {}) {
  const opened = await openPrefetching({ settings });
  const { service } = opened;
  const send = (parameters: object, as: Credentials | null = CALLER) =>
    service.post('/v1/prefetches/users', as).send(parameters);
  return { ...opened, send };
}

describe('POST /v1/prefetches/users', () => {
  it('has someone looked up soon, so that the message finds them', async () => {
    const { amplitude, send, ask } = await open();
    const answer = await send({ placement: 'hero', user_id: 'ann' });
    expect([answer.status, answer.body]).toEqual([202, { queued: true, is_sample: false }]);
    expectDocumented('prefetchUser', answer);
    await amplitude.ended(1);
    expect(await ask('ann')).toMatch(/^(hit|collapsed) recommended$/);
    expect(amplitude.calls).toHaveLength(1);
  });

  it('takes a form, JSON and the URL, a device, several placements and numbers', async () => {
    const { amplitude, service, send } = await open();
    const path = '/v1/prefetches/users';
    const answers = [
      await service.post(path).type('form').send('placement=hero&user_id=a+b@example.com'),
      await service.post(`${path}?placement=hero&user_id=%C3%BC`),
      await send({ placement: ['hero', 'strip'], user_id: 42 }),
      await send({ placement: 'old-hero', device_id: 'phone', user_id: null }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    await amplitude.ended(5);
    const asked = amplitude.calls.map(({ person, parameters }) => `${person} ${parameters.get('rec_id')}`);
    expect(asked.sort()).toEqual(
      ['a+b@example.com s234ssg', 'ü s234ssg', '42 s234ssg', '42 r222two', 'phone s234ssg'].sort(),
    );
  });

  it('pins the decision where it names the campaign', async () => {
    const { amplitude, clock, send, ask } = await open();
    amplitude.plan('ann', control(...GOOD));
    await send({ placement: 'hero', user_id: 'ann', campaign: 'welcome' });
    await amplitude.ended(1);
    // Without the campaign: with it, the answer itself would pin.
    await expect.poll(() => ask('ann')).toBe('hit control');
    amplitude.plan('ann', treatment(...GOOD));
    clock.advance(48 * 3_600_000);
    expect(await ask('ann', 'campaign=welcome')).toBe('pinned control');
    expect(amplitude.calls).toHaveLength(1);
  });

  it.each([
    ['nobody', { placement: 'hero' }, 'no_user'],
    ['a merge tag', { placement: 'hero', user_id: '{{${user_id}}}' }, 'unresolved_merge_tag'],
    ['an id that is too long', { placement: 'hero', user_id: 'zoe'.repeat(100) }, 'invalid_user'],
    ['no placement', { user_id: 'zoe' }, 'placement'],
    ['a placement that is switched off', { placement: 'off', user_id: 'zoe' }, 'switched off'],
    ['two people', { placement: 'hero', user_id: 'zoe', campaign: 'x'.repeat(200) }, 'campaign'],
  ])('refuses %s with 400, which breaks no Canvas', async (_case, parameters, detail) => {
    const { amplitude, service, send } = await open();
    const answer = await send(parameters);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_parameters']);
    expect(answer.body.detail).toContain(detail);
    expect(answer.text + service.log.join()).not.toContain('zoe');
    expectDocumented('prefetchUser', answer);
    expect(amplitude.calls).toHaveLength(0);
  });

  it('says so where a placement is not there, and where somebody is given twice', async () => {
    const { service, send } = await open();
    expect((await send({ placement: 'nowhere', user_id: 'ann' })).body.code).toBe('unknown_placement');
    const twice = await service
      .post('/v1/prefetches/users?placement=hero&user_id=ann')
      .send({ user_id: 'bob' });
    expect([twice.status, twice.body.code]).toEqual([400, 'invalid_parameters']);
  });

  it('takes a campaign that reads as a merge tag for none', async () => {
    const { amplitude, send } = await open();
    expect((await send({ placement: 'hero', user_id: 'ann', campaign: '{{x}}' })).status).toBe(202);
    await amplitude.ended(1);
  });

  it.each(['inlay-sample-treatment', 'qa-anna'])('looks nobody up to test with: %s', async (user_id) => {
    const { amplitude, send } = await open();
    const { status, body } = await send({ placement: 'hero', user_id });
    expect([status, body]).toEqual([202, { queued: false, is_sample: true }]);
    await send({ placement: 'hero', user_id: 'ann' });
    await amplitude.ended(1);
    expect(amplitude.calls.map(({ person }) => person)).toEqual(['ann']);
  });

  it.each<readonly [Credentials | null, number]>([
    [null, 401],
    [METRICS, 403],
    [STUDIO, 202],
  ])('is for callers and studio people: %j gets %i', async (as, status) => {
    const { send } = await open();
    expect((await send({ placement: 'hero', user_id: 'ann' }, as)).status).toBe(status);
  });

  it('is 500, which a webhook repeats and no host is blamed for, where the store does not answer', async () => {
    const { send } = await open({ STORE_URL: 'redis://127.0.0.1:1' });
    const answer = await send({ placement: 'hero', user_id: 'ann' });
    expect([answer.status, answer.body.code]).toEqual([500, 'not_queued']);
    expectDocumented('prefetchUser', answer);
  });

  it('and where so many wait that nobody else is kept', async () => {
    const file = inFile();
    await fillQueue(file.STORE_URL.replace('sqlite:', ''));
    const { send } = await open({ ...file, PROFILE_BUDGET_PER_MINUTE: '1' });
    const answers = [];
    // Some are taken out to be looked up, and make room.
    for (let person = 0; person < 100 && answers.at(-1)?.status !== 500; person += 1)
      answers.push(await send({ placement: 'hero', user_id: `late-${person}` }));
    const answer = answers.at(-1);
    expect([answer?.status, answer?.body.code]).toEqual([500, 'not_queued']);
    expect(answer?.body.detail).toContain('Too many people wait');
    expect((await send({ placement: 'hero', user_id: 'waits-50000' })).status).toBe(202);
  });
});

/** All the places that there are. */
async function fillQueue(path: string): Promise<void> {
  const clock = createClock();
  const store = await createSqliteStore({
    path,
    log: pino({ level: 'silent' }),
    now: clock.monotonic,
    wallNow: clock.wall,
  });
  const waiting = (id: string) => ({
    placement: 'hero',
    person: { kind: 'user_id', id },
    sinceMs: clock.wall(),
  });
  const ids = Array.from({ length: 100_000 }, (_, index) => `waits-${index}`);
  const add = (id: string) => store.queue.add(`hero\nuser_id\n${id}`, JSON.stringify(waiting(id)), 900_000);
  for (let from = 0; from < ids.length; from += 10_000)
    await Promise.all(ids.slice(from, from + 10_000).map(add));
  await store.close();
}

describe('people who wait', () => {
  it('leave room for answers, and come before lists', async () => {
    const { amplitude, clock, send, start, until, ask } = await open({ PROFILE_BUDGET_PER_MINUTE: '20' });
    const { id } = await start(numbered(28));
    await amplitude.ended(16);
    for (const user_id of ['w1', 'w2', 'w3', 'w4', 'w5']) await send({ placement: 'hero', user_id });
    await amplitude.ended(18);
    expect([await ask('ann'), await ask('bob'), await ask('carl')]).toEqual([
      'miss recommended',
      'miss recommended',
      'miss throttled',
    ]);
    clock.advance(64_000);
    await until(id, 'done');
    const asked = amplitude.calls.map(({ person }) => person);
    expect(asked.slice(16, 20)).toEqual(['w1', 'w2', 'ann', 'bob']);
    expect(asked.slice(20, 23).sort()).toEqual(['w3', 'w4', 'w5']);
  });
});
