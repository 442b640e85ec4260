import { describe, expect, it } from 'vitest';
import { ANSWER, reply, show, tag } from './evaluated.ts';

const ATTRIBUTES = {
  user_id: 'ann',
  first_name: 'Ann',
  'custom_attribute.zip code': '10115',
  'custom_attribute.points': '40',
  'custom_attribute.größe': 'L',
  'event_properties.sum': '2',
  'campaign.name': 'Autumn',
};

describe("Braze's own syntax", () => {
  it.each([
    ['{{${first_name}}}', 'Ann'],
    ['{{ ${first_name} | upcase }}', 'ANN'],
    ['{{custom_attribute.${zip code}}}', '10115'],
    ['{{custom_attribute.${größe}}}', 'L'],
    ['{{campaign.${name}}} {{event_properties.${sum} | plus: 1}}', 'Autumn 3'],
    ['{% if ${first_name} == "Ann" %}yes{% endif %}', 'yes'],
    ['{% if {{${first_name}}} == "Ann" and {{custom_attribute.${points}}} != blank %}yes{% endif %}', 'yes'],
    ['{% assign sum = {{custom_attribute.${points} | plus: 50}} %}{{sum}}', '90'],
    ['{% assign sum = {{custom_attribute.${points}}} | plus: {{event_properties.${sum}}} %}{{sum}}', '42'],
    ['{{custom_attribute.${points} | plus: {{event_properties.${sum}}}}}', '42'],
    ['{% assign p = 3 %}{% if {{p}} > 2 %}more{% endif %}', 'more'],
    [
      '{"id": "{{${user_id}}}", "of": {"a": {{custom_attribute.${points}}}}}',
      '{"id": "ann", "of": {"a": 40}}',
    ],
    ['{% for digit in (1..3) %}{{digit}}{% endfor %}', '123'],
    ['a {%- if true -%} b {%- endif -%} c {{- "d" -}} e', 'abcde'],
    ['{% raw %}{{${user_id}}} {% if %}{% endraw %}', '{{${user_id}}} {% if %}'],
    ['{% comment %}{{ ${nothing {% endcomment %}x', 'x'],
    ['{% liquid\n  assign n = 2\n  if n > 1\n    echo ${first_name} | append: "!"\n  endif\n%}', 'Ann!'],
    ['{{ "a\\" }}b', 'a\\b'],
    ['{{ }}x', 'x'],
    ['{% message_extras :key a :value {{${user_id}}} %}x', 'x'],
  ])('%s gives %s', async (template, output) => {
    expect(await show(template, { attributes: ATTRIBUTES })).toMatchObject({
      outcome: 'sent',
      output,
      problems: [],
    });
  });

  it('takes "" for true, and what is absent for false', async () => {
    const template =
      '{% if ${first_name} %}set{% endif %}{% if ${last_name} %}set{% else %}absent{% endif %}';
    const { output } = await show(template, { attributes: { first_name: '' } });
    expect(output).toBe('setabsent');
  });

  it('takes bare attributes within a tag, with a space in the name too', async () => {
    const { asked, problems } = await show(
      '{% connected_content https://inlay.example.com/v1/placements/hero?user_id=${user_id}&z=custom_attribute.${zip code} :basic_auth inlay :save r %}',
      { attributes: ATTRIBUTES, replies: [reply(ANSWER)] },
    );
    expect(asked.map(({ url }) => url)).toEqual([
      'https://inlay.example.com/v1/placements/hero?user_id=ann&z=10115',
    ]);
    expect(problems).toEqual([expect.objectContaining({ severity: 'warning' })]);
  });

  it.each([
    ['{{content_blocks.${footer}}}', 'problem', /Content Blocks do not exist here/],
    ['{{${userid}}}', 'problem', /no attribute.*Is user_id meant\?/],
    ['{{loyalty.${tier}}}', 'problem', /nothing named loyalty/],
    ['{{custom_attribute.${plan}}}', 'warning', /This person has no/],
    ['Hi ${first_name}', 'warning', /stands as it is in text/],
    ['{% catalog_items Games {{id}} %}', 'problem', /Catalogs do not exist here/],
  ])('%s is sent and told of', async (template, severity, message) => {
    const { outcome, problems } = await show(template, { attributes: {} });
    expect(outcome).toBe('sent');
    expect(problems).toContainEqual({ line: 1, severity, message: expect.stringMatching(message) });
  });

  it('removes HTML comments before Liquid is read, but for those that Outlook reads', async () => {
    const template = '<!-- {% if %} -->\n<!-- \n -->a<!--[if mso]>{{${user_id}}}<![endif]-->';
    const { output, told } = await show(template);
    expect(output).toBe('\n\na<!--[if mso]>ann<![endif]-->');
    expect(told).toEqual([expect.stringMatching(/^1 warning Braze removes HTML comments/)]);
  });

  it('reads the lines of tags that go over several', async () => {
    const lines = [
      'a',
      tag().replaceAll(' :', '\n  :'),
      '{% if reco.has_items',
      '   == tru %}',
      '{% endif %}',
      '{{ recco }}',
    ];
    const { told } = await show(lines.join('\n'), { replies: [reply(ANSWER)] });
    expect(told).toEqual([
      expect.stringMatching(/^5 warning Nothing here sets tru/),
      expect.stringMatching(/^8 warning Nothing here sets recco.* Is reco meant\?/),
    ]);
  });
});

