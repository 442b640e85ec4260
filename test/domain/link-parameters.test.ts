import { decodeHTML } from 'entities';
import fc from 'fast-check';
import Handlebars from 'handlebars';
import { Liquid } from 'liquidjs';
import { describe, expect, it } from 'vitest';
import {
  addLinkParameters,
  appendParameters,
  LINK_VARIABLES,
  type LinkParameter,
  type LinkValues,
  parseLinkParts,
} from '../../src/domain/link-parameters.ts';

const NOTHING: LinkValues = {
  placement: 'home-hero',
  recommendation: 'r1',
  variant: 'treatment',
  reason: 'recommended',
  campaign: null,
  channel: null,
  locale: null,
  item_id: 'a',
  position: 1,
};

function parameter(name: string, written: string): LinkParameter {
  const parsed = parseLinkParts(written);
  if ('fault' in parsed) throw new Error(parsed.fault);
  return { name, parts: parsed.parts };
}

const parameters = (written: Readonly<Record<string, string>>): LinkParameter[] =>
  Object.entries(written).map(([name, value]) => parameter(name, value));

describe('a value', () => {
  it.each<[string, unknown]>([
    ['inlay', ['inlay']],
    ['{{channel}}', [{ variable: 'channel' }]],
    ['{{ channel }}', [{ variable: 'channel' }]],
    ['a-{{campaign}}{{position}}-b', ['a-', { variable: 'campaign' }, { variable: 'position' }, '-b']],
    ['', []],
  ])('%j is read', (text, parts) => {
    expect(parseLinkParts(text)).toEqual({ parts });
  });

  it.each(LINK_VARIABLES)('may speak of %s', (variable) => {
    expect(parseLinkParts(`{{${variable}}}`)).toEqual({ parts: [{ variable }] });
  });

  it.each<[string, RegExp]>([
    ['{{chanel}}', /\{\{chanel\}\}; there are placement, .*position/],
    ['{{}}', /\{\{\}\}/],
    ['{{constructor}}', /constructor/],
    ['{{item.id}}', /item\.id/],
    ['{{{channel}}}', /brace/],
    ['{channel}', /brace/],
    ['{{channel', /brace/],
    ['channel}}', /brace/],
    ['{{channel}}}', /brace/],
  ])('%j is refused', (text, fault) => {
    expect(parseLinkParts(text)).toEqual({ fault: expect.stringMatching(fault) });
  });
});

