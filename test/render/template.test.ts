import { Liquid } from 'liquidjs';
import { describe, expect, it } from 'vitest';
import type { Template } from '../../src/domain/message.ts';
import type { Traits } from '../../src/domain/profile.ts';
import { TemplateError } from '../../src/render/template-error.ts';
import { cleanText } from '../../src/text.ts';
import { contentOf, placementWith } from '../domain/examples.ts';
import { blockWith, compile, decisionFor, NO_MESSAGE, renderItem, type TemplateOptions } from './examples.ts';

function errorOf(text: string, options: TemplateOptions = {}): TemplateError {
  try {
    compile(text, options);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error('expected the template to be refused');
}

function render(
  template: Template,
  count: number,
  reason: Parameters<typeof decisionFor>[0] = 'recommended',
): string {
  return template(blockWith(count, { decision: decisionFor(reason) }), NO_MESSAGE);
}

describe('HTML', () => {
  it('holds the items in order', () => {
    const template = compile('<ul>{{#each items}}<li>{{position}} {{id}}: {{title}}</li>{{/each}}</ul>');
    expect(render(template, 2)).toBe(
      '<ul><li>1 item-1: Title of item-1</li><li>2 item-2: Title of item-2</li></ul>',
    );
  });

  it.each([
    ['Tom & Ann', 'Tom &amp; Ann'],
    ['a < b', 'a &lt; b'],
    ['"quoted"', '&quot;quoted&quot;'],
    ["it's", 'it&#x27;s'],
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
  ])('escapes the text %j', (title, expected) => {
    expect(renderItem('<p>{{item.title}}</p>', contentOf('a', { title }))).toBe(`<p>${expected}</p>`);
  });

  it('escapes in attributes, in partials and in what helpers give', () => {
    const content = contentOf('a', { title: '"><b>' });
    const partials = { note: '<i>{{text}}</i>', plain: '<u>{{item.title}}</u>' };
    const text =
      '<p title="{{item.title}}">{{truncate item.title 9}}{{> note text=item.title}}{{> plain}}{{default item.title "x"}}</p>';
    expect(renderItem(text, content, { partials })).not.toContain('<b>');
  });

  it('says nothing for what is absent, not even null', () => {
    const content = contentOf('a', { price: null, price_text: null, image_url: null });
    expect(renderItem('<p>{{item.price}}|{{item.price_text}}|{{campaign}}</p>', content)).toBe('<p>||</p>');
  });

  it('says nought for nought', () => {
    expect(renderItem('<p>{{item.price}}</p>', contentOf('a', { price: 0 }))).toBe('<p>0</p>');
  });

  it('writes a field by its name even where a helper has the same', () => {
    expect(renderItem('<p>{{#each items}}{{price}}{{/each}}</p>', contentOf('a', { price: 29 }))).toBe(
      '<p>29</p>',
    );
  });

  it.each([
    'Hello {{item.title}}',
    '{{item.title}}',
    '{{item.price}}',
    '[{{item.price}}]',
    '"{{item.title}}"',
    '{ "a": {{item.price}} }',
    'null',
    'true',
  ])('made of %j begins with < and is no JSON', (text) => {
    const html = renderItem(text, contentOf('a', { title: '1', price: 5 }));
    expect(html).toMatch(/^</);
    expect(() => JSON.parse(html)).toThrow(SyntaxError);
  });

  it('may repeat itself within an attribute', () => {
    const text = '<p class="{{#each items}}x {{/each}}{{#each items}}item-{{position}} {{/each}}">x</p>';
    expect(render(compile(text), 3)).toBe('<p class="x x x item-1 item-2 item-3 ">x</p>');
  });

  it('is not changed where it begins with < already', () => {
    expect(renderItem('\n\n  <p>x</p>\n', contentOf('a'))).toBe('<p>x</p>');
  });

  it.each(['recommended', 'control', 'timeout', 'no_content'] as const)(
    'is a comment where there is nothing to show (%s)',
    (reason) => {
      const html = render(compile('<p>Our tips</p>'), 0, reason);
      expect(html).toMatch(/^<!--[^<>]*-->$/);
      expect(html).not.toContain('Our tips');
    },
  );

  it('can tell what was decided, for whom and where', () => {
    const text =
      '<p>{{placement}}|{{title}}|{{variant}}|{{reason}}|{{is_treatment}}|{{is_fallback}}|{{is_sample}}|{{has_items}}|{{item_count}}|{{campaign}}|{{channel}}|{{locale}}</p>';
    const block = blockWith(2, { decision: decisionFor('timeout'), isSample: true });
    expect(compile(text)(block, { campaign: 'weekly', channel: 'e<mail', locale: 'de-AT' })).toBe(
      '<p>home-hero|Home page hero|baseline|timeout|false|true|true|true|2|weekly|e&lt;mail|de-AT</p>',
    );
  });

  it('can use what a placement asks of the person, and nothing else of it', () => {
    const placement = placementWith({
      profile: { properties: ['plan_type'], cohorts: ['u1'], predictions: [] },
    });
    const traits: Traits = { properties: { plan_type: '<i>gold</i>' }, cohorts: ['u1'], predictions: {} };
    const trial = blockWith(1, { placement, traits });
    const template = compile('<p>{{#with profile}}{{/with}}x</p>');
    expect(template(trial, NO_MESSAGE)).toBe('<p>x</p>');
    expect(() => compile('<p>{{profile.plan_type}}</p>')).toThrow(/plan_type/);
  });

  it('does not let templates reach what is not theirs', () => {
    for (const text of [
      '{{constructor}}',
      '{{items.constructor.name}}',
      '{{__proto__}}',
      '{{item.toString}}',
    ]) {
      let html = '';
      try {
        html = renderItem(`<p>${text}</p>`, contentOf('a'));
      } catch (error) {
        expect(error).toBeInstanceOf(TemplateError);
      }
      expect(html).not.toMatch(/function|Array|Object/);
    }
  });

  it('runs no Liquid that content holds, wherever it stands', () => {
    const liquid = new Liquid();
    const title = cleanText('{{ 7 | times: 7 }} {% assign x = 1 %}{');
    const text =
      '<p title="{{item.title}}">{{item.title}}{{item.title}}{{truncate item.title 4}}{{truncate item.title 2}}{{item.title}}</p>';
    const html = renderItem(text, contentOf('a', { title }));
    expect(liquid.parseAndRenderSync(html)).toBe(html);
  });
});

describe('CSS', () => {
  it('is inlined when the template is loaded, from the template and from its partials', () => {
    const partials = { styles: '<style>.b { color: red } td { padding: 4px }</style>' };
    const html = renderItem(
      '{{> styles}}<style>.a { margin: 0 }</style><table><tr><td class="a b">{{item.title}}</td></tr></table>',
      contentOf('a'),
      { partials },
    );
    expect(html).not.toContain('<style');
    expect(html).toMatch(/<td class="a b" style="[^"]*">/);
    for (const rule of ['color: red', 'padding: 4px', 'margin: 0']) expect(html).toContain(rule);
  });

  it('of media queries stays, for what cannot be inlined', () => {
    const html = renderItem(
      '<style>p { margin: 0 } @media (max-width: 479px) { p { margin: 4px } }</style><p>{{item.title}}</p>',
      contentOf('a'),
    );
    expect(html).toMatch(/^<style>/);
    expect(html).toMatch(/@media \(max-width: 479px\)/);
    expect(html).toMatch(/<p style="margin: 0;?">/);
  });

  it('is inlined into every repetition', () => {
    const template = compile(
      '<style>li { margin: 0 }</style><ul>{{#each items}}<li>{{title}}</li>{{/each}}</ul>',
    );
    expect(render(template, 3).match(/<li style="margin: 0;?">/g)).toHaveLength(3);
  });

  it('leaves Outlook’s comments and the template’s blocks as they are', () => {
    const text =
      '<!--[if mso]><table><tr><td><![endif]--><p>{{#if item.price}}{{item.price_text}}{{else}}Free{{/if}}</p><!--[if mso]></td></tr></table><![endif]-->';
    expect(renderItem(text, contentOf('a'))).toBe(
      '<!--[if mso]><table><tr><td><![endif]--><p>$29.00</p><!--[if mso]></td></tr></table><![endif]-->',
    );
  });
});

describe('plain text', () => {
  const options = { name: 'email.txt' };

  it('is not escaped, since nobody would unescape it', () => {
    expect(renderItem('{{item.title}}', contentOf('a', { title: `Tom & "Ann" <3` }), options)).toBe(
      'Tom & "Ann" <3\n',
    );
  });

  it('is nothing where there is nothing to show', () => {
    expect(compile('Our tips', options)(blockWith(0), NO_MESSAGE)).toBe('');
  });

  it('ends with one line break and begins with its text', () => {
    expect(renderItem('\n\nHello\n\n\n', contentOf('a'), options)).toBe('Hello\n');
  });

  it('keeps its line breaks, and what looks like a style', () => {
    expect(renderItem('One\n\n<style>x</style>\n  Two', contentOf('a'), options)).toBe(
      'One\n\n<style>x</style>\n  Two\n',
    );
  });

  it('runs no Liquid that content holds', () => {
    const title = cleanText('{{ 7 | times: 7 }} {');
    const text = renderItem('{{item.title}}{{item.title}}', contentOf('a', { title }), options);
    expect(new Liquid().parseAndRenderSync(text)).toBe(text);
  });
});

describe('what Braze refuses', () => {
  it.each(['script', 'iframe', 'svg', 'link', 'meta', 'title', 'object', 'embed', 'xml'])(
    'the tag %s is a fault with its line',
    (tag) => {
      for (const text of [
        `<p>\n<${tag} a="b">`,
        `<p>\n<${tag.toUpperCase()}>`,
        `<p>\n</${tag}>`,
        `<p>\n<${tag}/>`,
      ]) {
        expect(errorOf(text)).toMatchObject({
          line: 2,
          message: expect.stringMatching(new RegExp(tag, 'i')),
        });
      }
    },
  );

  it.each(['<titles>', '<metadata-x>', '<scripted>'])('%s is another tag', (tag) => {
    expect(renderItem(`<p>${tag}</p>`, contentOf('a'))).toContain('<p>');
  });

  it('cannot come from content', () => {
    const render = (): string => renderItem('<p><{{item.title}}>x</p>', contentOf('a', { title: 'script' }));
    expect(render).toThrow(TemplateError);
  });

  it('is found in partials, in blocks and in Outlook’s comments', () => {
    expect(errorOf('<p>{{> x}}</p>', { partials: { x: '<svg></svg>' } }).message).toMatch(/svg/);
    expect(errorOf('<p>{{#if item.price}}<svg></svg>{{/if}}</p>').message).toMatch(/svg/);
    expect(errorOf('<p>{{#if item.price}}x{{else}}<svg></svg>{{/if}}</p>').message).toMatch(/svg/);
    expect(errorOf('<p><!--[if mso]><xml></xml><![endif]--></p>').message).toMatch(/xml/);
  });
});

describe('the names of a template', () => {
  it.each<[string, string]>([
    ['{{#each items}}{{this.title}}{{/each}}', 'Title of a'],
    ['{{#each items}}{{../title}}{{/each}}', 'Home page hero'],
    ['{{#each items}}{{#if ../is_treatment}}{{title}}{{/if}}{{/each}}', 'Title of a'],
    ['{{#each items}}{{@index}}{{#if @first}}first{{/if}}{{@root.title}}{{/each}}', '0firstHome page hero'],
    ['{{#each items as |it|}}{{it.title}}{{/each}}', 'Title of a'],
    ['{{#each items}}{{title}}{{else}}{{title}}{{/each}}', 'Title of a'],
    ['{{#with item}}{{title}}{{/with}}', 'Title of a'],
    ['{{#with (lookup items 0)}}{{title}}{{/with}}', 'Title of a'],
    ['{{items.0.title}}', 'Title of a'],
    ['{{items.[0].title}}', 'Title of a'],
    ['{{items.length}}', '1'],
    ['{{lookup item "title"}}', 'Title of a'],
    ['{{#unless items}}none{{/unless}}', ''],
    ['{{#if (and has_items (eq item_count 1))}}one{{else if campaign}}c{{/if}}', 'one'],
    ['{{#each items}}{{> card this}}{{/each}}', 'Title of a'],
    ['{{#each items}}{{> card title=price_text}}{{/each}}', '$29.00'],
    ['{{item.click_url}}', 'https://www.example.com/a'],
  ])('in %s are known', (text, expected) => {
    const partials = { card: '{{title}}' };
    expect(renderItem(`<p>${text}</p>`, contentOf('a'), { partials })).toBe(`<p>${expected}</p>`);
  });
});

describe('partials', () => {
  it('take the values they are given, and those around them', () => {
    const partials = { label: '<i>{{text}} {{price_text}}</i>' };
    expect(
      renderItem('<p>{{#each items}}{{> label text=title}}{{/each}}</p>', contentOf('a'), { partials }),
    ).toBe('<p><i>Title of a $29.00</i></p>');
  });

  it('may call partials', () => {
    const partials = { outer: '<b>{{> inner}}</b>', inner: '<i>{{item.title}}</i>' };
    expect(renderItem('<p>{{> outer}}</p>', contentOf('a'), { partials })).toBe(
      '<p><b><i>Title of a</i></b></p>',
    );
  });

  it('that call each other for ever are a fault', () => {
    expect(errorOf('<p>{{> a}}</p>', { partials: { a: '{{> b}}', b: '{{> a}}' } }).message).toMatch(/itself/);
    expect(errorOf('<p>{{> a x=1}}</p>', { partials: { a: '{{> a x=1}}' } })).toBeInstanceOf(TemplateError);
  });
});
