import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import { formatRequest, type RawRequest, type RawResponse, sendRaw } from '../support/raw.ts';
import { treatment } from '../support/replies.ts';
import { basic, CALLER, openService } from '../support/service.ts';

const PATH = '/v1/placements/hero.json';
const AUTHORIZED = { Authorization: basic(CALLER) };
const FORM = { ...AUTHORIZED, 'Content-Type': 'application/x-www-form-urlencoded' };
const JSON_BODY = { ...AUTHORIZED, 'Content-Type': 'application/json' };

async function open() {
  const amplitude = await openAmplitude();
  amplitude.planForAll(treatment(...GOOD));
  const { port } = await openService({ amplitude });
  const ask = (request: RawRequest): Promise<RawResponse> => sendRaw(port, formatRequest(request));
  return { amplitude, port, ask };
}

const get = (query: string): RawRequest => ({ target: `${PATH}?${query}`, headers: AUTHORIZED });
const post = (headers: RawRequest['headers'], body: string | Buffer): RawRequest => ({
  method: 'POST',
  target: PATH,
  headers: { ...headers },
  body,
});

describe('an id that arrives as no tool should send it', () => {
  it.each([
    ['raw UTF-8', 'user_id=jürgen', 'jürgen'],
    ['raw Cyrillic', 'user_id=Катя&limit=1', 'Катя'],
    ['raw emoji', 'user_id=😀ann👩‍👩‍👧', '😀ann👩‍👩‍👧'],
    ['a raw no-break space', 'user_id=ann\u00a0lee', 'ann\u00a0lee'],
    ['a raw plus', 'user_id=ann+news@example.com', 'ann+news@example.com'],
    ['a raw #', 'user_id=ann#1&limit=1', 'ann#1'],
    ['a raw # at its end', 'user_id=ann#', 'ann#'],
    ['a raw &', 'user_id=ann&bob@example.com', 'ann&bob@example.com'],
    ['a raw percent sign', 'user_id=100%&limit=1', '100%'],
    ['a percent sign in front of no code', 'user_id=100%zz', '100%zz'],
    ['an encoded space', 'user_id=ann%20lee', 'ann lee'],
    ['raw quotes and brackets', `user_id="<ann>"{x}|\\^\``, `"<ann>"{x}|\\^\``],
    ['raw and encoded together', 'user_id=jü%C3%BCr', 'jüür'],
    ['a raw = in it', 'user_id=YW5u==', 'YW5u=='],
    ['a raw / and ?', 'user_id=a/b?c', 'a/b?c'],
  ])('as %s is looked up as it was meant', async (_name, query, id) => {
    const { amplitude, ask } = await open();
    const { status, body } = await ask(get(query));
    expect([status, JSON.parse(body).reason]).toEqual([200, 'recommended']);
    expect(amplitude.calls.map(({ person }) => person)).toEqual([id]);
  });
});

type Row = readonly [name: string, expected: string, request: RawRequest];

