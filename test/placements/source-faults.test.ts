import { describe, expect, it } from 'vitest';
import { type Files, faultsOf, type Known } from './examples.ts';
import { breaks, changed } from './fault-table.ts';

const FILE = 'content-sources.yaml';
const sources = (from: string, to: string): Files => changed(FILE, from, to);
const hero = (from: string, to: string): Files => changed('hero/placement.yaml', from, to);

describe('a content-sources.yaml', () => {
  breaks([
    ['that is missing', { [FILE]: null }, FILE, null, /missing/],
    ['that is no YAML', sources('key: sku', 'key: [sku'), FILE, 5, /not valid YAML/],
    [
      'with a type that there is not',
      sources('type: file', 'type: ftp'),
      FILE,
      2,
      /products\.type must be file, http or postgres/,
    ],
    [
      'with a type that every object has',
      sources('type: file', 'type: toString'),
      FILE,
      2,
      /products\.type must be/,
    ],
    ['without a type', sources('  type: file\n', ''), FILE, 1, /products\.type is missing/],
    ['with nothing below a name', { [FILE]: 'products:\n' }, FILE, 1, /products must hold names with values/],
    [
      'with a text below a name',
      { [FILE]: 'products: file\n' },
      FILE,
      1,
      /products must hold names with values/,
    ],
    [
      'with a key of another type',
      sources('key: sku', 'key: sku\n  batch: 5'),
      FILE,
      5,
      /products\.batch is not a known key/,
    ],
    [
      'with a preset for a file',
      sources('key: sku', 'key: sku\n  preset: shopify'),
      FILE,
      5,
      /products\.preset is not a known key/,
    ],
    [
      'with a name that nothing can have',
      sources('  key: sku', '  key: sku\n  __proto__: x'),
      FILE,
      5,
      /__proto__/,
    ],
    [
      'without a path',
      sources('  path: content/products.csv\n', ''),
      FILE,
      [1, 2],
      /products\.path is missing/,
    ],
    ['without a key', sources('  key: sku\n', ''), FILE, [1, 2], /products\.key is missing/],
    [
      'with an unknown key',
      sources('key: sku', 'key: sku\n  kye: x'),
      FILE,
      5,
      /products\.kye is not a known key/,
    ],
  ]);

  it('with a fault does not hide the faults of the placements that name it', async () => {
    const faults = await faultsOf({ ...sources('key: sku', 'kye: sku'), ...hero('items: 2', 'items: 0') });
    expect(faults.map(({ file }) => file)).toContain('content-sources.yaml');
    expect(faults.map(({ file }) => file)).toContain('hero/placement.yaml');
    expect(faults.some(({ message }) => /"products" is not in/.test(message))).toBe(false);
  });
});

describe('a content file', () => {
  const FILE = 'content/products.csv';
  breaks([
    ['that is missing', { [FILE]: null }, FILE, null, /no such file/],
    ['that is empty', { [FILE]: '' }, FILE, null, /no items/],
    ['without a column', { [FILE]: 'sku,name,image,price\na,A,,\n' }, FILE, 1, /link/],
    ['that is no CSV', { [FILE]: 'sku,name,link,image,price\na,A\n' }, FILE, 2, /not valid CSV/],
    [
      'of an ending that is not known',
      sources('products.csv', 'products.xls'),
      'content/products.xls',
      null,
      /./,
    ],
  ]);
});

/** A source with these lines, and what a remote one takes away from the valid folder. */
const declared = (text: string): Files => ({ [FILE]: text, 'hero/samples.yaml': null });

const HTTP = `products:
  type: http
  url: "https://cms.example/items?ids={ids}"
  key: sku
  fields: { title: name, url: link }
`;
const http = (from: string, to: string): Files => declared(HTTP.replace(from, () => to));
const httpWith = (...lines: string[]): Files =>
  declared(`${HTTP}${lines.map((line) => `  ${line}\n`).join('')}`);
const httpAt = (url: string): Files => http('https://cms.example/items?ids={ids}', url);

