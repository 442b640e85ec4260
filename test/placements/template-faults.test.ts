import { describe, expect, it } from 'vitest';
import { type Files, faultsOf, VALID } from './examples.ts';
import { breaks } from './fault-table.ts';

const EMAIL = VALID['hero/email.hbs'] ?? '';
const email = (text: string): Files => ({ 'hero/email.hbs': text });

describe('a template', () => {
  const FILE = 'hero/email.hbs';
  breaks([
    ['with an open block', email('<p>\n{{#if title}}\n</p>'), FILE, 3, /does not compile/],
    ['with a wrong end', email('<p>\n{{#if title}}\n{{/each}}</p>'), FILE, 2, /does not compile.*each/],
    ['with a broken tag', email('<p>\n{{ title }</p>'), FILE, 2, /does not compile/],
    ['with a partial that is not there', email('<p>\n{{> buton}}</p>'), FILE, 2, /"buton".*partials/],
    [
      'with a helper that is not there',
      email('<p>\n{{uppercase title}}</p>'),
      FILE,
      2,
      /"uppercase".*truncate/,
    ],
    ['with such a helper inside another', email('<p>\n{{truncate (upper title) 3}}</p>'), FILE, 2, /"upper"/],
    [
      'with such a helper in a condition',
      email('<p>\n{{#if (upper title)}}x{{/if}}</p>'),
      FILE,
      2,
      /"upper"/,
    ],
    [
      'with such a helper as a named value',
      email('<p>\n{{> button href=(upper title) label=title}}</p>'),
      FILE,
      2,
      /upper/,
    ],
    ['with such a block', email('<p>\n{{#markdown title}}x{{/markdown}}</p>'), FILE, 2, /"markdown"/],
    [
      'with a helper as a block',
      email('<p>\n{{#truncate title 3}}x{{/truncate}}</p>'),
      FILE,
      2,
      /"truncate" as a block; blocks are if, unless, each, with/,
    ],
    ['with a field as a block', email('<p>\n{{#item}}x{{/item}}</p>'), FILE, 2, /"item" as a block/],
    [
      'with a named value for a helper',
      email('<p>\n{{price 145 currency="EUR"}}</p>'),
      FILE,
      2,
      /"price" a value by the name currency/,
    ],
    ['with a value that is not escaped', email('<p>\n{{{title}}}</p>'), FILE, 2, /\{\{\{/],
    ['with the other form of that', email('<p>\n{{&title}}</p>'), FILE, 2, /escaped/],
    ['with a script', email('<p>\n\n<script>x</script></p>'), FILE, 3, /<script>/],
    ['with a link element', email('<p>x</p>\n<link rel="stylesheet">'), FILE, 2, /<link>/],
    ['with an end tag that is refused', email('<p>x</p>\n</OBJECT>'), FILE, 2, /<OBJECT>/i],
    [
      'with a value in an attribute without quotes',
      email('<p>\n<a href={{placement}}>x</a></p>'),
      FILE,
      2,
      /quotes/,
    ],
    [
      'with a value inside of one',
      email('<p>\n<a href=https://x.example/{{placement}}>x</a></p>'),
      FILE,
      2,
      /quotes/,
    ],
    [
      'with such a value behind another attribute',
      email('<p>\n<a title="{{placement}}" href={{placement}}>x</a></p>'),
      FILE,
      2,
      /quotes/,
    ],
    [
      'with a value in a style element',
      email('<style>\n.a { color: {{placement}} }\n</style><p>x</p>'),
      FILE,
      2,
      /style/,
    ],
    [
      'with a loop that comes into a tag the third time',
      email('<p>\n{{#each items}}{{title}}<a title="{{/each}}">x</a></p>'),
      FILE,
      2,
      /among attributes/,
    ],
    [
      'with a loop that never comes to an end',
      email('<p>\n<a {{#each items}}x{{/each}}>y</a></p>'),
      FILE,
      2,
      /loop/,
    ],
    [
      'with a value in what only looks like an attribute',
      email('<p>\n<a\u00a0href="{{placement}}">x</a></p>'),
      FILE,
      2,
      /among attributes/,
    ],
    ['with a partial block', email('<p>\n{{#> button}}x{{/button}}</p>'), FILE, 2, /partial/],
    ['with a decorator', email('<p>\n{{* x}}</p>'), FILE, 2, /decorator/],
    ['with a partial that a value chooses', email('<p>\n{{> (lookup . "x")}}</p>'), FILE, 2, /partial/],
  ]);
});

describe('a name in a template that nothing provides', () => {
  const FILE = 'hero/email.hbs';
  breaks([
    ['alone', email('<p>\n{{placment}}</p>'), FILE, 2, /"placment"/],
    ['of an item', email('<p>\n{{#each items}}\n{{titel}}\n{{/each}}</p>'), FILE, 3, /"titel"/],
    ['of a path', email('<p>\n{{item.titel}}</p>'), FILE, 2, /"titel"/],
    ['of the person', email('<p>\n{{profile.plan_type}}</p>'), FILE, 2, /"plan_type"/],
    [
      'given to a helper',
      email('<p>\n{{#each items}}{{truncate titel 40}}{{/each}}</p>'),
      FILE,
      2,
      /"titel"/,
    ],
    [
      'given to a partial',
      email('<p>\n{{#each items}}{{> button href=click_url label=titel}}{{/each}}</p>'),
      FILE,
      2,
      /"titel"/,
    ],
    [
      'in a condition',
      email('<p>\n{{#each items}}{{#if imageurl}}x{{/if}}{{/each}}</p>'),
      FILE,
      2,
      /"imageurl"/,
    ],
    ['in a loop', email('<p>\n{{#each itmes}}x{{/each}}</p>'), FILE, 2, /"itmes"/],
    [
      'where only a treatment comes',
      email('<p>{{#if is_treatment}}\n{{titel}}\n{{/if}}</p>'),
      FILE,
      2,
      /"titel"/,
    ],
    [
      'where only a baseline comes',
      email('<p>{{#unless is_treatment}}\n{{titel}}\n{{/unless}}</p>'),
      FILE,
      2,
      /"titel"/,
    ],
    [
      'where a price is free',
      email('<p>{{#each items}}{{#if (eq price 0)}}\n{{titel}}{{/if}}{{/each}}</p>'),
      FILE,
      2,
      /"titel"/,
    ],
    ['where a campaign is known', email('<p>{{#if campaign}}\n{{titel}}\n{{/if}}</p>'), FILE, 2, /"titel"/],
    [
      'below a style element',
      email('<style>\n.a { color: red }\n.b { color: blue }\n</style>\n<p class="a">\n{{placment}}</p>'),
      FILE,
      6,
      /"placment"/,
    ],
    [
      'below a partial of several lines',
      { ...email('<p>\n{{> note}}\n{{placment}}</p>'), 'partials/note.hbs': '<b>\n1\n2\n3\n</b>\n' },
      FILE,
      3,
      /"placment"/,
    ],
    [
      'in plain text',
      { 'hero/email.txt.hbs': 'Hello\n{{placment}}\n' },
      'hero/email.txt.hbs',
      2,
      /"placment"/,
    ],
  ]);
});

describe('a partial', () => {
  const FILE = 'partials/note.hbs';
  breaks([
    ['that does not compile', { [FILE]: '<b>\n{{#if x}}' }, FILE, 2, /does not compile/],
    ['with a helper that is not there', { [FILE]: '<b>\n{{upper x}}</b>' }, FILE, 2, /"upper"/],
    ['with a value that is not escaped', { [FILE]: '<b>\n{{{x}}}</b>' }, FILE, 2, /\{\{\{/],
    ['with a tag that is refused', { [FILE]: '<b>\n<iframe></iframe></b>' }, FILE, 2, /<iframe>/],
    ['with a partial that is not there', { [FILE]: '<b>\n{{> gone}}</b>' }, FILE, 2, /"gone"/],
  ]);

  it('that calls itself is a fault of whoever calls it', async () => {
    const faults = await faultsOf({ [FILE]: '<b>{{> note}}</b>', ...email(`<p>{{> note}}</p>${EMAIL}`) });
    expect(faults).toEqual([
      { file: 'hero/email.hbs', line: null, message: expect.stringMatching(/"note".*itself/) },
    ]);
  });

  it('for plain text may hold what HTML may not, without harm to HTML templates', async () => {
    expect(
      await faultsOf({
        'partials/note.txt.hbs': 'See <link> {{{placement}}}',
        'hero/email.txt.hbs': '{{> note.txt}}',
      }),
    ).toEqual([]);
  });
});

describe('texts', () => {
  const DEFAULT = 'texts/default.yaml';
  const GERMAN = 'texts/de.yaml';
  const FILE = 'hero/email.hbs';
  const usual = { [DEFAULT]: 'cta: More\nnew: New\n' };
  const using = (text: string): Files => ({ ...usual, ...email(`<p>\n${text}</p>`) });
  breaks([
    [
      'without the default',
      { [GERMAN]: 'cta: Mehr\n', ...email('<p>{{text "cta"}}</p>') },
      DEFAULT,
      null,
      /is missing: .* none of de/,
    ],
    [
      'of which the default is no YAML',
      { ...using('{{text "cta"}}'), [DEFAULT]: 'cta: [\n', [GERMAN]: 'x: y\n' },
      DEFAULT,
      2,
      /not valid YAML/,
    ],
    ['of which a language is no YAML', { ...usual, [GERMAN]: 'cta: [\n' }, GERMAN, 2, /not valid YAML/],
    ['as a list', { ...using('{{text "cta"}}'), [DEFAULT]: '- More\n' }, DEFAULT, 1, /names with values/],
    [
      'with a list for a text',
      { ...using('{{text "cta"}}'), [DEFAULT]: 'new: New\ncta: [More]\n' },
      DEFAULT,
      2,
      /cta must be a text/,
    ],
    ['with nothing for a text', { ...usual, [GERMAN]: 'new: Neu\ncta:\n' }, GERMAN, 2, /cta must be a text/],
    ['with names for a text', { ...usual, [GERMAN]: 'cta:\n  one: Mehr\n' }, GERMAN, 1, /cta must be a text/],
    [
      'with a key that the default lacks',
      { ...usual, [GERMAN]: 'cta: Mehr\nneu: Neu\n' },
      GERMAN,
      2,
      /neu is not in texts\/default\.yaml/,
    ],
    [
      'of a language by its name',
      { ...usual, 'texts/german.yaml': 'cta: Mehr\n' },
      'texts/german.yaml',
      null,
      /named for no locale/,
    ],
    [
      'of one language twice',
      { ...usual, 'texts/de-AT.yaml': 'cta: Mehr\n', 'texts/de_AT.yaml': 'cta: Mehr\n' },
      'texts/de_AT.yaml',
      null,
      /the same locale as texts\/de-AT\.yaml/,
    ],
    ['of which one is unknown', using('{{text "ctaa"}}'), FILE, 2, /"ctaa".*texts\/default\.yaml/],
    ['of which none is there', email('<p>\n{{text "cta"}}</p>'), FILE, 2, /"cta".*texts\/default\.yaml/],
    ['of which one is unknown, within a helper', using('{{truncate (text "ctaa") 3}}'), FILE, 2, /"ctaa"/],
    ['of which one is unknown, in a condition', using('{{#if (text "ctaa")}}x{{/if}}'), FILE, 2, /"ctaa"/],
    [
      'of which one is unknown, for a partial',
      using('{{> button href=item.url label=(text "ctaa")}}'),
      FILE,
      2,
      /"ctaa"/,
    ],
    [
      'of which one is unknown, in a partial',
      { ...usual, 'partials/note.hbs': '<b>\n{{text "ctaa"}}</b>', ...email('<p>{{> note}}</p>') },
      'partials/note.hbs',
      2,
      /"ctaa"/,
    ],
    [
      'of which one is unknown, in plain text',
      { ...usual, 'hero/email.txt.hbs': 'x\n{{text "ctaa"}}' },
      'hero/email.txt.hbs',
      2,
      /"ctaa"/,
    ],
    ['without quotes', using('{{text cta}}'), FILE, 2, /\{\{text\}\} without a key in quotes/],
    ['by a number', using('{{text 1}}'), FILE, 2, /without a key in quotes/],
    ['by a value', using('{{text item.title}}'), FILE, 2, /without a key in quotes/],
    ['by nothing', using('{{truncate (text) 3}}'), FILE, 2, /without a key in quotes/],
    ['with a value', using('{{text "cta" item.title}}'), FILE, 2, /gives the text "cta" a value/],
    [
      'with a locale of its own',
      using('{{text "cta" locale="de"}}'),
      FILE,
      2,
      /"text" a value by the name locale/,
    ],
    ['as a block', using('{{#text "cta"}}x{{/text}}'), FILE, 2, /"text" as a block/],
    ['named as a field that there is not', using('{{text}}'), FILE, 2, /"text"/],
  ]);

  it('at fault do not hide what else is wrong with a template', async () => {
    const change = { ...using('{{text "cta"}}{{placment}}'), [DEFAULT]: 'cta: [\n' };
    expect((await faultsOf(change)).map(({ file }) => file)).toEqual([DEFAULT, FILE]);
  });
});

describe('a field of type html', () => {
  const change = {
    'content-sources.yaml': (VALID['content-sources.yaml'] ?? '').replace(
      '    url:',
      '    body: { from: name, type: html }\n    url:',
    ),
  };
  breaks([
    [
      'that is not to be escaped',
      { ...change, ...email('<p>\n{{{item.body}}}</p>') },
      'hero/email.hbs',
      2,
      /\{\{\{/,
    ],
    [
      'without quotes',
      { ...change, ...email('<p title=\n{{item.body}}>x</p>') },
      'hero/email.hbs',
      2,
      /quotes/,
    ],
    [
      'among attributes',
      { ...change, ...email('<p\n{{item.body}}>x</p>') },
      'hero/email.hbs',
      2,
      /among attributes/,
    ],
    ['in a style', { ...change, ...email('<p style="\n{{item.body}}">x</p>') }, 'hero/email.hbs', 2, /style/],
  ]);
});
