import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { Call, Plan } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import {
  broken,
  control,
  knownWith,
  nobody,
  overLimit,
  slowly,
  treatment,
  wrongKey,
} from '../support/replies.ts';
import { METRICS, openService, STUDIO } from '../support/service.ts';
import { writeTemplates } from '../support/templates.ts';
import {
  type Body,
  inFile,
  numbered,
  openPrefetching,
  type PrefetchService,
  prefetchCalls,
} from './prefetching.ts';

const HOUR_MS = 3_600_000;

/** How far one is, is written down every second. */
const SOON = { timeout: 5_000 };

/** The start of the clock in these tests is 2026-11-27T00:00Z. */
const NINE = '2026-11-27T09:00Z';

/** What five kinds of people get. */
const ARMS: readonly (readonly [string, Plan, string])[] = [
  ['treatment', treatment(...GOOD), 'recommended'],
  ['control', control(...GOOD), 'control'],
  ['no_recommendation', knownWith(null), 'no_recommendation'],
  ['unknown_user', nobody(), 'unknown_user'],
];

function planAll({ amplitude }: PrefetchService): string[] {
  for (const [person, plan] of ARMS) amplitude.plan(person, plan);
  return ARMS.map(([person]) => person);
}

describe('the send after a prefetch', () => {
  it.each([
    ['in memory', {}],
    ['in a file', inFile()],
  ])(
    'makes no call until the send plus hold, whatever was found, and then it does: %s',
    async (_case, settings) => {
      const opened = await openPrefetching({ settings });
      const { amplitude, clock, start, until, ask } = opened;
      const people = planAll(opened);
      const { id } = await start(people, `placement=hero&send_at=${NINE}&hold=48h`);
      const done = await until(id, 'done');
      expect(done.results.hero).toEqual({
        ...{ treatment: 1, control: 1, no_recommendation: 1, unknown_user: 1, failed: 0 },
      });
      expect(done.held_until).toBe('2026-11-29T09:00:00.000Z');
      for (const hours of [0, 9, 30, 56.9]) {
        clock.advance(hours * HOUR_MS - (clock.wall() - Date.UTC(2026, 10, 27)));
        for (const [person, , reason] of ARMS) expect(await ask(person)).toBe(`hit ${reason}`);
      }
      expect(amplitude.calls).toHaveLength(4);
      clock.advance(HOUR_MS);
      expect(await ask('unknown_user')).toBe('miss unknown_user');
    },
  );

  it('makes no call after a restart either', async () => {
    const settings = inFile();
    const { amplitude, clock, service, start, until } = await openPrefetching({ settings });
    amplitude.planForAll(nobody());
    const { id } = await start(['ann'], 'placement=hero&hold=48h');
    await until(id, 'done');
    await service.app.close();
    clock.advance(47 * HOUR_MS);
    const restarted = await openService({ amplitude, clock, settings });
    const { ask, get } = prefetchCalls(restarted);
    expect(await ask('ann')).toBe('store_hit unknown_user');
    expect(await get(id)).toMatchObject({ state: 'done', held_until: '2026-11-29T00:00:00.000Z' });
    expect(amplitude.calls).toHaveLength(1);
  });

  it('to everyone at once, days later, makes no call', async () => {
    const { amplitude, clock, start, until, ask } = await openPrefetching({ settings: inFile() });
    const people = numbered(200);
    const { id } = await start(people, 'placement=hero,strip&send_at=2026-11-29T09:00Z&hold=24h');
    await until(id, 'done');
    amplitude.planForAll(broken);
    clock.advance(3 * 24 * HOUR_MS);
    const answers = await Promise.all(people.map((person) => ask(person)));
    const others = await Promise.all(people.map((person) => ask(person, 'campaign=x', 'strip')));
    expect(new Set([...answers, ...others])).toEqual(new Set(['hit recommended']));
    expect(amplitude.calls).toHaveLength(400);
  });

  it('of a campaign gets the decisions that were pinned', async () => {
    const opened = await openPrefetching({ settings: inFile() });
    const { amplitude, clock, start, until, ask } = opened;
    const people = planAll(opened);
    const { id } = await start(people, 'placement=hero,strip&campaign=spring&hold=1h');
    await until(id, 'done');
    amplitude.planForAll(control(...GOOD));
    clock.advance(72 * HOUR_MS);
    for (const placement of ['hero', 'strip']) {
      for (const [person, , reason] of ARMS) {
        expect(await ask(person, 'campaign=spring', placement)).toBe(`pinned ${reason}`);
      }
    }
    expect(amplitude.calls).toHaveLength(8);
  });

  it('is looked up from the cancel on for as long as the hold says', async () => {
    const {
      amplitude,
      clock,
      start,
      control: order,
      ask,
    } = await openPrefetching({
      settings: { PROFILE_BUDGET_PER_MINUTE: '10' },
    });
    amplitude.planForAll(nobody());
    const { id } = await start(numbered(100), 'placement=hero&hold=2h');
    await amplitude.ended(8);
    expect(await order(id, 'cancel')).toMatchObject({ state: 'cancelled' });
    clock.advance(2 * HOUR_MS - 1_000);
    expect(await ask('p0')).toBe('hit unknown_user');
    clock.advance(1_000);
    await expect.poll(() => ask('p0'), SOON).toBe('miss unknown_user');
  });
});

