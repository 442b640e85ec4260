import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { SECRET_KEY } from '../support/amplitude.ts';
import { arms, filteredBy, funnel } from '../support/dashboard.ts';
import { basic, CALLER, type Credentials, METRICS, STUDIO } from '../support/service.ts';
import { API_KEY, codesOf, heroWith, MEASURED, openMeasured, warningOf } from './measured.ts';
import { expectDocumented } from './openapi-answers.ts';

describe('GET /v1/results/{placement}', () => {
  it('answers both arms, what they tell, and what was asked', async () => {
    const { dashboard, get } = await openMeasured();
    const course = [['2026-11-25', 600, 50] as const, ['2026-11-26', 700, 60] as const];
    dashboard.plan(arms(funnel(1_000, 100, course), funnel(1_000, 130, [['2026-11-26', 800, 90]])));
    const { status, body } = await get();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      placement: 'hero',
      campaign: null,
      channel: null,
      verdict: 'The recommendation raised Purchase by 30 % (95 % sure it is between 1.8 % and 68 %).',
      control: { users: 1_000, conversions: 100, rate: 0.1 },
      treatment: { users: 1_000, conversions: 130, rate: 0.13 },
      lift: 0.3,
      enough_data: true,
      sample_ratio: { expected: 0.5, observed: 0.5, chi_square: 0, p_value: 1, mismatch: false },
      days: [
        {
          date: '2026-11-25',
          control: { users: 600, conversions: 50 },
          treatment: { users: 0, conversions: 0 },
        },
        {
          date: '2026-11-26',
          control: { users: 700, conversions: 60 },
          treatment: { users: 800, conversions: 90 },
        },
      ],
      days_add_up: false,
      asked: {
        start: '2026-10-28',
        end: '2026-11-26',
        days: 30,
        exposure_event: '[Recs] Recommendation Event',
        outcome: 'Purchase',
        conversion_window_seconds: 2_592_000,
        cost: 240,
        answered_at: '2026-11-27T12:00:00.000Z',
        // Thirty days after the end of 26 November, wherever that is.
        final_from: '2026-12-28',
      },
    });
    expect(body.p_value).toBeCloseTo(0.0355033, 7);
    expect(body.significance).toBeCloseTo(0.9644967, 7);
    expect(body.lift_low).toBeGreaterThan(0);
    expect(body.lift_high).toBeGreaterThan(0.3);
  });

  it('asks one question an arm, which a person can ask again', async () => {
    const { dashboard, get } = await openMeasured();
    const { body } = await get();
    expect(dashboard.questions).toHaveLength(2);
    const asked = dashboard.questions.map(({ steps, parameters, authorization, path }) => {
      expect(path).toBe('/api/2/funnels');
      expect(authorization).toBe(basic({ name: API_KEY, password: SECRET_KEY }));
      expect([parameters.get('start'), parameters.get('end')]).toEqual(['20261028', '20261126']);
      return steps;
    });
    expect(asked).toEqual(expect.arrayContaining([body.asked.events.control, body.asked.events.treatment]));
  });

  it.each([
    ['?start=2026-11-01&end=2026-11-03', '20261101', '20261103'],
    ['?start=20261101&end=20261103', '20261101', '20261103'],
    ['?start=2026-11-20', '20261120', '20261126'],
    ['?end=2026-11-10', '20261012', '20261110'],
    ['?start=2026-11-27', '20261127', '20261127'],
    ['?end=2026-11-28', '20261030', '20261128'],
  ])('with %s asks for these days', async (query, start, end) => {
    const { dashboard, get } = await openMeasured();
    expect((await get(query)).status).toBe(200);
    for (const { parameters } of dashboard.questions) {
      expect([parameters.get('start'), parameters.get('end')]).toEqual([start, end]);
    }
  });

  it('takes another outcome, to the letter', async () => {
    const { dashboard, get } = await openMeasured();
    const outcome = 'Say "yes" [twice] {now} & <b>+1</b> 🛒';
    const { body } = await get(`?outcome=${encodeURIComponent(outcome)}`);
    expect(body.asked.outcome).toBe(outcome);
    for (const { steps } of dashboard.questions) expect(steps[1]).toEqual({ event_type: outcome });
  });

  it('takes the names of the placement', async () => {
    const results =
      'results: { outcome: Bought, exposure_event: "Seen [x]", control_property: is_control, recommendation_property: rec, conversion_window: 7d }';
    const { dashboard, get } = await openMeasured({ templates: heroWith(results) });
    dashboard.plan((question) => funnel(1_000, filteredBy(question, 'is_control') === 'true' ? 100 : 130));
    const { body } = await get();
    expect(body.lift).toBe(0.3);
    expect(body.asked).toMatchObject({ exposure_event: 'Seen [x]', conversion_window_seconds: 604_800 });
    for (const { steps, parameters } of dashboard.questions) {
      expect(steps.map(({ event_type }) => event_type)).toEqual(['Seen [x]', 'Bought']);
      expect(steps[0]?.filters?.map(({ subprop_key }) => subprop_key)).toEqual(['is_control', 'rec']);
      expect(steps[0]?.filters?.[1]?.subprop_value).toEqual(['s234ssg']);
      expect(parameters.get('cs')).toBe('604800');
    }
  });

  it('is found by an alias, in any letter case, and as .json', async () => {
    const { get } = await openMeasured();
    for (const name of ['old-hero', 'HERO', 'hero.json', 'hero/']) {
      const { status, body } = await get('', name);
      expect([status, body.placement]).toEqual([200, 'hero']);
    }
  });

  it('uses the keys of the placement’s project', async () => {
    const { dashboard, get } = await openMeasured({
      templates: heroWith('project: my-shop\nresults: { outcome: Purchase }'),
      settings: {
        AMPLITUDE_PROJECTS: 'my-shop',
        AMPLITUDE_SECRET_KEY_MY_SHOP: 'secret-of-shop',
        AMPLITUDE_API_KEY_MY_SHOP: 'api-of-shop',
      },
    });
    expect((await get()).status).toBe(200);
    const [{ authorization } = {}] = dashboard.questions;
    expect(authorization).toBe(basic({ name: 'api-of-shop', password: 'secret-of-shop' }));
  });
});

