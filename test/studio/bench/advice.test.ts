import { describe, expect, it } from 'vitest';
import { ANSWER, HERO, PERSON, reply, show, tag } from './evaluated.ts';

const advise = async (template: string): Promise<readonly string[]> =>
  (await show(template, { replies: [reply(ANSWER)] })).told;

const call = (rest: string): string => `{% connected_content ${HERO}.json${rest} :save reco %}`;

describe('advice on a call', () => {
  it('is none for a call as it should be', async () => {
    expect(await advise(tag('.json', '&campaign=weekly-2026-11-27&escape=html&channel=email'))).toEqual([]);
  });

  it('is none for a call in a comment', async () => {
    const { asked, told } = await show(`{% liquid\ncomment\nconnected_content ${HERO}\nendcomment\n%}`);
    expect({ asked, told }).toEqual({ asked: [], told: [] });
  });

  it.each<[string, string, string, RegExp]>([
    [
      'raw ids',
      call('?user_id={{${user_id}}} :basic_auth inlay'),
      'warning',
      /Write {{\${user_id} \| url_param_escape}}/,
    ],
    [
      'raw ids from a variable',
      `{% assign id = \${email_address} %}${call('?user_id={{id}} :basic_auth inlay')}`,
      'warning',
      /Write {{id \| url_param_escape}}/,
    ],
    [
      'ids escaped like a form',
      call('?device_id={{ ${user_id} | url_encode }} :basic_auth inlay'),
      'problem',
      /turns a space into \+/,
    ],
    [
      'raw ids in a POST',
      `{% connected_content ${HERO} :method post :body user_id={{\${user_id}}} :basic_auth inlay :save r %}`,
      'warning',
      /url_param_escape/,
    ],
    ['no person', call('?campaign=x :basic_auth inlay'), 'problem', /names no person/],
    ['no credentials', call(`?${PERSON}`), 'problem', /the answer is 401/],
    [
      'a dispatch id as campaign',
      tag('.json', '&campaign={{campaign.${dispatch_id}}}'),
      'problem',
      /differs by step and by person/,
    ],
    [
      'the placeholder as campaign',
      tag('.json', '&campaign=NAME-OF-THIS-SEND'),
      'warning',
      /still to be filled in/,
    ],
    ['a cache too short', tag('.json', '', ' :save reco :cache_max_age 60'), 'warning', /takes 300/],
    ['a cache too long', tag('.json', '', ' :save reco :cache_max_age 90000'), 'warning', /takes 14400/],
    [
      'a cache age in words',
      tag('.json', '', ' :save reco :cache_max_age 5m'),
      'problem',
      /number of seconds/,
    ],
    [
      'a cache and none',
      tag('.json', '', ' :save reco :cache_max_age 900 :no_cache'),
      'warning',
      /contradict/,
    ],
    [
      'a cache for a POST',
      `{% connected_content ${HERO} :method post :body ${PERSON} :cache_max_age 900 :basic_auth inlay :save r %}`,
      'problem',
      /shown what is meant for the first/,
    ],
    ['a body for a GET', tag('.json', '', ' :save reco :body a=b'), 'warning', /with :method post only/],
    [
      'a password in the message',
      `${call(`?${PERSON} :headers {"Authorization": "Basic eA=="}`)}`,
      'warning',
      /Store it in Braze/,
    ],
    ['JSON that nothing reads', tag('.json', '', ''), 'warning', /nothing here reads that/],
    [
      'headers that are no JSON',
      tag('.json', '', ' :save reco :headers {"a": x}'),
      'problem',
      /no JSON object/,
    ],
  ])('warns of %s', async (_what, template, severity, message) => {
    const told = await advise(`\n${template}`);
    expect(told).toContainEqual(expect.stringMatching(new RegExp(`^2 ${severity} .*${message.source}`)));
  });

  it.each<[string, string, RegExp]>([
    [
      'an unknown option',
      tag('.json', '', ' :save reco :cache_maxage 900'),
      /no option :cache_maxage\. Is cache_max_age meant\?/,
    ],
    ['an option without its value', tag('.json', '', ' :save'), /must stand behind :save/],
    ['words that belong nowhere', tag('.json', '', ' :save reco again'), /"again" belongs to no option/],
    [
      'a body with spaces',
      `{% connected_content ${HERO} :method post :body {"a": "b} c"} :basic_auth inlay %}`,
      /built with {% capture %}/,
    ],
    ['another method', tag('.json', '', ' :method put'), /:method get and :method post, not put/],
    ['a name that is none', tag('.json', '', ' :save my-reco!'), /:save needs a name/],
    ['a missing URL', '{% connected_content :save reco %}', /needs a URL/],
    ['a filter that is none', tag().replace('url_param_escape', 'url_param'), /no filter url_param/],
  ])('refuses %s', async (_what, template, message) => {
    const { outcome, told, asked } = await show(`\n${template}`);
    expect({ outcome, asked }).toEqual({ outcome: 'broken', asked: [] });
    expect(told.join('\n')).toMatch(message);
    expect(told.every((one) => one.startsWith('2 '))).toBe(true);
  });

  it('does not warn of ids that the message escaped before', async () => {
    const template = `{% assign id = \${user_id} | url_param_escape %}${call('?user_id={{id}} :basic_auth inlay')}`;
    expect(await advise(template)).toEqual([]);
  });

  it.each([
    ['&campaign=a', '&campaign=a', []],
    ['', '', [3]],
    ['&campaign=a', '', [3]],
    ['', '&campaign=a', [3]],
    ['&campaign=a', '&campaign=b', [3]],
  ])('wants the same campaign for the same placement: %j and %j', async (one, other, lines) => {
    const told = await advise(`${tag('.html', one, '')}\n\n${tag('.json', other)}`);
    expect(told.filter((line) => line.includes('again, as line 1 does')).map(Number.parseFloat)).toEqual(
      lines,
    );
  });

  it('knows a placement in any letter case', async () => {
    const told = await advise(`${tag()}\n${tag().replaceAll('hero', 'Hero')}`);
    expect(told).toEqual([expect.stringMatching(/^2 warning This calls hero again/)]);
  });

  it('lets different placements be', async () => {
    expect(await advise(`${tag()}\n${tag().replaceAll('hero', 'other')}`)).toEqual([]);
  });
});

