import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANSWER, reply, show, tag } from './evaluated.ts';

const PIECES = [
  '{{',
  '}}',
  '{%',
  '%}',
  '{%-',
  '-%}',
  '${',
  '}',
  '${user_id}',
  '{{${user_id}}}',
  '{{ reco.item_1_title | escape }}',
  '{% if a == 1 %}',
  '{% elsif b %}',
  '{% else %}',
  '{% endif %}',
  '{% unless a %}',
  '{% endunless %}',
  '{% for i in (1..3) %}',
  '{% endfor %}',
  '{% case a %}',
  "{% when 'x' %}",
  '{% endcase %}',
  '{% capture a %}',
  '{% endcapture %}',
  '{% assign a = "x" | append: a %}',
  '{% raw %}',
  '{% endraw %}',
  '{% comment %}',
  '{% endcomment %}',
  '{% liquid\n assign a = 1\n echo a\n%}',
  "{% abort_message('x') %}",
  tag(),
  tag('.html', '', ''),
  '{% connected_content',
  ' :save',
  ' :headers {',
  ':body {{',
  'https://inlay.example.com/',
  ' | ',
  ' : ',
  ' , ',
  '"',
  "'",
  '[',
  ']',
  '(',
  ')',
  '..',
  '.',
  '=',
  '==',
  ' and ',
  ' contains ',
  '<!--',
  '-->',
  '<b>',
  '\n',
  '\r\n',
  ' ',
  'x',
  '0',
  '\\',
  '\u0000',
  'é',
  '😀',
  '\ud800',
  '__proto__',
  'constructor',
  '|',
  '-',
  '#',
  '%',
];

const pasted = fc.array(fc.constantFrom(...PIECES), { maxLength: 25 }).map((pieces) => pieces.join(''));

const value = fc.constantFrom(
  '${user_id}',
  '{{${user_id}}}',
  'custom_attribute.${zip code}',
  'a',
  'reco.item_1_title',
  'reco.items[0].title',
  '"x y"',
  "'it'",
  '3',
  '-1.5',
  'true',
  'nil',
  'blank',
);
const filter = fc.constantFrom(
  '',
  ' | upcase',
  ' | default: "x"',
  ' | append: a',
  ' | size',
  ' | url_param_escape',
  ' | plus: 2 | money',
  ' | split: "," | first',
  ' | date: "%F"',
  ' | escape',
);
const comparison = fc
  .tuple(value, fc.constantFrom(' == ', ' != ', ' contains '), value)
  .map((parts) => parts.join(''));
const condition = fc.oneof(
  value,
  comparison,
  fc.tuple(comparison, value).map((parts) => parts.join(' and ')),
);
const output = fc
  .tuple(value, filter)
  .map(([of, through]) => `{{ ${of.replace(/^\{\{|\}\}$/g, '')}${through} }}`);

/** Messages that Braze can read. */
const { message: readable } = fc.letrec<{ message: string; node: string }>((tie) => ({
  message: fc.array(tie('node'), { maxLength: 4 }).map((nodes) => nodes.join('')),
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      'text',
      '\n',
      '<b>',
      '</b>',
      '{ ',
      '}',
      tag(),
      tag('.html', '', ''),
      tag('.json', '&limit=1', ' :save a :retry'),
    ),
    output,
    fc.tuple(value, filter).map(([of, through]) => `{% assign a = ${of}${through} %}`),
    fc
      .tuple(fc.constantFrom('if', 'unless'), condition, tie('message'), condition, tie('message'))
      .map(
        ([name, one, then, other, otherwise]) =>
          `{% ${name} ${one} %}${then}{% elsif ${other} %}{% else -%}${otherwise}{%- end${name} %}`,
      ),
    fc
      .tuple(value, tie('message'))
      .map(([list, body]) => `{% for i in ${list} limit:2 %}${body}{{i}}{% else %}none{% endfor %}`),
    fc
      .tuple(value, value, tie('message'))
      .map(([of, when, body]) => `{% case ${of} %}{% when ${when} or 'z' %}${body}{% else %}-{% endcase %}`),
    tie('message').map((body) => `{% capture a %}${body}{% endcapture %}`),
    tie('message').map((body) => `{% comment %}${body.replaceAll('comment', '')}{% endcomment %}`),
  ),
}));

describe('whatever can be read', () => {
  it('is evaluated, each time to the same', async () => {
    await fc.assert(
      fc.asyncProperty(readable, async (template) => {
        const scene = { replies: [reply(ANSWER), reply('<p>x</p>')], limits: { calls: 1_000 } };
        const [first, second] = [await show(template, scene), await show(template, scene)];
        expect(first.told.filter((one) => /Liquid cannot|stopped/.test(one))).toEqual([]);
        expect(first.outcome).toBe('sent');
        expect(second).toEqual(first);
      }),
      { numRuns: 400 },
    );
  });
});

describe('whatever is pasted', () => {
  it('ends with a result that speaks of its lines, in words', async () => {
    await fc.assert(
      fc.asyncProperty(pasted, async (template) => {
        const { outcome, output, problems } = await show(template, {
          replies: [reply(ANSWER), null, reply('<p>x</p>')],
        });
        const lines = template.split('\n').length;
        for (const { line, message } of problems) {
          if (line !== null) expect(line).toBeLessThanOrEqual(lines);
          expect(line).not.toBe(0);
          expect(message).not.toMatch(/undefined|\[object|, col:\d|braze_profile|TypeError|liquidjs/);
        }
        if (outcome === 'broken') expect(problems.some(({ severity }) => severity === 'problem')).toBe(true);
        expect(output.isWellFormed()).toBe(true);
      }),
      { numRuns: 1_500 },
    );
  });

  it('comes out as it is if there is no Liquid in it', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 200 }).filter((one) => !/\{[{%]|<!--/.test(one));
    await fc.assert(
      fc.asyncProperty(text, async (template) => {
        expect(await show(template)).toMatchObject({ outcome: 'sent', output: template });
      }),
      { numRuns: 300 },
    );
  });

  it('comes out as it is where it is an attribute, whatever it holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 60 }), async (user_id) => {
        const { output, asked } = await show(`${tag()}[{{\${user_id}}}]`, {
          attributes: { user_id },
          replies: [reply(ANSWER)],
        });
        expect(output).toBe(`[${user_id}]`);
        expect(new URL(asked[0]?.url ?? '').searchParams.get('user_id')).toBe(user_id);
      }),
      { numRuns: 300 },
    );
  });
});
