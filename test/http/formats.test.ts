import { describe, expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import { treatment } from '../support/replies.ts';
import { openService } from '../support/service.ts';

async function open() {
  const amplitude = await openAmplitude();
  amplitude.plan('ann', treatment(...GOOD));
  return { amplitude, service: await openService({ amplitude }) };
}

describe('the address of a placement', () => {
  it.each([
    ['hero', 'application/json'],
    ['hero.json', 'application/json'],
    ['hero.html', 'text/html'],
    ['hero.txt', 'text/plain'],
    ['hero/', 'application/json'],
    ['hero.json/', 'application/json'],
    ['hero.html/', 'text/html'],
    ['HERO', 'application/json'],
    ['Hero.JSON', 'application/json'],
    ['hero.Html/', 'text/html'],
    ['old-hero', 'application/json'],
    ['Old-Hero.txt', 'text/plain'],
    ['strip.html', 'text/html'],
    ['h%65ro.json', 'application/json'],
  ])('%s is answered at once as %s in UTF-8', async (path, type) => {
    const { service } = await open();
    const answer = await service.get(`/v1/placements/${path}?user_id=ann`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']?.toLowerCase()).toBe(`${type}; charset=utf-8`);
    expect(answer.text).toContain('mortgage-rates-primer');
  });

  it('may be written in capitals and with a slash throughout', async () => {
    const { service } = await open();
    const answer = await service.get('/V1/Placements/HERO.JSON/?user_id=ann');
    expect(answer.status).toBe(200);
    expect(answer.body.reason).toBe('recommended');
  });

  it('says the name of the placement, whatever alias was used', async () => {
    const { service } = await open();
    const { body } = await service.get('/v1/placements/old-hero?user_id=ann');
    expect(body.placement).toBe('hero');
  });

  it('gives the bytes that the Content-Length says', async () => {
    const { service } = await open();
    for (const suffix of ['json', 'html', 'txt']) {
      const answer = await service.get(`/v1/placements/hero.${suffix}?user_id=ann`);
      expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.text)));
    }
  });
});

describe('a POST', () => {
  it.each([
    ['a form', 'application/x-www-form-urlencoded', 'user_id=ann&limit=1'],
    ['a form with a charset', 'application/x-www-form-urlencoded; charset=UTF-8', 'user_id=ann&limit=1'],
    ['JSON', 'application/json', '{"user_id":"ann","limit":1}'],
    ['JSON with a charset', 'application/json; charset=utf-8', '{"user_id":"ann","limit":"1"}'],
    ['JSON with nulls', 'application/json', '{"user_id":"ann","device_id":null,"limit":1}'],
  ])('takes its parameters as %s', async (_name, type, body) => {
    const { service } = await open();
    const answer = await service.post('/v1/placements/hero.json').set('Content-Type', type).send(body);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ reason: 'recommended', item_count: 1 });
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded'],
    ['JSON', 'application/json'],
    ['no type', null],
  ])('takes all its parameters from the URL where a body announced as %s is empty', async (_name, type) => {
    const { service } = await open();
    const call = service.post('/v1/placements/hero.json?user_id=ann&limit=1');
    const answer = await (type === null ? call : call.set('Content-Type', type));
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ reason: 'recommended', item_count: 1 });
  });

  it('joins what stands in the URL with what stands in the body', async () => {
    const { service } = await open();
    const answer = await service
      .post('/v1/placements/hero.json?user_id=ann&limit=2')
      .type('form')
      .send('exclude=mortgage-rates-primer&limit=2');
    expect(answer.body).toMatchObject({ item_count: 2, item_1_id: 'setting-up-direct-deposit' });
  });

  it('gives the same bytes as the GET', async () => {
    const { service } = await open();
    const got = await service.get('/v1/placements/hero.json?user_id=ann');
    const form = await service.post('/v1/placements/hero.json').type('form').send('user_id=ann');
    const json = await service.post('/v1/placements/hero.json').send({ user_id: 'ann' });
    expect([form.text, json.text]).toEqual([got.text, got.text]);
  });

  it('reads a number as an id', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('4711', treatment(...GOOD));
    const { body } = await service.post('/v1/placements/hero.json').send({ user_id: 4711 });
    expect(body.reason).toBe('recommended');
  });
});

describe('a parameter given more than once', () => {
  it.each([
    ['in the URL', 'user_id=ann&user_id=bob'],
    ['under both of its names', 'user_id=ann&position=1&item_index=2'],
    ['for a limit', 'user_id=ann&limit=1&limit=2'],
  ])('is refused when the values differ %s', async (_name, query) => {
    const { service } = await open();
    const answer = await service.get(`/v1/placements/hero.json?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid_parameters' });
  });

  it('is refused when URL and body differ', async () => {
    const { service } = await open();
    const url = '/v1/placements/hero.json?user_id=ann';
    const form = await service.post(url).type('form').send('user_id=bob');
    const json = await service.post(url).send({ user_id: 'bob' });
    expect([form.status, json.status]).toEqual([400, 400]);
  });

  it.each([
    ['in the URL', 'user_id=ann&user_id=ann'],
    ['under both of its names', 'user_id=ann&position=1&item_index=1'],
  ])('is fine when the values are the same %s', async (_name, query) => {
    const { service } = await open();
    const answer = await service.get(`/v1/placements/hero.json?${query}`);
    expect(answer.status).toBe(200);
    expect(answer.body.reason).toBe('recommended');
  });

  it('is fine when URL and body say the same', async () => {
    const { service } = await open();
    const answer = await service.post('/v1/placements/hero.json?user_id=ann').send({ user_id: 'ann' });
    expect(answer.body.reason).toBe('recommended');
  });
});
