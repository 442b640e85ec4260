import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BASELINE, GOOD } from '../support/products.ts';
import type { RawResponse } from '../support/raw.ts';
import { FALLBACK, heroWith, imageOf, keyOf, type Links, of, openLinks, pathOf, urlOf } from './following.ts';

const OWN_URL = 'https://shop.example.com/new?a=b';
const OWN_IMAGE = 'https://shop.example.com/new.png';
const HERO = heroWith(
  `fallback_url: ${OWN_URL}`,
  `fallback_image_url: ${OWN_IMAGE}`,
  'links: { utm_source: "{{channel}}", utm_campaign: "{{campaign}}" }',
);

const ITEMS = [...BASELINE, ...GOOD];
const ALLOWED = new Set(
  [FALLBACK, OWN_URL, OWN_IMAGE, ...ITEMS.map(urlOf), ...ITEMS.map(imageOf)].map(placeOf),
);

/** Origin and path. */
function placeOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** `hero` with fallbacks of its own, and ann's decision pinned. */
async function open(): Promise<Links & { readonly path: string }> {
  const links = await openLinks({ 'hero/placement.yaml': HERO });
  return { ...links, path: pathOf((await links.ask('ann')).item_1_click_url) };
}

/** Fails for whatever is no link of ours that leads where the content, the placement or the service says. */
function expectHarmless({ status, headers, body }: RawResponse): void {
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['content-type'] ?? '').not.toMatch(/json|plain/);
  expect(Object.keys(headers)).not.toContain('x-evil');
  if (status === 200) {
    expect(['image/gif', 'text/html; charset=utf-8']).toContain(headers['content-type']);
    expect(body).not.toContain('<script');
    return;
  }
  expect(status).toBe(302);
  expect(body).toBe('');
  expect(headers.location).toMatch(/^[\x21-\x7e]+$/);
  expect(ALLOWED).toContain(placeOf(headers.location ?? ''));
}

const JUNK = [
  '',
  '.',
  '..',
  '%2e%2e',
  '..%2f..%2fetc%2fpasswd',
  '%',
  '%zz',
  '%ff%fe',
  '%00',
  '%0d%0aX-Evil:%201',
  '%0d%0a%0d%0a%3Cscript%3E',
  '%E5%98%8A%E5%98%8DX-Evil:1',
  'https:%2f%2fevil.example',
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '@evil.example',
  'javascript:alert(1)',
  'myapp://evil',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'NaN',
  '-1',
  '0',
  '21',
  '1e9',
  '99999999999999999999',
  '%F0%9F%8E%81',
  '<script>alert(1)</script>',
  "'; DROP TABLE entries; --",
  '{{7*7}}',
  'A'.repeat(8_000),
  'A'.repeat(12_000),
  `${'A'.repeat(90)}.${'A'.repeat(200)}`,
  'a.b.c',
];

describe('whatever stands in the place of', () => {
  const places: readonly (readonly [string, (junk: string) => readonly string[]])[] = [
    ['a token', (junk) => [`/c/hero/${junk}`, `/c/nothing/${junk}`]],
    ['a position', (junk) => ['go', 'img', 'page'].map((kind) => `/${kind}/hero/${junk}?${of('ann')}`)],
    ['a placement', (junk) => ['c', 'go', 'img', 'page'].map((kind) => `/${kind}/${junk}/1?${of('ann')}`)],
    ['an id', (junk) => ['go', 'img', 'page'].map((kind) => `/${kind}/hero/1?${of(junk)}`)],
    ['a campaign', (junk) => ['go', 'img'].map((kind) => `/${kind}/hero/1?${of('ann', junk)}`)],
    ['a channel', (junk) => [`/go/hero/1?${of('ann')}&channel=${junk}`]],
    ['a key', (junk) => ['go', 'img', 'page'].map((kind) => `/${kind}/hero/1?${of('ann', 'weekly', junk)}`)],
    [
      'a locale',
      (junk) => ['go', 'img', 'page'].map((kind) => `/${kind}/hero/1?${of('ann')}&locale=${junk}`),
    ],
    ['a parameter of Movable Ink', (junk) => [`/go/hero/1?${of('ann')}&mi_u=${junk}&mi_${junk}=1`]],
    ['any parameter', (junk) => [`/go/hero/1?${of('ann')}&url=${junk}&${junk}=1&fallback_url=${junk}`]],
  ];

  it.each(places)('%s, it leads where the content or the settings say', async (_place, targets) => {
    const { follow } = await open();
    for (const target of JUNK.flatMap(targets)) expectHarmless(await follow(target.replaceAll(' ', '%20')));
  });
});

