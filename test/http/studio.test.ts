import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { CALLER, METRICS, openService, STUDIO } from '../support/service.ts';
import { attributesOf, openStudio } from '../support/studio.ts';

const PAGES = [
  '/studio',
  '/studio/status',
  '/studio/placements/hero',
  '/studio/placements/hero?show=keys',
  '/studio/placements/hero/braze',
  '/studio/placements/hero/movable-ink',
];

const OTHERS = ['/studio/frame', '/studio/events', '/studio/nothing'];

describe('whoever has studio credentials', () => {
  it.each(PAGES)('gets %s, for themselves alone', async (path) => {
    const { get } = await openStudio();
    const { status, headers, html } = await get(path);
    expect(status).toBe(200);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toContain('marta');
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'private, no-store',
      'x-request-id': expect.stringMatching(/./),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
    });
    expect(headers['content-security-policy']?.split(';').sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "frame-src 'self'",
      "img-src 'self'",
      "script-src 'self'",
      "style-src 'self'",
    ]);
  });

  it('finds one page under each address: aliases and capitals lead to it, and its query goes along', async () => {
    const { get } = await openStudio();
    for (const [asked, location] of [
      ['/studio/placements/old-hero', '/studio/placements/hero'],
      ['/studio/placements/HERO?width=375&who=', '/studio/placements/hero?width=375&who='],
      ['/studio/placements/Old-Hero/braze?campaign=w', '/studio/placements/hero/braze?campaign=w'],
    ]) {
      const { status, headers } = await get(asked ?? '');
      expect([status, headers.location, headers['cache-control']]).toEqual([
        302,
        location,
        'private, no-store',
      ]);
    }
  });

  it.each(['PUT', 'PATCH', 'DELETE'] as const)('cannot %s', async (method) => {
    const { service } = await openStudio();
    for (const path of [...PAGES, ...OTHERS]) {
      const response = await fetch(`${service.url}${path}`, {
        method,
        headers: { authorization: basicOf(STUDIO) },
      });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
    }
  });
});

describe('nobody else', () => {
  it.each([
    ['without credentials', null, 401, 'Sign in with your Studio name and password'],
    ['with a caller’s', CALLER, 403, 'These credentials are not for Studio'],
    ['with a scraper’s', METRICS, 403, 'These credentials are not for Studio'],
    [
      'with a wrong password',
      { ...STUDIO, password: 'wrong' },
      401,
      'Sign in with your Studio name and password',
    ],
  ] as const)('gets anything %s', async (_name, credentials, status, heading) => {
    const { get } = await openStudio();
    // Wrong passwords are slowed down, so these are few.
    const paths = status === 401 ? PAGES.slice(0, 2) : [...PAGES, ...OTHERS, '/studio/placements/nope'];
    for (const path of credentials === null ? [...PAGES, ...OTHERS] : paths) {
      const page = await get(path, credentials);
      expect([path, page.status]).toEqual([path, status]);
      expect(page.text).toContain(heading);
      expect(page.text).toContain('Try again');
      expect(page.html).not.toMatch(/<script|hero|Home page|strip|marta|sandbox/i);
      expect(page.headers['www-authenticate'] ?? null).toBe(
        status === 401 ? 'Basic realm="Inlay", charset="UTF-8"' : null,
      );
    }
  });

  it('can look anybody up', async () => {
    const { service } = await openStudio();
    const path = '/studio/placements/hero/look-ups';
    const form = 'people=[{"kind":"user_id","id":"ann"}]&person=0';
    for (const credentials of [null, CALLER, METRICS]) {
      const { status } = await service.post(path, credentials).type('form').send(form);
      expect(status).toBe(credentials === null ? 401 : 403);
    }
  });

  it('programs get problems as programs do', async () => {
    const { service } = await openStudio();
    const { status, body, headers } = await service.get('/studio/status', CALLER);
    expect([status, body.code, headers['content-type']]).toEqual([
      403,
      'wrong_role',
      'application/problem+json; charset=utf-8',
    ]);
  });

  it('gets anything while there are no studio credentials', async () => {
    const { get } = await openStudio({ settings: { STUDIO_CREDENTIALS: '' } });
    for (const path of [...PAGES, ...OTHERS]) {
      for (const credentials of [null, CALLER, STUDIO]) {
        const { status, text } = await get(path, credentials);
        expect(status).toBe(404);
        expect(text).toContain('Studio is off: set STUDIO_CREDENTIALS, and start again.');
      }
    }
  });
});

