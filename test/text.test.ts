import fc from 'fast-check';
import { Liquid } from 'liquidjs';
import { describe, expect, it } from 'vitest';
import { cleanText, truncate } from '../src/text.ts';

const JOINER = '\u2060';
const liquid = new Liquid();

/** Texts made of what is dangerous: tags, entities, Liquid, controls, and all of Unicode between. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<',
        '>',
        '&',
        '&lt;',
        '&amp;',
        '&#60;',
        '&#x7b;',
        '{',
        '}',
        '{{',
        '{%',
        '%',
        '%}',
        '}}',
      ),
      fc.constantFrom('<b>', '</b>', '<script>', '<!--', '-->', '<?', '/', '"', "'", ' ', '\n', '\u0000'),
      fc.constantFrom(
        '&lcub;',
        '&percnt;',
        '&nbsp;',
        '&#0;',
        'raw',
        'comment',
        'a',
        'assign x = 1',
        '\u2060',
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('markup', () => {
  it.each<[string, string | null]>([
    ['Investing 101', 'Investing 101'],
    ['<b>Investing</b> 101', 'Investing 101'],
    ['Tom &amp; Ann', 'Tom & Ann'],
    ['Tom & Ann', 'Tom & Ann'],
    ['R&D, AT&T', 'R&D, AT&T'],
    ['a < b', 'a < b'],
    ['a < b > c', 'a < b > c'],
    ['1<2 and 3>2', '1<2 and 3>2'],
    ['a &lt; b', 'a < b'],
    ['I <3 you', 'I <3 you'],
    ['Caf&eacute; &#8364;5', 'Café €5'],
    ['Say &quot;hi&quot;', 'Say "hi"'],
    ['it&#39;s', "it's"],
    ['&lt;b&gt;bold&lt;/b&gt;', 'bold'],
    ['&amp;lt;b&amp;gt;bold&amp;lt;/b&amp;gt;', 'bold'],
    ['&amp;amp;lt;b&amp;amp;gt;bold', 'bold'],
    ['<script>alert(1)</script>', null],
    ['x<script>alert(1)</script>y', 'xy'],
    ['<style>b{}</style>x', 'x'],
    ['<!-- note -->x', 'x'],
    ['<img src=x onerror=alert(1)>x', 'x'],
    ['<a href="javascript:alert(1)">x</a>', 'x'],
    ['<![CDATA[x]]>y', 'y'],
    ['🦊 <i>fox</i>', '🦊 fox'],
    ['<p>One</p><p>Two</p>', 'One Two'],
    ['One<br>Two', 'One Two'],
    ['<h2>Title</h2>Text', 'Title Text'],
    ['<table><tr><td>Rate</td><td>3%</td></tr></table>', 'Rate 3%'],
    ['<ul><li>One</li><li>Two</li></ul>', 'One Two'],
    ['&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;', 'One Two'],
    ['In<i>vest</i>ing', 'Investing'],
  ])('%j reads %j', (raw, expected) => {
    expect(cleanText(raw)).toBe(expected);
  });

  it.each([
    '<b',
    'x <b',
    'x <img src=x onerror=alert(1)',
    'x <a href="',
    'x </b',
    'x </ y',
    'x </',
    'x <!-- y',
    '<scr<script>ipt>alert(1)</script>',
    '<<b>script>alert(1)</script>',
    '&lt;script>alert(1)&lt;/script>',
    '&#60;img src=x onerror=alert(1)&#62;',
    '&#x26;lt;img src=x&#x26;gt;',
    '&amp;amp;amp;amp;amp;lt;img src=x&amp;amp;amp;amp;amp;gt;',
  ])('%j leaves nothing that opens a tag, whether read as text or as HTML', (raw) => {
    const text = cleanText(raw) ?? '';
    expect(text).not.toMatch(/<[a-z/!?]/i);
    expect(text).not.toMatch(/script/i.test(raw) ? /<\/?script/i : /<img/i);
  });

  it('never survives, however it is put together', () => {
    fc.assert(
      fc.property(hostile, (raw) => {
        expect(cleanText(raw) ?? '').not.toMatch(/<[a-z/!?]/i);
      }),
      {
        numRuns: 1_000,
      },
    );
  });
});

describe('blanks and controls', () => {
  it.each<[string, string | null]>([
    ['', null],
    ['  ', null],
    ['\u00a0', null],
    ['&nbsp;', null],
    ['<b></b>', null],
    ['\u0000', null],
    ['  a  ', 'a'],
    ['a\n\n b\tc', 'a b c'],
    ['a\r\nb', 'a b'],
    ['a\u0000b', 'a b'],
    ['a\u0085b', 'a b'],
    ['\ufeffa', 'a'],
    ['a&#10;b', 'a b'],
    ['a\u2028b', 'a b'],
    ['a\u3000b', 'a b'],
    ['a\ud800b', 'a\ufffdb'],
    ['\udc00', '\ufffd'],
    ['a b ', 'a b'],
    [' a b', 'a b'],
    ['a  b', 'a b'],
    [' ', null],
  ])('%j reads %j', (raw, expected) => {
    expect(cleanText(raw)).toBe(expected);
  });

  it('leave one line of text or null, never an empty text', () => {
    fc.assert(
      fc.property(hostile, fc.option(fc.integer({ min: 1, max: 20 })), (raw, max) => {
        const text = cleanText(raw, max);
        expect(text).not.toBe('');
        expect(text ?? '').not.toMatch(/[\p{Cc}\u2028\u2029]|^\s|\s$/u);
      }),
    );
  });
});

describe('a text that needs no cleaning', () => {
  const anything = fc.oneof(
    hostile,
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc
      .array(fc.constantFrom('a', 'é', ' ', '>', '}', '"', '\u00a0', '🦊', '.'), { maxLength: 6 })
      .map((all) => all.join('')),
  );

  it('is taken over as it is, just as if it had been cleaned', () => {
    fc.assert(
      fc.property(anything, fc.option(fc.integer({ min: 1, max: 20 })), (raw, max) => {
        fc.pre(!/[<&]/.test(raw));
        // A tag makes sure that the long way is taken.
        expect(cleanText(raw, max)).toBe(cleanText(`<b></b>${raw}`, max));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is well-formed whatever the source held', () => {
    fc.assert(
      fc.property(anything, (raw) => {
        expect((cleanText(raw) ?? '').isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('a text of a hundred thousand characters', () => {
  const PIECES = [
    '<',
    '&lt;',
    '&amp;',
    '<b>',
    '<!',
    '<a ',
    '<p><span>',
    '<ul><li>',
    '{',
    ' ',
    '</p>',
    '<svg><title>',
  ];

  it.each(PIECES)('made of %j is cleaned in no time', (piece) => {
    const raw = piece.repeat(Math.floor(100_000 / piece.length));
    const start = performance.now();
    cleanText(raw, 40);
    cleanText(raw);
    // Some hundred milliseconds; more than a minute where the effort grows with the square.
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it('is shortened without looking at all of it', () => {
    const texts = ['Investing for beginners. ', 'Инвестиции для начинающих. '].map((text) =>
      text.repeat(3_000),
    );
    const start = performance.now();
    for (let round = 0; round < 200; round += 1) for (const text of texts) truncate(text, 40);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it('and more ends there', () => {
    expect(cleanText('a'.repeat(100_001))).toHaveLength(100_000);
  });
});

describe('Liquid', () => {
  it.each([
    '{{ 7 | times: 7 }}',
    '{{{ 7 }}}',
    '{{{{ 7 }}}}',
    '{% assign x = 1 %}',
    '{%- raw -%}',
    '{',
    'a {',
    '&#123;&#123; 7 }}',
    '&lcub;&percnt; if true %}',
    '{<b></b>{ 7 }}',
    '{<!-- -->% if true %}',
    '&amp;#123;{ 7 }}',
    '{\u0000{ 7 }}',
    '{{${user_id}}}',
  ])('in %j is text that comes out as it went in', async (raw) => {
    const text = cleanText(raw) ?? '';
    expect(await liquid.parseAndRender(text)).toBe(text);
  });

  it('comes out as it went in whatever stands in it, alone, beside others and when evaluated again', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (a, b, c) => {
        const joined = [a, b, c].map((raw) => cleanText(raw) ?? '').join('');
        const once: string = liquid.parseAndRenderSync(joined);
        expect(once).toBe(joined);
        expect(liquid.parseAndRenderSync(once)).toBe(joined);
      }),
      {
        examples: [
          ['a {', '{ 7 }}', ''],
          ['{', '% assign x = 1 %}', '{{x}}'],
          ['{', '{', '{'],
        ],
        numRuns: 1_000,
      },
    );
  });

  it('that is spread over two fields of one template stays text', () => {
    const joined = `${cleanText('Hello {')}${cleanText('{ 7 | times: 7 }}')}${cleanText('% assign x = 1 %}')}`;
    expect(liquid.parseAndRenderSync(joined)).toBe(joined);
  });

  it('is made inert by characters that nobody sees', () => {
    expect(cleanText('{{x}}')?.replaceAll(JOINER, '')).toBe('{{x}}');
    expect(cleanText('{% x %}')?.replaceAll(JOINER, '')).toBe('{% x %}');
    expect(cleanText('a { b } c')).toBe('a { b } c');
  });

  it('stays inert when a text is shortened, wherever that cuts', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 30 }), (raw, max) => {
        for (const text of [cleanText(raw, max), truncate(cleanText(raw) ?? '', max)]) {
          const twice = `${text ?? ''}${text ?? ''}`;
          expect(liquid.parseAndRenderSync(twice)).toBe(twice);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('shortening', () => {
  it.each<[string, number, string]>([
    ['Investing 101', 13, 'Investing 101'],
    ['Investing 101', 40, 'Investing 101'],
    ['Investing for beginners', 14, 'Investing for…'],
    ['Investing for beginners', 15, 'Investing for…'],
    ['Donaudampfschifffahrt', 10, 'Donaudamp…'],
    ['A Donaudampfschifffahrt', 10, 'A Donauda…'],
    ['🦊🦊🦊🦊', 4, '🦊🦊🦊🦊'],
    ['🦊🦊🦊🦊', 3, '🦊🦊…'],
    ['👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 2, '👩‍👩‍👧‍👦…'],
    ['e\u0301e\u0301e\u0301', 3, 'e\u0301e\u0301e\u0301'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['🇩🇪🇦🇹🇨🇭', 2, '🇩🇪…'],
    ['abc', 1, '…'],
    ['grün ist', 4, 'grü…'],
    ['abe\u0301d', 3, 'ab…'],
    ['abce\u0301', 4, 'abce\u0301'],
    ['ab©\ufe0fde', 4, 'ab©\ufe0f…'],
    [`a${'\u0301'.repeat(50)}bcd`, 3, `a${'\u0301'.repeat(50)}b…`],
    [`a${'\u0301'.repeat(50)}b`, 2, `a${'\u0301'.repeat(50)}b`],
  ])('%j to %i characters reads %j', (text, max, expected) => {
    expect(truncate(text, max)).toBe(expected);
  });

  it('counts what a reader sees, after the markup is gone', () => {
    expect(cleanText('<b>Tom</b> &amp; <i>Ann</i>', 9)).toBe('Tom & Ann');
    expect(cleanText('&#x1F98A;&#x1F98A;&#x1F98A;', 2)).toBe('🦊…');
  });

  it('gives at most that many characters, the beginning of the text, and never half of one', () => {
    const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
    const graphemes = (text: string): string[] =>
      Array.from(segmenter.segment(text), ({ segment }) => segment);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 12 }), (text, max) => {
        const short = truncate(text, max);
        expect(graphemes(short).length).toBeLessThanOrEqual(max);
        if (short === text) return;
        const kept = graphemes(short.slice(0, -1));
        expect(short.at(-1)).toBe('…');
        expect(graphemes(text).slice(0, kept.length)).toEqual(kept);
      }),
    );
  });
});
