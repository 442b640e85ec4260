import { describe, expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { createClock } from '../support/clock.ts';
import { broken, control, knownWith, nobody, overLimit, treatment } from '../support/replies.ts';
import { openService } from '../support/service.ts';
import { writeTemplates } from '../support/templates.ts';

const SECOND_MS = 1_000;

const placement = (more: string) => `title: With ages of its own
recommendation: s234ssg
items: 1
content: products
baseline: [investing-101]
${more}`;

const TEMPLATES = {
  'quick/placement.yaml': placement('fresh: 10s\nstale: 20s\nstale_if_error: 30s\n'),
  'brief/defaults.yaml': 'fresh: 60s\n',
  'brief/news/placement.yaml': placement(''),
};

async function open(settings: Readonly<Record<string, string>> = {}) {
  const amplitude = await openAmplitude();
  const clock = createClock();
  const service = await openService({ amplitude, clock, settings, templates: writeTemplates(TEMPLATES) });
  /** Where the answer came from, why, and what it shows first. */
  const ask = async (name = 'quick', person = 'ann') => {
    const { body } = await service.get(`/v1/placements/${name}?user_id=${person}&explain=1`);
    return `${body.explain_cache} ${body.reason} ${body.item_1_id}`;
  };
  const explain = async (name = 'quick', person = 'ann') =>
    await service.get(`/v1/placements/${name}?user_id=${person}&explain=1`);
  return { amplitude, clock, service, ask, explain };
}

describe('the ages in placement.yaml', () => {
  it('decide when an answer is served, refreshed, waited for, and kept for worse times', async () => {
    const { amplitude, clock, ask } = await open();
    amplitude.plan('ann', treatment('index-funds'), treatment('credit-score'), broken);
    expect([await ask(), await ask()]).toEqual([
      'miss recommended index-funds',
      'hit recommended index-funds',
    ]);
    clock.advance(10 * SECOND_MS);
    expect(await ask()).toBe('stale recommended index-funds');
    await expect.poll(() => ask()).toBe('hit recommended credit-score');
    expect(amplitude.calls).toHaveLength(2);
    clock.advance(20 * SECOND_MS);
    expect(await ask()).toBe('stale_if_error recommended credit-score');
    clock.advance(10 * SECOND_MS);
    expect(await ask()).toBe('miss upstream_error investing-101');
  });

  it('are those of a placement alone, though what Amplitude said is shared', async () => {
    const { amplitude, clock, ask } = await open();
    amplitude.plan('ann', treatment('index-funds'), treatment('credit-score'));
    expect([await ask('quick'), await ask('hero')]).toEqual([
      'miss recommended index-funds',
      'hit recommended index-funds',
    ]);
    clock.advance(20 * SECOND_MS);
    expect([await ask('hero'), await ask('quick'), await ask('hero')]).toEqual([
      'hit recommended index-funds',
      'miss recommended credit-score',
      'hit recommended credit-score',
    ]);
  });

  it('may come from a defaults.yaml above, one by one', async () => {
    const { amplitude, clock, ask } = await open({ STALE: '24h' });
    amplitude.plan('ann', treatment('index-funds'));
    await ask('news');
    clock.advance(60 * SECOND_MS);
    expect(await ask('news')).toBe('stale recommended index-funds');
  });
});

describe('an answer that is kept', () => {
  it('is control just as well as treatment', async () => {
    const { amplitude, clock, ask } = await open();
    amplitude.plan('ann', control('index-funds'), broken);
    expect([await ask(), await ask()]).toEqual(['miss control investing-101', 'hit control investing-101']);
    clock.advance(25 * SECOND_MS);
    expect(await ask()).toBe('stale_if_error control investing-101');
  });

  it.each([
    ['no_recommendation', knownWith(null)],
    ['unknown_user', nobody()],
  ])('is %s for five minutes only, and never after them', async (reason, plan) => {
    const { amplitude, clock, ask } = await open();
    amplitude.plan('ann', plan, broken);
    expect([await ask('hero'), await ask('hero')]).toEqual([
      `miss ${reason} investing-101`,
      `hit ${reason} investing-101`,
    ]);
    clock.advance(300 * SECOND_MS);
    expect(await ask('hero')).toBe('miss upstream_error investing-101');
  });

  it('moves to the other arm with a newer answer, and never with a failure', async () => {
    const { amplitude, clock, ask } = await open();
    amplitude.plan('ann', treatment('index-funds'), overLimit(), control('credit-score'));
    const outcomes: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      outcomes.push(await ask());
      clock.advance(22 * SECOND_MS);
    }
    expect(outcomes).toEqual([
      'miss recommended index-funds',
      'stale_if_error recommended index-funds',
      'miss control investing-101',
    ]);
  });
});

describe('explain', () => {
  it('tells why what is served is old, and how old', async () => {
    const { amplitude, clock, explain } = await open();
    amplitude.plan('ann', treatment('index-funds'), { status: 503 });
    await explain();
    clock.advance(25 * SECOND_MS);
    const { body, headers } = await explain();
    expect(body).toMatchObject({
      reason: 'recommended',
      explain_cache: 'stale_if_error',
      explain_failure: 'upstream_error',
      explain_age_seconds: 25,
      explain_store: 'memory',
    });
    expect(headers['cache-status']).toBe('inlay; hit; detail=stale-if-error');
  });

  it('tells of no failure where there was none', async () => {
    const { amplitude, explain } = await open();
    amplitude.plan('ann', treatment('index-funds'));
    expect((await explain()).body).toMatchObject({ explain_failure: null, explain_age_seconds: 0 });
  });

  it('tells that the store does not answer, without which people are looked up and known in memory', async () => {
    // Nobody listens there.
    const { amplitude, clock, ask, explain } = await open({ STORE_URL: 'redis://127.0.0.1:1' });
    amplitude.planForAll(treatment('index-funds'));
    expect((await explain()).body).toMatchObject({
      reason: 'throttled',
      explain_failure: 'throttled',
      explain_store: 'redis, not answering',
    });
    expect(amplitude.calls).toHaveLength(0);
    clock.advance(64 * SECOND_MS);
    expect([await ask(), await ask()]).toEqual([
      'miss recommended index-funds',
      'hit recommended index-funds',
    ]);
    expect(amplitude.calls).toHaveLength(1);
  });
});