describe('a prefetch', () => {
  it('costs one call for placements that are looked up together, and one each for others', async () => {
    const placement = (recommendation: string, more = '') =>
      `title: T\nrecommendation: ${recommendation}\nitems: 2\ncontent: products\nbaseline: [investing-101, what-is-a-cd]\n${more}`;
    const templates = writeTemplates({
      'first/placement.yaml': placement('r1', 'lookup_group: news'),
      'second/placement.yaml': placement('r2', 'lookup_group: news'),
      'same/placement.yaml': placement('r3'),
      'again/placement.yaml': placement('r3'),
    });
    const { amplitude, start, until, ask } = await openPrefetching({ templates });
    const first = await start(numbered(10), 'placement=first,second');
    expect([first.users, first.estimated_calls]).toEqual([10, 10]);
    await until(first.id, 'done');
    const recommendations = (calls: readonly Call[]) =>
      [...new Set(calls.map(({ parameters }) => parameters.get('rec_id')))].sort();
    expect([amplitude.calls.length, recommendations(amplitude.calls)]).toEqual([10, ['r1,r2']]);
    const second = await start(numbered(10), 'placement=first,same,again');
    expect(second.estimated_calls).toBe(20);
    const done = await until(second.id, 'done');
    expect(done).toMatchObject({ calls: 10, already_known: 0 });
    expect(Object.keys(done.results).sort()).toEqual(['again', 'first', 'same']);
    for (const name of ['first', 'second', 'same', 'again']) {
      expect(await ask('p3', '', name)).toBe('hit recommended');
    }
    expect(amplitude.calls).toHaveLength(20);
  });

  it('costs nothing for people who are fresh beyond the send, and keeps them so', async () => {
    const { amplitude, clock, start, until, ask } = await openPrefetching();
    for (const person of numbered(5)) await ask(person);
    const soon = await start(numbered(10), `placement=hero&send_at=2026-11-27T05:00Z&hold=40h`);
    expect(await until(soon.id, 'done')).toMatchObject({ calls: 5, already_known: 5 });
    clock.advance(44 * HOUR_MS);
    for (const person of numbered(10)) expect(await ask(person)).toBe('hit recommended');
    expect(amplitude.calls).toHaveLength(10);
  });

  it('asks again about people who would be stale by the send', async () => {
    const { amplitude, start, until, ask } = await openPrefetching();
    for (const person of numbered(5)) await ask(person);
    const { id } = await start(numbered(5), `placement=hero&send_at=${NINE}`);
    expect(await until(id, 'done')).toMatchObject({ calls: 5, already_known: 0 });
    expect(amplitude.calls).toHaveLength(10);
  });

  it('looks up no people to test with', async () => {
    const { amplitude, start, until } = await openPrefetching();
    const { id } = await start(['inlay-sample-treatment', 'inlay-sample-x', 'qa-anna', 'ann']);
    expect(await until(id, 'done')).toMatchObject({ done: 4, calls: 1, already_known: 3 });
    expect(amplitude.calls.map(({ person }) => person)).toEqual(['ann']);
  });

  it('is looked up by device where the list says so', async () => {
    const { amplitude, service, until } = await openPrefetching();
    const { body } = await service
      .post('/v1/prefetches?placement=hero', STUDIO)
      .type('text/csv')
      .send('device_id\nphone-1\n');
    await until(body.id, 'done');
    expect(amplitude.calls[0]?.parameters.get('device_id')).toBe('phone-1');
  });

  it('looks nobody up who is forgotten, and knows nobody who was', async () => {
    const { amplitude, clock, service, start, until, ask } = await openPrefetching({
      settings: { PROFILE_BUDGET_PER_MINUTE: '10' },
    });
    const { id } = await start(numbered(16));
    await amplitude.ended(8);
    for (const person of ['p2', 'p12']) {
      expect((await service.send('DELETE', `/v1/people?user_id=${person}`, STUDIO)).status).toBe(200);
    }
    clock.advance(64_000);
    const done = await until(id, 'done');
    expect(done).toMatchObject({ done: 16, forgotten: 1, failed: 0 });
    expect(amplitude.calls.map(({ person }) => person).sort()).toEqual(
      numbered(16)
        .filter((person) => person !== 'p12')
        .sort(),
    );
    expect(await ask('p2')).toBe('miss recommended');
  });

  it('pauses when its placement is switched off, and goes on when it is asked to', async () => {
    const templates = writeTemplates();
    const {
      amplitude,
      clock,
      service,
      start,
      until,
      control: order,
    } = await openPrefetching({
      templates,
      settings: { PROFILE_BUDGET_PER_MINUTE: '10' },
    });
    const file = `${templates}/hero/placement.yaml`;
    const text = readFileSync(file, 'utf8');
    const { id } = await start(numbered(16));
    await amplitude.ended(8);
    writeFileSync(file, `${text}enabled: false\n`);
    await vi.waitFor(async () => {
      await service.app.lookForChanges();
      expect(service.app.findPlacement('hero')?.placement.enabled).toBe(false);
    }, SOON);
    clock.advance(64_000);
    expect(await until(id, 'paused')).toMatchObject({ reason: 'placement_disabled', failed: 0, done: 8 });
    writeFileSync(file, text);
    await vi.waitFor(async () => {
      await service.app.lookForChanges();
      expect(service.app.findPlacement('hero')?.placement.enabled).toBe(true);
    }, SOON);
    await order(id, 'resume');
    expect(await until(id, 'done')).toMatchObject({ done: 16, failed: 0 });
  });

  it('counts in /metrics, and names no person anywhere', async () => {
    const { amplitude, service, start, until, get } = await openPrefetching();
    amplitude.plan('zoe-secret', control(...GOOD));
    const { id } = await start(['zoe-secret', 'zoe-other']);
    await until(id, 'done');
    const { text } = await service.get('/metrics', METRICS);
    expect(text).toContain('inlay_prefetch_people_total{result="treatment"} 1');
    expect(text).toContain('inlay_prefetch_people_total{result="control"} 1');
    expect(text).toContain('inlay_prefetch_jobs_running 0');
    const seen: Body = await get(id);
    for (const where of [text, JSON.stringify(seen), service.log.join()]) expect(where).not.toContain('zoe');
    const messages = service.log.map((line) => JSON.parse(line).msg);
    expect(messages).toEqual(
      expect.arrayContaining(['prefetch asked for', 'prefetch begun', 'prefetch done']),
    );
  });
});