const REQUESTS: readonly Row[] = [
  ['an unreplaced token', '200 unresolved_merge_tag', get('user_id=[user_id]')],
  ['an unreplaced Liquid tag', '200 unresolved_merge_tag', get('user_id={{user_id}}')],
  ['an unreplaced tag in percent signs', '200 unresolved_merge_tag', get('user_id=%%email%%')],
  ['an unreplaced tag in bars', '200 unresolved_merge_tag', get('user_id=*|EMAIL|*')],
  ['an unreplaced tag in dollars', '200 unresolved_merge_tag', get('user_id=$$email$$')],
  ['a raw space', '200 recommended', get('user_id=ann lee')],
  ['a raw Liquid tag with spaces', '200 unresolved_merge_tag', get('user_id={{ user_id }}')],
  ['10 kB of id', '200 invalid_user', get(`user_id=${'x'.repeat(10_000)}`)],
  ['4 kB of raw emoji', '200 invalid_user', get(`user_id=${'😀'.repeat(1_000)}`)],
  ['60 kB of id', '414 url_too_long', get(`user_id=${'x'.repeat(60_000)}`)],
  ['20 kB of id', '414 url_too_long', get(`user_id=${'x'.repeat(20_000)}`)],
  ['10 kB of id in a form', '200 invalid_user', post(FORM, `user_id=${'x'.repeat(10_000)}`)],
  ['30 kB of id in JSON', '200 invalid_user', post(JSON_BODY, `{"user_id":"${'x'.repeat(30_000)}"}`)],
  ['a null byte encoded', '200 invalid_user', get('user_id=a%00b')],
  ['bytes that are no UTF-8', '200 recommended', get('user_id=%ff%fe')],
  ['nothing but signs', '200 no_user', get('&&==&?#')],
  ['a broken percent code in the path', '400', { target: '/v1/placements/hero%zz', headers: AUTHORIZED }],
  ['half a character in the path', '400', { target: '/v1/placements/%E0%A4', headers: AUTHORIZED }],
  ['a null in the path', '404 unknown_placement', { target: '/v1/placements/%00', headers: AUTHORIZED }],
  ['dots in the path', '404', { target: '/v1/placements/../../etc/passwd', headers: AUTHORIZED }],
  [
    '__proto__ as a placement',
    '404 unknown_placement',
    { target: '/v1/placements/__proto__', headers: AUTHORIZED },
  ],
  ['__proto__ as a parameter', '200 recommended', get('__proto__=x&constructor=y&user_id=ann')],
  ['__proto__ in JSON', '200 recommended', post(JSON_BODY, '{"__proto__":"x","user_id":"ann"}')],
  [
    '__proto__ as an object in JSON',
    '400 invalid_parameters',
    post(JSON_BODY, '{"toString":{},"user_id":"ann"}'),
  ],
  ['raw bytes in the path', '404 unknown_placement', { target: '/v1/placements/hérö', headers: AUTHORIZED }],
  [
    'an absolute target',
    '200 recommended',
    { target: `http://inlay${PATH}?user_id=ann`, headers: AUTHORIZED },
  ],
  ['two slashes in front', '404', { target: `/${PATH}?user_id=ann`, headers: AUTHORIZED }],
  ['JSON cut off', '400 invalid_body', post(JSON_BODY, '{"user_id":"ann"')],
  ['JSON with a comma too many', '400 invalid_body', post(JSON_BODY, '{"user_id":"ann",}')],
  ['JSON of a form', '400 invalid_body', post(JSON_BODY, 'user_id=ann')],
  ['JSON null', '400 invalid_parameters', post(JSON_BODY, 'null')],
  ['JSON with an object as an id', '400 invalid_parameters', post(JSON_BODY, '{"user_id":{"$ne":1}}')],
  ['JSON with a list of lists', '400 invalid_parameters', post(JSON_BODY, '{"exclude":[["a"]]}')],
  ['JSON with a text as a limit', '400 invalid_parameters', post(JSON_BODY, '{"user_id":"a","limit":"x"}')],
  [
    'JSON nested deeply',
    '400 invalid_parameters',
    post(JSON_BODY, `{"a":${'['.repeat(9_000)}${']'.repeat(9_000)}}`),
  ],
  ['JSON with a byte order mark', '200 recommended', post(JSON_BODY, '\ufeff{"user_id":"ann"}')],
  ['a form of JSON', '200 no_user', post(FORM, '{"user_id":"ann"}')],
  ['a form with raw UTF-8', '200 recommended', post(FORM, 'user_id=jürgen')],
  ['100 kB of body', '413 body_too_large', post(JSON_BODY, `{"user_id":"${'x'.repeat(100_000)}"}`)],
  [
    'a charset that nobody knows',
    '415 unsupported_media_type',
    post({ ...AUTHORIZED, 'Content-Type': 'application/json; charset=klingon' }, '{"user_id":"ann"}'),
  ],
  [
    'a broken content type',
    '415 unsupported_media_type',
    post({ ...AUTHORIZED, 'Content-Type': ';;;/' }, '{"user_id":"ann"}'),
  ],
  ['no content type', '415 unsupported_media_type', post(AUTHORIZED, '{"user_id":"ann"}')],
  [
    'JSON in Latin-1',
    '200 recommended',
    post(
      { ...AUTHORIZED, 'Content-Type': 'application/json; charset=iso-8859-1' },
      Buffer.from('{"user_id":"j\xfcrgen"}', 'latin1'),
    ),
  ],
  [
    'a body in gzip',
    '200 recommended',
    post({ ...JSON_BODY, 'Content-Encoding': 'gzip' }, gzipSync('{"user_id":"ann"}')),
  ],
  [
    'a body that claims gzip',
    '400 invalid_body',
    post({ ...JSON_BODY, 'Content-Encoding': 'gzip' }, '{"user_id":"ann"}'),
  ],
  [
    'a bomb in gzip',
    '413 body_too_large',
    post({ ...JSON_BODY, 'Content-Encoding': 'gzip' }, gzipSync(Buffer.alloc(20_000_000, 32))),
  ],
  [
    'an encoding that nobody knows',
    '415 unsupported_media_type',
    post({ ...JSON_BODY, 'Content-Encoding': 'zip' }, 'PK'),
  ],
  [
    'a header of 60 kB',
    '4xx',
    { ...get('user_id=ann'), headers: { ...AUTHORIZED, Cookie: 'x'.repeat(60_000) } },
  ],
  ['a header with a null', '400', { ...get('user_id=ann'), headers: { ...AUTHORIZED, Cookie: 'a\0b' } }],
  ['an unknown method', '4xx', { ...get('user_id=ann'), method: 'BREW' }],
  ['a method in small letters', '4xx', { ...get('user_id=ann'), method: 'get' }],
  ['a length that is no number', '400', { ...post(FORM, ''), headers: { ...FORM, 'Content-Length': 'ten' } }],
  [
    'a body in broken chunks',
    '400',
    {
      ...post(
        { ...FORM, 'Transfer-Encoding': 'chunked', 'Content-Length': '' },
        'zz\r\nuser_id=ann\r\n0\r\n\r\n',
      ),
    },
  ],
  [
    'a wish for another protocol',
    '200 recommended',
    { ...get('user_id=ann'), headers: { ...AUTHORIZED, Connection: 'close, Upgrade', Upgrade: 'h2c' } },
  ],
  [
    'an expectation that nobody knows',
    '(200|4xx)',
    { ...get('user_id=ann'), headers: { ...AUTHORIZED, Expect: 'tea' } },
  ],
];

