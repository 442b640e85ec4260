import { expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { createClock } from '../support/clock.ts';
import { GOOD } from '../support/products.ts';
import { broken, control, nobody, overLimit, treatment } from '../support/replies.ts';
import { CALLER, METRICS, openService, STUDIO } from '../support/service.ts';

async function open() {
  const amplitude = await openAmplitude();
  amplitude.planForAll(treatment(...GOOD));
  return openService({ amplitude });
}

it('/metrics opens for metrics and studio credentials alone', async () => {
  const service = await open();
  const answers = [
    await service.get('/metrics', METRICS),
    await service.get('/metrics', STUDIO),
    await service.get('/metrics', CALLER),
    await service.get('/metrics', null),
    await service.get('/metrics', METRICS).set('Origin', 'https://evil.example'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 403, 401, 403]);
  expect(answers.slice(2).map(({ body }) => body.code)).toEqual(['wrong_role', 'unauthorized', 'cross_site']);
});

it('/metrics counts answers by reason and names nobody', async () => {
  const service = await open();
  await service.get('/v1/placements/hero?user_id=PERSON&campaign=PERSON&channel=PERSON');
  await service.get('/v1/placements/PERSON?user_id=PERSON');
  await service.get('/v1/placements/hero?user_id=', { ...CALLER, password: 'PERSON' });
  await service.get('/v1/placements/hero?user_id=', { name: 'PERSON', password: 'PERSON' });
  const { text, headers } = await service.get('/metrics', METRICS);
  expect(headers['content-type']).toMatch(/^text\/plain/);
  expect(text).toMatch(/^# (HELP|TYPE) /m);
  expect(text).toMatch(/\{[^}]*placement="hero"[^}]*\} [1-9]/);
  expect(text).toMatch(/\{[^}]*reason="recommended"[^}]*\} [1-9]/);
  expect(text).not.toContain('PERSON');
});

/** The lines of one exposition: `name{label="value"}` → value. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

const OWN = /^inlay_/;

it('/metrics says what was answered, called, known and left', async () => {
  const amplitude = await openAmplitude();
  amplitude.planForAll(treatment(...GOOD));
  amplitude.plan('nobody', nobody());
  amplitude.plan('unlucky', broken);
  amplitude.plan('carl', control(...GOOD));
  const service = await openService({ amplitude, settings: { PROFILE_BUDGET_PER_MINUTE: '100' } });
  for (const person of ['ann', 'ann', 'carl', 'nobody', 'unlucky', '']) {
    await service.get(`/v1/placements/hero?user_id=${person}`);
  }
  await service.get('/v1/placements/none?user_id=ann');
  const samples = samplesOf((await service.get('/metrics', METRICS)).text);
  const answers = [...samples].filter(([name]) => name.startsWith('inlay_answers_total'));
  expect(Object.fromEntries(answers)).toEqual(
    Object.fromEntries(
      [
        ['treatment', 'recommended', 'miss'],
        ['treatment', 'recommended', 'hit'],
        ['baseline', 'control', 'miss'],
        ['baseline', 'unknown_user', 'miss'],
        ['baseline', 'upstream_error', 'miss'],
        ['baseline', 'no_user', 'bypass'],
      ].map(([variant, reason, cache]) => [
        `inlay_answers_total{placement="hero",variant="${variant}",reason="${reason}",cache="${cache}"}`,
        1,
      ]),
    ),
  );
  expect(Object.fromEntries(samples)).toMatchObject({
    inlay_answer_duration_seconds_count: 6,
    'inlay_problems_total{code="unknown_placement"}': 1,
    'inlay_profile_calls_total{result="found"}': 2,
    'inlay_profile_calls_total{result="unknown_user"}': 1,
    // The second one is its repetition.
    'inlay_profile_calls_total{result="upstream_error"}': 2,
    inlay_profile_call_duration_seconds_count: 5,
    inlay_budget_calls: 5,
    inlay_budget_limit_calls: 100,
    inlay_budget_remaining_calls: 95,
    inlay_budget_shared: 1,
    inlay_known_profiles: 3,
    inlay_waiting_people: 0,
    inlay_store_healthy: 1,
    inlay_breaker_closed: 1,
    inlay_breaker_open: 0,
    inlay_breaker_half_open: 0,
  });
});

it('/metrics shows that Amplitude refuses, and that it fails', async () => {
  const amplitude = await openAmplitude();
  const clock = createClock();
  const service = await openService({ amplitude, clock, settings: { PROFILE_BUDGET_PER_MINUTE: '100' } });
  amplitude.plan('ann', overLimit());
  await service.get('/v1/placements/hero?user_id=ann');
  clock.advance(1_000);
  amplitude.planForAll({ status: 503 });
  for (let person = 0; person < 5; person += 1) await service.get(`/v1/placements/hero?user_id=p${person}`);
  const samples = samplesOf((await service.get('/metrics', METRICS)).text);
  expect(Object.fromEntries(samples)).toMatchObject({
    'inlay_profile_calls_total{result="throttled"}': 1,
    inlay_budget_limit_calls: 50,
    inlay_breaker_closed: 0,
    inlay_breaker_open: 1,
  });
});

it('/metrics counts a person who moves to the other arm, and not whoever stays', async () => {
  const amplitude = await openAmplitude();
  const clock = createClock();
  const service = await openService({ amplitude, clock });
  amplitude.plan('ann', treatment(...GOOD), control(...GOOD));
  amplitude.plan('bob', treatment(...GOOD), treatment('index-funds'));
  for (let day = 0; day < 2; day += 1) {
    for (const person of ['ann', 'bob']) await service.get(`/v1/placements/hero?user_id=${person}`);
    clock.advance(25 * 3_600_000);
  }
  expect(samplesOf((await service.get('/metrics', METRICS)).text).get('inlay_arm_flips_total')).toBe(1);
});

it('/metrics is named and described as Prometheus asks for', async () => {
  const service = await open();
  await service.get('/v1/placements/hero?user_id=ann');
  const { text, headers } = await service.get('/metrics', METRICS);
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4; charset=utf-8/);
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
  const helped = new Set([...text.matchAll(/^# HELP (\S+) \S.*$/gm)].map(([, name]) => name));
  const own = [...types].filter(([name]) => OWN.test(name ?? ''));
  expect(own.length).toBeGreaterThan(10);
  for (const [name, type] of own) {
    expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    expect(helped).toContain(name);
    expect(String(name).endsWith('_total')).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
  }
  const labels = new Set(
    [...text.matchAll(/^inlay_[a-z_]+\{([^}]*)\}/gm)].flatMap(([, pairs]) => namesIn(pairs)),
  );
  expect([...labels].sort()).toEqual(
    ['cache', 'le', 'name', 'placement', 'reason', 'result', 'role', 'slot', 'source', 'variant'].sort(),
  );
});

function namesIn(pairs = ''): string[] {
  return [...pairs.matchAll(/([a-z_]+)="/g)].map(([, name]) => name ?? '');
}