describe('live calls', () => {
  it('find a fifth of the budget left by a prefetch, which waits for the rest to free', async () => {
    const { amplitude, clock, start, get, until, ask } = await openPrefetching({
      settings: { PROFILE_BUDGET_PER_MINUTE: '20' },
    });
    const { id } = await start(numbered(40));
    await amplitude.ended(16);
    for (const person of ['ann', 'bob', 'carl', 'dora']) expect(await ask(person)).toBe('miss recommended');
    expect(await ask('ed')).toBe('miss throttled');
    await expect.poll(async () => (await get(id)).done, SOON).toBe(16);
    expect(amplitude.calls).toHaveLength(20);
    for (let minute = 0; minute < 2; minute += 1) {
      clock.advance(64_000);
      await amplitude.ended(20 + 16 * minute + (minute === 0 ? 16 : 8));
    }
    expect(await until(id, 'done')).toMatchObject({ done: 40, calls: 40 });
  });

  it('are answered in time while prefetches have all the calls under way that they may', async () => {
    const { amplitude, start, ask } = await openPrefetching();
    amplitude.planForAll({ fault: 'hang' });
    amplitude.plan('ann', treatment(...GOOD));
    await start(numbered(200));
    await amplitude.called(64);
    // An answer that had to wait for them would be a baseline, by its deadline.
    expect(await ask('ann')).toBe('miss recommended');
    expect(amplitude.calls).toHaveLength(65);
  });

  it('wait for the call that a prefetch is making, instead of making another', async () => {
    const { amplitude, start, ask } = await openPrefetching({ settings: { ANSWER_DEADLINE: '1900ms' } });
    // Long enough for a question to come meanwhile on any machine, and short enough for its answer.
    amplitude.planForAll(slowly(treatment(...GOOD), 800));
    await start(['ann']);
    await amplitude.called(1);
    expect(await ask('ann')).toBe('collapsed recommended');
    expect(amplitude.calls).toHaveLength(1);
  });
});

