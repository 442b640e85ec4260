import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { Liquid } from 'liquidjs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { cleanHtml } from '../../src/content/html.ts';

const liquid = new Liquid();

/** HTML made of what is dangerous in HTML, unclosed, in any order. */
const hostileHtml = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<p>',
        '</p>',
        '<div>',
        '</div>',
        '<b>',
        '</b>',
        '<i>',
        '</i>',
        '<a>',
        '</a>',
        '<br>',
        '<h1>',
        '</h1>',
      ),
      fc.constantFrom(
        '<ul>',
        '</ul>',
        '<ol>',
        '<li>',
        '</li>',
        '<blockquote>',
        '</blockquote>',
        '<span>',
        '</span>',
        '<strike>',
      ),
      fc.constantFrom(
        '<table>',
        '<tbody>',
        '<tr>',
        '<td>',
        '</td>',
        '</tr>',
        '</table>',
        '<caption>',
        '<menu>',
        '<dl>',
        '<dt>',
      ),
      fc.constantFrom(
        '<svg>',
        '</svg>',
        '<math>',
        '<mtext>',
        '<mglyph>',
        '<style>',
        '</style>',
        '<foreignObject>',
        '<desc>',
      ),
      fc.constantFrom(
        '<template>',
        '</template>',
        '<noscript>',
        '</noscript>',
        '<title>',
        '</title>',
        '<iframe>',
        '</iframe>',
      ),
      fc.constantFrom(
        '<select>',
        '<option>',
        '<textarea>',
        '</textarea>',
        '<xmp>',
        '<plaintext>',
        '<form>',
        '<button>',
        '<base href="//evil.example">',
      ),
      fc.constantFrom(
        '<script>',
        '</script>',
        '<img src=x onerror=alert(1)>',
        '<!--',
        '-->',
        '--!>',
        '<!-->',
        '<![CDATA[',
        ']]>',
        '<!--[if mso]>',
      ),
      fc.constantFrom(
        '<![endif]-->',
        '<a href="',
        "<a href='",
        '<a href=',
        '">',
        "'>",
        '>',
        '<',
        '</',
        '<p title="',
        '=',
        '`',
        '/>',
      ),
      fc.constantFrom(
        'https://x.example/',
        'javascript:alert(1)',
        'mailto:a@x.example',
        '//x.example',
        '&#106;avascript:',
        '\u0001',
        '\n',
        '\u0000',
      ),
      fc.constantFrom(
        '{',
        '{{',
        '{%',
        '}}',
        '%}',
        '&#123;',
        '&lcub;',
        '&lt;',
        '&amp;',
        '&lt;script&gt;',
        '&nbsp;',
        '%',
        ' 7 ',
        'raw',
        ' ',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 16 },
  )
  .map((parts) => parts.join(''));