describe('true and false', () => {
  it('are found out: the other spelling is tried where one finds nobody, and remembered', async () => {
    const { dashboard, clock, get } = await openMeasured();
    dashboard.plan(arms(funnel(1_000, 100), funnel(1_000, 130), ['True', 'False']));
    expect((await get()).body.lift).toBe(0.3);
    expect(dashboard.questions).toHaveLength(4);
    clock.advance(6 * 60_000);
    expect((await get('?end=2026-11-20')).body.lift).toBe(0.3);
    expect(dashboard.questions).toHaveLength(6);
  });

  it('are not taken for wrong where one arm has somebody', async () => {
    const { dashboard, get } = await openMeasured();
    dashboard.plan(arms(funnel(0, 0), funnel(1_000, 130)));
    const { body } = await get();
    expect(dashboard.questions).toHaveLength(2);
    expect(body).toMatchObject({
      control: { users: 0, conversions: 0, rate: null },
      treatment: { users: 1_000, rate: 0.13 },
      lift: null,
      p_value: null,
      significance: null,
      enough_data: false,
      verdict: 'Not enough data yet: 30 more people in control.',
    });
    expect(warningOf(body, 'empty_arm')).toMatch(/nobody in control.*has a control group/);
    expect(codesOf(body)).toContain('no_test');
  });

  it('in neither spelling: nobody, and where to look', async () => {
    const { dashboard, get } = await openMeasured();
    dashboard.plan(() => ({ body: { data: [] } }));
    const { status, body } = await get();
    expect([status, dashboard.questions.length]).toEqual([200, 4]);
    expect(body.control).toEqual({ users: 0, conversions: 0, rate: null });
    expect(body.sample_ratio).toEqual({
      expected: 0.5,
      observed: null,
      chi_square: null,
      p_value: null,
      mismatch: null,
    });
    expect(warningOf(body, 'empty_arm')).toMatch(
      /control and the recommended group.*\[Recs\] Recommendation Event.*recommendation_control.*placement\.yaml/,
    );
    expect(codesOf(body)).toContain('sample_ratio_untested');
  });
});

describe('by campaign and channel', () => {
  it('Inlay’s own events are asked, and a fallback is in neither arm', async () => {
    const { dashboard, get } = await openMeasured();
    dashboard.plan((question) => funnel(1_000, filteredBy(question, 'reason') === 'control' ? 100 : 130));
    const { body } = await get('?campaign=weekly%20%221%22&channel=email');
    expect(body).toMatchObject({ lift: 0.3, campaign: 'weekly "1"', channel: 'email' });
    expect(codesOf(body)).toContain('served_only');
    const filters = dashboard.questions.map(({ steps }) =>
      Object.fromEntries(
        (steps[0]?.filters ?? []).map(({ subprop_key, subprop_value }) => [subprop_key, subprop_value]),
      ),
    );
    const common = { placement: ['hero', 'old-hero'], campaign: ['weekly "1"'], channel: ['email'] };
    expect(filters).toHaveLength(2);
    expect(filters).toContainEqual({ reason: ['control'], ...common });
    expect(filters).toContainEqual({ variant: ['treatment'], ...common });
  });

  it('are read as the placement routes read them', async () => {
    const { dashboard, get } = await openMeasured();
    await get('?channel=%20%3Cb%3Epush%3C/b%3E%20');
    const [question] = dashboard.questions;
    expect(question && filteredBy(question, 'channel')).toBe('push');
    expect(question && filteredBy(question, 'campaign')).toBeUndefined();
  });
});