describe('advice on the experiment', () => {
  const aborts = /^3 problem .*takes the control group out of the experiment/;
  it.each([
    "{% if reco.variant == 'baseline' %}\n{% abort_message('x') %}{% endif %}",
    "{% if reco.variant != 'treatment' %}\n{% abort_message %}{% endif %}",
    '{% unless reco.is_treatment %}\n{% abort_message %}{% endunless %}',
    '{% if reco.is_treatment %}ok{% else %}\n{% abort_message %}{% endif %}',
    '{% if reco["is_fallback"] %}\n{% abort_message %}{% endif %}',
    '{% if x %}{% elsif reco.reason == "control" %}\n{% abort_message %}{% endif %}',
    "{% case reco.variant %}{% when 'baseline' %}\n{% abort_message %}{% endcase %}",
    "{% assign v = reco.variant %}{% if v == 'baseline' %}\n{% abort_message %}{% endif %}",
    '{% if reco.is_treatment %}{% assign go = true %}{% endif %}{% unless go %}\n{% abort_message %}{% endunless %}',
    '{% if reco.is_treatment %}{% for i in (1..2) %}\n{% abort_message %}{% endfor %}{% endif %}',
    '{% liquid\nif reco.is_fallback\nabort_message("x")\nendif\n%}'.replace('liquid\n', 'liquid '),
  ])('is a problem where the decision stops the message: %j', async (condition) => {
    const told = await advise(`{% assign x = false %}${tag()}\n${condition}`);
    expect(told.filter((one) => /control group/.test(one))).toEqual([expect.stringMatching(aborts)]);
  });

  it.each([
    '{% unless reco.has_items %}\n{% abort_message %}{% endunless %}',
    '{% if reco.item_count < 2 %}\n{% abort_message %}{% endif %}',
    '{% if reco.items.size == 0 %}\n{% abort_message %}{% endif %}',
    '{% for item in reco.items %}{{ item.id }}{% else %}\n{% abort_message %}{% endfor %}',
  ])('is a problem where missing items stop the message: %j', async (condition) => {
    const told = await advise(`${tag()}\n${condition}`);
    expect(told).toContainEqual(expect.stringMatching(/^3 problem .*one group of the experiment only/));
  });

  it.each([
    "{% if reco.__http_status_code__ != 200 %}{% abort_message('x') %}{% endif %}",
    '{% if ${language} == "de" %}{% abort_message %}{% endif %}',
    '{% if custom_attribute.${reason} == "moved" %}{% abort_message %}{% endif %}',
    '{% for item in reco.items %}{% if item.id == "sold" %}{% abort_message %}{% endif %}{% endfor %}',
    '{% if reco.is_treatment %}Picked for you{% else %}Popular{% endif %}',
    '{% if reco.is_treatment %}Picked for you: {% endif %}{{ reco.item_1_title | escape }}',
    '{% if reco.has_items %}{{ reco.item_1_title }}{% endif %}',
    '{% if reco.is_treatment %}{{ reco.item_1_title }}{% endif %}{% unless reco.is_treatment %}{{ reco.item_1_id }}{% endunless %}',
  ])('is none for %j', async (condition) => {
    expect((await advise(`${tag()}${condition}`)).filter((one) => /group|experiment/.test(one))).toEqual([]);
  });

  it('leaves the answers of other services alone', async () => {
    const other =
      '{% connected_content https://other.example.com/x :save w %}{% if w.variant == "b" %}{% abort_message %}{% endif %}';
    expect((await advise(other)).filter((one) => /group/.test(one))).toEqual([]);
  });

  it.each([
    '{% if reco.is_treatment %}<a href="{{ reco.item_1_click_url }}">x</a>{% endif %}',
    "{% if reco.variant == 'treatment' %}{% for item in reco.items %}{{ reco.items[0].id }}{% endfor %}{% endif %}",
  ])('warns where only the treatment sees items: %j', async (condition) => {
    const told = await advise(`${tag()}\n${condition}`);
    expect(told).toEqual([
      expect.stringMatching(/^2 warning What stands here depends on reco.* Ask for has_items/),
    ]);
  });
});

