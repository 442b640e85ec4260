import { describe, expect, it } from 'vitest';
import { contentOf } from '../domain/examples.ts';
import { compile, renderItem, type TemplateOptions } from './examples.ts';

const SCRIPT = 'javascript:alert(1)';
const HOSTILE = contentOf('a', { title: SCRIPT });

/** Every URL that a browser would find in the attributes of this HTML. */
function urlsIn(html: string): string[] {
  const attributes = html.matchAll(
    /(?:href|src|action|background|poster|srcset)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*))/gi,
  );
  return Array.from(attributes, ([, double, single, bare]) => double ?? single ?? bare ?? '');
}

/** The URL that a template gives, or null if it was refused when it was loaded. */
function urlOf(text: string, content = HOSTILE, options: TemplateOptions = {}): string | null {
  try {
    compile(text, options);
  } catch {
    return null;
  }
  return urlsIn(renderItem(text, content, options))[0] ?? '';
}

describe('a URL attribute', () => {
  it.each([
    '<a href="{{item.title}}">x</a>',
    "<a href='{{item.title}}'>x</a>",
    '<a href = "{{item.title}}">x</a>',
    '<a href=" {{item.title}}">x</a>',
    '<a HREF="{{item.title}}">x</a>',
    '<a\n  href="{{item.title}}">x</a>',
    '<img src="{{item.title}}">',
    '<td background="{{item.title}}">x</td>',
    '<form action="{{item.title}}"></form>',
    '<video poster="{{item.title}}"></video>',
    '<img srcset="{{item.title}} 2x">',
    '<a title="{{item.title}}" href="{{item.title}}">x</a>',
    '<a title="{{item.title}}"href="{{item.title}}">x</a>',
    '<a/href="{{item.title}}">x</a>',
    '{{#each items}}<a href="{{title}}">x</a>{{/each}}',
    '<a href="{{#if item.title}}{{item.title}}{{/if}}">x</a>',
    '<a href="{{#if item.price}}{{item.title}}{{else}}{{item.url}}{{/if}}">x</a>',
    '<a href="{{#if is_fallback}}https://x.example/{{/if}}{{item.title}}">x</a>',
    '<a href="{{#with item}}{{title}}{{/with}}">x</a>',
    '<a href="{{#each items}}{{title}}{{/each}}">x</a>',
    '<a href="{{default item.title item.url}}">x</a>',
    '<a href="{{lookup item "title"}}">x</a>',
    '<a href="{{truncate item.title 80}}">x</a>',
    '<a href="{{item.image_url}}{{item.title}}">x</a>',
    '<a href="{{~item.title~}}">x</a>',
    '<a href="{{!-- note --}}{{item.title}}">x</a>',
    '<a title="a>b" href="{{item.title}}">x</a>',
    '<a {{#if item.price}}href{{else}}title{{/if}}="{{item.title}}">x</a>',
    '{{#if item.price}}<a href="{{else}}<a title="{{/if}}{{item.title}}">x</a>',
    '<!--[if mso]><v:rect href="{{item.title}}"><![endif]-->',
    '<!--[if !mso]><!--><a href="{{item.title}}">x</a><!--<![endif]-->',
    '<!--[if !mso]><!-- --><a href="{{item.title}}">x</a><!--<![endif]-->',
    '<!----><a href="{{item.title}}">x</a>',
    '<img srcset="{{item.url}} 1x, {{item.title}} 2x">',
    '<button formaction="{{item.title}}">x</button>',
  ])('of %s never holds a script', (text) => {
    const content = contentOf('a', { title: SCRIPT, image_url: null });
    expect(urlOf(text, content) ?? '').not.toMatch(/^\s*javascript:/i);
  });

  it.each<[string, Record<string, string>]>([
    ['<a href="{{> link}}">x</a>', { link: '{{item.title}}' }],
    ['<a href="{{> link to=item.title}}">x</a>', { link: '{{to}}' }],
    ['{{> link to=item.title}}', { link: '<a href="{{to}}">x</a>' }],
    ['{{> link}}', { link: '<a href="{{item.title}}">x</a>' }],
    ['<p>{{> start}}{{item.title}}">x</a></p>', { start: '<a href="' }],
  ])('of %s with the partial %j never holds a script', (text, partials) => {
    expect(urlOf(text, HOSTILE, { partials }) ?? '').not.toMatch(/^\s*javascript:/i);
  });

  it.each([
    SCRIPT,
    'JAVASCRIPT:alert(1)',
    ' javascript:alert(1)',
    'vbscript:x',
    'data:text/html,x',
    '//evil.example/',
    '/relative',
    'Title of a book',
    'myapp://learn/a',
  ])('is empty where the value %j is no URL of a known scheme', (title) => {
    expect(urlOf('<a href="{{item.title}}">x</a>', contentOf('a', { title }))).toBe('');
  });

  it('in CSS never holds a script, nor does it end there', () => {
    const text = '<td style="background-image: url({{item.title}})">x</td>';
    const render = (title: string): string => {
      try {
        return renderItem(text, contentOf('a', { title }));
      } catch {
        return '';
      }
    };
    expect(render(SCRIPT)).not.toContain('javascript:');
    expect(render('x); background: url(https://evil.example/')).not.toContain('evil');
  });

  it('is empty where the value is absent', () => {
    expect(urlOf('<img src="{{item.image_url}}">', contentOf('a', { image_url: null }))).toBe('');
  });

  it.each([
    '<a href="{{item.url}}">x</a>',
    "<a href='{{item.click_url}}'>x</a>",
    '<a title="x" href="{{default item.image_url item.url}}">x</a>',
    '<a href="{{#if item.image_url}}{{item.image_url}}{{else}}{{item.url}}{{/if}}">x</a>',
  ])('of %s holds the URL of content as it is', (text) => {
    const url = 'https://www.example.com/a?b=1';
    expect(urlOf(text, contentOf('a', { url, image_url: null }))?.replaceAll('&#x3D;', '=')).toBe(url);
  });

  it('holds links of the schemes that a content source names, and of no other', () => {
    const content = contentOf('a', { title: 'myapp://learn/a' });
    const schemes = ['https', 'http', 'myapp'];
    expect(urlOf('<a href="{{item.title}}">x</a>', content, { schemes })).toBe('myapp://learn/a');
    expect(urlOf('<a href="{{item.title}}">x</a>', content)).toBe('');
    expect(
      urlOf('<a href="{{item.title}}">x</a>', contentOf('a', { title: 'myappx://a' }), { schemes }),
    ).toBe('');
  });

  it('may begin with words of the template, to which values are added', () => {
    const text = '<a href="https://x.example/?q={{encode item.title}}&amp;c={{item.title}}">x</a>';
    const url = urlOf(text, contentOf('a', { title: 'a b&c' }));
    expect(url).toBe('https://x.example/?q=a%20b%26c&amp;c=a b&amp;c');
  });
});