describe('what a browser sends from another site', () => {
  const NAVIGATION = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };

  it.each([
    ['a link on another site', NAVIGATION],
    ['a script of another site', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }],
    ['a foreign origin', { Origin: 'https://evil.example' }],
    [
      'another origin of the same site',
      { 'Sec-Fetch-Site': 'same-site', Origin: 'https://shop.example.com' },
    ],
  ])('is refused: %s', async (_name, headers) => {
    const { get, post } = await openStudio();
    for (const path of [...PAGES, ...OTHERS]) {
      const { status, html } = await get(path, STUDIO, headers);
      expect([path, status]).toEqual([path, 403]);
      expect(html).not.toMatch(/Home page|strip|marta/);
    }
    const people = [{ kind: 'user_id', id: 'ann' }];
    const looked = await post('/studio/placements/hero/look-ups', { people, person: '0' }, headers);
    expect(looked.status).toBe(403);
  });

  it('gets a friendly page if somebody followed a link, from which they go on by themselves', async () => {
    const { get } = await openStudio();
    const path = '/studio/placements/hero?who=control&campaign=weekly';
    const { html, text, status } = await get(path, STUDIO, NAVIGATION);
    expect([status, text]).toEqual([403, expect.stringContaining('If you meant to, go on.')]);
    expect(attributesOf(html, 'href')).toContain(path);
    const gone = await get(path, STUDIO, { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'navigate' });
    expect(gone.status).toBe(200);
  });

  it('gets no such link where it is no navigation', async () => {
    const { get } = await openStudio();
    const { html } = await get('/studio/status', STUDIO, { Origin: 'https://evil.example' });
    expect(attributesOf(html, 'href')).not.toContain('/studio/status');
  });
});

describe('problems', () => {
  it('are pages that say what is wrong and what was most likely meant', async () => {
    const { get } = await openStudio();
    const { status, text, html } = await get('/studio/placements/herro/braze');
    expect(status).toBe(404);
    expect(text).toContain('There is no such placement');
    expect(text).toContain('Did you mean Home page hero ?');
    expect(attributesOf(html, 'href')).toContain('/studio/placements/hero');
    expect((await get('/studio/placements/nothing-like-it')).text).not.toContain('Did you mean');
  });

  it.each([
    '/studio/nothing',
    '/studio/placements',
    '/studio/placements/hero/nothing',
    '/studio/assets/1/2/3',
  ])('there is nothing at %s', async (path) => {
    const { get } = await openStudio();
    expect(await get(path)).toMatchObject({ status: 404, text: expect.stringContaining('nothing here') });
  });

  it.each([
    ['more than two megabytes', { edits: 'x'.repeat(2_100_000) }, 413, 'Studio takes at most 2 MB at once.'],
    ['what is no JSON', { people: '[{' }, 400, 'people is not valid JSON.'],
    ['what is no list of people', { people: '{"kind":"user_id"}' }, 400, 'people cannot be read.'],
    ['edits that are none', { edits: '[1]' }, 400, 'edits cannot be read.'],
    [
      'seven people',
      { people: Array.from({ length: 7 }, (_, index) => ({ kind: 'user_id', id: `p${index}` })) },
      400,
      'people cannot be read.',
    ],
    [
      'a seventh person',
      { people: Array.from({ length: 6 }, (_, index) => ({ kind: 'user_id', id: `p${index}` })), id: 'p6' },
      400,
      'At most 6 people are shown at once.',
    ],
  ])('a form with %s is refused in a sentence', async (_name, form, status, sentence) => {
    const { post, service } = await openStudio();
    const page = await post('/studio/placements/hero', form);
    expect([page.status, page.text]).toEqual([status, expect.stringContaining(sentence)]);
    expect(service.log.filter((line) => line.includes('unexpected'))).toEqual([]);
  });

  it.each(['text/plain', 'application/json', 'multipart/form-data; boundary=x'])(
    'a body of the type %s is no form',
    async (type) => {
      const { service } = await openStudio();
      const answer = await service
        .post('/studio/placements/hero', STUDIO)
        .set({ 'Content-Type': type, Accept: 'text/html' })
        .send('{"people":"x"}');
      expect([answer.status, answer.text]).toEqual([
        400,
        expect.stringContaining('What was sent cannot be read.'),
      ]);
    },
  );

  it.each([
    '/studio/placements/%ff',
    '/studio/placements/%',
    '/studio/placements/hero%00',
    '/studio/assets/x/%2e%2e%2fstudio.ts',
  ])('an odd address is none: %s', async (path) => {
    const { service } = await openStudio();
    const status = await statusOf(service.port, path);
    expect([400, 404]).toContain(status);
    expect(service.log.filter((line) => line.includes('unexpected'))).toEqual([]);
  });
});

