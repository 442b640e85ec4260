import { rawData } from 'caniemail';
import { describe, expect, it } from 'vitest';
import { FEATURES } from '../../../src/studio/checks/client-features.ts';
import { loadClients } from '../../../src/studio/checks/client-library.ts';
import { find, linesOf, say } from './messages.ts';

const styled = (style: string, name = 'div'): string => `<${name} style="${style}">x</${name}>`;

describe('what mail clients do not support', () => {
  it('is one warning for each feature, with its clients and lines', async () => {
    const body = `<p>x</p>\n${styled('position: absolute')}\n<p>y</p>\n${styled('position: absolute; top: 0')}`;
    const [finding, ...more] = await find('client_support', body);
    expect(finding).toMatchObject({ severity: 'warning', places: [{ line: 2 }, { line: 4 }] });
    expect(finding?.title).toMatch(/^position does not work in \d+ mail clients$/);
    expect(finding?.clients).toEqual(expect.arrayContaining(['Gmail in a browser', 'Outlook on Windows']));
    expect(finding?.clients).not.toContain('Apple Mail on Mac');
    expect(more).toEqual([]);
  });

  it('names the clients in the title where they are few', async () => {
    expect(await say('client_support', styled('display: flex'))).toEqual([
      'warning: display: flex does not work in Outlook on Windows',
    ]);
  });

  it('takes properties that belong together as one', async () => {
    const style = 'display: flex; justify-content: center; align-items: center; flex-wrap: wrap; gap: 4px';
    expect(await find('client_support', styled(style))).toHaveLength(1);
  });

  it.each([
    ['<img src="https://a.test-company.com/a.svg" alt="" width="9">', /^SVG image format does not work/],
    ['<img src="https://a.test-company.com/a.webp?w=9" alt="" width="9">', /webP .* Outlook on Windows/],
    ['<video></video>', /<video> element/],
    [styled('width: 10vw'), /vw unit/],
    ['<style>@import "a.css";</style>', /@import/],
  ])('is told of %s', async (body, title) => {
    expect((await find('client_support', body)).map(({ title }) => title).join()).toMatch(title);
  });

  it('is told in part where only a part is used', async () => {
    expect(await say('client_support', styled('padding: 4px'))).toEqual([
      'note: padding works only in part in Outlook on Windows',
    ]);
    expect(await say('client_support', `<table><tr>${styled('padding: 4px', 'td')}</tr></table>`)).toEqual(
      [],
    );
    const [finding] = await find('client_support', styled('padding: 4px'));
    expect(finding?.advice).toBe('Only supported on table cells. Put the space around it into a table cell.');
  });

  it.each([
    'margin: 0 0 4px',
    'text-align: center',
    'text-decoration: none',
    'background-color: #fff',
    'background: #fff',
    'border: 1px solid #ccc',
    'display: block',
    'font-size: 16px; line-height: 20px; font-weight: bold',
    'table-layout: fixed; word-wrap: break-word',
  ])('is not told of a usual style, %s', async (style) => {
    const findings = await find('client_support', `<table><tr>${styled(style, 'td')}</tr></table>`);
    expect(findings.filter(({ title }) => title !== 'Some mail clients leave out details')).toEqual([]);
  });

  it.each([
    ['margin: -4px', /^margin/],
    ['margin: 0 auto', /^margin/],
    ['text-align: start', /^text-align/],
    ['text-decoration: underline dotted', /^text-decoration/],
    ['background: url(https://a.test-company.com/a.png)', /^background-image/],
    ['border: 12px solid red', /^border/],
    ['font-size: 2rem', /rem/],
  ])('is told of the same with an unusual value, %s', async (style, title) => {
    const findings = await find('client_support', styled(style, 'td'));
    expect(findings.some((finding) => title.test(finding.title))).toBe(true);
  });

  it.each([
    'max-width: 100%; height: auto; display: block; border: 0; outline: none',
    'vertical-align: middle',
  ])('is not told of an image that adapts, %s', async (style) => {
    const image = `<img src="https://a.test-company.com/a.png" alt="" width="300" style="${style}">`;
    expect(await find('client_support', image)).toEqual([]);
  });

  it('of details is one note', async () => {
    const style = 'border-radius: 4px; box-shadow: 0 0 1px red; text-shadow: 0 0 1px red';
    const body = `${styled(style)}<style>@media screen { p:hover { color: red } }</style>`;
    const [finding, ...more] = await find('client_support', body);
    expect(finding).toMatchObject({ severity: 'note', title: 'Some mail clients leave out details' });
    expect(finding?.advice).toContain('rounded corners (Outlook on Windows)');
    expect(finding?.clients).toContain('Outlook on Windows');
    expect(more).toEqual([]);
  });

  it('of layout in Outlook on Windows is not told where it has a layout of its own', async () => {
    const body = styled('min-width: 33%; width: 33%; display: inline-block');
    expect(await find('client_support', body)).not.toEqual([]);
    expect(await find('client_support', `<!--[if mso]><table><![endif]-->${body}`)).toEqual([]);
  });

  it('is not told of a tag that has another’s name in its own', async () => {
    // To caniemail an article is an <rt>, too.
    expect(await find('client_support', '<span>x</span><article>y</article>')).toEqual([]);
  });
});