describe('what was answered', () => {
  it('is remembered: for 15 minutes while the days go on, then for 6 hours, then for a month', async () => {
    const { dashboard, clock, get } = await openMeasured();
    const asks = async (query: string): Promise<number> => {
      const before = dashboard.questions.length;
      expect((await get(query)).status).toBe(200);
      return dashboard.questions.length - before;
    };
    const today = '?start=2026-11-20&end=2026-11-27';
    const over = '?start=2026-11-20&end=2026-11-25';
    const final = '?start=2026-10-01&end=2026-10-05';
    const sequence: number[][] = [];
    for (const minutes of [0, 14, 1, 345, 24 * 60, 31 * 24 * 60]) {
      clock.advance(minutes * 60_000);
      sequence.push([await asks(today), await asks(over), await asks(final)]);
    }
    expect(sequence).toEqual([
      [2, 2, 2],
      [0, 0, 0],
      [2, 0, 0],
      [2, 2, 0],
      [2, 2, 0],
      [2, 2, 2],
    ]);
  });

  it('says so where there are fewer people than before', async () => {
    const { dashboard, clock, get } = await openMeasured();
    await get();
    clock.advance(7 * 3_600_000);
    dashboard.plan(arms(funnel(990, 99), funnel(1_000, 130)));
    const { body } = await get();
    expect(body.control.users).toBe(990);
    expect(warningOf(body, 'shrunk_counts')).toMatch(/990 people in control where it counted 1,000 before/);
    expect(codesOf(body).filter((code) => code === 'shrunk_counts')).toHaveLength(1);
  });

  it('is shown with its age while Amplitude cannot be asked', async () => {
    const { dashboard, clock, get } = await openMeasured();
    await get();
    clock.advance(7 * 3_600_000);
    dashboard.plan(() => ({ status: 500 }));
    const { status, body } = await get();
    expect([status, body.lift]).toEqual([200, 0.3]);
    expect(body.asked.answered_at).toBe('2026-11-27T12:00:00.000Z');
    expect(warningOf(body, 'old_figures')).toMatch(/cannot be asked now.*7 hours old/);
  });
});

describe('a request that is refused', () => {
  it.each<readonly [string, Credentials | null, number, string]>([
    ['without credentials', null, 401, 'unauthorized'],
    ['with a caller’s', CALLER, 403, 'wrong_role'],
    ['with a scraper’s', METRICS, 403, 'wrong_role'],
  ])('%s', async (_case, as, status, code) => {
    const { service, dashboard } = await openMeasured();
    const answer = await service.get('/v1/results/hero', as);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(dashboard.questions).toEqual([]);
  });

  it.each([
    ['start=yesterday', /start must be a day/],
    ['start=2026-02-30', /start must be a day/],
    ['start=2026-11-10&end=2026-11-09', /start must not be after end/],
    ['end=2026-11-29', /end must not be in the future/],
    ['campain=weekly', /campain is not known/],
    ['user_id=zoe', /user_id is not known/],
    ['campaign=a&campaign=b', /campaign is given more than once/],
    [`campaign=${'ü'.repeat(65)}`, /campaign must be 128 bytes/],
    [`outcome=${'x'.repeat(257)}`, /outcome must be the name of an event/],
    ['outcome=a%00b', /outcome must be the name of an event/],
    ['format=xml', /format must be json or csv/],
    ['start=x&end=y', /start must be.*end must be/],
  ])('with ?%s', async (query, detail) => {
    const { get, dashboard } = await openMeasured();
    const { status, body } = await get(`?${query}`);
    expect([status, body.code]).toEqual([400, 'invalid_parameters']);
    expect(body.detail).toMatch(detail);
    expect(body.detail).not.toContain('zoe');
    expect(dashboard.questions).toEqual([]);
  });

  it('of a placement that nobody knows', async () => {
    const { get } = await openMeasured();
    const { status, body } = await get('', 'none');
    expect([status, body.code]).toEqual([404, 'unknown_placement']);
  });

  it('without an outcome', async () => {
    const { get } = await openMeasured({ templates: {} });
    const { status, body } = await get();
    expect([status, body.code]).toEqual([400, 'invalid_parameters']);
    expect(body.detail).toMatch(/outcome=.*placement\.yaml/);
    expect((await get('?outcome=Purchase')).status).toBe(200);
  });

  it.each(['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'] as const)('by %s', async (method) => {
    const { service, dashboard } = await openMeasured();
    const { status, headers } = await service.send(method, '/v1/results/hero', STUDIO);
    expect([status, headers.allow]).toEqual([405, 'GET']);
    expect(dashboard.questions).toEqual([]);
  });

  it.each([
    ['sec-fetch-site', 'cross-site'],
    ['origin', 'https://evil.example'],
  ])('by another web site (%s)', async (name, value) => {
    const { get } = await openMeasured();
    const { status, body } = await get().set(name, value);
    expect([status, body.code]).toEqual([403, 'cross_site']);
  });
});