describe('advice on values', () => {
  it.each([
    '<p>{{ reco.item_1_title }}</p>',
    '<a title="{{ reco.item_1_title | upcase }}">x</a>',
    '{% for item in reco.items %}<b>{{ item.title }}</b>{% endfor %}',
  ])('warns of texts that are put into HTML as they are: %j', async (markup) => {
    expect(await advise(`${tag()}\n${markup}`)).toEqual([
      expect.stringMatching(/^2 warning .* is put into HTML as it is/),
    ]);
  });

  it.each([
    ['.json', '<p>{{ reco.item_1_title | escape }}</p>'],
    ['.json', '<a href="{{ reco.item_1_click_url }}">x</a>'],
    ['.json', '<p>{{ reco.item_count }} {{ reco.variant }}</p>'],
    ['.json', '{{ reco.item_1_title }} 1 < 2'],
    ['.json?escape=html', '<p>{{ reco.item_1_title }}</p>'],
  ])('does not for %j and %j', async (suffix, markup) => {
    const [ending = '', query] = suffix.split('?');
    expect(await advise(`${tag(ending, query === undefined ? '' : `&${query}`)}\n${markup}`)).toEqual([]);
  });

  it('knows which answer a variable holds at each place', async () => {
    const template = `${tag()}\n<p>{{ reco.item_1_title }}</p>\n${tag('.json', '&escape=html')}\n<p>{{ reco.item_1_title }}</p>`;
    const told = await advise(template);
    expect(told.filter((one) => one.includes('put into HTML'))).toEqual([expect.stringMatching(/^2 /)]);
  });

  it('tells of keys that the answer does not have', async () => {
    const template = `${tag()}\n{{ reco.item_1_titel }}\n{% for item in reco.items %}{{ item.titel }}{{ item.title }}{% endfor %}\n{% if reco.items.size > 0 %}{{ reco.items.first.id }}{% endif %}`;
    expect(await advise(template)).toEqual([
      '2 problem The answer in reco has no item_1_titel, so it gives nothing. Is item_1_title meant?',
      '3 problem What item stands for has no titel, so it gives nothing. Is title meant?',
    ]);
  });

  it('lets computed keys be', async () => {
    const template = `${tag()}{% for n in (1..2) %}{% assign key = 'item_' | append: n | append: '_title' %}{{ reco[key] }}{% endfor %}`;
    expect(await advise(template)).toEqual([]);
  });

  it.each([
    ['reco.item_1_image_url != ""', 'true', '{% if reco.item_1_image_url %}'],
    ["reco.item_1_image_url == ''", 'false', '{% unless reco.item_1_image_url %}'],
    ['${user_id} != ""', 'true', '{% if ${user_id} %}'],
  ])('explains that %s does not find what is absent', async (condition, always, remedy) => {
    const told = await advise(`${tag()}\n{% if ${condition} %}x{% endif %}`);
    expect(told).toEqual([
      expect.stringContaining(
        `2 warning What is absent is null, never "", so this is ${always} for it too. Write ${remedy};`,
      ),
    ]);
  });
});
