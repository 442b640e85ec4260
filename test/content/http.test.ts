import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttpRows } from '../../src/content/http.ts';
import type { FetchRows } from '../../src/content/source.ts';
import type { HttpDeclaration } from '../../src/domain/content-source.ts';
import { type Answer, json, raw, sendJson, startContentServer } from '../fixtures/cms/server.ts';

/** Far below what any of these servers would take, far above what a slow machine needs to notice. */
const MUCH_TOO_LATE_MS = 5_000;

const DECLARATION: HttpDeclaration = {
  ...{ name: 'products', type: 'http', method: 'GET', headers: {}, body: null, ids: 'list' },
  ...{
    url: 'http://127.0.0.1',
    rows: null,
    key: 'id',
    paging: null,
    resolve: null,
    fields: [],
    required: [],
  },
  ...{ batch: 100, timeoutMs: 500, freshMs: 0, staleMs: 0, staleIfErrorMs: 0, missingMs: 0 },
};

const LATE = () => AbortSignal.timeout(MUCH_TOO_LATE_MS);

function openAgent(): Agent {
  // With one connection it shows whether that one can be used again.
  const agent = new Agent({ connections: 1 });
  onTestFinished(() => agent.destroy());
  return agent;
}

/** A source at a server that gives this answer; `url` is what follows the server's origin. */
async function open(answer: Answer, { url = '/?ids={ids}', ...rest }: Partial<HttpDeclaration> = {}) {
  const server = await startContentServer(answer);
  const declaration = { ...DECLARATION, ...rest, url: server.origin + url };
  const fetchRows = createHttpRows(declaration, openAgent());
  const ask = (...ids: readonly string[]) => fetchRows(ids, null, LATE());
  return { ...server, fetchRows, ask };
}

async function targetOf(
  declaration: Partial<HttpDeclaration>,
  ids: readonly string[] = ['a', 'b'],
  locale: string | null = null,
): Promise<string | undefined> {
  const { fetchRows, seen } = await open(json([]), declaration);
  await fetchRows(ids, locale, LATE());
  return seen[0]?.target;
}

async function bodyOf(body: unknown, ids: readonly string[], locale: string | null): Promise<unknown> {
  const { fetchRows, seen } = await open(json([]), { url: '/graphql', method: 'POST', body });
  await fetchRows(ids, locale, LATE());
  return JSON.parse(seen[0]?.body ?? '');
}

describe('the URL', () => {
  it.each<[style: HttpDeclaration['ids'], url: string, target: string]>([
    ['list', '/?sku={ids}', '/?sku=a,b'],
    ['list', '/?sku=in({ids})&x=1', '/?sku=in(a,b)&x=1'],
    ['repeated', '/?sku={ids}&x=1', '/?sku=a&sku=b&x=1'],
    [
      'repeated',
      '/?x=1&filters[sku][$in]={ids}',
      '/?x=1&filters%5Bsku%5D%5B$in%5D=a&filters%5Bsku%5D%5B$in%5D=b',
    ],
    ['repeated', '/items/{ids}', '/items/a,b'],
    ['json', '/?$ids={ids}', '/?$ids=%5B%22a%22%2C%22b%22%5D'],
  ])('holds the ids as a %s: %s', async (ids, url, target) => {
    expect(await targetOf({ ids, url })).toBe(target);
  });

  it('has every id percent-encoded', async () => {
    const ids = ['a b', 'c&d=e', 'f#g', 'h+i', '100%', 'ü', "j'k(l)*!"];
    expect(await targetOf({}, ids)).toBe(
      '/?ids=a%20b,c%26d%3De,f%23g,h%2Bi,100%25,%C3%BC,j%27k%28l%29%2A%21',
    );
  });

  it('keeps escapes as they are, and escapes what RFC 3986 does not allow', async () => {
    const query = '?query=*[a=="b" %26%26 c in $ids]{d,"e":f->g}|h^`i`&$ids={ids}';
    expect(await targetOf({ url: `/d%2Fe/ä${query}` })).toBe(
      '/d%2Fe/%C3%A4?query=*%5Ba==%22b%22%20%26%26%20c%20in%20$ids%5D%7Bd,%22e%22:f-%3Eg%7D%7Ch%5E%60i%60&$ids=a,b',
    );
  });

  it('holds the locale, or nothing in its place', async () => {
    const url = '/{locale}/items?locale={locale}&ids={ids}';
    expect(await targetOf({ url }, ['a'], 'de-AT')).toBe('/de-AT/items?locale=de-AT&ids=a');
    expect(await targetOf({ url }, ['a'], null)).toBe('//items?locale=&ids=a');
  });

  it('may hold ids in its path, but not such as lead out of it', async () => {
    const url = '/items/{ids}';
    expect(await targetOf({ url }, ['a/b', 'c'])).toBe('/items/a%2Fb,c');
    expect(await targetOf({ url }, ['..', 'c', '../../admin', '.', 'd/..\\e'])).toBe('/items/c');
    expect(await targetOf({ url: '/{locale}/items?{ids}' }, ['..'], '..')).toBe('//items?..');
  });

  it('is not asked for when there are no ids', async () => {
    expect(await targetOf({}, [])).toBeUndefined();
    expect(await targetOf({ url: '/items/{ids}' }, ['..'])).toBeUndefined();
  });
});