describe('as CSV', () => {
  const OPTIONS = { bom: true, columns: true, relax_column_count: false } as const;

  it.each(['hero.csv', 'hero.CSV', 'hero?format=csv'])(
    '%s is a table of both arms and their days',
    async (path) => {
      const { dashboard, service } = await openMeasured();
      dashboard.plan(arms(funnel(1_000, 100, [['2026-11-26', 40, 4]]), funnel(1_000, 130)));
      const { status, text, headers } = await service.get(`/v1/results/${path}`, STUDIO).buffer();
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'content-type': 'text/csv; charset=utf-8; header=present',
        'content-disposition': 'attachment; filename="hero-2026-10-28-2026-11-26.csv"',
        'cache-control': 'private, no-store',
        'x-content-type-options': 'nosniff',
      });
      const rows = parse(text, OPTIONS) as Record<string, string>[];
      const shape = ({ from, to, group, users, conversions, rate, lift }: Record<string, string>) => [
        ...[from, to, group],
        ...[users, conversions, rate, lift],
      ];
      expect(rows.map(shape)).toEqual([
        ['2026-10-28', '2026-11-26', 'control', '1000', '100', '0.1', ''],
        ['2026-10-28', '2026-11-26', 'treatment', '1000', '130', '0.13', '0.3'],
        ['2026-11-26', '2026-11-26', 'control', '40', '4', '0.1', ''],
        ['2026-11-26', '2026-11-26', 'treatment', '0', '0', '', ''],
      ]);
      expect(rows[1]?.notes).toMatch(/^The recommendation raised Purchase by 30 %/);
    },
  );

  it.each([
    '=HYPERLINK("https://evil.example","x")',
    '+1',
    '-1+1|cmd',
    '@SUM(A1)',
    ' =1+1',
    '＝1+1',
    '\u200b=1+1',
    'a,"b"\'c',
  ])('runs no formula: %s', async (outcome) => {
    const { get } = await openMeasured();
    const { text } = await get(`.csv?outcome=${encodeURIComponent(outcome)}`).buffer();
    const rows = parse(text, OPTIONS) as Record<string, string>[];
    const said = rows[0]?.outcome ?? '';
    expect([outcome.trim(), `'${outcome.trim()}`]).toContain(said);
    for (const cell of rows.flatMap((row) => Object.values(row))) {
      expect(cell).not.toMatch(/^[\s\p{Cf}]*([=+@|%＝＋－＠]|-(?![\d.]+(e-\d+)?$))/u);
    }
  });

  it('leaves numbers below zero numbers', async () => {
    const { dashboard, get } = await openMeasured();
    dashboard.plan(arms(funnel(1_000, 130), funnel(1_000, 100)));
    const { text } = await get('.csv').buffer();
    const rows = parse(text, OPTIONS) as Record<string, string>[];
    expect(Number(rows[1]?.lift)).toBeLessThan(0);
  });
});

describe('/openapi.json', () => {
  it('describes answers and problems as they are', async () => {
    const { dashboard, service, clock, get } = await openMeasured();
    expectDocumented('getResults', await get());
    expectDocumented('getResults', await get('?format=csv').buffer());
    expectDocumented('getResultsCsv', await get('.csv').buffer());
    expectDocumented('getResults', await get('?campaign=weekly'));
    for (const path of ['?start=x', '?start=2020-01-01']) expectDocumented('getResults', await get(path));
    expectDocumented('getResults', await service.get('/v1/results/hero', CALLER));
    dashboard.plan(() => ({ status: 403 }));
    expectDocumented('getResults', await get('?end=2026-11-01'));
    dashboard.plan(() => ({ body: { data: [] } }));
    clock.advance(400_000);
    expectDocumented('getResults', await get('?end=2026-11-02'));
    dashboard.plan(() => ({ status: 500 }));
    expectDocumented('getResults', await get('?end=2026-11-03'));
    const off = await openMeasured({ templates: MEASURED, settings: { AMPLITUDE_API_KEY: '' } });
    expectDocumented('getResults', await off.get());
  });
});
