import { expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { openService } from '../support/service.ts';

it.each(['/livez', '/readyz'])(
  '%s is 200 without credentials and without detail, whatever Amplitude does',
  async (path) => {
    const amplitude = await openAmplitude();
    const service = await openService({ amplitude });
    await amplitude.close();
    const answer = await service.get(path, null);
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(answer.headers['cache-control']).toContain('no-store');
    expect(answer.headers).not.toHaveProperty('x-powered-by');
    expect((await service.send('HEAD', path)).status).toBe(200);
    expect(amplitude.calls).toHaveLength(0);
  },
);

it('/readyz is 503 as soon as the process is to stop, while /livez and placements still answer', async () => {
  const amplitude = await openAmplitude();
  const service = await openService({ amplitude });
  service.app.readiness.ready = false;
  const placement = await service.get('/v1/placements/hero?user_id=inlay-sample-treatment');
  const statuses = [
    (await service.get('/readyz', null)).status,
    (await service.get('/livez', null)).status,
    placement.status,
  ];
  expect(statuses).toEqual([503, 200, 200]);
});
