import { describe, expect, it } from 'vitest';
import { openAmplitude, SECRET_KEY } from '../support/amplitude.ts';
import { startService } from '../support/process.ts';
import { GOOD } from '../support/products.ts';
import { formatRequest, sendRaw } from '../support/raw.ts';
import { broken, treatment } from '../support/replies.ts';
import { basic, CALLER, STUDIO } from '../support/service.ts';
import { writeTemplates } from '../support/templates.ts';

async function start(settings: Readonly<Record<string, string>> = {}) {
  const amplitude = await openAmplitude();
  const service = await startService(amplitude.url, { TEMPLATES_DIR: writeTemplates(), ...settings });
  const get = (target: string, headers = {}) => sendRaw(service.port, formatRequest({ target, headers }));
  return { amplitude, ...service, get };
}

const AUTHORIZED = { Authorization: basic(CALLER) };

describe('npm start', () => {
  it('is ready, and serves what the real address of Amplitude says', async () => {
    const { amplitude, get } = await start();
    amplitude.plan('ann', treatment(...GOOD));
    expect((await get('/readyz')).status).toBe(200);
    const { body } = await get('/v1/placements/hero?user_id=ann', AUTHORIZED);
    expect(JSON.parse(body)).toMatchObject({ reason: 'recommended', variant: 'treatment' });
  });

  it('after SIGTERM is not ready any more, goes on accepting for 5 s and then exits with 0', async () => {
    const { amplitude, child, exited, get } = await start();
    amplitude.planForAll(treatment(...GOOD));
    const signalledAt = performance.now();
    child.kill('SIGTERM');
    await expect.poll(async () => (await get('/readyz')).status).toBe(503);
    let answered = 0;
    // New connections all the time, for as long as it is sure to accept them.
    while (performance.now() - signalledAt < 4_500) {
      const { status, body } = await get(`/v1/placements/hero?user_id=ann-${answered % 50}`, AUTHORIZED);
      expect([status, JSON.parse(body).reason]).toEqual([200, 'recommended']);
      answered += 1;
    }
    expect(answered).toBeGreaterThan(50);
    expect((await get('/readyz')).status).toBe(503);
    expect((await get('/livez')).status).toBe(200);
    expect(await exited).toBe(0);
    expect(performance.now() - signalledAt).toBeGreaterThan(4_900);
    expect(performance.now() - signalledAt).toBeLessThan(9_000);
    await expect(get('/readyz')).rejects.toThrow();
  });

  it('a second signal ends it at once', async () => {
    const { child, exited, get } = await start();
    const signalledAt = performance.now();
    child.kill('SIGTERM');
    await expect.poll(async () => (await get('/readyz')).status).toBe(503);
    child.kill('SIGTERM');
    await exited;
    expect(performance.now() - signalledAt).toBeLessThan(4_000);
  });

  it('writes nothing but JSON lines, without ids, passwords and keys', async () => {
    const { amplitude, child, exited, get, output, errors } = await start();
    amplitude.plan('PERSON', treatment(...GOOD), broken);
    amplitude.plan('anna.secret@mail.example', broken);
    amplitude.plan('PERSON two', treatment(...GOOD));
    await get('/v1/placements/hero?user_id=PERSON', AUTHORIZED);
    await get('/v1/placements/hero?device_id=anna.secret@mail.example&campaign=PERSON', AUTHORIZED);
    await get('/v1/placements/hero?user_id=PERSON', {
      Authorization: basic({ ...CALLER, password: 'MISTYPED' }),
    });
    await get('/v1/placements/hero?user_id=PERSON two', AUTHORIZED);
    await get('/v1/placements/PERSON', AUTHORIZED);
    child.kill('SIGTERM');
    await expect.poll(async () => (await get('/readyz')).status).toBe(503);
    child.kill('SIGINT');
    await exited;
    const lines = output().trim().split('\n');
    for (const line of lines) expect(typeof JSON.parse(line)).toBe('object');
    for (const secret of [
      'PERSON',
      'anna.secret',
      'MISTYPED',
      CALLER.password,
      STUDIO.password,
      SECRET_KEY,
    ]) {
      expect(output() + errors()).not.toContain(secret);
    }
  });
});