describe('the body', () => {
  it('holds ids and locale where a whole text stands for them', async () => {
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) {ids} }';
    expect(await bodyOf({ query, variables: { ids: '{ids}', in: ['{locale}'], n: 1 } }, ['a'], 'de')).toEqual(
      {
        query,
        variables: { ids: ['a'], in: ['de'], n: 1 },
      },
    );
  });

  it('has null for no locale, and leaves keys and longer texts as they are', async () => {
    const body = { '{ids}': '{locale}', text: 'all {ids}', nothing: null, list: [[true]] };
    expect(await bodyOf(body, ['a'], null)).toEqual({ ...body, '{ids}': null });
  });

  it('may be the ids alone', async () => {
    expect(await bodyOf('{ids}', ['{ids}', '{locale}'], 'de')).toEqual(['{ids}', '{locale}']);
  });
});

describe('the headers', () => {
  it('ask for JSON in our name', async () => {
    const { ask, seen } = await open(json([]));
    await ask('a');
    expect(seen[0]?.headers).toMatchObject({ accept: 'application/json', 'user-agent': 'Inlay' });
    expect(seen[0]?.headers).not.toHaveProperty('content-type');
  });

  it('are what is declared, before anything else', async () => {
    const headers = { Accept: 'application/vnd.api+json', 'USER-AGENT': 'Shop', 'X-Token': 'secret' };
    const { ask, seen } = await open(json([]), { headers, method: 'POST', body: {} });
    await ask('a');
    const expected = { accept: 'application/vnd.api+json', 'user-agent': 'Shop', 'x-token': 'secret' };
    expect(seen[0]?.headers).toMatchObject({ ...expected, 'content-type': 'application/json' });
  });

  it('may say of what kind the body is', async () => {
    const headers = { 'content-type': 'application/graphql+json' };
    const { ask, seen } = await open(json([]), { headers, method: 'POST', body: {} });
    await ask('a');
    expect(seen[0]?.headers['content-type']).toBe('application/graphql+json');
  });
});

describe('the rows', () => {
  it('stand at a path, or are the answer', async () => {
    const rows = [{ id: 'a' }, { id: 2 }];
    expect(await (await open(json(rows))).ask('a')).toEqual(rows);
    expect(await (await open(json({ data: { nodes: rows } }), { rows: 'data.nodes' })).ask('a')).toEqual(
      rows,
    );
  });

  it('are without what is none', async () => {
    expect(await (await open(json([null, { id: 'a' }, 'b', 3]))).ask('a')).toEqual([{ id: 'a' }]);
  });

  it('are read from UTF-8 with a byte order mark too', async () => {
    expect(await (await open(raw(200, '\uFEFF[{"id":"ü"}]'))).ask('ü')).toEqual([{ id: 'ü' }]);
  });

  it('have links of Contentful resolved', async () => {
    const link = { sys: { type: 'Link', linkType: 'Asset', id: '1' } };
    const asset = { sys: { type: 'Asset', id: '1' }, fields: { title: 'Tea' } };
    const answer = { items: [{ id: 'a', fields: { image: link } }], includes: { Asset: [asset] } };
    const { ask } = await open(json(answer), { rows: 'items', resolve: 'contentful' });
    expect(await ask('a')).toEqual([{ id: 'a', fields: { image: asset } }]);
  });
});

const SECRETS = ['s3cret-header', 's3cret-query', 's3cret-body', 's3cret-id'];

/** How asking once fails, with secrets in all places that a message could quote. */
async function failureOf(
  fetchRows: FetchRows,
  signal = LATE(),
): Promise<{ failure: string; message: string }> {
  const error = await fetchRows(['s3cret-id'], null, signal).then(
    () => expect.unreachable('it was answered'),
    (error) => error,
  );
  expect(error).toMatchObject({ name: 'SourceError' });
  for (const secret of SECRETS) expect(error.message).not.toContain(secret);
  expect(error.message.length).toBeLessThan(100);
  return { failure: error.failure, message: error.message };
}