describe('a style that cannot be read', () => {
  it('is a note with its line, and the rest is checked', async () => {
    const body = `${styled('position: absolute')}\n${styled('color red')}\n${styled('display: grid')}`;
    const findings = await find('client_support', body);
    expect(findings.map(({ severity, places }) => [severity, places[0]?.line])).toEqual([
      ['warning', 1],
      ['warning', 3],
      ['note', 2],
    ]);
  });

  it('and stands in many tags is found in each', async () => {
    const body = Array.from({ length: 9 }, (_, index) => styled(`color${index} red`)).join('\n');
    expect(await linesOf('client_support', body)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

it('far too many different tags are not checked, which is said', async () => {
  const body = Array.from({ length: 2_000 }, (_, index) => styled(`width: ${index}px`)).join('');
  expect(await say('client_support', body)).toEqual(['note: What mail clients support was not checked']);
});

it('any number of tags that are alike is checked', async () => {
  const [finding] = await find('client_support', `${styled('position: absolute')}\n`.repeat(2_000));
  expect(finding?.places).toHaveLength(20);
});

it.each([
  'textarea',
  'title',
  'xmp',
  'select',
  'frameset',
  'noscript',
  'math',
  'svg',
  'li',
  'plaintext',
  'form',
  'image',
])('tags around <%s> are told by their own lines', async (name) => {
  const odd = name === 'plaintext' ? '' : `<${name}></${name}>`;
  const body = `${odd}\n${styled('position: absolute')}\n${styled('float: left')}\n<${name}>`;
  const findings = await find('client_support', body);
  const lines = (title: string) => findings.find((finding) => finding.title.startsWith(title))?.places;
  expect(lines('position')).toMatchObject([{ line: 2 }]);
  expect(lines('float')).toMatchObject([{ line: 3 }]);
});

describe('caniemail', () => {
  it('has every feature that something is made of', () => {
    const titles = rawData.data.map(({ title }) => title);
    expect([...FEATURES.keys()].filter((title) => !titles.includes(title))).toEqual([]);
  });

  it('throws for none of the properties that it knows', async () => {
    const ask = await loadClients();
    const properties = rawData.data.map(({ title }) => title).filter((title) => /^[a-z-]+$/.test(title));
    expect(properties.length).toBeGreaterThan(100);
    for (const property of properties) {
      expect(() => ask({ html: `<p style="${property}: inherit"></p>` })).not.toThrow();
    }
  });

  it('is asked about the newest version of each client', async () => {
    const ask = await loadClients();
    const clients = ask({ html: '<table style="max-width: 9px"></table>' }).map(({ client }) => client);
    // Old iPhones did not; sorted as text, 6.1 comes behind 12.2.
    expect(clients).not.toContain('apple-mail.ios');
  });
});
