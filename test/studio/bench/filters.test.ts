import { describe, expect, it } from 'vitest';
import { BENCH_LIMITS } from '../../../src/studio/bench/limits.ts';
import { show } from './evaluated.ts';

// What Braze's pages on filters give as input and output, and where Ruby's Liquid differs from JavaScript's.
describe("Braze's filters", () => {
  it.each([
    ["'hey' | md5", '6057f13c496ecf7fd777ceb9e79ae285'],
    ["'hey' | sha1", '7f550a9f4c44173a37664d938f1355f0f92a47a7'],
    ["'hey' | sha2", 'fa690b82061edfd2852629aeba8a8977b57e40fcb77d1a7a28b26cba62591204'],
    ["'blah' | base64_encode", 'YmxhaA=='],
    ["'hey' | hmac_sha1_hex: 'secret_key'", '2a3969bed25bfeefb00aca4063eb9590b4df8f0e'],
    ["'hey' | hmac_sha1_base64: 'secret_key'", 'KjlpvtJb/u+wCspAY+uVkLTfjw4='],
    [
      "'hey' | hmac_sha256_hex: 'secret_key'",
      '8df897f8da3d7992fe57c8dbc6f27578cfbf2dcc4d0fbb4000b8c924841d508e',
    ],
    ["'hey' | hmac_sha256_base64: 'secret_key'", 'jfiX+No9eZL+V8jbxvJ1eM+/LcxND7tAALjJJIQdUI4='],
    ["'hey<>hi' | url_escape", 'hey%3C%3Ehi'],
    ["'hey<&>hi' | url_param_escape", 'hey%3C%26%3Ehi'],
    ["'a b+c&d' | url_param_escape", 'a%20b%2Bc%26d'],
    ["'google search' | url_encode", 'google+search'],
    ['123456 | number_with_delimiter', '123,456'],
    ['1234567.891 | number_with_delimiter', '1,234,567.891'],
    ['145 | money', '145.00'],
    ['145 | divided_by: 100.00 | money', '1.45'],
    ["'350000.25' | plus: 0 | money", '350000.25'],
    ['15 | divided_by: 2', '7'],
    ['15 | divided_by: 2.0', '7.5'],
    ["'15' | divided_by: 2", '7'],
    ['0.1 | plus: 0.2', '0.3'],
    ["'12 eggs' | times: 2", '24'],
    ['\'"Hi" \\ you\' | json_escape', '\\"Hi\\" \\\\ you'],
    ['\'<"R&D">\' | escape', '&lt;&quot;R&amp;D&quot;&gt;'],
    ["'big Sale' | capitalize", 'Big sale'],
    ["'2021-06-03 17:13:41 UTC' | date: '%b %d'", 'Jun 03'],
    ["'2021-06-03 17:13:41' | date: '%s'", '1622740421'],
    ["1622740421 | date: '%F %T'", '2021-06-03 17:13:41'],
    ["'2021-06-03T17:13:41-05:00' | date: '%H:%M %z'", '17:13 -0500'],
    ["'2021-06-03' | date: '%A %R %Z'", 'Thursday 00:00 UTC'],
    ["'2021-08-04 9:00:00 UTC' | time_zone: 'America/Los_Angeles' | date: '%a %T'", 'Wed 02:00:00'],
    ["'Thu Nov 29 2001 14:33:20 UTC' | time_zone: 'Australia/Sydney'", '2001-11-30 01:33:20 +1100'],
    ["'no date' | date: '%d'", 'no date'],
    ["nothing | default: 'there'", 'there'],
    ["'' | default: 'there'", 'there'],
    ["'a,b' | split: ',' | reverse | join: '-'", 'b-a'],
    ["'a,b' | split: ',' | as_json_string", '["a","b"]'],
    ["'abcdef' | truncate: 4, ''", 'abcd'],
  ])('{{ %s }} gives %s', async (filtered, output) => {
    expect(await show(`{{ ${filtered} }}`)).toMatchObject({ outcome: 'sent', output });
  });

  it('run where the documentation names them nowhere, with a warning', async () => {
    const { outcome, output, told } = await show("{{ 'a%20b' | url_decode }}");
    expect({ outcome, output }).toEqual({ outcome: 'sent', output: 'a b' });
    expect(told).toEqual([
      expect.stringMatching(/^1 warning Braze's documentation does not name the filter url_decode/),
    ]);
  });

  it.each([
    ['\n{{ 1 | divided_by: 0 }}', /^2 problem Something is divided by 0/],
    ["\n{{ 'now' | time_zone: 'Mars' }}", /^2 problem "Mars" is no time zone/],
    ["\n{{ '!' | base64_decode }}", /^2 problem Liquid cannot evaluate this: invalid base64/],
  ])('end the evaluation where they fail: %j', async (template, message) => {
    const { outcome, output, told } = await show(template);
    expect({ outcome, output }).toEqual({ outcome: 'broken', output: '\n' });
    expect(told).toContainEqual(expect.stringMatching(message));
  });
});

describe('prototypes', () => {
  it.each([
    '{{ constructor }}',
    '{{ __proto__ }}',
    '{{ toString }}',
    '{{ custom_attribute.constructor }}',
    '{{ custom_attribute.__proto__.constructor.name }}',
    '{{ custom_attribute["constructor"] }}',
    '{{custom_attribute.${__proto__}}}',
    '{% assign text = "x" %}{{ text.constructor }}{{ text.__proto__ }}{{ text["constructor"] }}',
    '{% assign list = "a,b" | split: "," %}{{ list.constructor }}{{ list["__proto__"] }}{{ list.map }}',
    '{{ custom_attribute | property_accessor: "constructor" }}{{ custom_attribute | property_accessor: "__proto__" }}',
    '{% assign list = "a,b" | split: "," | map: "constructor" %}{{ list }}',
    '{% for i in custom_attribute %}{{ i }}{% endfor %}',
  ])('are out of reach of %s', async (template) => {
    expect(await show(template)).toMatchObject({ outcome: 'sent', output: '' });
  });

  it('stay as they are whatever a message sets', async () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const { output } = await show(
      '{% assign __proto__ = "a" %}{% capture constructor %}b{% endcapture %}{% increment toString %}{% for __proto__ in (1..2) %}{{ __proto__ }}{% endfor %}',
    );
    expect(output).toBe('012');
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect(await show('{{ __proto__ }}{{ constructor }}')).toMatchObject({ output: '' });
  });
});