const GUARDED: Partial<HttpDeclaration> = {
  url: '/?key=s3cret-query&ids={ids}',
  headers: { Authorization: 'Bearer s3cret-header' },
  rows: 'data.nodes',
};

describe('a failure', () => {
  it.each<[name: string, answer: Answer, failure: string, message: string]>([
    ['401', raw(401, 's3cret-body'), 'status', 'answered 401'],
    ['429', raw(429, '{"data":{"nodes":[]}}'), 'status', 'answered 429'],
    ['503', raw(503, '<html>'), 'status', 'answered 503'],
    [
      'an error page with 200',
      raw(200, '<h1>s3cret-body</h1>'),
      'not_json',
      'answered something that is not JSON',
    ],
    ['nothing', raw(204, ''), 'not_json', 'answered something that is not JSON'],
    [
      'half a JSON text',
      raw(200, '{"data":{"nodes":[{"id":"s3cret-body"'),
      'not_json',
      'answered something that is not JSON',
    ],
    [
      'bytes that are no UTF-8',
      raw(200, Buffer.from('{"data":{"nodes":["\xFC"]}}', 'latin1')),
      'not_json',
      'answered something that is not JSON',
    ],
    [
      'GraphQL errors',
      json({ errors: [{ message: 's3cret-body' }], data: null }),
      'no_rows',
      'answered no list at data.nodes',
    ],
    ['an object for the rows', json({ data: { nodes: {} } }), 'no_rows', 'answered no list at data.nodes'],
    ['null', json(null), 'no_rows', 'answered no list at data.nodes'],
  ])('is told for %s', async (_name, answer, failure, message) => {
    const { fetchRows } = await open(answer, GUARDED);
    expect(await failureOf(fetchRows)).toEqual({ failure, message });
  });

  it('is told for an answer that is no list itself', async () => {
    const { fetchRows } = await open(json({ message: 's3cret-body' }));
    expect(await failureOf(fetchRows)).toEqual({ failure: 'no_rows', message: 'answered no list' });
  });

  it.each([301, 302, 303, 307, 308])(
    'is told for a redirect with %i, which is not followed',
    async (status) => {
      const elsewhere = await startContentServer(json([]));
      const { fetchRows, seen } = await open(
        raw(status, '', { Location: `${elsewhere.origin}/s3cret-body` }),
        GUARDED,
      );
      expect((await failureOf(fetchRows)).failure).toBe('redirect');
      expect(seen).toHaveLength(1);
      expect(elsewhere.seen).toEqual([]);
    },
  );

  it('is told before reading what says it is too large', async () => {
    const answer: Answer = (_seen, response) => {
      response.writeHead(200, { 'Content-Length': 4 * 1_048_576 + 1 });
      response.flushHeaders();
    };
    const { fetchRows, connections } = await open(answer, GUARDED);
    expect(await failureOf(fetchRows)).toEqual({ failure: 'too_large', message: 'answered more than 4 MB' });
    await connections[0]?.closed;
  });

  it('is told for what goes on and on, and the connection is closed', async () => {
    const answer: Answer = (_seen, response) => {
      const more = () => void response.write('x'.repeat(65_536), (error) => error ?? more());
      more();
    };
    const { fetchRows, connections } = await open(answer, GUARDED);
    expect((await failureOf(fetchRows)).failure).toBe('too_large');
    await connections[0]?.closed;
  });

  it('is no reason to refuse 4 MB', async () => {
    const start = '[{"id":"a"}';
    const text = `${start.padEnd(4 * 1_048_576 - 1)}]`;
    expect(await (await open(raw(200, text))).ask('a')).toEqual([{ id: 'a' }]);
  });

  it('with a short answer leaves the connection open for the next request', async () => {
    const { fetchRows, connections } = await open(raw(404, '{"error":"not found"}'), GUARDED);
    await failureOf(fetchRows);
    await failureOf(fetchRows);
    expect(connections).toHaveLength(1);
  });

  it('is told when nobody listens', async () => {
    const declaration = { ...DECLARATION, ...GUARDED, url: 'http://127.0.0.1:1/?key=s3cret-query&ids={ids}' };
    const fetchRows = createHttpRows(declaration, openAgent());
    expect(await failureOf(fetchRows)).toEqual({
      failure: 'connection',
      message: 'could not be reached (ECONNREFUSED)',
    });
  });

  it.each<[name: string, answer: Answer]>([
    ['before it answers', (_seen, response) => void response.socket?.resetAndDestroy()],
    [
      'while it answers',
      (_seen, response) => {
        response.writeHead(200, { 'Content-Length': 1_000 });
        response.write('[', () => response.socket?.destroy());
      },
    ],
  ])('is told when the connection breaks %s', async (_name, answer) => {
    const { fetchRows } = await open(answer, GUARDED);
    expect((await failureOf(fetchRows)).failure).toBe('connection');
  });
});