describe('parameters', () => {
  const UTM = parameters({ utm_source: 'inlay', utm_campaign: '{{campaign}}' });
  const values = { ...NOTHING, campaign: 'weekly' };
  const ADDED = 'utm_source=inlay&utm_campaign=weekly';

  it.each<[string, string]>([
    ['https://a.example/', `https://a.example/?${ADDED}`],
    ['https://a.example', `https://a.example?${ADDED}`],
    ['https://a.example/?', `https://a.example/?${ADDED}`],
    ['https://a.example/?b=1', `https://a.example/?b=1&${ADDED}`],
    ['https://a.example/?b=1&', `https://a.example/?b=1&${ADDED}`],
    ['https://a.example/?b', `https://a.example/?b&${ADDED}`],
    ['https://a.example/#c', `https://a.example/?${ADDED}#c`],
    ['https://a.example/?b=1#c?d#e', `https://a.example/?b=1&${ADDED}#c?d#e`],
    ['https://a.example/#/page?b=1', `https://a.example/?${ADDED}#/page?b=1`],
    ['https://a.example/?b=c?d', `https://a.example/?b=c?d&${ADDED}`],
    ['https://a.example/?b=%zz&c=%C3%BC+x', `https://a.example/?b=%zz&c=%C3%BC+x&${ADDED}`],
    ['https://a.example/?utm_source=x', 'https://a.example/?utm_source=x&utm_campaign=weekly'],
    ['https://a.example/?utm%5Fsource=x', 'https://a.example/?utm%5Fsource=x&utm_campaign=weekly'],
    ['https://a.example/?utm_source', 'https://a.example/?utm_source&utm_campaign=weekly'],
    ['https://a.example/?utm_source=&b=1', 'https://a.example/?utm_source=&b=1&utm_campaign=weekly'],
    ['https://a.example/??utm_source=x', `https://a.example/??utm_source=x&${ADDED}`],
    ['https://a.example/?utm_source=%ff%zz', 'https://a.example/?utm_source=%ff%zz&utm_campaign=weekly'],
    ['https://a.example/?UTM_SOURCE=x', `https://a.example/?UTM_SOURCE=x&${ADDED}`],
    ['https://a.example/?utm_campaign=x&utm_source=y', 'https://a.example/?utm_campaign=x&utm_source=y'],
    ['myapp://learn/a?y=1#z', `myapp://learn/a?y=1&${ADDED}#z`],
    ['myapp://', `myapp://?${ADDED}`],
    ['tel:+123', 'tel:+123'],
    ['mailto:a@b.example?subject=x', 'mailto:a@b.example?subject=x'],
    ['myapp:learn', 'myapp:learn'],
  ])('make %s %s', (url, expected) => {
    expect(addLinkParameters(url, UTM, values)).toBe(expected);
  });

  it.each<[string, Partial<LinkValues>, string]>([
    ['{{campaign}}', { campaign: null }, ''],
    ['{{campaign}}', { campaign: '' }, ''],
    ['{{campaign}}-mail', { campaign: null }, ''],
    ['{{channel}}{{campaign}}', { campaign: 'c', channel: null }, ''],
    ['{{campaign}}', { campaign: 'c' }, '?p=c'],
    ['{{position}}', { position: 0 }, '?p=0'],
    ['{{item_id}}.{{position}}', {}, '?p=a.1'],
  ])('with the value %j of %j add %j', (written, change, added) => {
    const url = 'https://a.example/';
    expect(addLinkParameters(url, [parameter('p', written)], { ...NOTHING, ...change })).toBe(
      `${url}${added}`,
    );
  });

  it('with names that need it are encoded, and found again', () => {
    const odd = parameters({ 'a&b=c d': 'x', 'ü[]': 'y' });
    const url = addLinkParameters('https://a.example/', odd, NOTHING);
    expect([...new URL(url).searchParams]).toEqual([
      ['a&b=c d', 'x'],
      ['ü[]', 'y'],
    ]);
    expect(addLinkParameters(url, odd, NOTHING)).toBe(url);
  });

  it('of a caller are appended on the same terms', () => {
    expect(
      appendParameters('https://a.example/?b=1#c', [
        ['b', '2'],
        ['d', '3 4'],
      ]),
    ).toBe('https://a.example/?b=1&d=3%204#c');
  });
});

/** Texts that would end a parameter, an attribute, a text of JSON, or begin Liquid. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '&',
        '#',
        '?',
        '=',
        '+',
        '%',
        '%zz',
        '%26',
        '/',
        '\\',
        ' ',
        '\n',
        '\u0000',
        '<',
        '>',
        '"',
        "'",
        '`',
      ),
      fc.constantFrom(
        '{{',
        '}}',
        '{%',
        '%}',
        '{',
        '{{ 7 | times: 7 }}',
        '&quot;',
        '&#34;',
        '(',
        ')',
        '*',
        '!',
      ),
      fc.constantFrom('😀', '\ud83d', '\ude00', 'ü', '\u2028', '\u202e', '\u2060', 'a', 'utm_source'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

/** URLs as content has them: absolute, in normal form. */
const pair = fc.tuple(
  fc.constantFrom('a', 'b', 'p', 'utm%5Fx', 'q[]', ''),
  fc.constantFrom('', '1', '%20', '+', 'x%26y', '?', 'ü'),
);
const url = fc
  .record({
    start: fc.constantFrom(
      'https://a.example',
      'https://a.example/',
      'http://a.example:8080/b/c',
      'myapp://learn/a',
      'myapp://x',
    ),
    query: fc.option(
      fc
        .array(
          pair.map(([name, value]) => `${name}=${value}`),
          { maxLength: 4 },
        )
        .map((pairs) => pairs.join('&')),
    ),
    hash: fc.option(fc.constantFrom('', 'c', '/page?p=1', 'a=b&c#d')),
  })
  .map(
    ({ start, query, hash }) =>
      `${start}${query === null ? '' : `?${query}`}${hash === null ? '' : `#${hash}`}`,
  );