describe('bad input', () => {
  it.each(REQUESTS)('%s gives %s', async (_name, expected, request) => {
    const { ask } = await open();
    const { status, headers, body } = await ask(request);
    const [expectedStatus = '', expectedWord] = expected.split(' ');
    expect(String(status)).toMatch(new RegExp(`^${expectedStatus.replaceAll('x', '\\d')}$`));
    const { reason, code } = JSON.parse(body);
    expect(headers['content-type']).toMatch(
      status === 200 ? /^application\/json/ : /^application\/problem\+json/,
    );
    expect(status === 200 ? reason : code).toEqual(expectedWord ?? expect.stringMatching(/^[a-z_]+$/));
  });

  it('that is no HTTP at all gives a problem, and the next connection works', async () => {
    const { port, ask } = await open();
    for (const bytes of [
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      'hello\r\n\r\n',
      '{"user_id":"ann"}\r\n\r\n',
    ]) {
      const { status, body } = await sendRaw(port, Buffer.from(bytes, 'latin1'));
      expect([status, JSON.parse(body).status]).toEqual([400, 400]);
    }
    expect((await ask(get('user_id=ann'))).status).toBe(200);
  });

  it.each([
    ['a refusal of ours', get('position=0')],
    ['a broken percent code in the path', { target: '/%zz' }],
    ['a raw space', get('user_id=ann lee')],
    ['a header that is too long', get(`user_id=${'x'.repeat(60_000)}`)],
  ])('gets the headers of every answer with %s', async (_name, request) => {
    const { ask } = await open();
    expect((await ask(request)).headers).toMatchObject({
      'cache-control': 'private, no-store',
      vary: 'Origin',
      'x-request-id': expect.stringMatching(/./),
    });
  });

  it('without a Host header gets an answer or a problem, not an empty page', async () => {
    const { port } = await open();
    const head = `GET ${PATH}?user_id=ann HTTP/1.1\r\nAuthorization: ${AUTHORIZED.Authorization}`;
    const { status, body } = await sendRaw(port, `${head}\r\nConnection: close\r\n\r\n`);
    const { reason, code } = JSON.parse(body);
    expect([200, 400]).toContain(status);
    expect(status === 200 ? reason : code).toMatch(/^[a-z_]+$/);
  });
});