describe('the deadline', () => {
  it('may have passed before', async () => {
    const { fetchRows, seen } = await open(json([]), GUARDED);
    expect((await failureOf(fetchRows, AbortSignal.abort())).failure).toBe('timeout');
    expect(seen).toEqual([]);
  });

  it.each<[name: string, answer: Answer]>([
    ['an answer that does not come', () => {}],
    ['a body that does not come', (_seen, response) => response.writeHead(200).flushHeaders()],
    ['a body that stops', (_seen, response) => void response.write('{"data":')],
  ])('holds for %s, whatever the reason to stop', async (_name, answer) => {
    const controller = new AbortController();
    const { fetchRows, connections } = await open((seen, response) => {
      answer(seen, response);
      setImmediate(() => controller.abort('s3cret-body'));
    }, GUARDED);
    expect(await failureOf(fetchRows, controller.signal)).toEqual({
      failure: 'timeout',
      message: 'did not answer in time',
    });
    await connections[0]?.closed;
  });

  it('holds for all pages together', async () => {
    const controller = new AbortController();
    const answer: Answer = ({ parameters }, response) => {
      if (parameters.has('page')) controller.abort();
      else sendJson(response, { rows: [], next: '?page=2' });
    };
    const { fetchRows, seen } = await open(answer, { rows: 'rows', paging: { next: 'next' } });
    expect((await failureOf(fetchRows, controller.signal)).failure).toBe('timeout');
    expect(seen).toHaveLength(2);
  });
});

/** Three items, one a page; where the next page is, is told as `link` tells. */
const pages =
  (link: (page: number) => unknown): Answer =>
  ({ parameters }, response) => {
    const page = Number(parameters.get('page') ?? 1);
    sendJson(response, { rows: [{ id: String(page) }], links: { next: page < 3 ? link(page + 1) : null } });
  };

const NEXT: Partial<HttpDeclaration> = { rows: 'rows', paging: { next: 'links.next' } };

describe('a next page by its URL', () => {
  it.each<[name: string, link: (page: number, origin: string) => string, target: string]>([
    ['absolute', (page, origin) => `${origin}/other?page=${page}`, '/other?page=2'],
    ['relative to the host', (page) => `/v2/items?page=${page}`, '/v2/items?page=2'],
    ['relative to the page', (page) => `?page=${page}&q={ids}`, '/items?page=2&q=%7Bids%7D'],
  ])('is followed when it is %s', async (_name, link, target) => {
    let origin = '';
    const server = await open(
      pages((page) => link(page, origin)),
      { ...NEXT, url: '/items?ids={ids}' },
    );
    origin = server.origin;
    expect(await server.ask('1', '2', '3')).toEqual([{ id: '1' }, { id: '2' }, { id: '3' }]);
    expect(server.seen.map((call) => call.target)).toContain(target);
  });

  it('is not asked for when all ids were seen', async () => {
    const { ask, seen } = await open(
      pages((page) => `?page=${page}`),
      NEXT,
    );
    expect(await ask('2', '1')).toHaveLength(2);
    expect(seen).toHaveLength(2);
  });

  it('is asked for until there is none', async () => {
    const { ask, seen } = await open(
      pages((page) => `?page=${page}`),
      NEXT,
    );
    expect(await ask('nowhere')).toHaveLength(3);
    expect(seen).toHaveLength(3);
  });

  it('is asked for ten times at most', async () => {
    let count = 0;
    const endless: Answer = (_seen, response) => {
      count += 1;
      sendJson(response, { rows: [], links: { next: `?page=${count}` } });
    };
    const { ask, seen } = await open(endless, NEXT);
    expect(await ask('nowhere')).toEqual([]);
    expect(seen).toHaveLength(10);
  });

  it('is none when it is the same page', async () => {
    const { ask, seen } = await open(json({ rows: [], links: { next: '/?ids=nowhere' } }), NEXT);
    await ask('nowhere');
    expect(seen).toHaveLength(1);
  });

  it('goes on with method, headers and body', async () => {
    const { ask, seen } = await open(
      pages((page) => `?page=${page}`),
      {
        ...{ ...NEXT, method: 'POST', body: { ids: '{ids}' }, headers: { 'X-Token': 'secret' } },
      },
    );
    await ask('1', '2');
    expect(seen.map(({ method, body, headers }) => [method, body, headers['x-token']])).toEqual(
      Array(2).fill(['POST', '{"ids":["1","2"]}', 'secret']),
    );
  });

  it.each<[name: string, link: unknown]>([
    ['another host', 'http://localhost.example/?page=2'],
    ['another port', 'http://127.0.0.1:1/?page=2'],
    ['another scheme', 'https://127.0.0.1/?page=2'],
    ['another host without a scheme', '//169.254.169.254/latest'],
    ['no web page', 'file:///etc/passwd'],
    ['no URL', 'http://['],
    ['no text', { href: '?page=2' }],
  ])('is a failure when it is on %s', async (_name, link) => {
    const { fetchRows, seen } = await open(json({ rows: [], links: { next: link } }), NEXT);
    expect(await failureOf(fetchRows)).toEqual({
      failure: 'redirect',
      message: 'answered a next page that is not on the same origin',
    });
    expect(seen).toHaveLength(1);
  });
});