const POSTGRES = `products:
  type: postgres
  url: postgres://inlay:secret@db.example/shop
  query: select * from product where sku = any($1)
  key: sku
  fields: { title: name, url: link }
`;
const postgres = (from: string, to: string): Files => declared(POSTGRES.replace(from, () => to));
const postgresAt = (url: string): Files => postgres('postgres://inlay:secret@db.example/shop', `"${url}"`);

describe('the sources of the tables below', () => {
  it.each([
    ['over http', declared(HTTP)],
    [
      'over http with all keys',
      httpWith(
        'preset: strapi',
        'method: POST',
        'headers: { X-Version: 2, X.Y: "a" }',
        'body: { ids: "{ids}", in: ["{locale}"] }',
        'ids: json',
        'rows: null',
        'paging: { next: links.next }',
        'resolve: null',
        'batch: 1',
        'timeout: 50ms',
        'fresh: 0s',
        'stale: 1h',
        'stale_if_error: 90d',
        'missing: 1m',
        'required: [title]',
      ),
    ],
    ['in PostgreSQL', declared(POSTGRES)],
  ])('%s have no fault', async (_what, change) => {
    expect(await faultsOf(change)).toEqual([]);
  });
});

describe('a source over http', () => {
  const ABSOLUTE = /products\.url must be an absolute http\(s\) URL/;
  const HOST = /products\.url must name its host in full; \{ids\}/;
  const LOGIN = /products\.url must not hold a user name or password; headers/;
  const OWN_HEADER = /belongs to the connection/;
  const ONE_LINE = /products\.headers\.X must be one line/;
  const TIME = (name: string, range: string): RegExp =>
    new RegExp(`products\\.${name} must be a time from ${range}`);
  breaks([
    [
      'without url',
      http('  url: "https://cms.example/items?ids={ids}"\n', ''),
      FILE,
      1,
      /products\.url is missing/,
    ],
    ['at a relative URL', httpAt('/items?ids={ids}'), FILE, 3, ABSOLUTE],
    ['at a URL of another kind', httpAt('ftp://cms.example/{ids}'), FILE, 3, ABSOLUTE],
    ['at no URL', httpAt('cms.example/{ids}'), FILE, 3, ABSOLUTE],
    ['with ids in the scheme', httpAt('{ids}://cms.example'), FILE, 3, ABSOLUTE],
    ['with ids in the port', httpAt('https://cms.example:{ids}/'), FILE, 3, ABSOLUTE],
    ['with ids in the host', httpAt('https://{ids}.cms.example/'), FILE, 3, HOST],
    ['with ids in the host, by a back slash', httpAt('https:\\\\{ids}.cms.example/'), FILE, 3, HOST],
    ['with the locale in the host', httpAt('https://{locale}.cms.example/{ids}'), FILE, 3, HOST],
    ['with ids before the host', httpAt('https://{ids}@cms.example/'), FILE, 3, LOGIN],
    ['with a password', httpAt('https://anna:SECRET@cms.example/{ids}'), FILE, 3, LOGIN],
    ['with a user name', httpAt('https://anna@cms.example/{ids}'), FILE, 3, LOGIN],
    ['with ids where nothing is sent', httpAt('https://cms.example/#{ids}'), FILE, 3, /has a #/],
    [
      'without a place for ids',
      httpAt('https://cms.example/items'),
      FILE,
      3,
      /products\.url must say where the ids go/,
    ],
    [
      'with another word for ids',
      httpAt('https://cms.example/{id}'),
      FILE,
      3,
      /must say where the ids go: \{ids\}/,
    ],
    [
      'with ids only within a text of the body',
      declared(HTTP.replace('?ids={ids}', '').concat('  body: { query: "sku in {ids}" }\n')),
      FILE,
      3,
      /as a text of its own in body/,
    ],
    [
      'with ids only in a name of the body',
      declared(HTTP.replace('?ids={ids}', '').concat('  body: { "{ids}": 1 }\n')),
      FILE,
      3,
      /as a text of its own in body/,
    ],
    [
      'that sends a body with GET',
      httpWith('method: GET', 'body: { a: 1 }'),
      FILE,
      7,
      /products\.body cannot be sent with GET/,
    ],
    ['with another method', httpWith('method: PUT'), FILE, 6, /products\.method must be GET or POST/],
    [
      'with ids in a way that there is not',
      httpWith('ids: csv'),
      FILE,
      6,
      /products\.ids must be list, repeated or json/,
    ],
    [
      'with a product that there is not',
      httpWith('preset: wordpress'),
      FILE,
      6,
      /products\.preset must be contentful, .* or woocommerce/,
    ],
    [
      'with a product that there is not, on which its key relies',
      declared(HTTP.replace('  key: sku\n', '  preset: wordpress\n')),
      FILE,
      4,
      /products\.preset must be/,
    ],
    ['with rows that are no path', httpWith('rows: [items]'), FILE, 6, /products\.rows must be a text/],
    [
      'with half a paging',
      httpWith('paging: { parameter: page }'),
      FILE,
      6,
      /products\.paging must be \{ next: … \} or \{ parameter/,
    ],
    [
      'with a paging that is a text',
      httpWith('paging: links.next'),
      FILE,
      6,
      /products\.paging must be \{ next/,
    ],
    [
      'with two pagings',
      httpWith('paging: { next: a, pages: b }'),
      FILE,
      6,
      /products\.paging\.pages is not a known key/,
    ],
    [
      'with links that nobody follows',
      httpWith('resolve: sanity'),
      FILE,
      6,
      /products\.resolve must be contentful/,
    ],
    ['with a timeout without unit', httpWith('timeout: 500'), FILE, 6, TIME('timeout', '50ms to 30s')],
    ['with a timeout that is too long', httpWith('timeout: 1m'), FILE, 6, TIME('timeout', '50ms to 30s')],
    ['with a timeout that is too short', httpWith('timeout: 10ms'), FILE, 6, TIME('timeout', '50ms to 30s')],
    ['with an age in words', httpWith('fresh: soon'), FILE, 6, TIME('fresh', '0ms to 90d')],
    ['with an age that is too long', httpWith('stale: 91d'), FILE, 6, TIME('stale', '0ms to 90d')],
    ['with an age of nothing said', httpWith('missing:'), FILE, 6, TIME('missing', '0ms to 90d')],
    ['with a batch of none', httpWith('batch: 0'), FILE, 6, /products\.batch must be 1 or more/],
    [
      'with a batch that is too large',
      httpWith('batch: 1001'),
      FILE,
      6,
      /products\.batch must be 1000 or less/,
    ],
    ['with half an id in a batch', httpWith('batch: 0.5'), FILE, 6, /products\.batch must be a whole number/],
    ['with a batch in words', httpWith('batch: many'), FILE, 6, /products\.batch must be a number/],
    [
      'with headers as a list',
      httpWith('headers: [a]'),
      FILE,
      6,
      /products\.headers must hold names with values/,
    ],
    [
      'with a header without value',
      httpWith('headers:', '  X:'),
      FILE,
      7,
      /products\.headers\.X must be a text/,
    ],
    [
      'with a header name of two words',
      httpWith('headers: { X Y: a }'),
      FILE,
      6,
      /products\.headers\.X Y must be a header name/,
    ],
    [
      'with a header name of two lines',
      httpWith('headers: { "X\\r\\nY": a }'),
      FILE,
      6,
      /must be a header name/,
    ],
    ['with a header without a name', httpWith('headers: { "": a }'), FILE, 6, /must be a header name/],
    ['with a header of two lines', httpWith('headers: { A: a, X: "a\\r\\nX-Evil: b" }'), FILE, 6, ONE_LINE],
    ['with a header that no header can hold', httpWith('headers:', '  A: a', '  X: "€"'), FILE, 8, ONE_LINE],
    [
      'with a header twice',
      httpWith('headers:', '  X: a', '  x: b'),
      FILE,
      8,
      /products\.headers\.x is the same header as X/,
    ],
    ['with a length of its own', httpWith('headers: { Content-Length: 5 }'), FILE, 6, OWN_HEADER],
    ['with a connection of its own', httpWith('headers: { connection: close }'), FILE, 6, OWN_HEADER],
    ['with a transfer of its own', httpWith('headers: { Transfer-Encoding: chunked }'), FILE, 6, OWN_HEADER],
  ]);
});

describe('a source in PostgreSQL', () => {
  const ADDRESS = /products\.url must be postgres:\/\/user:password@host\/database, percent-encoded/;
  breaks([
    [
      'without query',
      postgres('  query: select * from product where sku = any($1)\n', ''),
      FILE,
      1,
      /products\.query is missing/,
    ],
    [
      'without a place for ids',
      postgres('any($1)', 'any(ids)'),
      FILE,
      4,
      /products\.query must name the ids as \$1/,
    ],
    ['with the tenth parameter alone', postgres('any($1)', 'any($10)'), FILE, 4, /\$1/],
    ['of another kind', postgresAt('mysql://inlay:SECRET@db.example/shop'), FILE, 3, ADDRESS],
    ['at no URL', postgresAt('db.example'), FILE, 3, ADDRESS],
    ['without a user', postgresAt('postgres://db.example/shop'), FILE, 3, ADDRESS],
    [
      'with a password that is not encoded, by an @',
      postgresAt('postgres://inlay:SEC@RET@db.example/shop'),
      FILE,
      3,
      ADDRESS,
    ],
    [
      'with a password that is not encoded, by a ?',
      postgresAt('postgres://inlay:12?RET@db.example/shop'),
      FILE,
      3,
      ADDRESS,
    ],
    [
      'with a password that is not encoded, by a #',
      postgresAt('postgres://inlay:SEC#RET@db.example/shop'),
      FILE,
      3,
      ADDRESS,
    ],
    [
      'with a port that is none',
      postgresAt('postgres://inlay@db.example:0/shop'),
      FILE,
      3,
      /products\.url has no usable port/,
    ],
    [
      'with TLS only perhaps',
      postgresAt('postgres://inlay@db.example/shop?sslmode=prefer'),
      FILE,
      3,
      /products\.url has an sslmode/,
    ],
    [
      'with an unknown parameter',
      postgresAt('postgres://inlay@db.example/shop?ssl_mode=require'),
      FILE,
      3,
      /products\.url has a parameter ssl_mode/,
    ],
    [
      'with a key of another type',
      postgres('  key: sku', '  key: sku\n  rows: items'),
      FILE,
      6,
      /products\.rows is not a known key/,
    ],
  ]);
});

const SECRET = 'xSECRETx';
const KNOWN: Known = {
  variables: {
    CONTENT_TOKEN: SECRET,
    CONTENT_LINES: `${SECRET}\r\nX-Evil: 1`,
    CONTENT_BLANK: ' ',
    CONTENT_LOGIN: `https://anna:${SECRET}@cms.example/{ids}`,
    CONTENT_HASH: `https://cms.example/{ids}?key=${SECRET}#2`,
    CONTENT_DATABASE: `postgres://inlay:${SECRET}?@db.example/shop`,
    AMPLITUDE_SECRET_KEY: SECRET,
  },
};

describe('a variable', () => {
  const MISPLACED = /names a variable, which only url, headers, body and base can/;
  const rows: Parameters<typeof breaks>[0] = [
    [
      'that is not set',
      httpWith('headers:', '  X: "a ${CONTENT_NONE} ${CONTENT_NONE}"'),
      FILE,
      7,
      /products\.headers\.X names \$\{CONTENT_NONE\}, which is not set/,
    ],
    [
      'that is blank',
      httpWith('headers:', '  X: "${CONTENT_BLANK}"'),
      FILE,
      7,
      /products\.headers\.X names \$\{CONTENT_BLANK\}, which is not set/,
    ],
    [
      'that is not set, in the URL',
      httpAt('${CONTENT_NONE}/{ids}'),
      FILE,
      3,
      /products\.url names \$\{CONTENT_NONE\}, which is not set/,
    ],
    [
      'that would bring the place for ids',
      httpAt('https://cms.example/${CONTENT_NONE}'),
      FILE,
      3,
      /products\.url names \$\{CONTENT_NONE\}/,
    ],
    [
      'that is not set, deep in the body',
      httpWith('body:', '  a:', '    - b', '    - "${CONTENT_NONE}"'),
      FILE,
      9,
      /products\.body\.a\.1 names \$\{CONTENT_NONE\}/,
    ],
    [
      'of another name',
      httpWith('headers: { X: "${AMPLITUDE_SECRET_KEY}" }'),
      FILE,
      6,
      /names \$\{AMPLITUDE_SECRET_KEY\}; there are only variables that begin with CONTENT_/,
    ],
    ['in small letters', httpWith('headers: { X: "${content_token}" }'), FILE, 6, /CONTENT_, in capitals/],
    [
      'with a default',
      httpWith('headers: { X: "${CONTENT_TOKEN:-x}" }'),
      FILE,
      6,
      /names \$\{CONTENT_TOKEN:-x\}; there are only/,
    ],
    [
      'without braces',
      httpWith('headers: { X: "Bearer $CONTENT_TOKEN" }'),
      FILE,
      6,
      /names CONTENT_TOKEN, which must be written \$\{CONTENT_TOKEN\}/,
    ],
    [
      'without an end',
      httpWith('headers: { X: "Bearer ${CONTENT_TOKEN" }'),
      FILE,
      6,
      /must be written \$\{CONTENT_TOKEN\}/,
    ],
    [
      'of two lines, in a header',
      httpWith('headers:', '  X: "Bearer ${CONTENT_LINES}"'),
      FILE,
      7,
      /products\.headers\.X must be one line/,
    ],
    [
      'with a password, as the URL',
      httpAt('${CONTENT_LOGIN}'),
      FILE,
      3,
      /must not hold a user name or password/,
    ],
    ['with a #, as the URL', httpAt('${CONTENT_HASH}'), FILE, 3, /has a #/],
    ['that is no URL, as the URL', httpAt('${CONTENT_TOKEN}'), FILE, 3, /must be an absolute/],
    [
      'that is no address, as that of PostgreSQL',
      postgresAt('${CONTENT_DATABASE}'),
      FILE,
      3,
      /products\.url must be postgres:/,
    ],
    [
      'that is no URL, as a base',
      http('url: link', 'url: { from: link, base: "${CONTENT_TOKEN}" }'),
      FILE,
      5,
      /products\.fields\.url\.base must be an absolute/,
    ],
    ['as the type', http('type: http', 'type: "${CONTENT_TOKEN}"'), FILE, 2, MISPLACED],
    ['as the key', http('key: sku', 'key: "${CONTENT_TOKEN}"'), FILE, 4, MISPLACED],
    ['as a method', httpWith('method: "${CONTENT_TOKEN}"'), FILE, 6, MISPLACED],
    ['as an age', httpWith('fresh: "${CONTENT_TOKEN}"'), FILE, 6, MISPLACED],
    ['as what is required', httpWith('required: ["${CONTENT_TOKEN}"]'), FILE, 6, MISPLACED],
    ['as a column', http('title: name', 'title: "${CONTENT_TOKEN}"'), FILE, 5, MISPLACED],
    [
      'as a type of field',
      http('title: name', 'title: { from: name, type: "${CONTENT_TOKEN}" }'),
      FILE,
      5,
      MISPLACED,
    ],
    ['as a path', sources('content/products.csv', '"${CONTENT_TOKEN}.csv"'), FILE, 3, MISPLACED],
    ['in a query', postgres('from product', 'from ${CONTENT_TOKEN}'), FILE, 4, MISPLACED],
    [
      'as a locale',
      http('title: name', 'title: { from: { "${CONTENT_TOKEN}": a, default: b } }'),
      FILE,
      5,
      /is no locale/,
    ],
    ['as a header name', httpWith('headers: { "${CONTENT_TOKEN}": a }'), FILE, 6, /must be a header name/],
  ];
  breaks(rows, KNOWN);

  it('never tells its value, whatever is wrong', async () => {
    for (const [what, change] of rows) {
      expect(JSON.stringify(await faultsOf(change, KNOWN)), what).not.toContain(SECRET);
    }
  });

  it('that is not set is told beside other faults', async () => {
    const faults = await faultsOf(httpWith('batch: 0', 'headers: { X: "${CONTENT_NONE}" }'));
    expect(faults.map(({ line }) => line)).toEqual([7, 6]);
  });
});
