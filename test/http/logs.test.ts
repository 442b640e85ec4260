import { describe, expect, it } from 'vitest';
import { openAmplitude, SECRET_KEY } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import { broken, treatment } from '../support/replies.ts';
import { CALLER, METRICS, openService, type Service } from '../support/service.ts';

const PATH = '/v1/placements/hero.json';

async function open() {
  const amplitude = await openAmplitude();
  return { amplitude, service: await openService({ amplitude, settings: { ANSWER_DEADLINE: '400ms' } }) };
}

const entries = ({ log }: Service): Record<string, unknown>[] => log.map((line) => JSON.parse(line));

describe('the log', () => {
  it('has a line for an answer: placement, variant, reason, who called and the request id', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('ann', treatment(...GOOD));
    const { headers } = await service.get(`${PATH}?user_id=ann`);
    const [line] = entries(service).filter(({ request_id }) => request_id === headers['x-request-id']);
    expect(line).toMatchObject({
      placement: 'hero',
      variant: 'treatment',
      reason: 'recommended',
      caller: CALLER.name,
    });
  });

  it('has a line for a problem, with its code and the request id', async () => {
    const { service } = await open();
    const { headers } = await service.get(`${PATH}?position=0`);
    const [line] = entries(service).filter(({ request_id }) => request_id === headers['x-request-id']);
    expect(JSON.stringify(line)).toContain('invalid_parameters');
  });

  it('holds no id, no password and no key, whatever happens', async () => {
    const { amplitude, service } = await open();
    const personal = ['PERSON', 'anna.secret@mail.example', 'MISTYPED', CALLER.password, SECRET_KEY];
    for (const person of ['PERSON', 'anna.secret@mail.example']) {
      for (const plan of [
        broken,
        { fault: 'reset' },
        { fault: 'hang' },
        { status: 401, body: 'PERSON' },
      ] as const) {
        amplitude.plan(person, plan);
        await service.get(`${PATH}?user_id=${person}`);
      }
      amplitude.plan(person, treatment('PERSON'));
      await service.get(`${PATH}?device_id=${person}&campaign=PERSON&channel=PERSON&explain=1`);
    }
    await service.get(`${PATH}?user_id=PERSON&user_id=anna.secret@mail.example`);
    await service.get(`${PATH}?user_id=${'PERSON'.repeat(5_000)}`);
    await service.get(`${PATH}?PERSON=anna.secret@mail.example&user_id=%5BPERSON%5D`);
    await service.post(PATH).type('json').send('{"user_id":"PERSON');
    await service.post(PATH).send({ user_id: { PERSON: 'PERSON' } });
    await service.get('/v1/placements/PERSON?user_id=PERSON');
    await service.get('/PERSON');
    await service.get('/v1/placements/%E0%A4PERSON');
    await service.get(PATH, { ...CALLER, password: 'MISTYPED' });
    await service.get(`${PATH}?user_id=PERSON`, METRICS);
    expect(service.log.length).toBeGreaterThan(15);
    for (const line of service.log) {
      for (const secret of personal) expect(line).not.toContain(secret);
    }
  });
});
