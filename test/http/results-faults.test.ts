import { describe, expect, it } from 'vitest';
import { SECRET_KEY } from '../support/amplitude.ts';
import { arms, type FunnelReply, funnel } from '../support/dashboard.ts';
import { METRICS } from '../support/service.ts';
import { API_KEY, codesOf, heroWith, MEASURED, openMeasured, PUBLISHED, warningOf } from './measured.ts';

describe('no results', () => {
  it.each<[string, FunnelReply, number, string, RegExp]>([
    [
      'with keys that are swapped or of two projects',
      { status: 403, body: 'Forbidden' },
      409,
      'results_refused',
      /answers 403.*AMPLITUDE_API_KEY with AMPLITUDE_SECRET_KEY.*swapped.*DASHBOARD_API_URL/,
    ],
    ['with a wrong key', { status: 401 }, 409, 'results_refused', /answers 401.*AMPLITUDE_API_KEY/],
    ['for a name that nobody knows', { status: 400 }, 409, 'results_refused', /answers 400.*placement\.yaml/],
    ['from a wrong address', { status: 404 }, 409, 'results_refused', /DASHBOARD_API_URL answers 404/],
    [
      'from an address that leads elsewhere',
      { status: 301, headers: { location: 'https://evil.example/' } },
      409,
      'results_refused',
      /DASHBOARD_API_URL answers 301/,
    ],
    ['while Amplitude fails', { status: 503 }, 503, 'results_unavailable', /answers 503.*Ask again/],
    ['over a broken connection', { fault: 'reset' }, 503, 'results_unavailable', /cannot be reached/],
    [
      'from half an answer',
      { ...funnel(1, 1), fault: 'truncate' },
      503,
      'results_unavailable',
      /cannot be reached/,
    ],
    ['from a page', { body: '<html>Log in</html>' }, 503, 'results_unavailable', /no funnel/],
    [
      'from counts that cannot be',
      funnel(100, 101),
      503,
      'results_unavailable',
      /more people who did the outcome than were exposed/,
    ],
  ])('%s', async (_case, reply, status, code, detail) => {
    const { dashboard, service, get } = await openMeasured();
    dashboard.plan(() => reply);
    const answer = await get();
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body.detail).toMatch(detail);
    for (const text of [answer.text, JSON.stringify(answer.headers), service.log.join()]) {
      for (const key of [API_KEY, SECRET_KEY, Buffer.from(`${API_KEY}:`).toString('base64').slice(0, 20)]) {
        expect(text).not.toContain(key);
      }
    }
  });

  it('where one arm cannot be had', async () => {
    const { dashboard, get } = await openMeasured();
    dashboard.plan(arms(funnel(1_000, 100), { status: 500 }));
    expect((await get()).body.code).toBe('results_unavailable');
  });

  it('without an API key, and Amplitude is not asked', async () => {
    const { dashboard, get } = await openMeasured({ settings: { AMPLITUDE_API_KEY: '' } });
    const { status, body } = await get();
    expect([status, body.code]).toEqual([409, 'results_off']);
    expect(body.detail).toMatch(/^AMPLITUDE_API_KEY is not set/);
    expect(dashboard.questions).toEqual([]);
  });

  it('without the API key of the placement’s project, which is named', async () => {
    const { get } = await openMeasured({
      templates: heroWith('project: my-shop\nresults: { outcome: Purchase }'),
      settings: { AMPLITUDE_PROJECTS: 'my-shop', AMPLITUDE_SECRET_KEY_MY_SHOP: 'k' },
    });
    const { body } = await get();
    expect([body.code, body.detail]).toEqual([
      'results_off',
      expect.stringMatching(/^AMPLITUDE_API_KEY_MY_SHOP is not set/),
    ]);
  });

  it('for a range that no allowance is enough for, and why it is not split', async () => {
    const { dashboard, get } = await openMeasured();
    const { status, body } = await get('?start=2026-03-01&end=2026-11-26');
    expect([status, body.code]).toEqual([422, 'results_too_dear']);
    expect(body.detail).toMatch(/271 days cost 1,084.*1,000.*250 days at most.*count twice/);
    expect(dashboard.questions).toEqual([]);
    expect((await get('?start=2026-08-01&end=2026-11-26')).status).toBe(200);
  });
});