describe('a next page by its number', () => {
  const paging = { parameter: 'pagination[page]', pages: 'meta.pages' };
  const numbered =
    (count: unknown): Answer =>
    ({ parameters }, response) =>
      sendJson(response, {
        rows: [{ id: parameters.get('pagination[page]') ?? '1' }],
        meta: { pages: count },
      });

  it('is asked for up to the last', async () => {
    const { ask, seen } = await open(numbered(3), { rows: 'rows', paging });
    expect(await ask('nowhere')).toEqual([{ id: '1' }, { id: '2' }, { id: '3' }]);
    expect(seen.map(({ target }) => target)).toEqual([
      '/?ids=nowhere',
      '/?ids=nowhere&pagination%5Bpage%5D=2',
      '/?ids=nowhere&pagination%5Bpage%5D=3',
    ]);
  });

  it('takes the place of one that is there', async () => {
    const url = '/items?pagination%5Bpage%5D=1&ids={ids}&pagination[page]=1';
    const { ask, seen } = await open(numbered('2'), { rows: 'rows', paging, url });
    await ask('nowhere');
    expect(seen.at(-1)?.target).toBe('/items?ids=nowhere&pagination%5Bpage%5D=2');
  });

  it('is the last one when all ids were seen', async () => {
    const { ask, seen } = await open(numbered(3), { rows: 'rows', paging });
    await ask('1', '2');
    expect(seen).toHaveLength(2);
  });

  it.each([undefined, null, 0, 1, 'many', {}])('is none when there are %j pages', async (count) => {
    const { ask, seen } = await open(numbered(count), { rows: 'rows', paging });
    await ask('nowhere');
    expect(seen).toHaveLength(1);
  });

  it('is asked for ten times at most', async () => {
    const { ask, seen } = await open(numbered(1e9), { rows: 'rows', paging });
    expect(await ask('nowhere')).toHaveLength(10);
    expect(seen).toHaveLength(10);
  });
});

describe('a source that cannot be asked', () => {
  it.each<[name: string, declaration: Partial<HttpDeclaration>]>([
    ['an unreadable URL', { url: 's3cret-query/{ids}' }],
    ['another scheme', { url: 'ftp://s3cret-query/{ids}' }],
    ['a placeholder for a host', { url: 'https://{locale}.s3cret-query/{ids}' }],
    ['a password in its URL', { url: 'https://user:s3cret-query@host/{ids}' }],
    ['a header of two lines', { headers: { 'X-Token': 's3cret-header\r\nX: y' } }],
    ['a header with another alphabet', { headers: { 'X-Token': 's3cret-header ж' } }],
    ['a header without a name', { headers: { '': 's3cret-header' } }],
  ])('is refused, and not quoted: %s', (_name, declaration) => {
    try {
      createHttpRows({ ...DECLARATION, url: 'https://host/{ids}', ...declaration }, openAgent());
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toMatch(/^content source products: /);
      for (const secret of SECRETS) expect((error as Error).message).not.toContain(secret);
    }
  });

  it('is not one whose variable ends with a line break', async () => {
    const { ask, seen } = await open(json([]), { headers: { 'X-Token': 'secret\n' } });
    await ask('a');
    expect(seen[0]?.headers['x-token']).toBe('secret');
  });
});
