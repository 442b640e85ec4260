import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import { formatRequest, sendRaw } from '../support/raw.ts';
import { treatment } from '../support/replies.ts';
import { basic, CALLER, openService } from '../support/service.ts';

const NAMES = [
  'user_id',
  'device_id',
  'campaign',
  'position',
  'item_index',
  'limit',
  'exclude',
  'locale',
  'channel',
  'template',
  'shape',
  'escape',
  'page',
  'width',
  'height',
  'on_unavailable',
  'explain',
];

/** Values that are right for some parameter, and such as break things elsewhere. */
const VALUES = [
  '',
  '1',
  '2',
  'html',
  'list',
  'message',
  'de_AT',
  'serve',
  'ann',
  'inlay-sample-long',
  'investing-101,what-is-a-cd',
  '[user_id]',
  '{{x}}',
  '%00',
  '%E2%82',
  '%',
  '+',
  '#',
  '-1',
  '1e309',
  'NaN',
  '__proto__',
  '<script>',
  '"',
  '😀',
  '%F0%9F%98%80',
];

const word = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.webQueryParameters() },
);
const pair = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom(...NAMES), word).map(([name, value]) => `${name}=${value}`),
  },
  { weight: 1, arbitrary: word },
);
/** Anything that stays in the request line. */
const query = fc.array(pair, { maxLength: 6 }).map((pairs) => pairs.join('&').replace(/[\r\n]/g, ''));

async function open() {
  const amplitude = await openAmplitude();
  amplitude.planForAll(treatment(...GOOD));
  return openService({ amplitude });
}

const headers = { Authorization: basic(CALLER) };

it('no query string breaks an answer: JSON is JSON, HTML begins with <, the rest are problems', async () => {
  const { port } = await open();
  const statuses = new Set<number>();
  await fc.assert(
    fc.asyncProperty(query, fc.constantFrom('', '.json', '.html', '.txt'), async (text, suffix) => {
      const target = `/v1/placements/hero${suffix}?${text}`;
      const { status, headers: got, body } = await sendRaw(port, formatRequest({ target, headers }));
      statuses.add(status);
      expect(status === 200 || (status >= 400 && status < 500)).toBe(true);
      if (got['content-type']?.includes('json')) {
        const data = JSON.parse(body);
        expect(data[status === 200 ? 'reason' : 'code']).toMatch(/^[a-z_]+$/);
      } else {
        expect(status).toBe(200);
      }
      if (status === 200 && suffix === '.html') {
        expect(body).toMatch(/^</);
        expect(() => JSON.parse(body)).toThrow();
      }
    }),
    { numRuns: 500 },
  );
  expect(statuses).toContain(200);
  expect(statuses).toContain(400);
});

it('no body of a POST breaks an answer', async () => {
  const { port } = await open();
  const types = [
    'application/json',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'x',
  ];
  const body = fc.oneof(
    query,
    fc.json(),
    fc.json().map((text) => text.slice(0, -1)),
  );
  await fc.assert(
    fc.asyncProperty(body, fc.constantFrom(...types), async (sent, type) => {
      const request = formatRequest({
        method: 'POST',
        target: '/v1/placements/hero.json',
        headers: { ...headers, 'Content-Type': type },
        body: sent,
      });
      const { status, body: got } = await sendRaw(port, request);
      expect(status === 200 || (status >= 400 && status < 500)).toBe(true);
      expect(JSON.parse(got)[status === 200 ? 'reason' : 'code']).toMatch(/^[a-z_]+$/);
    }),
    { numRuns: 300 },
  );
});

it('no path breaks an answer', async () => {
  const { port } = await open();
  const segment = fc.oneof(
    fc.webSegment(),
    fc.constantFrom('v1', 'placements', 'hero', '..', '%', '%ff', '*'),
    word,
  );
  const path = fc
    .array(segment, { maxLength: 5 })
    .map((parts) => `/${parts.join('/').replace(/[\r\n]/g, '')}`);
  await fc.assert(
    fc.asyncProperty(path, async (target) => {
      const { status } = await sendRaw(port, formatRequest({ target, headers }));
      // A public link leads somewhere, whatever is wrong with it.
      const isLed = status === 302 && /^\/+(c|go|img)(\/|$)/i.test(target);
      expect(status === 200 || isLed || (status >= 400 && status < 500)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