describe('while Amplitude fails', () => {
  it('a prefetch waits, fails nobody and finds everyone when that is over', async () => {
    const { amplitude, clock, start, get, until } = await openPrefetching();
    amplitude.planForAll(broken);
    const { id } = await start(numbered(200));
    await expect.poll(async () => (await get(id)).reason, SOON).toBe('circuit_open');
    const failing = amplitude.calls.length;
    expect(failing).toBeLessThan(100);
    expect(await get(id)).toMatchObject({ state: 'running', done: 0, failed: 0, remaining_seconds: null });
    amplitude.planForAll(treatment(...GOOD));
    clock.advance(6_000);
    await expect.poll(async () => (await get(id)).reason, SOON).toBe('retrying');
    clock.advance(16_000);
    expect(await until(id, 'done')).toMatchObject({ done: 200, failed: 0, calls: 200 + failing });
  });

  it('a wrong key is nobody’s failure either: it waits and says so', async () => {
    const { amplitude, start, get } = await openPrefetching();
    amplitude.planForAll(wrongKey);
    const { id } = await start(numbered(100));
    await expect.poll(async () => (await get(id)).reason, SOON).toBe('upstream_rejected');
    expect((await get(id)).text).toContain('key');
    expect(amplitude.calls.length).toBeLessThanOrEqual(65);
  });

  it('whom Amplitude puts off is asked about again as soon as the budget allows', async () => {
    const { amplitude, clock, start, until } = await openPrefetching();
    amplitude.plan('p3', overLimit(), treatment(...GOOD));
    const { id } = await start(numbered(10));
    await amplitude.ended(10);
    clock.advance(64_000);
    expect(await until(id, 'done')).toMatchObject({ done: 10, failed: 0 });
  });
});
