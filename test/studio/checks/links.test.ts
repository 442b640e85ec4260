import { describe, expect, it } from 'vitest';
import { parseLinkParts } from '../../../src/domain/link-parameters.ts';
import { placementWith } from '../../domain/examples.ts';
import { blockWithClicks, clickUrl, find, say } from './messages.ts';

const link = (url: string, text = 'x'): string => `<a href="${url}">${text}</a>`;
const shop = (position: number): string => `https://www.test-company.com/item-${position}`;
const counted = { block: blockWithClicks(shop) };

describe('the address of a link', () => {
  it.each([
    ['', 'problem: 1 link leads nowhere'],
    ['#', 'problem: 1 link leads nowhere'],
    ['https://', 'problem: 1 link leads nowhere'],
    ['/a', 'problem: 1 link has an address that works on a website only'],
    ['a.html', 'problem: 1 link has an address that works on a website only'],
    ['//www.test-company.com', 'problem: 1 link has an address that works on a website only'],
    ['www.test-company.com', 'problem: 1 link has an address that works on a website only'],
    ['javascript:alert(1)', 'problem: 1 link has an address that mail clients refuse'],
  ])('"%s" is wrong', async (url, title) => {
    expect(await say('link_address', link(url))).toEqual([title]);
  });

  it.each([
    'https://www.test-company.com',
    'HTTP://a.test-company.com',
    'mailto:a@b.com',
    'tel:+41',
    'myapp://a',
    '#part',
    '{{ ${url} }}',
    '[click_url]',
    '%%url%%',
  ])('"%s" is left alone', async (url) => {
    expect(await say('link_address', link(url))).toEqual([]);
  });

  it('may be missing from an anchor', async () => {
    expect(await say('link_address', '<a name="top"></a>')).toEqual([]);
    expect(await say('link_text', '<a name="top"></a>')).toEqual([]);
  });
});

it.each([
  ['', 1],
  ['<b> &nbsp;&zwnj;</b>', 1],
  ['<!-- x -->', 1],
  ['x', 0],
  ['<b>x</b>', 0],
  ['&#65;', 0],
  ['<img src="https://a.test-company.com/a.png" alt="">', 0],
])('a link around "%s" has nothing to read: %i', async (inner, findings) => {
  expect(await say('link_text', link('https://www.test-company.com', inner))).toHaveLength(findings);
});

describe('where links lead', () => {
  it('is told of counted links by the item’s own address', async () => {
    const block = blockWithClicks(
      (position) => `http://${['10.0.0.1', 'www.example.com', 'cms.test-company.com'][position - 1]}/a`,
    );
    const body = [1, 2, 3].map((position) => link(clickUrl(position))).join('\n');
    const [local] = await find('unreachable', body, { block });
    expect(local).toMatchObject({ severity: 'problem', places: [{ line: 1 }] });
    expect(local?.advice).toContain('10.0.0.1');
    const [example] = await find('examples', body, { block });
    expect(example).toMatchObject({ severity: 'warning', places: [{ line: 2 }] });
    expect(example?.advice).toContain('www.example.com');
    expect(await say('link_scheme', body, { block })).toEqual([
      'warning: 3 links lead to http instead of https',
    ]);
  });

  it('is told of links in the template, and in plain text', async () => {
    expect(await say('unreachable', link('http://localhost:3000/a'))).toHaveLength(1);
    const text = 'Read more:\nhttp://localhost:3000/a.\n(https://www.test-company.com/b)';
    const [finding] = await find('unreachable', text, { kind: 'text' });
    expect(finding?.places).toEqual([{ line: 2, excerpt: 'http://localhost:3000/a' }]);
  });

  it('is an image’s address, too', async () => {
    expect(await say('unreachable', '<img src="https://cms.internal/a.png" alt="">')).toHaveLength(1);
  });
});

describe('links through Inlay', () => {
  const publicUrl = new URL('http://127.0.0.1:3000/');

  it('that work on this machine only are told of once', async () => {
    const body = link('http://127.0.0.1:3000/go/home-hero/1?key=a').repeat(3);
    expect(await say('own_links', body, { publicUrl })).toEqual([
      'note: Links through Inlay work on this machine only',
    ]);
    expect(await say('unreachable', body, { publicUrl })).toEqual([]);
    expect(await say('link_scheme', body, { publicUrl })).toEqual([]);
  });

  it('are not told of where there are none', async () => {
    expect(await say('own_links', link('https://www.test-company.com'), { publicUrl })).toEqual([]);
    expect(await say('own_links', link('http://127.0.0.1:3000/other'), { publicUrl })).toEqual([]);
  });

  it('work everywhere with a public address', async () => {
    expect(await say('own_links', link(clickUrl(1)), counted)).toEqual([]);
  });
});

it('an item’s own address in place of its counted link is found', async () => {
  expect(await say('counted_links', link(shop(1)), counted)).toEqual([
    'warning: Clicks on 1 link are not counted',
  ]);
  expect(await say('counted_links', link(clickUrl(1)), counted)).toEqual([]);
  expect(await say('counted_links', `${clickUrl(1)}\n${shop(2)}`, { ...counted, kind: 'text' })).toHaveLength(
    1,
  );
});

describe('link parameters', () => {
  const parameter = (name: string, text: string) => {
    const parsed = parseLinkParts(text);
    if ('fault' in parsed) throw new Error(parsed.fault);
    return { name, parts: parsed.parts };
  };
  const placement = placementWith({
    links: [parameter('utm_source', 'braze'), parameter('utm_campaign', '{{campaign}}')],
  });
  const both = (position: number): string => `${shop(position)}?utm_source=braze&utm_campaign=weekly`;

  it('are recommended where a placement has none', async () => {
    expect(await say('link_parameters', link(clickUrl(1)), counted)).toEqual([
      'note: Web analytics cannot tell the clicks of this message from others',
    ]);
  });

  it('may come from the CMS', async () => {
    expect(await say('link_parameters', link(clickUrl(1)), { block: blockWithClicks(both) })).toEqual([]);
  });

  it('that have nothing to be made from are named', async () => {
    const block = blockWithClicks((position) => `${shop(position)}?utm_source=braze`, { placement });
    const [finding] = await find('link_parameters', link(clickUrl(1)), { block });
    expect(finding).toMatchObject({ severity: 'note', title: 'Links go without utm_campaign' });
    expect(finding?.advice).toContain('made from campaign');
  });

  it('that are complete are fine', async () => {
    const block = blockWithClicks(both, { placement });
    expect(await say('link_parameters', link(clickUrl(1)), { block })).toEqual([]);
  });

  it('are missed at other links to the same site', async () => {
    const block = blockWithClicks(both, { placement });
    const body = [
      link(clickUrl(1)),
      link('https://www.test-company.com/all'),
      link('https://www.test-company.com/all?utm_source=mail'),
      link('https://elsewhere.com/'),
      link('mailto:a@test-company.com'),
    ].join('\n');
    expect(await find('link_parameters', body, { block })).toMatchObject([
      { severity: 'warning', title: '1 link has no link parameters', places: [{ line: 2 }] },
    ]);
  });
});