describe('a token', () => {
  it('with any of its characters changed leads to the fallback', async () => {
    const { follow, path } = await open();
    const start = '/c/hero/'.length;
    for (let at = start; at < path.length; at += 1) {
      const other = path[at] === 'A' ? 'B' : 'A';
      const { headers } = await follow(`${path.slice(0, at)}${other}${path.slice(at + 1)}`);
      expect(headers.location).toBe(OWN_URL);
    }
  });

  it.each([
    ['cut off', (path: string) => path.slice(0, -1)],
    ['prolonged', (path: string) => `${path}A`],
    ['padded', (path: string) => `${path}=`],
    ['twice', (path: string) => `${path}.${path.slice('/c/hero/'.length)}`],
    ['without its second half', (path: string) => path.replace(/\.[^.]*$/, '')],
    ['without its first half', (path: string) => path.replace(/hero\/[^.]*\./, 'hero/')],
    ['with its halves exchanged', (path: string) => path.replace(/hero\/(.*)\.(.*)$/, 'hero/$2.$1')],
    ['in the other case', (path: string) => path.slice(0, 8) + path.slice(8).toUpperCase()],
    ['with a new line', (path: string) => `${path}%0a`],
    ['with a path behind', (path: string) => `${path}/https:%2f%2fevil.example`],
  ])('%s leads to the fallback', async (_case, change) => {
    const { lead, path } = await open();
    expect([OWN_URL, FALLBACK]).toContain(await lead(change(path)));
  });

  it('of another placement, or with one half of it, leads to the fallback', async () => {
    const { ask, lead, path } = await open();
    const other = pathOf((await ask('ann', 'campaign=weekly', 'strip')).item_1_click_url);
    const [by, to] = path.slice('/c/hero/'.length).split('.');
    const [otherBy, otherTo] = other.slice('/c/strip/'.length).split('.');
    expect(await lead(`/c/strip/${by}.${to}`)).toBe(FALLBACK);
    for (const token of [`${otherBy}.${otherTo}`, `${by}.${otherTo}`, `${otherBy}.${to}`]) {
      expect(await lead(`/c/hero/${token}`)).toBe(OWN_URL);
    }
  });

  it('that is percent-encoded for no reason is the same token', async () => {
    const { lead, path } = await open();
    const encoded = path.replace(/\.|-|_/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
    expect(await lead(encoded)).toBe(await lead(path));
  });

  it('that was followed before may be followed again', async () => {
    const { lead, path } = await open();
    expect(await lead(path)).toBe(await lead(path));
  });
});

describe('by any method', () => {
  const KINDS = ['c', 'go', 'img', 'page'];

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])(
    '%s, links lead to the same place',
    async (method) => {
      const { follow, path } = await open();
      const targets = [
        path,
        ...KINDS.map((kind) => `/${kind}/hero/2?${of('ann')}`),
        `/page/hero?${of('ann')}`,
        '/c',
        '/img/x',
      ];
      for (const target of targets) {
        const usual = await follow(target);
        const answer = await follow(target, { method });
        const { date: _a, ...usualHeaders } = usual.headers;
        const { date: _b, ...headers } = answer.headers;
        expect([target, answer.status, headers]).toEqual([target, usual.status, usualHeaders]);
        expect(answer.body).toBe(method === 'HEAD' ? '' : usual.body);
      }
    },
  );

  it('a body is not read', async () => {
    const { follow, path } = await open();
    const body = JSON.stringify({ url: 'https://evil.example', user_id: 'bob' });
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const answer = await follow(path, { method: 'POST', body, headers: { 'Content-Type': type } });
      expect(answer.headers.location).toContain(urlOf(GOOD[0]));
    }
  });

  it('headers lead nowhere else', async () => {
    const { follow, path } = await open();
    const evil = 'evil.example';
    const headers = {
      'X-Forwarded-Host': evil,
      'X-Original-URL': '/v1/placements/hero',
      'X-Rewrite-URL': '/v1/placements/hero',
      'X-HTTP-Method-Override': 'DELETE',
      Forwarded: `host=${evil}`,
      Origin: `https://${evil}`,
      'Sec-Fetch-Site': 'cross-site',
      Referer: `https://${evil}/`,
      Authorization: 'Basic wrong',
    };
    expect((await follow(path, { headers })).headers.location).toContain(urlOf(GOOD[0]));
    const page = await follow(`/page/hero?${of('ann')}`, { headers });
    expect(page.body).not.toContain(evil);
    expect(page.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('a URL', () => {
  it('that is longer than any of ours leads to the fallback', async () => {
    const { lead, follow, path } = await open();
    const long = `mi_u=${'x'.repeat(17_000)}`;
    expect(await lead(`${path}?${long}`)).toBe(OWN_URL);
    expect(await lead(`/go/hero/1?${of('ann')}&${long}`)).toBe(OWN_URL);
    expect(await lead(`/img/hero/1?${of('ann')}&${long}`)).toBe(OWN_IMAGE);
    expect((await follow(`/page/hero?${of('ann')}&${long}`)).status).toBe(200);
  });

  // Node's parser refuses it before anything of ours sees which route it is for.
  it('that is longer than any HTTP server takes is refused', async () => {
    const { follow } = await open();
    expect((await follow(`/c/hero/${'A'.repeat(100_000)}`)).status).toBe(414);
  });

  it('with raw bytes in it is followed', async () => {
    const { ask, lead } = await open();
    await ask('j%C3%BCrgen');
    expect(await lead(`/go/hero/1?${of('jürgen')}`)).toContain(placeOf(urlOf(GOOD[0])));
  });

  it('takes few and short parameters of Movable Ink along', async () => {
    const { lead, path } = await open();
    const many = Array.from({ length: 100 }, (_, index) => `mi_p${index}=${'%C3%A4'.repeat(20)}`).join('&');
    const location = (await lead(`${path}?${many}`)) ?? '';
    expect(new URL(location).searchParams.get('mi_p0')).toBe('ä'.repeat(20));
    expect(location.length).toBeLessThan(6_000);
    const odd = 'MI_U=1&mi_=1&mi_%0d=1&mi_a.b=1&xmi_u=1&mi_u%5B%5D=1&mi_%C3%A4=1';
    expect(await lead(`${path}?${odd}`)).toBe(await lead(path));
  });

  it('that ends in a # keeps its destination’s own', async () => {
    const { lead, path } = await open();
    expect(await lead(`${path}?mi_u=1#x`)).toContain('&mi_u=1');
    expect(await lead(`${path}#x`)).toBe(await lead(path));
  });
});

describe('any query', () => {
  const names = fc.oneof(
    fc.constantFrom(
      'user_id',
      'device_id',
      'campaign',
      'channel',
      'key',
      'locale',
      'position',
      'item_index',
      'template',
      'width',
      'height',
    ),
    fc.constantFrom(
      'mi_u',
      'mi_name',
      'mi_ref',
      'mi_utm_source',
      'ref',
      'x',
      'utm_source',
      'url',
      'to',
      'fallback_url',
      '__proto__',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  const values = fc.oneof(
    fc.constantFrom(
      'ann',
      'weekly',
      keyOf('hero'),
      'de',
      '1',
      'inlay-sample-treatment',
      ...JUNK.slice(0, 31),
    ),
    fc.constantFrom(
      'https://evil.example',
      '//evil.example',
      '\r\nX-Evil: 1',
      '#',
      '?',
      '&',
      '@evil.example',
      ':\\evil',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  const encoded = values.chain((value) => fc.constantFrom(encodeURIComponent(value.toWellFormed()), value));
  const queries = fc
    .array(fc.tuple(names, encoded), { maxLength: 8 })
    .map((pairs) =>
      pairs.map(([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${value}`).join('&'),
    )
    // What cannot stand in a request line at all.
    .map((query) =>
      query.replace(/[^\x21-\x7e]/g, (character) => encodeURIComponent(character.toWellFormed())),
    );

  it('leads to origin and path of the content or the settings, with its own parameters as they were', async () => {
    const { follow, path } = await open();
    const targets = fc.constantFrom(
      path,
      '/go/hero/1',
      '/go/hero/2',
      '/go/hero/9',
      '/img/hero/1',
      '/page/hero',
      '/go/strip/1',
    );
    await fc.assert(
      fc.asyncProperty(targets, queries, async (target, query) => {
        const answer = await follow(`${target}?${query}`);
        expectHarmless(answer);
        const { location } = answer.headers;
        if (location === undefined || !placeOf(location).startsWith('https://www.example.com/learn/')) return;
        const parameters = new URL(location).searchParams;
        expect([parameters.getAll('ref'), parameters.getAll('x')]).toEqual([['a'], ['1']]);
        const others = [...parameters.keys()].filter(
          (name) => !/^(ref|x|utm_source|utm_campaign|mi_\w+)$/.test(name),
        );
        expect(others).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('any path', () => {
  it('below the links is one, and leads somewhere harmless', async () => {
    const { follow } = await open();
    const pieces = fc.oneof(
      fc.constantFrom(
        'c',
        'go',
        'img',
        'page',
        'hero',
        'strip',
        '1',
        '..',
        '.',
        '',
        '%2f',
        '%',
        '%c0%af',
        ';',
        '@',
        '*',
        'v1',
      ),
      fc.string({ unit: 'grapheme-ascii', maxLength: 6 }).map((text) => text.replace(/[?# ]/g, '')),
    );
    const paths = fc
      .tuple(fc.constantFrom('c', 'go', 'img', 'page', 'C', 'GO'), fc.array(pieces, { maxLength: 5 }))
      .map(([kind, rest]) => `/${[kind, ...rest].join('/')}`);
    await fc.assert(
      fc.asyncProperty(paths, async (path) => expectHarmless(await follow(path))),
      { numRuns: 300 },
    );
  });

  it.each(['/cc/hero/x', '/got/hero/1', '/imgs', '/pages/hero', '/', '/hero', '/v1/c/hero/x', '/%63/hero/x'])(
    '%s is none of them',
    async (path) => {
      const { follow } = await open();
      expect((await follow(path)).status).toBe(404);
    },
  );
});
