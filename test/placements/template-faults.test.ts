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
