import { expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import { treatment } from '../support/replies.ts';
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
