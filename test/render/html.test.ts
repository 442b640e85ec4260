import fc from 'fast-check';
import { Liquid } from 'liquidjs';
import { describe, expect, it } from 'vitest';
import { cleanHtml } from '../../src/content/html.ts';
import { TemplateError } from '../../src/render/template-error.ts';
import { contentOf } from '../domain/examples.ts';
import { tagsOf, textOf } from './dom.ts';
import { blockOf, compile, NO_MESSAGE, renderItem } from './examples.ts';

const HTML = { html: ['body'] };
const PARTIALS = {
  raw: '{{item.body}}',
  card: '<p title="{{label}}">x</p>',
  text: '<div>{{label}}</div>',
  outer: '{{> card label=label}}{{> text label="x"}}',
  body: '<p title="{{body}}">x</p>',
};
const options = { ...HTML, partials: PARTIALS };

/** What a template makes of an item with this HTML. */
function render(text: string, body: string | null, name = 'email'): string {
  return renderItem(text, contentOf('a', { body, image_url: null }), { ...options, name });
}

/** HTML that would break out of wherever it is put. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '" onmouseover="alert(1)',
        "' onclick='alert(1)",
        '"><img src=x>',
        '`',
        '=',
        '\\',
        '/>',
        '>',
      ),
      fc.constantFrom(
        '-->',
        '<!--',
        '--!>',
        '<![endif]-->',
        '<!--[if mso]>',
        ']]>',
        '<![CDATA[',
        '<?x ',
        '</',
      ),
      fc.constantFrom(
        '</td>',
        '</table>',
        '</p>',
        '</div>',
        '</a>',
        '</style>',
        '</title>',
        '</body>',
        '<td>',
        '<p>',
      ),
      fc.constantFrom(
        '<script>alert(1)</script>',
        '<svg onload=alert(1)>',
        '<img src=x onerror=alert(1)>',
        '<style>',
      ),
      fc.constantFrom(
        '<a href="https://a.example/?b=1&c=2">',
        '<a href="javascript:alert(1)">',
        "<a href='https://a/\"onclick=x'>",
      ),
      fc.constantFrom(
        'https://a.example" onmouseover="alert(1)',
        'javascript:alert(1)',
        'data:text/html,x',
        'https://',
        '//a',
      ),
      fc.constantFrom(
        '&quot;',
        '&#34;',
        '&lt;script&gt;',
        '&amp;lt;img src=x&amp;gt;',
        '&',
        '&#0;',
        '&Tab;',
        '&NewLine;',
      ),
      fc.constantFrom(
        '{{ 7 | times: 7 }}',
        '{% assign x = 1 %}',
        '{',
        '{{',
        '}}',
        '{{{',
        '\u2060',
        '\u0000',
        '\ud800',
        '\u2028',
      ),
      fc.constantFrom('<b>', '</b>', '<i>', '<ul><li>', '<h2>', '<blockquote>', '<br>', 'word', ' ', '\n'),
      fc.string({ unit: 'grapheme', maxLength: 3 }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => cleanHtml(parts.join('')));

describe('sanitised HTML where text stands', () => {
  const BODY = '<p>Tom &amp; <b>Ann</b> "x" <a href="https://a.example/?b=1&amp;c=2">y</a></p>';

  it.each([
    '<div>{{item.body}}</div>',
    '<div>{{~ item.body ~}}</div>',
    '<div>{{#each items}}{{body}}{{/each}}</div>',
    '<div>{{#each items as |it|}}{{it.body}}{{/each}}</div>',
    '<div>{{#with item}}{{body}}{{/with}}</div>',
    '<div>{{lookup item "body"}}</div>',
    '<div>{{default item.image_url item.body}}</div>',
    '<div>{{#if item.body}}{{item.body}}{{else}}none{{/if}}</div>',
    '<div>{{#unless item.body}}none{{else}}{{item.body}}{{/unless}}</div>',
    '<div>{{> raw}}</div>',
    '{{> text label=item.body}}',
    '{{#each items}}{{> text label=(default image_url body)}}{{/each}}',
  ])('comes out of %s as it is', (text) => {
    expect(render(text, BODY)).toBe(`<div>${BODY}</div>`);
  });

  it('is nothing where there is none', () => {
    expect(render('<div>{{item.body}}</div>', null)).toBe('<div></div>');
    expect(render('<div>{{#if item.body}}a{{else}}b{{/if}}</div>', null)).toBe('<div>b</div>');
  });

  it('is not mixed up between items, and leaves other fields escaped', () => {
    const contents = ['a', 'b'].map((id) => contentOf(id, { title: `<i>${id}</i>`, body: `<i>${id}</i>` }));
    const template = compile('<ul>{{#each items}}<li>{{title}}{{body}}</li>{{/each}}</ul>', HTML);
    const expected = '<ul><li>&lt;i&gt;a&lt;/i&gt;<i>a</i></li><li>&lt;i&gt;b&lt;/i&gt;<i>b</i></li></ul>';
    for (let round = 0; round < 2; round += 1) {
      expect(template(blockOf(contents), NO_MESSAGE)).toBe(expected);
    }
  });

  const LAYOUT = '<table><tbody><tr><td id="a">{{item.body}}</td><td id="b">x</td></tr></tbody></table>';
  const LAYOUT_TAGS = [
    ['tbody', 'table'],
    ['tr', 'tbody'],
    ['td', 'tr'],
    ['td', 'tr'],
  ];

  it('stays where it is put and does nothing, whatever it was', () => {
    fc.assert(
      fc.property(hostile, (body) => {
        const tags = tagsOf(render(LAYOUT, body));
        const layout = tags.filter(({ name }) => /^(tbody|tr|td)$/.test(name));
        expect(layout.map(({ name, parent }) => [name, parent])).toEqual(LAYOUT_TAGS);
        for (const { name, attributes } of tags) {
          expect(name).toMatch(
            /^(table|tbody|tr|td|p|div|b|strong|i|em|u|s|del|ins|sub|sup|small|a|br|hr|[uo]l|li|h[2-4]|blockquote)$/,
          );
          const { id: _, href = 'https:', ...others } = attributes;
          expect(others).toEqual({});
          expect(href).toMatch(/^(https?|mailto|tel):/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('runs no Liquid, alone or beside another value', () => {
    const liquid = new Liquid();
    fc.assert(
      fc.property(hostile, (body) => {
        const text =
          '<div title="{{item.body}}{{item.body}}">{{item.body}}{{item.body}}{{truncate item.body 5}}</div>';
        const html = render(text, body);
        expect(liquid.parseAndRenderSync(html)).toBe(html);
      }),
      { numRuns: 300 },
    );
  });
});

describe('sanitised HTML where no markup can stand', () => {
  const TEMPLATES = [
    '<p title="{{item.body}}">x</p>',
    "<p title='{{item.body}}'>x</p>",
    '<p title="a {{item.body}} b {{item.body}}">x</p>',
    '<img src="https://a.example/a.png" alt="{{item.body}}">',
    '<a href="{{item.body}}">x</a>',
    '<a href=" {{item.body}}">x</a>',
    '<a href="{{default item.image_url item.body}}">x</a>',
    '<a href="{{truncate item.body 80}}">x</a>',
    '<a href="https://a.example/?q={{item.body}}">x</a>',
    '<a href="https://a.example/?q={{encode item.body}}">x</a>',
    '<p title="{{truncate item.body 12}}">x</p>',
    '<p title="{{default item.image_url item.body}}">x</p>',
    '<p title="{{lookup item "body"}}">x</p>',
    '<p title="{{#if item.body}}{{item.body}}{{/if}}">x</p>',
    '<p {{#if item.price}}title="{{item.body}}"{{else}}id="{{item.body}}"{{/if}}>x</p>',
    '<p title="{{#each items}}{{body}}{{/each}}">x</p>',
    '<p title="{{#each items as |it|}}{{it.body}}{{/each}}">x</p>',
    '<p title="{{#with item}}{{body}}{{/with}}">x</p>',
    '{{> card label=item.body}}',
    '{{> card label=(default item.image_url item.body)}}',
    '{{> outer label=item.body}}',
    '{{#each items}}{{> body}}{{/each}}',
    '{{#each items}}{{> body this}}{{/each}}',
    '<!-- {{item.body}} --><p>x</p>',
    '<!-- {{#if item.body}}{{item.body}}{{/if}} --><p>x</p>',
    '<p title="{{price item.body}}{{price 1 item.body}}{{number item.body}}{{date item.body}}">x</p>',
    '<p>{{truncate item.body 9}}</p>',
    '<p>{{encode item.body}}</p>',
    '<p>{{eq item.body "x"}}{{#if (gt item.body 1)}}x{{/if}}</p>',
    '<p>{{#each item.body}}{{this}}{{/each}}</p>',
  ];
  /** Each is compiled once, and knows what it makes of plain text. */
  const compiled = TEMPLATES.map((text) => {
    const template = compile(text, options);
    const renderBody = (body: string | null): string =>
      template(blockOf([contentOf('a', { body, image_url: null })]), NO_MESSAGE);
    return { text, renderBody };
  });
  const skeletonOf = (html: string): unknown =>
    tagsOf(html).map(({ name, attributes }) => [name, ...Object.keys(attributes)]);

  it.each(compiled)('adds neither tag nor attribute to $text, whatever it was', ({ renderBody }) => {
    const skeleton = skeletonOf(renderBody('x'));
    fc.assert(
      fc.property(hostile, (body) => {
        const html = renderBody(body);
        expect(skeletonOf(html)).toEqual(skeleton);
        const [link] = tagsOf(html).flatMap(({ attributes }) => attributes.href ?? []);
        expect(link ?? '').toMatch(/^\s*(https?:|$)/);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['<p title="{{item.body}}">x</p>', 'A & "b" c'],
    ['<p title="{{truncate item.body 4}}">x</p>', 'A &…'],
    ["<p title='{{default item.image_url item.body}}'>x</p>", 'A & "b" c'],
  ])('is read as its text in %s', (text, expected) => {
    const [tag] = tagsOf(render(text, '<p>A &amp; "<b>b</b>" c</p>'));
    expect(tag?.attributes.title).toBe(expected);
  });

  it('is a URL where it reads like one, and only as that', () => {
    expect(render('<a href="{{item.body}}">x</a>', 'https://a.example/b')).toBe(
      '<a href="https://a.example/b">x</a>',
    );
    expect(render('<a href="{{item.body}}">x</a>', 'https://a.example" onmouseover="alert(1)')).not.toMatch(
      /" on/,
    );
    expect(render('<a href="{{item.body}}">x</a>', '<p>javascript:x</p>')).toBe('<a href="">x</a>');
  });

  it('is equal to what reads the same', () => {
    const text = '<p>{{#if (eq item.body "A & b")}}same{{/if}}{{#if (ne item.body "A")}}other{{/if}}</p>';
    expect(render(text, '<i>A &amp; b</i>')).toBe('<p>sameother</p>');
  });

  it('is never to be left unescaped by hand', () => {
    for (const text of [
      '{{{item.body}}}',
      '{{&item.body}}',
      '{{{default item.body "x"}}}',
      '{{#default item.body}}{{/default}}',
    ]) {
      expect(() => compile(`<p>${text}</p>`, options), text).toThrow(TemplateError);
    }
  });
});

describe('helpers as blocks', () => {
  it.each([
    'default item.title',
    'lookup item "title"',
    'truncate item.title 80',
    'safe_url item.title',
    'as_text item.title',
  ])('{{#%s}} would put values in without escaping them, and are refused', (call) => {
    const [name] = call.split(' ');
    expect(() => compile(`<p title="{{#${call}}}{{/${name}}}">x</p>`)).toThrow(/as a block/);
  });
});

describe('sanitised HTML in plain text', () => {
  it('is what it reads', () => {
    const body = '<p>Tom &amp; <b>Ann</b></p><ul><li>1 &lt; 2</li></ul>';
    expect(render('{{item.body}}', body, 'email.txt')).toBe('Tom & Ann 1 < 2\n');
    expect(render('{{{item.body}}}|{{truncate item.body 5}}', body, 'email.txt')).toBe(
      'Tom & Ann 1 < 2|Tom…\n',
    );
  });

  it('never holds markup, whatever it was', () => {
    const template = compile('{{item.body}}{{default item.image_url item.body}}{{lookup item "body"}}', {
      ...HTML,
      name: 'email.txt',
    });
    fc.assert(
      fc.property(hostile, (body) => {
        const text = template(blockOf([contentOf('a', { body, image_url: null })]), NO_MESSAGE);
        expect(text).not.toMatch(/<[a-z/!?]/i);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what a browser shows', () => {
  it('of HTML and of its text in an attribute reads the same', () => {
    const html = render('<div title="{{item.body}}">{{item.body}}</div>', '<b>A &amp; B</b> "c"');
    expect(tagsOf(html)[0]?.attributes.title).toBe(textOf(html));
  });
});