describe('what Amplitude allows', () => {
  it('is kept: beyond a cost of 1,000 in five minutes nothing is asked, and it is said for how long', async () => {
    const { dashboard, clock, get } = await openMeasured();
    // The first finds out the spelling, at no further cost.
    for (const end of ['26', '25', '24', '23']) expect((await get(`?end=2026-11-${end}`)).status).toBe(200);
    expect(dashboard.questions).toHaveLength(8);
    const refused = await get('?end=2026-11-22');
    expect([refused.status, refused.body.code]).toEqual([503, 'results_unavailable']);
    expect(Number(refused.headers['retry-after'])).toBe(305);
    expect(refused.body.detail).toMatch(/1,000 in five minutes.*Ask again in 5 minutes/);
    expect(dashboard.questions).toHaveLength(8);
    expect((await get('?end=2026-11-26')).status).toBe(200);
    clock.advance(305_000);
    expect((await get('?end=2026-11-22')).status).toBe(200);
    expect(dashboard.questions).toHaveLength(10);
  });

  it('is enough for one arm at a time: what was answered is kept until the other can be asked', async () => {
    const { dashboard, clock, get } = await openMeasured();
    const long = '?start=2026-04-01&end=2026-11-27';
    const first = await get(long);
    expect([first.status, dashboard.questions.length]).toEqual([503, 1]);
    clock.advance(Number(first.headers['retry-after']) * 1_000);
    const second = await get(long);
    expect([second.status, second.body.lift, dashboard.questions.length]).toEqual([200, 0.3, 2]);
  });

  it.each([
    ['as long as Amplitude says', { 'retry-after': '120' }, 120],
    ['until the moment that it says', { 'retry-after': 'Fri, 27 Nov 2026 12:02:00 GMT' }, 120],
    ['for a minute if it does not say', {}, 60],
    ['for an hour at most', { 'retry-after': '86400' }, 3_600],
  ])('is over after a 429: nothing is asked %s', async (_case, headers, seconds) => {
    const { dashboard, clock, get } = await openMeasured();
    dashboard.plan(() => ({ status: 429, headers }));
    const { status, body, headers: answered } = await get();
    expect([status, body.code]).toEqual([503, 'results_unavailable']);
    expect(body.detail).toMatch(/answers 429/);
    expect(answered['retry-after']).toBe(String(seconds));
    dashboard.plan(PUBLISHED);
    const asked = dashboard.questions.length;
    clock.advance(seconds * 1_000 - 1);
    expect((await get()).status).toBe(503);
    expect(dashboard.questions).toHaveLength(asked);
    clock.advance(1);
    expect((await get()).status).toBe(200);
  });
});

describe('questions at the same time', () => {
  it('that are the same are asked once', async () => {
    const { dashboard, get } = await openMeasured();
    const release = dashboard.hold();
    const all = Promise.all(Array.from({ length: 8 }, async () => get()));
    await dashboard.asked(2);
    release();
    expect((await all).map(({ body }) => body.lift)).toEqual(Array(8).fill(0.3));
    expect(dashboard.questions).toHaveLength(2);
  });

  it('are five at most', async () => {
    const { dashboard, get } = await openMeasured();
    const days = ['20', '21', '22', '23', '24', '25', '26'];
    const release = dashboard.hold();
    const all = Promise.all(
      days.map(async (day) => (await get(`?start=2026-11-${day}&end=2026-11-${day}`)).status),
    );
    await dashboard.asked(5);
    release();
    expect(await all).toEqual(days.map(() => 200));
    expect(dashboard.questions).toHaveLength(14);
    expect(dashboard.atOnce()).toBe(5);
  });
});

