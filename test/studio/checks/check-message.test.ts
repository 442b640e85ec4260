import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkMessage } from '../../../src/studio/checks/check-message.ts';
import { CHECK_IDS, MAX_PLACES } from '../../../src/studio/checks/finding.ts';
import { find, messageWith } from './messages.ts';

const CLEAN = '<p>Hello <a href="https://www.shop.test-company.com/a">there</a></p>';

describe('a report', () => {
  it('names what passed where nothing is wrong', async () => {
    const { findings, passed } = await checkMessage(messageWith({ body: CLEAN }));
    expect(findings.map(({ check }) => check)).toEqual(['link_parameters']);
    expect(passed.map(({ check }) => check)).toContain('client_support');
    expect(passed.map(({ check }) => check)).not.toContain('link_parameters');
  });

  it('speaks of each check that fits once: found or passed', async () => {
    const { findings, passed } = await checkMessage(messageWith({ body: '<script></script><img src="x">' }));
    const found = new Set(findings.map(({ check }) => check));
    expect(passed.filter(({ check }) => found.has(check))).toEqual([]);
    expect(new Set(passed.map(({ check }) => check)).size).toBe(passed.length);
    expect(CHECK_IDS).toEqual(expect.arrayContaining([...found, ...passed.map(({ check }) => check)]));
  });

  it('leaves out what makes no sense: mail clients for an in-app message, images for plain text', async () => {
    const inApp = await checkMessage(messageWith({ medium: 'message' }));
    expect(inApp.passed.map(({ check }) => check)).not.toContain('client_support');
    const text = await checkMessage(messageWith({ kind: 'text', body: 'Hello' }));
    expect(text.passed.map(({ check }) => check)).not.toContain('image_text');
    expect(text.passed.map(({ check }) => check)).toContain('markup_in_text');
  });

  it('tells the worst first', async () => {
    const body =
      '<div style="position: relative"><img src="https://a.test-company.com/a.png"><a href="">x</a>';
    const { findings } = await checkMessage(messageWith({ body }));
    const severities = findings.map(({ severity }) => severity);
    const order = ['problem', 'warning', 'note'];
    expect(severities).toEqual(severities.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
    expect(new Set(severities)).toEqual(new Set(order));
  });

  it('is the same each time', async () => {
    const message = messageWith({ body: '<div style="position: relative"><img src="a"><a href="">x</a>' });
    expect(await checkMessage(message)).toEqual(await checkMessage(message));
  });

  it('names lines from 1, with what stands there on one line, and no more than people look at', async () => {
    const [one] = await find('image_text', '<p>\n\n<img\n  src="https://a.test-company.com/a.png"\n></p>');
    expect(one?.places).toEqual([{ line: 3, excerpt: '<img src="https://a.test-company.com/a.png" >' }]);

    const [many] = await find('image_text', '<img src="https://a.test-company.com/a.png">\n'.repeat(50));
    expect(many?.title).toBe('50 images have no text for people who do not see it');
    expect(many?.places.map(({ line }) => line)).toEqual(
      Array.from({ length: MAX_PLACES }, (_, index) => index + 1),
    );
  });

  it('cuts what is long', async () => {
    const [finding] = await find(
      'image_text',
      `<img src="https://a.test-company.com/${'😀'.repeat(500)}.png">`,
    );
    const excerpt = finding?.places[0]?.excerpt ?? '';
    expect(excerpt).toMatch(/^<img src="https:.*…$/u);
    expect(excerpt.length).toBeLessThan(200);
    expect(excerpt.isWellFormed()).toBe(true);
  });
});

const MEGABYTE = 1_000_000;
const megabyteOf = (piece: string): string => piece.repeat(Math.ceil(MEGABYTE / piece.length));

describe('a hostile body', () => {
  it.each(
    Object.entries({
      text: megabyteOf('word '),
      'empty lines': megabyteOf('\n'),
      'open tags': megabyteOf('<b>'),
      'end tags of tags that are not the last': '<b>'.repeat(200) + megabyteOf('</i><i></b><b>'),
      'tags that are never closed': '<div><table><tr><td>'.repeat(1_000),
      'links within links': megabyteOf('<span><a href="x">'),
      'images without anything': megabyteOf('<img src=x>'),
      'comments that never end': megabyteOf('<!--'),
      entities: megabyteOf('&amp;'),
      attributes: `<p ${megabyteOf('a=b ')}>`,
      'white space in a style': `<p style="color:red ${megabyteOf(' ')}x">`,
      'parentheses in a style': `<p style="background:${megabyteOf('url(')}">`,
      'parentheses in a style sheet': `<style>a { background: ${megabyteOf('url(')} }</style>`,
      'braces in a style sheet': `<style>${megabyteOf('a{')}</style>`,
      'at-rules': `<style>${megabyteOf('@media{')}</style>`,
      'styles that are all different': Array.from(
        { length: 30_000 },
        (_, n) => `<p style="width:${n}px">x</p>`,
      ).join(''),
      'styles that cannot be read': Array.from({ length: 1_500 }, (_, n) => `<p style="c${n}">x</p>`).join(
        '',
      ),
      'white space in a width': `<table width="1${megabyteOf(' ')}x">`,
      placeholders: `<p>${megabyteOf('{{ *| %%a $$ [a_')}`,
      'refused tags': megabyteOf('<xml'),
      'half characters': megabyteOf('\ud800'),
    }),
  )('of %s is checked in a moment', async (_, body) => {
    for (const kind of ['html', 'text'] as const) {
      const start = performance.now();
      const { findings, passed } = await checkMessage(messageWith({ kind, body }));
      expect(findings.length + passed.length).toBeGreaterThan(5);
      // It takes a tenth of it, and without its bounds minutes.
      expect(performance.now() - start).toBeLessThan(2_000);
    }
  });

  it('that is cut says so, and is not accused of what is behind the cut', async () => {
    const body = `<div>${megabyteOf('<p>x</p>\n')}</div>`;
    expect((await find('whole', body)).map(({ severity }) => severity)).toEqual(['note']);
    expect(await find('open_tags', body)).toEqual([]);
  });

  it('with too many tags within each other is read no further than that', async () => {
    const body = `${'<div>\n'.repeat(300)}<img src="http://a.test-company.com/a.png">`;
    expect(await find('whole', body)).toMatchObject([{ severity: 'problem', places: [{ line: 257 }] }]);
    expect(await find('image_address', body)).toEqual([]);
  });

  it('whatever it is, gets a report', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '=',
        '/',
        '&',
        '<!--',
        '-->',
        '<!--[if mso]>',
        '<![endif]-->',
        '<?',
        '<![CDATA[',
      ),
      fc.constantFrom(
        '<a href=',
        '<img src=',
        '</a>',
        '<table width="700">',
        '</table>',
        '<style>',
        '</style>',
        '<plaintext>',
      ),
      fc.constantFrom(
        ' style="',
        ':',
        ';',
        'color',
        'url(',
        ')',
        '{',
        '}',
        '@media',
        '/*',
        '*/',
        '!important',
        '<xmp>',
      ),
      fc.constantFrom(
        'http://',
        '//',
        'javascript:',
        '{{',
        '%%a%%',
        '\n',
        '\u0000',
        '\ud800',
        'style=',
        '<svg>',
        '<p __proto__=a>',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 30 }),
        fc.constantFrom('html', 'text'),
        fc.constantFrom('email', 'message'),
        async (pieces, kind, medium) => {
          const body = pieces.join('');
          const { findings } = await checkMessage(messageWith({ kind, medium, body }));
          const lines = body.split('\n').length;
          for (const { title, advice, places } of findings) {
            expect(`${title} ${advice}`).not.toMatch(/undefined|null|NaN|\[object/);
            for (const { line } of places) expect(line >= 1 && line <= lines).toBe(true);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
