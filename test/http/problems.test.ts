import type { Response } from 'supertest';
import { describe, expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import { treatment } from '../support/replies.ts';
import { METRICS, openService, type Service } from '../support/service.ts';

const PATH = '/v1/placements/hero.json';
const FORM = 'application/x-www-form-urlencoded';

async function open() {
  const amplitude = await openAmplitude();
  return { amplitude, service: await openService({ amplitude }) };
}

type Row = readonly [
  name: string,
  status: number,
  code: string,
  ask: (service: Service) => PromiseLike<Response>,
];

const PROBLEMS: readonly Row[] = [
  ['position is no number', 400, 'invalid_parameters', (s) => s.get(`${PATH}?user_id=ann&position=first`)],
  ['limit is too small', 400, 'invalid_parameters', (s) => s.get(`${PATH}?user_id=ann&limit=0`)],
  [
    'explain is neither 1 nor 0',
    400,
    'invalid_parameters',
    (s) => s.get(`${PATH}?user_id=ann&explain=maybe`),
  ],
  ['escape is unknown', 400, 'invalid_parameters', (s) => s.get(`${PATH}?user_id=ann&escape=sql`)],
  ['on_unavailable is unknown', 400, 'invalid_parameters', (s) => s.get(`${PATH}?on_unavailable=cry`)],
  ['campaign is too long', 400, 'invalid_parameters', (s) => s.get(`${PATH}?campaign=${'c'.repeat(129)}`)],
  [
    'campaign is too long in bytes',
    400,
    'invalid_parameters',
    (s) => s.get(`${PATH}?campaign=${'%C3%A9'.repeat(65)}`),
  ],
  ['two users are given', 400, 'invalid_parameters', (s) => s.get(`${PATH}?user_id=a&user_id=b`)],
  ['JSON is cut off', 400, 'invalid_body', (s) => s.post(PATH).type('json').send('{"user_id":"an')],
  ['JSON holds an object', 400, 'invalid_parameters', (s) => s.post(PATH).send({ user_id: { a: 1 } })],
  ['JSON is a list', 400, 'invalid_parameters', (s) => s.post(PATH).send(['ann'])],
  ['JSON is a text', 400, 'invalid_parameters', (s) => s.post(PATH).type('json').send('"ann"')],
  ['no credentials came', 401, 'unauthorized', (s) => s.get(`${PATH}?user_id=ann`, null)],
  ['the password is wrong', 401, 'unauthorized', (s) => s.get(PATH, { name: 'braze', password: 'nope' })],
  ['the role is wrong', 403, 'wrong_role', (s) => s.get(`${PATH}?user_id=ann`, METRICS)],
  ['another site calls', 403, 'cross_site', (s) => s.get(PATH).set('Sec-Fetch-Site', 'cross-site')],
  ['the route is unknown', 404, 'not_found', (s) => s.get('/v1/nothing')],
  ['the root is asked', 404, 'not_found', (s) => s.get('/')],
  [
    'the placement is unknown',
    404,
    'unknown_placement',
    (s) => s.get('/v1/placements/nothing.json?user_id=a'),
  ],
  ['the suffix is unknown', 404, 'unknown_placement', (s) => s.get('/v1/placements/hero.xml?user_id=ann')],
  ['the template is unknown', 404, 'unknown_template', (s) => s.get('/v1/placements/hero.html?template=no')],
  ['the method is PUT', 405, 'method_not_allowed', (s) => s.send('PUT', `${PATH}?user_id=ann`)],
  ['the method is PATCH', 405, 'method_not_allowed', (s) => s.send('PATCH', `${PATH}?user_id=ann`)],
  ['the method is DELETE', 405, 'method_not_allowed', (s) => s.send('DELETE', `${PATH}?user_id=ann`)],
  ['the body is too large', 413, 'body_too_large', (s) => s.post(PATH).type(FORM).send('x'.repeat(100_000))],
  ['the URL is too long', 414, 'url_too_long', (s) => s.get(`${PATH}?user_id=${'x'.repeat(20_000)}`)],
  [
    'the body is plain text',
    415,
    'unsupported_media_type',
    (s) => s.post(PATH).type('text/plain').send('a=b'),
  ],
  [
    'the body is XML',
    415,
    'unsupported_media_type',
    (s) => s.post(PATH).type('application/xml').send('<a/>'),
  ],
  [
    'the charset is unknown',
    415,
    'unsupported_media_type',
    (s) => s.post(PATH).set('Content-Type', 'application/json; charset=klingon').send('{}'),
  ],
  [
    'the encoding is unknown',
    415,
    'unsupported_media_type',
    (s) => s.post(PATH).type(FORM).set('Content-Encoding', 'rot13').send('hfre_vq=naa'),
  ],
];

describe('a problem', () => {
  it.each(PROBLEMS)('where %s is %i with the code %s', async (_name, status, code, ask) => {
    const { service } = await open();
    const answer = await ask(service);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      'content-type': expect.stringMatching(/^application\/problem\+json/),
      'cache-control': 'private, no-store',
      'x-request-id': expect.stringMatching(/./),
      vary: 'Origin',
    });
    expect(answer.headers).not.toHaveProperty('x-powered-by');
    expect(answer.headers).not.toHaveProperty('etag');
    expect(JSON.parse(answer.text)).toMatchObject({
      status,
      code,
      title: expect.stringMatching(/./),
      detail: expect.stringMatching(/./),
    });
  });

  it('of a wrong method names the right ones', async () => {
    const { service } = await open();
    for (const method of ['HEAD', 'PUT', 'PATCH', 'DELETE'] as const) {
      const { status, headers } = await service.send(method, `${PATH}?user_id=ann`);
      expect(status).toBe(405);
      expect(headers.allow?.split(/, */)).toEqual(expect.arrayContaining(['GET', 'POST']));
      expect(headers.allow).not.toMatch(/HEAD|PUT|PATCH|DELETE/);
      expect(headers['x-request-id']).toBeTruthy();
    }
  });

  it('of missing credentials asks for Basic ones in UTF-8', async () => {
    const { service } = await open();
    for (const credentials of [null, { name: 'braze', password: 'wrong' }]) {
      const { headers } = await service.get(PATH, credentials);
      expect(headers['www-authenticate']).toMatch(/^Basic realm="[^"]+", *charset="UTF-8"$/i);
    }
  });

  it.each([
    ['unknown parameter', 'GET', 'SECRET@mail.example=1&position=0'],
    ['position', 'GET', 'user_id=SECRET&position=SECRET'],
    ['two ids', 'GET', 'user_id=SECRET&user_id=SECRET2'],
    ['campaign', 'GET', `user_id=SECRET&campaign=${'SECRET'.repeat(40)}`],
    ['long URL', 'GET', `user_id=${'SECRET'.repeat(4_000)}`],
    ['broken JSON', 'POST', '{"user_id":"SECRET'],
    ['JSON with objects', 'POST', '{"user_id":{"SECRET":"SECRET"},"SECRET":{}}'],
    ['JSON list', 'POST', '["SECRET"]'],
    ['long body', 'POST', `{"user_id":"${'SECRET'.repeat(20_000)}"}`],
  ] as const)('never repeats what was sent: %s', async (_name, method, sent) => {
    const { service } = await open();
    const answer =
      method === 'GET'
        ? await service.get(`${PATH}?${sent}`)
        : await service.post(PATH).type('json').send(sent);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text + JSON.stringify(answer.headers)).not.toContain('SECRET');
  });

  it('never repeats names, passwords or paths', async () => {
    const { service } = await open();
    const answers = [
      await service.get(PATH, { name: 'SECRET', password: 'SECRET' }),
      await service.get(PATH, null).set('Authorization', 'Bearer SECRET'),
      await service.get('/v1/placements/SECRET?user_id=SECRET'),
      await service.get('/SECRET/%2e%2e/SECRET'),
      await service.get('/v1/placements/%E0%A4SECRET'),
      await service.get(PATH).set('Origin', 'https://SECRET.example'),
    ];
    for (const answer of answers) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.text + JSON.stringify(answer.headers)).not.toContain('SECRET');
    }
  });
});

describe('an answer', () => {
  it.each(['json', 'html', 'txt'])(
    'as %s may not be kept by anybody, and says its request id',
    async (suffix) => {
      const { amplitude, service } = await open();
      amplitude.plan('ann', treatment(...GOOD));
      const { headers } = await service.get(`/v1/placements/hero.${suffix}?user_id=ann`);
      expect(headers).toMatchObject({
        'cache-control': 'private, no-store',
        'x-request-id': expect.stringMatching(/./),
        vary: 'Origin',
      });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('etag');
    },
  );

  it('to OPTIONS is 204 without credentials', async () => {
    const { service } = await open();
    const answer = await service.send('OPTIONS', PATH).unset('Authorization');
    expect(answer.status).toBe(204);
    expect(answer.text).toBe('');
    expect(answer.headers.vary).toMatch(/^Origin\b/);
  });
});