describe('the files of pages', () => {
  it('need no password, are kept for good, and are the same with and without gzip', async () => {
    const { service, get } = await openStudio();
    const { html } = await get('/studio/placements/hero');
    const files = [...attributesOf(html, 'href'), ...attributesOf(html, 'src')].filter((path) =>
      path.startsWith('/studio/assets/'),
    );
    expect(new Set(files).size).toBeGreaterThan(10);
    for (const path of new Set(files)) {
      const [plain, zipped] = await Promise.all([
        service.get(path, null).set('Accept-Encoding', 'identity').responseType('blob'),
        service.get(path, null).set('Accept-Encoding', 'gzip, br').responseType('blob'),
      ]);
      expect(plain.status).toBe(200);
      expect(plain.headers).toMatchObject({
        'cache-control': 'public, max-age=31536000, immutable',
        'content-type': expect.stringMatching(/^(text\/(css|javascript); charset=utf-8|image\/svg\+xml)$/),
        vary: 'Accept-Encoding',
      });
      expect(plain.headers).not.toHaveProperty('content-encoding');
      expect(zipped.headers['content-encoding']).toBe('gzip');
      expect(Number(zipped.headers['content-length'])).toBeLessThan(Number(plain.headers['content-length']));
      expect(zipped.body.equals(plain.body)).toBe(true);
    }
  });

  it('are scripts without types, which ask for nothing but each other', async () => {
    const { service, get } = await openStudio();
    const { html } = await get('/studio');
    const scripts = attributesOf(html, 'href').filter((path) => /\.(ts|js)$/.test(path));
    for (const path of scripts) {
      const { text } = await service.get(path, null);
      const imported = Array.from(
        text.matchAll(/from ['"]([^'"]+)['"]/g),
        ([, name = '']) => new URL(name, `http://inlay${path}`).pathname,
      );
      expect(scripts).toEqual(expect.arrayContaining(imported));
    }
    const { text } = await service.get(scripts.find((path) => path.endsWith('/client/toast.ts')) ?? '', null);
    expect(text).not.toMatch(/: void|: string|type Telling/);
  });

  it('hold none that is not meant to be served', async () => {
    const { service, get } = await openStudio();
    const [base] = /\/studio\/assets\/[0-9a-f]+/.exec((await get('/studio')).html) ?? [];
    for (const file of ['client/tsconfig.json', 'studio.ts', 'views/layout.hbs', 'constructor'])
      expect([file, (await service.get(`${base}/${file}`, null)).status]).toEqual([file, 404]);
  });

  it('pages themselves are smaller with gzip', async () => {
    const { service } = await openStudio();
    const open = (encoding: string) =>
      service
        .get('/studio/placements/hero', STUDIO)
        .set({ Accept: 'text/html', 'Accept-Encoding': encoding });
    const [plain, zipped, refused] = [await open('identity'), await open('gzip'), await open('gzip;q=0')];
    expect(zipped.text).toBe(plain.text);
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(Number(zipped.headers['content-length'])).toBeLessThan(plain.text.length / 3);
    expect(refused.headers).not.toHaveProperty('content-encoding');
  });
});

describe('the frame that previews are put into', () => {
  it('lets nothing run, submit or lead elsewhere, and loads pictures over https alone', async () => {
    const { get } = await openStudio();
    const { headers, html } = await get('/studio/frame');
    expect(headers['content-security-policy']?.split('; ')).toEqual([
      "default-src 'none'",
      "style-src 'unsafe-inline'",
      'img-src https: data:',
      'font-src https: data:',
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'self'",
      'sandbox allow-same-origin',
    ]);
    expect(headers).toMatchObject({ 'x-frame-options': 'SAMEORIGIN', 'referrer-policy': 'no-referrer' });
    expect(html).not.toContain('<script');
  });

  it('is asked for by every preview, which is put into a sandbox of its own', async () => {
    const { get } = await openStudio();
    const { html } = await get('/studio/placements/hero');
    const frames = html.match(/<iframe [^>]*>/g) ?? [];
    expect(frames).toHaveLength(2);
    for (const frame of frames) {
      expect(attributesOf(frame, 'src')).toEqual(['/studio/frame']);
      expect(attributesOf(frame, 'sandbox')).toEqual(['allow-same-origin']);
    }
  });
});

describe('what opens a page', () => {
  it('tells when each password was used last, Studio’s own too', async () => {
    const { get } = await openStudio();
    const { text } = await get('/studio/status');
    expect(text).toMatch(/braze callers first Not lately/);
    expect(text).toMatch(/marta studio first \w+ \d/);
  });
});

it('a service whose Amplitude is away has all of its pages', async () => {
  const amplitude = await openAmplitude();
  const service = await openService({ amplitude });
  await amplitude.close();
  for (const path of PAGES) expect((await service.get(path, STUDIO)).status).toBe(200);
});

function basicOf({ name, password }: typeof STUDIO): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

/** Sends a target that no client would. */
async function statusOf(port: number, target: string): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  socket.end(
    `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\nAuthorization: ${basicOf(STUDIO)}\r\nConnection: close\r\n\r\n`,
  );
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Number(Buffer.concat(chunks).toString('latin1').split(' ')[1]);
}
