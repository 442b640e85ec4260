import { describe, expect, it } from 'vitest';
import { openAmplitude, type Plan, type Reply } from '../support/amplitude.ts';
import { BASELINE, GOOD } from '../support/products.ts';
import { broken, treatment } from '../support/replies.ts';
import { openService } from '../support/service.ts';
import { writeTemplates } from '../support/templates.ts';
import { itemIds } from './answers.ts';

const PATH = '/v1/placements/hero.json';
const DEADLINE_MS = 400;
/** A busy machine may be late with its timers. */
const LENIENCE_MS = 300;

/** A treatment that comes slowly. */
function slow(how: Pick<Reply, 'afterMs' | 'dripMs'>): Plan {
  const plan = treatment(...GOOD);
  return (call) => ({ ...(typeof plan === 'function' ? plan(call) : plan), ...how });
}

async function open(settings: Readonly<Record<string, string>> = {}) {
  const amplitude = await openAmplitude();
  const service = await openService({
    amplitude,
    settings: { ANSWER_DEADLINE: `${DEADLINE_MS}ms`, ...settings },
  });
  const ask = async (path = `${PATH}?user_id=ann`) => {
    const startedAt = performance.now();
    const { status, body } = await service.get(path);
    return { status, body, ms: performance.now() - startedAt };
  };
  return { amplitude, service, ask };
}

const lateBy = (afterMs: number): Reply => ({ ...broken, afterMs });

describe('an answer leaves in time', () => {
  it.each<readonly [string, string, Plan]>([
    ['says nothing', 'timeout', { fault: 'hang' }],
    ['sends a byte every 50 ms', 'timeout', slow({ dripMs: 50 })],
    ['sends only the headers', 'timeout', slow({ dripMs: 60_000 })],
    ['answers too late', 'timeout', slow({ afterMs: 1_000 })],
    ['fails too late', 'timeout', lateBy(1_000)],
    ['resets the connection', 'upstream_error', { fault: 'reset' }],
    ['stops half-way', 'upstream_error', { body: 'x'.repeat(1_000), fault: 'truncate' }],
    ['sends garbage', 'invalid_response', { body: '\u0000\u0001{"userData":' }],
    ['fails', 'upstream_error', broken],
  ])('while Amplitude %s, for %s', async (_name, reason, plan) => {
    const { amplitude, ask } = await open();
    amplitude.plan('ann', plan);
    const { status, body, ms } = await ask();
    expect(status).toBe(200);
    expect(body).toMatchObject({ reason, variant: 'baseline', is_fallback: true });
    expect(itemIds(body)).toEqual(BASELINE.slice(0, 3));
    expect(ms).toBeLessThan(DEADLINE_MS + LENIENCE_MS);
  });

  it('waits up to the deadline, and no shorter', async () => {
    const { amplitude, ask } = await open();
    amplitude.plan('ann', slow({ afterMs: DEADLINE_MS / 2 }));
    expect((await ask()).body.reason).toBe('recommended');
  });

  it('while nothing listens where Amplitude should be', async () => {
    const { amplitude, ask } = await open();
    await amplitude.close();
    const { body, ms } = await ask();
    expect(body).toMatchObject({ reason: 'upstream_error', is_fallback: true });
    expect(ms).toBeLessThan(DEADLINE_MS + LENIENCE_MS);
  });

  it('for a hundred people at once, in every form', async () => {
    const { amplitude, service } = await open();
    amplitude.planForAll({ fault: 'hang' });
    const startedAt = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        service.get(`/v1/placements/hero.${index % 2 === 0 ? 'json' : 'html'}?user_id=person-${index}`),
      ),
    );
    expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS + 3 * LENIENCE_MS);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers.every(({ text }) => text.includes('investing-101'))).toBe(true);
  });

  it('for people who are known, whoever else is being waited for', async () => {
    const { amplitude, service, ask } = await open();
    amplitude.plan('ann', treatment(...GOOD));
    amplitude.planForAll({ fault: 'hang' });
    await ask();
    const waiting = Array.from({ length: 20 }, (_, index) =>
      service.get(`${PATH}?user_id=person-${index}`).then((answer) => answer),
    );
    await amplitude.called(2);
    const { body, ms } = await ask();
    expect(body.reason).toBe('recommended');
    expect(ms).toBeLessThan(LENIENCE_MS);
    await Promise.all(waiting);
  });
});

describe('the deadline of a placement', () => {
  it('counts instead of the one of the service', async () => {
    const templates = writeTemplates({
      'hasty/placement.yaml': `title: Hasty
recommendation: s234ssg
items: 1
content: products
baseline: [investing-101]
deadline: 100ms
`,
    });
    const { amplitude, ask } = await open({ TEMPLATES_DIR: templates });
    amplitude.plan('ann', { fault: 'hang' });
    const { body, ms } = await ask('/v1/placements/hasty?user_id=ann');
    expect(body.reason).toBe('timeout');
    expect(ms).toBeLessThan(DEADLINE_MS);
  });
});

describe('a look-up that outlives its answer', () => {
  it('is found by a later call', async () => {
    const { amplitude, ask } = await open();
    amplitude.plan('ann', slow({ afterMs: DEADLINE_MS + 200 }));
    expect((await ask()).body.reason).toBe('timeout');
    await amplitude.ended(1);
    await expect.poll(async () => (await ask()).body.reason).toBe('recommended');
    expect(amplitude.calls).toHaveLength(1);
  });

  it('serves calls that come while it is under way, with no second one', async () => {
    const { amplitude, ask } = await open();
    amplitude.plan('ann', slow({ afterMs: DEADLINE_MS + 300 }));
    expect((await ask()).body.reason).toBe('timeout');
    expect((await ask()).body.reason).toBe('recommended');
    expect(amplitude.calls).toHaveLength(1);
  });

  it.each([
    [400, 600],
    [100, 200],
  ])(
    'is not repeated when it fails after its answer, which would log a false exposure (%i ms, %i ms)',
    async (deadlineMs, afterMs) => {
      const { amplitude, ask } = await open({ ANSWER_DEADLINE: `${deadlineMs}ms` });
      amplitude.plan('ann', lateBy(afterMs));
      amplitude.plan('bob', treatment(...GOOD));
      expect((await ask()).body.reason).toBe('timeout');
      await amplitude.ended(1);
      // A repetition would leave before the calls of these people do.
      for (let round = 0; round < 3; round += 1) await ask(`${PATH}?user_id=bob&limit=${round + 1}`);
      await ask('/v1/placements/strip?user_id=bob');
      expect(amplitude.callsFor('ann')).toHaveLength(1);
    },
  );
});