describe('HTML for a message', () => {
  it.each<[string, string]>([
    ['Investing 101', 'Investing 101'],
    ['<p>One</p><p>Two</p>', '<p>One</p><p>Two</p>'],
    ['<ul><li>One<li>Two</ul>', '<ul><li>One</li><li>Two</li></ul>'],
    ['<b>a</b> <em>b</em> <del>c</del><br>d', '<b>a</b> <em>b</em> <del>c</del><br />d'],
    ['<p class="x" style="color:red" onclick="y()" id="z">a</p>', '<p>a</p>'],
    ['<h1>a</h1><h2>b</h2><h6>c</h6>', '<h2>a</h2><h2>b</h2><h4>c</h4>'],
    ['<section>a</section><article>b</article>', '<div>a</div><div>b</div>'],
    ['<strike>€50</strike> €40', '<s>€50</s> €40'],
    ['<font color=red>a</font><center>b</center>', 'a<div>b</div>'],
    ['10\u00a0%\n\n and&nbsp;more', '10\u00a0% and\u00a0more'],
    ['3 > 2 & "more"', '3 &gt; 2 &amp; "more"'],
    ['&lt;b&gt;', '&lt;b&gt;'],
    ['<a href="https://x.example/?a=1&amp;b=2">a</a>', '<a href="https://x.example/?a=1&amp;b=2">a</a>'],
    ['<a href=" HTTPS://X.example/ü ">a</a>', '<a href="https://x.example/%C3%BC">a</a>'],
    ['<a href="mailto:a@x.example">a</a>', '<a href="mailto:a@x.example">a</a>'],
    ['<a href="tel:+4930123">a</a>', '<a href="tel:+4930123">a</a>'],
    ['<a href="https://x.example/" target="_blank" name="y">a</a>', '<a href="https://x.example/">a</a>'],
  ])('%j stays %j', (raw, expected) => {
    expect(cleanHtml(raw)).toBe(expected);
  });

  it.each<[string, string]>([
    ['a script', 'a<script>alert(1)</script>b'],
    ['a style element', 'a<style>p{background:url(//evil.example)}</style>b'],
    ['an event handler', 'a<img src=x onerror=alert(1)>b'],
    ['an event handler split by a slash', 'a<img/src=x/onerror=alert(1)//>b'],
    ['an event handler on a letter', '<span onclick=alert(1)>a</span>b'],
    ['an iframe', 'a<iframe src="https://evil.example/">c</iframe>b'],
    ['a base', 'a<base href="https://evil.example/">b'],
    ['a refresh', 'a<meta http-equiv="refresh" content="0;url=https://evil.example/">b'],
    ['a style sheet', 'a<link rel=stylesheet href="https://evil.example/x.css">b'],
    ['a picture that counts who opens', 'a<img src="https://evil.example/p.gif" width=1>b'],
    ['a form', '<form action="https://evil.example/"><input name=x>a</form>b'],
    ['a comment', 'a<!-- <p>c</p> -->b'],
    ['a comment for Outlook', 'a<!--[if mso]><p>c</p><![endif]-->b'],
    ['a comment for all but Outlook', '<!--[if !mso]><!-->a<!--<![endif]-->b'],
    ['a revealed comment', '<![if !mso]>a<![endif]>b'],
    ['an empty comment of HTML 5', 'a<!-->b'],
    ['a comment closed in an odd way', 'a<!-- c --!>b'],
    ['a document type and an instruction', '<!doctype html><?php c ?>ab'],
    ['a template', 'a<template><p>c</p></template>b'],
    ['a video with a sentence instead', 'a<video src=x>Your browser cannot.</video>b'],
    ['a drawing', 'a<svg><title>c</title><a xlink:href="javascript:alert(1)"><text>d</text></a></svg>b'],
    [
      'a script without scripting',
      'a<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>b',
    ],
    ['a link to a script', '<a href="javascript:alert(1)">a</a>b'],
    ['a link to a script in capitals', '<a href="JaVaScRiPt:alert(1)">a</a>b'],
    ['a link to a script behind blanks', '<a href=" \n\u0001javascript:alert(1)">a</a>b'],
    ['a link to a script with a line break', '<a href="java\nscript:alert(1)">a</a>b'],
    ['a link to a script with encoded line breaks', '<a href="jav&#x0A;ascript&Tab;:alert(1)">a</a>b'],
    ['a link to an encoded script', '<a href="&#106;&#x61;vascript&colon;alert(1)">a</a>b'],
    ['a link to data', '<a href="data:text/html;base64,PHNjcmlwdD4=">a</a>b'],
    ['a link to vbscript', '<a href="vbscript:x">a</a>b'],
    ['a link within the page', '<a href="#top">a</a>b'],
    ['a relative link', '<a href="/a">a</a>b'],
    ['a link with another host behind a name', '<a href="https://x.example@evil.example/">a</a>b'],
    ['a link without a destination', '<a name="top">a</a>b'],
    ['a link with nothing to click on', 'a<a href="https://x.example/"></a>b'],
    ['control characters', 'a\u0000\u0007b'],
    ['encoded control characters', 'a&#1;&#x7f;b'],
  ])('loses %s', (_case, raw) => {
    expect(cleanHtml(raw)?.replaceAll(/<\/?div>|\s/g, '')).toMatch(/^a\ufffd*b$/);
  });

  it.each<[string, string, string]>([
    ['an unclosed link', '<a href="https://x.example/">a', '<a href="https://x.example/">a</a>'],
    ['an unclosed comment', 'a<!-- b', 'a'],
    ['an unclosed comment for Outlook', 'a<!--[if mso]> b', 'a'],
    ['an unclosed tag', 'a<b', 'a'],
    ['an unclosed attribute', 'a<a href="https://x.example/>b</a><p>c</p>', 'a'],
    ['an unclosed script', 'a<script>b', 'a'],
    ['an unclosed textarea', 'a<textarea>b', 'a'],
    ['tags closed in the wrong order', '<b><i>a</b></i>', '<b><i>a</i></b>'],
    ['tags that were never opened', '</td></tr></table></div>a', 'a'],
    ['cells without a table', '<td>a</td><td>b</td>', 'a b'],
    ['points without a list', '<li>a</li><li>b</li>', '<div>a</div><div>b</div>'],
    ['a table', '<table><tr><th>Rate</th><td>3%</td></tr></table>', '<div><div> Rate 3% </div></div>'],
    [
      'tables in tables',
      '<table><tr><td><table><tr><td>a</table>b</table>',
      '<div><div> <div><div> a </div></div>b </div></div>',
    ],
    ['paragraphs in paragraphs', '<p><span><p>a', '<div><p>a</p></div>'],
    ['points in points', '<ul><li><div><li>a</ul>', '<ul><li><div><div>a</div></div></li></ul>'],
    ['headings in headings', '<h2>a<b><h3>b', '<h2>a<b><div>b</div></b></h2>'],
    [
      'links in links',
      '<a href="https://x.example/">a <b><a href="https://y.example/">b</a></b>',
      'a <b><a href="https://y.example/">b</a></b>',
    ],
    ['a block in a paragraph', '<p>a<div>b</div></p>', '<p>a</p><div>b</div>'],
    ['empty paragraphs', '<p>&nbsp;</p><p></p><p>a</p><p><br></p>', '<p>a</p>'],
  ])('of %s is put in order', (_case, raw, expected) => {
    expect(cleanHtml(raw)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '<p></p>',
    '<br>',
    '<hr>',
    '&nbsp;',
    '<!-- a -->',
    '<script>a</script>',
    '<b> </b>',
    '\u0000',
  ])('%j is nothing to read', (raw) => {
    expect(cleanHtml(raw)).toBeNull();
  });

  it.each([
    '{{ 7 | times: 7 }}',
    '<p>{{{ 7 }}}</p>',
    '{<b></b>{ 7 }}',
    '{<a></a>{ 7 }}',
    '{<p></p>% assign x = 1 %}',
    '{<span>{ 7 }}</span>',
    '{<!-- -->{ 7 }}',
    '{<script></script>{ 7 }}',
    '{\u0000{ 7 }}',
    '&#123;&#x7b; 7 }}',
    '&lcub;&percnt; if true %}',
    '<p>{% raw %}</p>',
    '<a href="https://x.example/{{ 7 }}">a</a>',
    '<a href="https://x.example/{" title="{ 7 }}">{ 7 }}</a>',
    '<a href="https://x.example/&#123;&#123; 7 }}">a</a>',
    '<a href="mailto:a@x.example?subject={{ 7 }}">a</a>',
    'a {',
  ])('holds no Liquid that runs: %j', async (raw) => {
    const html = cleanHtml(raw) ?? '';
    expect(await liquid.parseAndRender(`${html}${html}`)).toBe(`${html}${html}`);
  });

  it.each([
    '<b>',
    '<b></x>',
    '<p><span>',
    '<ul><li>',
    '<ol><li><p>',
    '<a href="https://x.example/">',
    '{<b>',
    '</p>',
    '&',
    '<',
  ])('of a hundred thousand characters made of %j is cleaned in no time', (piece) => {
    const start = performance.now();
    cleanHtml(piece.repeat(Math.floor(100_000 / piece.length)));
    // Less than a second; minutes where the effort grows with the square.
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('is as long as a message can be, or counts as missing', () => {
    expect(cleanHtml('a'.repeat(100_000))).toHaveLength(100_000);
    expect(cleanHtml('a'.repeat(100_001))).toBeNull();
  });

  it('holds nothing but its tags and links, each closed in order, runs no Liquid and stays as it is, whatever it was made of', () => {
    fc.assert(
      fc.property(hostileHtml, (raw) => {
        const html = cleanHtml(raw);
        if (html === null) return;
        expectInOrder(html);
        expect(cleanHtml(html)).toBe(html);
        expect(html).not.toMatch(/\p{Cc}/u);
        expect(html.isWellFormed()).toBe(true);
        expect(liquid.parseAndRenderSync(`${html}${html}`)).toBe(`${html}${html}`);
      }),
      { numRuns: 3_000 },
    );
  });
});

const VOID = ['br', 'hr'];
const OPENING =
  /^<(?:(p|div|b|strong|i|em|u|s|del|ins|sub|sup|small|ul|ol|li|h[2-4]|blockquote)|a href="(?:https?:|mailto:|tel:)[^"<>{}]*"|(br|hr) \/)>$/;

function expectInOrder(html: string): void {
  const open: string[] = [];
  for (const [tag] of html.matchAll(/<[^>]*>?/g)) {
    const name = /^<\/?(\w+)/.exec(tag)?.[1] ?? '';
    if (tag.startsWith('</')) {
      expect(name, html).toBe(open.pop());
    } else {
      expect(tag).toMatch(OPENING);
      if (name === 'li') expect(open.some((outer) => outer === 'ul' || outer === 'ol')).toBe(true);
      if (!VOID.includes(name)) open.push(name);
    }
  }
  expect(open, html).toEqual([]);
}

const program = inject('chromium');

describe.skipIf(program === null)('HTML for a message, in a browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    const executablePath = execFileSync('sh', ['-c', 'command -v "$0"', program ?? ''], {
      encoding: 'utf8',
    }).trim();
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });

  afterAll(() => browser?.close());

  it('has the very tags that were written, within those that it was put between', async () => {
    const page = await browser.newPage();
    const batches = fc.array(hostileHtml, { minLength: 100, maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(batches, async (raws) => {
        const cleaned = raws.map((raw) => cleanHtml(raw)).filter((html) => html !== null);
        expect(await page.evaluate(findChanged, cleaned)).toEqual([]);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  it('would be noticed if it had others', async () => {
    const page = await browser.newPage();
    const harmful = [
      '<li>a</li>',
      'a</div>',
      '<td>a</td>',
      '<a href="https://x.example/">a',
      '<!-- a',
      '<p><div>a</div></p>',
    ];
    expect(await page.evaluate(findChanged, harmful)).toEqual(harmful);
  });

  it('runs nothing and asks for nothing', async () => {
    const page = await browser.newPage();
    const asked: string[] = [];
    await page.route('**', (route) => {
      asked.push(route.request().url());
      return route.abort();
    });
    let alerts = 0;
    page.on('dialog', (dialog) => {
      alerts += 1;
      return dialog.dismiss();
    });
    const raws = fc.sample(hostileHtml, 2_000);
    await page.setContent(raws.map((raw) => `<div>${cleanHtml(raw) ?? ''}</div>`).join('\n'));
    expect(await page.locator('div').count()).toBeGreaterThan(1_000);
    expect(alerts).toBe(0);
    expect(asked).toEqual([]);
  });
});

/** What the page has of its own. */
type InPage = {
  readonly innerHTML: string;
  readonly parentElement: { matches(selector: string): boolean } | null;
};
type Body = {
  querySelector(selector: string): InPage | null;
  readonly children: { readonly length: number };
};
declare const DOMParser: new () => { parseFromString(text: string, type: string): { readonly body: Body } };

/** In the page: which of these a browser reads otherwise, or lets change what stands behind them in a message. */
function findChanged(all: string[]): string[] {
  const isWhole = (html: string): boolean => {
    const message = `<table><tr><td>${html}</td><td id="cell">Next</td></tr></table><ul><li><div>${html}</div></li><li id="point">Next</li></ul><div id="box">${html}</div><p id="last">Last</p>`;
    const { body } = new DOMParser().parseFromString(`<!doctype html><body>${message}`, 'text/html');
    const isBehind = (selector: string, parent: string, text: string): boolean => {
      const found = body.querySelector(selector);
      return found?.innerHTML === text && found.parentElement?.matches(parent) === true;
    };
    return (
      body.querySelector('#box')?.innerHTML === html.replaceAll(' />', '>').replaceAll('\u00a0', '&nbsp;') &&
      isBehind('#cell', 'body > table > tbody > tr', 'Next') &&
      isBehind('#point:nth-child(2)', 'body > ul', 'Next') &&
      isBehind('#last', 'body', 'Last') &&
      body.children.length === 4
    );
  };
  return all.filter((html) => !isWhole(html));
}
