import { describe, expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import { formatRequest, type RawRequest, sendRaw } from '../support/raw.ts';
import { broken, treatment } from '../support/replies.ts';
import { basic, CALLER, METRICS, openService, STUDIO } from '../support/service.ts';

const PAGE = 'https://pages.example.com';
const PATH = '/v1/placements/hero.json?user_id=ann';

/** What a browser sends along with `CD.get` from a page of another site. */
const FROM_PAGE = { Origin: PAGE, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' };
const PREFLIGHT = {
  ...FROM_PAGE,
  'Access-Control-Request-Method': 'GET',
  'Access-Control-Request-Headers': 'authorization,x-mi-cbe,x-reverse-proxy-ttl',
};

async function open(origins = PAGE) {
  const amplitude = await openAmplitude();
  const service = await openService({ amplitude, settings: { CORS_ORIGINS: origins } });
  const send = (request: RawRequest) => sendRaw(service.port, formatRequest(request));
  return { amplitude, service, send };
}

const listOf = (text = ''): string[] => text.split(',').map((item) => item.trim().toLowerCase());
const corsHeaders = (headers: Readonly<Record<string, string>>): string[] =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));

describe('a pre-flight', () => {
  it('from a listed origin is answered 204 without credentials, with all that CD.get needs', async () => {
    const { amplitude, send } = await open();
    const { status, headers, body } = await send({ method: 'OPTIONS', target: PATH, headers: PREFLIGHT });
    expect([status, body]).toEqual([204, '']);
    expect(headers['access-control-allow-origin']).toBe(PAGE);
    expect(headers['access-control-allow-credentials']).toBe('true');
    expect(listOf(headers['access-control-allow-headers'])).toEqual(
      expect.arrayContaining(['authorization', 'content-type', 'x-reverse-proxy-ttl', 'x-mi-cbe']),
    );
    expect(listOf(headers['access-control-allow-methods'])).toEqual(['get', 'post']);
    expect(Number(headers['access-control-max-age'])).toBeGreaterThan(0);
    expect(headers).not.toHaveProperty('www-authenticate');
    expect(amplitude.calls).toHaveLength(0);
  });

  it('never says *, which browsers refuse together with credentials', async () => {
    const { send } = await open();
    const { headers } = await send({ method: 'OPTIONS', target: PATH, headers: PREFLIGHT });
    for (const name of corsHeaders(headers)) expect(headers[name]).not.toContain('*');
  });

  it('is the same whatever it asks for, since a cache may know it by URL and origin alone', async () => {
    const { send } = await open();
    const other = {
      ...FROM_PAGE,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type',
    };
    const [one, two] = await Promise.all(
      [PREFLIGHT, other].map((headers) => send({ method: 'OPTIONS', target: PATH, headers })),
    );
    const { date: _date, ...first } = one?.headers ?? {};
    const { date: _other, ...second } = two?.headers ?? {};
    expect(second).toEqual(first);
  });

  it.each([PAGE, 'https://evil.example'])('tells caches what it varies with, from %s too', async (origin) => {
    const { send } = await open();
    const headers = { ...PREFLIGHT, Origin: origin };
    const answer = await send({ method: 'OPTIONS', target: PATH, headers });
    expect(listOf(answer.headers.vary)).toEqual(
      expect.arrayContaining(['origin', 'access-control-request-method', 'access-control-request-headers']),
    );
  });

  it('is answered for a placement that is not there, so that the page can read the 404', async () => {
    const { send } = await open();
    const { status, headers } = await send({
      method: 'OPTIONS',
      target: '/v1/placements/none.json',
      headers: PREFLIGHT,
    });
    expect([status, headers['access-control-allow-origin']]).toEqual([204, PAGE]);
  });
});

describe('an answer to a page of a listed origin', () => {
  it.each(['GET', 'POST'])('to %s can be read by it', async (method) => {
    const { amplitude, send } = await open();
    amplitude.plan('ann', treatment(...GOOD));
    const { status, headers } = await send({
      method,
      target: `${PATH}&explain=1`,
      headers: { ...FROM_PAGE, Authorization: basic(CALLER) },
    });
    expect(status).toBe(200);
    expect(headers['access-control-allow-origin']).toBe(PAGE);
    expect(headers['access-control-allow-credentials']).toBe('true');
    expect(listOf(headers['access-control-expose-headers'])).toEqual(
      expect.arrayContaining(['x-request-id', 'cache-status', 'server-timing']),
    );
    expect(listOf(headers.vary)).toContain('origin');
  });

  const problems: readonly (readonly [number, string, string, RawRequest])[] = [
    [400, 'invalid_parameters', 'a wrong parameter', { target: `${PATH}&position=x` }],
    [400, 'invalid_body', 'a broken body', { method: 'POST', target: PATH, body: '{' }],
    [404, 'unknown_placement', 'an unknown placement', { target: '/v1/placements/none.json?user_id=ann' }],
    [404, 'unknown_template', 'an unknown template', { target: `${PATH}&template=none` }],
    [405, 'method_not_allowed', 'another method', { method: 'PUT', target: PATH }],
    [414, 'url_too_long', 'a long URL', { target: `${PATH}&exclude=${'x'.repeat(17_000)}` }],
    [
      415,
      'unsupported_media_type',
      'a body of another kind',
      { method: 'POST', target: PATH, body: 'x', headers: { 'Content-Type': 'text/xml' } },
    ],
    [500, 'recommendation_unavailable', 'a 500 for retry', { target: `${PATH}&on_unavailable=retry` }],
  ];

  it.each(problems)('%i %s, for %s, can be read by it', async (status, code, _name, request) => {
    const { amplitude, send } = await open();
    amplitude.planForAll(broken);
    const headers = {
      'Content-Type': 'application/json',
      ...request.headers,
      ...FROM_PAGE,
      Authorization: basic(CALLER),
    };
    const answer = await send({ ...request, headers });
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([status, code]);
    expect(answer.headers['access-control-allow-origin']).toBe(PAGE);
    expect(answer.headers['access-control-allow-credentials']).toBe('true');
    expect(listOf(answer.headers.vary)).toContain('origin');
  });

  it.each<readonly [number, string, Readonly<Record<string, string>>]>([
    [401, 'no credentials', {}],
    [401, 'a wrong password', { Authorization: basic({ ...CALLER, password: 'mistyped' }) }],
    [403, 'credentials of another role', { Authorization: basic(METRICS) }],
  ])('%i, for %s, can be read by it', async (status, _name, credentials) => {
    const { send } = await open();
    const answer = await send({ target: PATH, headers: { ...FROM_PAGE, ...credentials } });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([status, PAGE]);
  });
});