describe('a warning', () => {
  it('says that the groups have the wrong sizes', async () => {
    const { dashboard, get } = await openMeasured();
    dashboard.plan(arms(funnel(900, 90), funnel(1_100, 140)));
    const { body } = await get();
    expect(body.sample_ratio).toMatchObject({ expected: 0.5, observed: 0.45, mismatch: true });
    expect(warningOf(body, 'sample_ratio_mismatch')).toMatch(/45 %.*50 %/);
    expect(body.verdict).toMatch(/^The groups do not have the sizes that they should/);
  });

  it('says that nobody said how large control should be', async () => {
    const { get } = await openMeasured({ templates: heroWith('results: { outcome: Purchase }') });
    const { body } = await get();
    expect(body.sample_ratio).toMatchObject({ expected: null, observed: 0.5, chi_square: null });
    expect(warningOf(body, 'sample_ratio_untested')).toMatch(/control_share/);
  });

  it('says that a day is not over, and whose days they are', async () => {
    const { get } = await openMeasured();
    const { body } = await get('?start=2026-11-01&end=2026-11-27');
    expect(warningOf(body, 'unfinished_days')).toMatch(/2026-11-27 is not over.*time zone.*2026-11-26/);
    expect(codesOf((await get('?start=2026-11-01&end=2026-11-26')).body)).not.toContain('unfinished_days');
  });

  it.each([
    ['2026-11-21', '2026-11-27', true],
    ['2026-11-20', '2026-11-27', false],
    ['2026-10-01', '2026-10-07', false],
    ['2026-10-01', '2026-10-06', true],
  ])('from %s to %s says that people may have come from memory: %s', async (start, end, isThere) => {
    const { get } = await openMeasured();
    const { body } = await get(`?start=${start}&end=${end}`);
    const text = warningOf(body, 'cache_window');
    if (!isThere) return expect(text).toBeUndefined();
    expect(text).toMatch(/6 hours.*1 day.*7 days.*looked up before/);
    expect(text).toContain(start);
  });

  it('goes by how long the placement remembers', async () => {
    const lines = 'results: { outcome: Purchase }\nfresh: 1h\nstale: 2h\nstale_if_error: 3h';
    const { get } = await openMeasured({ templates: heroWith(lines) });
    expect(codesOf((await get('?start=2026-11-27')).body)).not.toContain('cache_window');
    const longer = await openMeasured({
      templates: heroWith('results: { outcome: Purchase }\nstale_if_error: 60d'),
    });
    expect(warningOf((await longer.get()).body, 'cache_window')).toMatch(/60 days/);
  });

  it('says how many fallbacks dilute the lift, and by how much', async () => {
    const { amplitude, service, get } = await openMeasured();
    expect(codesOf((await get()).body)).toContain('fallbacks_unknown');
    const entry = (is_control: boolean, items: string[]) => ({
      body: { userData: { recommendations: [{ rec_id: 's234ssg', is_control, items }] } },
    });
    amplitude.plan('treated', entry(false, ['budgeting-basics']));
    amplitude.plan('control', entry(true, ['budgeting-basics']));
    amplitude.plan('without', entry(false, ['gone']));
    for (const person of ['treated', 'control', 'without', 'inlay-sample-outage']) {
      await service.get(`/v1/placements/hero?user_id=${person}`);
    }
    await service.get('/v1/placements/hero?user_id=');
    const { body } = await get();
    expect(body.fallbacks).toEqual({ no_content: 0.25, no_user: 0.25 });
    // Of 100 answers 50 were no fallback, half of them treatment; 25 lacked content: half of the treatment.
    expect(body.dilution).toEqual({ share: 0.5, undiluted_lift: 0.6 });
    expect(warningOf(body, 'diluted_lift')).toMatch(/Up to 50 %.*lift would be up to 60 %/);
  });

  it('says that people were moved between the arms', async () => {
    const { amplitude, service, clock, get } = await openMeasured();
    const entry = (is_control: boolean) => ({
      body: {
        userData: { recommendations: [{ rec_id: 's234ssg', is_control, items: ['budgeting-basics'] }] },
      },
    });
    amplitude.plan('ann', entry(false), entry(true));
    for (const hours of [0, 25]) {
      clock.advance(hours * 3_600_000);
      await service.get('/v1/placements/hero?user_id=ann');
    }
    expect(warningOf((await get()).body, 'arm_changes')).toMatch(/moved 1 person .*count in both/);
    expect(codesOf((await get('?outcome=x', 'strip')).body)).not.toContain('arm_changes');
  });

  it('says whose exposures are counted together', async () => {
    const { get } = await openMeasured();
    const { body } = await get();
    const texts = body.warnings.filter(({ code }: { code: string }) => code === 'shared_exposures');
    expect(texts.map(({ text }: { text: string }) => text)).toEqual([
      expect.stringMatching(/other recommendations too, at least those of strip, .*recommendation_property/),
      expect.stringMatching(/^off shows the same recommendation/),
    ]);
    const apart = heroWith('results: { outcome: Purchase, recommendation_property: rec }');
    const other = await openMeasured({
      templates: { ...apart, 'off/placement.yaml': null, 'off/email.hbs': null },
    });
    expect(codesOf((await other.get()).body)).not.toContain('shared_exposures');
  });

  it('says why figures are null', async () => {
    const { dashboard, get } = await openMeasured({ templates: MEASURED });
    dashboard.plan(arms(funnel(1_000, 0), funnel(1_000, 20)));
    const none = (await get()).body;
    expect([none.lift, none.lift_low, none.lift_high]).toEqual([null, null, null]);
    expect(warningOf(none, 'no_lift')).toMatch(/Nobody in control did Purchase/);
    dashboard.plan(arms(funnel(1_000, 2), funnel(1_000, 10)));
    const few = (await get('?outcome=Other')).body;
    expect([few.lift, few.lift_low, few.lift_high]).toEqual([4, null, null]);
    expect(codesOf(few)).toContain('unbounded_interval');
  });
});

describe('questions that are put to Amplitude', () => {
  it('are counted by how they ended', async () => {
    const { dashboard, service, get } = await openMeasured();
    await get();
    dashboard.plan(() => ({ status: 403 }));
    await get('?end=2026-11-20');
    const { text } = await service.get('/metrics', METRICS);
    expect(text).toContain('inlay_dashboard_calls_total{result="answered"} 2');
    expect(text).toContain('inlay_dashboard_calls_total{result="refused"} 2');
  });

  it('look nobody up', async () => {
    const { get, amplitude } = await openMeasured();
    await get();
    await get('?campaign=weekly');
    expect(amplitude.calls).toEqual([]);
  });
});
