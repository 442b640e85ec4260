import { describe, expect, it } from 'vitest';
import { disarmLiquid } from '../../../src/text.ts';
import { find, say } from './messages.ts';

describe('a placeholder', () => {
  it.each([
    'Hello {{first_name}}',
    disarmLiquid('Hello {{ ${first_name} }}'),
    disarmLiquid('{% if a %}'),
    'Hello %%first name%%',
    'Hello *|FNAME|*',
    'Hello $$name$$',
    'Hello [first_name]',
  ])('is found in "%s"', async (text) => {
    expect(await say('leftovers', `<p>${text}</p>`)).toHaveLength(1);
    expect(await say('leftovers', text, { kind: 'text' })).toHaveLength(1);
    expect(await say('leftovers', `<img src="https://a.test-company.com/a.png" alt="${text}">`)).toHaveLength(
      1,
    );
  });

  it.each(['100 %', '50%% off', '{ braces }', '[Sponsored]', '[1]', '5 $ and 6 $', 'a | b', '5 * 6 | 7'])(
    'is not "%s"',
    async (text) => {
      expect(await say('leftovers', `<p>${text}</p>`)).toEqual([]);
    },
  );

  it('is found when entities hide it from the source', async () => {
    expect(await say('leftovers', '<p>&#123;&#123;name}}</p>')).toHaveLength(1);
  });

  it('in a style or a comment is none', async () => {
    expect(await say('leftovers', '<style>a { b: c }</style><!-- {{a}} -->')).toEqual([]);
  });

  it('in plain text is shown with what stands around it, on its line', async () => {
    const text = `First line\n${'long '.repeat(30)}Hello {{name}} and more\nLast`;
    const [finding] = await find('leftovers', text, { kind: 'text' });
    expect(finding?.places).toEqual([
      { line: 2, excerpt: expect.stringContaining('Hello {{name}} and more') },
    ]);
  });
});

it.each([
  ['<p>undefined</p>', 1],
  ['<p> null </p>', 1],
  ['<p>[object Object]</p>', 1],
  ['<p>Undefined behaviour, explained</p>', 0],
  ['<p>null and void</p>', 0],
])('%s shows a missing value: %i', async (body, findings) => {
  expect(await say('leftovers', body)).toHaveLength(findings);
});

it.each([
  ['Tom &amp; Jerry', 1],
  ['<b>x</b>', 1],
  ['a<br>b', 1],
  ['<!-- x', 1],
  ['Tom & Jerry; 5 < 6 > 4', 0],
  ['https://a.test-company.com/?a=1&b=2', 0],
])('"%s" has markup in plain text: %i', async (body, findings) => {
  expect(await say('markup_in_text', body, { kind: 'text' })).toHaveLength(findings);
});