describe('an origin', () => {
  it.each<readonly [string, string]>([
    ['https://Pages.Example.com:443', 'https://pages.example.com'],
    ['https://pages.example.com:8443', 'https://pages.example.com:8443'],
    ['https://münchen.example', 'https://xn--mnchen-3ya.example'],
    ['http://[0:0:0:0:0:0:0:1]:3000', 'http://[::1]:3000'],
    ['https://a.example https://b.example', 'https://b.example'],
  ])('listed as %s is echoed as a browser sends it: %s', async (listed, sent) => {
    const { send } = await open(listed);
    const { status, headers } = await send({
      method: 'OPTIONS',
      target: PATH,
      headers: { ...PREFLIGHT, Origin: sent },
    });
    expect([status, headers['access-control-allow-origin']]).toEqual([204, sent]);
  });

  it.each([
    'https://evil.example',
    'http://pages.example.com',
    'https://pages.example.com:8443',
    'https://pages.example.com.evil.example',
    'https://evil.pages.example.com',
    'https://evilpages.example.com',
    'https://pages.example.com/',
    'https://PAGES.example.com',
    'https://pages.example.com https://evil.example',
    'null',
    '*',
    '',
  ])('that is not listed, %j, gets no permission, and 403 whatever its credentials', async (origin) => {
    const { amplitude, send } = await open();
    const preflight = await send({
      method: 'OPTIONS',
      target: PATH,
      headers: { ...PREFLIGHT, Origin: origin },
    });
    expect([preflight.status, corsHeaders(preflight.headers)]).toEqual([204, []]);
    for (const credentials of [CALLER, STUDIO]) {
      const headers = { ...FROM_PAGE, Origin: origin, Authorization: basic(credentials) };
      const answer = await send({ target: PATH, headers });
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([403, 'cross_site']);
      expect(corsHeaders(answer.headers)).toEqual([]);
      expect(listOf(answer.headers.vary)).toContain('origin');
    }
    expect(amplitude.calls).toHaveLength(0);
  });

  it('given twice is no listed one', async () => {
    const { service } = await open();
    const lines = [`GET ${PATH} HTTP/1.1`, 'Host: x', `Origin: ${PAGE}`, 'Origin: https://evil.example'];
    const request = `${lines.join('\r\n')}\r\nConnection: close\r\nAuthorization: ${basic(CALLER)}\r\n\r\n`;
    const { status, headers } = await sendRaw(service.port, request);
    expect([status, corsHeaders(headers)]).toEqual([403, []]);
  });

  it('that is missing, as from a server, is answered without permissions', async () => {
    const { amplitude, send } = await open();
    amplitude.plan('ann', treatment(...GOOD));
    const { status, headers } = await send({ target: PATH, headers: { Authorization: basic(CALLER) } });
    expect([status, corsHeaders(headers)]).toEqual([200, []]);
    expect(listOf(headers.vary)).toContain('origin');
  });

  it('that is missing while a browser says cross-site, as for an image, is refused from a listed page too', async () => {
    const { send } = await open();
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' };
    const answer = await send({ target: PATH, headers: { ...headers, Authorization: basic(CALLER) } });
    expect(answer.status).toBe(403);
  });
});

describe('other routes', () => {
  it.each([
    '/v1/people?user_id=ann',
    '/metrics',
    '/livez',
    '/readyz',
    '/nowhere',
    '/img/hero/1',
    '/go/hero/1',
  ])('%s give no permission to a listed origin', async (target) => {
    const { send } = await open();
    for (const method of ['OPTIONS', 'GET', 'DELETE']) {
      const headers = { ...PREFLIGHT, Authorization: basic(STUDIO) };
      const answer = await send({ method, target, headers });
      expect(corsHeaders(answer.headers)).toEqual([]);
    }
  });
});