const part = fc.oneof(
  hostile.map((text) => text.replace(/[{}]/g, '')),
  fc.constantFrom(...LINK_VARIABLES).map((variable) => ({ variable })),
);
const links: fc.Arbitrary<LinkParameter[]> = fc.uniqueArray(
  fc.record({
    name: fc.oneof(
      fc.constantFrom('p', 'utm_x', 'a', 'q[]', 'ü'),
      hostile.filter((text) => text !== ''),
    ),
    parts: fc.array(part, { maxLength: 3 }),
  }),
  { maxLength: 4, selector: ({ name }) => name.toWellFormed() },
);
const values: fc.Arbitrary<LinkValues> = fc.record({
  placement: fc.constant('home-hero'),
  recommendation: hostile,
  variant: fc.constantFrom('treatment', 'baseline'),
  reason: fc.constant('recommended'),
  campaign: fc.option(hostile),
  channel: fc.option(hostile),
  locale: fc.option(fc.constantFrom('de-AT', 'en')),
  item_id: hostile,
  position: fc.integer({ min: 1, max: 20 }),
});

/** What is added, as somebody who reads the query would see it; null for what is left out. */
function expectedValue({ parts }: LinkParameter, given: LinkValues): string | null {
  const texts = parts.map((piece) => (typeof piece === 'string' ? piece : given[piece.variable]));
  return texts.includes(null) || texts.join('') === '' ? null : texts.join('').toWellFormed();
}

const split = (text: string, by: string): [string, string | null] => {
  const at = text.indexOf(by);
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
};

describe('whatever the URL, the parameters and the values are', () => {
  const check = (property: (url: string, added: LinkParameter[], given: LinkValues) => void): void =>
    fc.assert(fc.property(url, links, values, property), { numRuns: 500 });

  it('the URL is what it was, byte for byte, but for what stands behind its query', () => {
    check((before, added, given) => {
      const after = addLinkParameters(before, added, given);
      const [rest, hash] = split(before, '#');
      const [restAfter, hashAfter] = split(after, '#');
      expect(hashAfter).toBe(hash);
      expect(restAfter.startsWith(rest)).toBe(true);
    });
  });

  it('it leads to the same place, and its own parameters are read as before', () => {
    check((before, added, given) => {
      const [was, is] = [new URL(before), new URL(addLinkParameters(before, added, given))];
      const placeOf = ({ protocol, host, pathname, hash }: URL): string =>
        `${protocol} ${host} ${pathname} ${hash}`;
      expect(placeOf(is)).toBe(placeOf(was));
      const own = [...was.searchParams];
      expect([...is.searchParams].slice(0, own.length)).toEqual(own);
    });
  });

  it('each parameter is added once, with its value, unless it was there or speaks of something absent', () => {
    check((before, added, given) => {
      const own = [...new URL(before).searchParams];
      const names = new Set(own.map(([name]) => name));
      const expected = added.flatMap((one) => {
        const value = expectedValue(one, given);
        const name = one.name.toWellFormed();
        return value === null || names.has(name) ? [] : [[name, value]];
      });
      const after = [...new URL(addLinkParameters(before, added, given)).searchParams];
      expect(after.slice(own.length)).toEqual(expected);
    });
  });

  it('adding them again changes nothing', () => {
    check((before, added, given) => {
      const once = addLinkParameters(before, added, given);
      expect(addLinkParameters(once, added, given)).toBe(once);
    });
  });

  it('what is added does nothing in an attribute, in JSON or in Liquid', () => {
    const liquid = new Liquid();
    fc.assert(
      fc.property(links, values, (added, given) => {
        const link = addLinkParameters('https://a.example/', added, given);
        expect(link).toMatch(/^[\w.~:/?&=%-]*$/);
        expect(JSON.stringify(link)).toBe(`"${link}"`);
        expect(liquid.parseAndRenderSync(link)).toBe(link);
        expect(decodeHTML(Handlebars.escapeExpression(link))).toBe(link);
      }),
      { numRuns: 300 },
    );
  });
});