describe('what Braze cannot read', () => {
  it.each<[string, string, RegExp]>([
    ['filters in a condition', '{% if a | size > 3 %}{% endif %}', /takes no filters in {% if %}/],
    ['filters in an elsif', '{% if a %}{% elsif b | size %}{% endif %}', /takes no filters in {% elsif %}/],
    ['filters in a loop', '{% for a in b | reverse %}{% endfor %}', /takes no filters in {% for %}/],
    ['filters in a case', '{% case a | upcase %}{% when 1 %}{% endcase %}', /takes no filters in {% case %}/],
    ['filters in a key', '{{ a[b | minus: 1] }}', /no filters between \[ and \]/],
    ['||', '{% if a || b %}{% endif %}', /no \|\|: write or/],
    ['&&', '{% if a && b %}{% endif %}', /no &&: write and/],
    ['!', '{% if !a %}{% endif %}', /no !/],
    ['=', '{% if a = 1 %}{% endif %}', /write ==/],
    ['parentheses', '{% if (a or b) and c %}{% endif %}', /no parentheses/],
    ['an operator in assign', '{% assign a = 1 > 2 %}', /no operators such as > in {% assign %}/],
    ['and in assign', '{% assign a = b and c %}', /no operators such as and in {% assign %}/],
    ['an operator in an output', '{{ 1 == 2 }}', /no operators such as == in an output/],
    ['a missing operator', '{% if a b %}{% endif %}', /missing between "a" and "b"/],
    ['a missing |', '{{ ${user_id} upcase }}', /a \| before a filter/],
    ['an operator at the end', '{% if a == %}{% endif %}', /nothing to compare with/],
    ['an empty condition', '{% if %}{% endif %}', /Nothing stands in {% if/],
    [
      'an unknown filter',
      '{{ 1 | url_param_escap }}',
      /no filter url_param_escap\. Is url_param_escape meant\?/,
    ],
    ["a filter that Braze's pages deny", '{{ 1 | pluralize }}', /does not have Liquid's filter pluralize/],
    ["one of JavaScript's Liquid alone", '{{ 1 | jsonify }}', /no filter jsonify/],
    ['a filter without a name', '{{ 1 | }}', /name of a filter is missing/],
    ['an unknown tag', '{% connect_content x %}', /no tag {% connect_content %}/],
    ['elseif', '{% if a %}{% elseif b %}{% endif %}', /write {% elsif b %}/],
    ['else if', '{% if a %}{% else if b %}{% endif %}', /write {% elsif b %}/],
    ['include', "{% include '/etc/passwd' %}", /include %} does not exist in Braze/],
    ['render', "{% render 'a' %}", /render %} does not exist in Braze/],
    ['curly quotes', '{{ “a” | upcase }}', /curly quote “/],
    ['an open quote', "{{ a | default: 'b }}", /quote ' is opened and not closed/],
    ['accents', '{{ größe }}', /letters without accents/],
    ['an assign without =', '{% assign a 1 %}', /needs = behind the name/],
    ['an assign without a name', '{% assign = 1 %}', /needs a name/],
    ['a loop over nothing', '{% for a of b %}{% endfor %}', /Write {% for item in list %}/],
    ['an open if', '{% if a %}', /{% if %} is never closed/],
    ['an open comment', '{% comment %}', /comment %} is never closed/],
    ['a stray endif', '{% endif %}', /closes nothing/],
    ['a stray else', '{% else %}', /stands outside of/],
    ['two elses', '{% if a %}{% else %}{% else %}{% endif %}', /comes after the {% else %}/],
    [
      'blocks that cross',
      '{% if a %}{% for b in c %}{% endif %}{% endfor %}',
      /close that first with {% endfor %}/,
    ],
    ['an open tag', '{% if a } {% endif %}', /not closed with %}/],
    ['an open comment among lines', '{% liquid comment\nassign a = 1 %}', /comment\s+not closed/],
    ['lines that are no tags', '{% liquid (a) %}', /cannot read this/],
    ['an open output', '{{ a', /not closed with }}/],
    ['three braces', '{{{a}}}', /Three braces/],
    ['a nameless tag', '{% %}', /without a name/],
    ['Liquid in an abort reason', "{% abort_message('no {{a}}') %}", /cannot hold Liquid/],
    ['a reason without quotes', '{% abort_message(no items) %}', /must be a text in quotes/],
  ])('%s is told with its line, and nothing is evaluated or called', async (_what, wrong, message) => {
    const { outcome, output, told, asked } = await show(`one\ntwo ${wrong}\n${tag()}`);
    expect(outcome).toBe('broken');
    expect(output).toBe('');
    expect(asked).toEqual([]);
    expect(told).toContainEqual(expect.stringMatching(/^2 problem /));
    expect(told.join('\n')).toMatch(message);
  });

  it('is told all at once, each with its line', async () => {
    const { told } = await show(
      '{% if a | size %}\n{{ 1 | nope }}\n{% wrong %}\n{% for a in b %}\n{% endfor %}',
    );
    expect(told.map((problem) => problem.slice(0, 9))).toEqual([
      '1 problem',
      '1 problem',
      '2 problem',
      '3 problem',
      '4 warning',
    ]);
  });

  it('ends with what Liquid itself refuses, in words and with its line', async () => {
    const { outcome, told } = await show('\n{% cycle %}');
    expect(outcome).toBe('broken');
    expect(told).toEqual([expect.stringMatching(/^2 problem Liquid cannot read this: empty candidates/)]);
    expect(told.join()).not.toMatch(/col:/);
  });
});