describe('limits', () => {
  const s = `{% assign s = "${'12345678'.repeat(1_000)}" %}`;
  it.each([
    ['a huge range', '{% for i in (1..100000000) %}x{% endfor %}', /texts and lists .* 2,000,000/],
    [
      'doubling by a filter',
      '{% assign s = "x" %}{% for i in (1..60) %}{% assign s = s | append: s %}{% endfor %}',
      /2,000,000/,
    ],
    [
      'doubling by capture',
      '{% capture s %}xx{% endcapture %}{% for i in (1..60) %}{% capture s %}{{s}}{{s}}{% endcapture %}{% endfor %}',
      /1,000,000 characters/,
    ],
    [
      'a list of the same text',
      `${s}{% assign a = s | split: "x" %}{% for i in (1..30) %}{% assign a = a | concat: a %}{% endfor %}`,
      /1,000,000 characters/,
    ],
    ['replacing every letter', `${s}{{ s | replace: "1", s }}`, /2,000,000|1,000,000/],
    ['joining with a long text', `${s}{{ s | split: "" | join: s }}`, /2,000,000|1,000,000/],
    ['a filter over a list that long', '{% assign a = (1..1500000) %}{{ a | size }}', /1,000,000 characters/],
    ['a date as wide as a book', '{{ "now" | date: "%999999999d" }}', /2,000,000/],
    ['a date with nanoseconds for ever', '{{ "now" | date: "%999999999N" }}', /2,000,000/],
    [
      'tags nested too deep',
      '{% if a %}'.repeat(101) + '{% endif %}'.repeat(101),
      /More than 100 tags are nested/,
    ],
    ['keys nested too deep', `{{ ${'a['.repeat(20_000)} }}`, /nested too deep/],
  ])('end %s with its line', async (_what, template, message) => {
    const { outcome, told } = await show(`\n${template}`);
    expect(outcome).toBe('broken');
    expect(told).toContainEqual(expect.stringMatching(message));
  });

  it('cut the output at its bound and say so', async () => {
    const { outcome, output, told } = await show('a\n{% for i in (1..1000) %}0123456789{% endfor %}', {
      limits: { outputCharacters: 1_000 },
    });
    expect(outcome).toBe('broken');
    expect(output).toBe(`a\n${'0123456789'.repeat(100)}`.slice(0, 1_000));
    expect(told).toEqual([
      expect.stringMatching(/^2 problem This makes a text of more than 1,000 characters/),
    ]);
  });

  it('end loops in loops after their time, with a line', async () => {
    const loops = '{% for i in (1..900) %}'.repeat(3) + '{% endfor %}'.repeat(3);
    const { outcome, told } = await show(`\n\n${loops}`, {
      limits: { evaluationMs: 50, workCharacters: 1e9 },
    });
    expect(outcome).toBe('broken');
    expect(told).toEqual([expect.stringMatching(/^3 problem The message takes longer than 0.05 s/)]);
  });

  it('are ample for a long message', async () => {
    const line =
      '{% if user %}{{ user | upcase }}{% else %}<p>Hello {{${user_id} | capitalize | escape}}</p>{% endif %}\n';
    const template = line.repeat(1_500);
    expect(template.length).toBeLessThan(BENCH_LIMITS.templateCharacters);
    const { outcome, output } = await show(template);
    expect(outcome).toBe('sent');
    expect(output).toBe('<p>Hello Ann</p>\n'.repeat(1_500));
  });
});
