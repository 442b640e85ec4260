import { describe, expect, it } from 'vitest';
import { type Files, faultsOf, VALID } from './examples.ts';

const HERO = VALID['hero/placement.yaml'] ?? '';
const SOURCES = VALID['content-sources.yaml'] ?? '';
const EMAIL = VALID['hero/email.hbs'] ?? '';

/**
 * The change of one file, and the one fault that it must be: file, line (null: of the whole file; several where each
 * would lead to the place), and a part of the message.
 */
type Row = [
  what: string,
  change: Files,
  file: string,
  line: number | null | readonly number[],
  message: RegExp,
];

function breaks(rows: readonly Row[]): void {
  it.each(rows)('%s', async (_what, change, file, line, message) => {
    const lines = expect.toBeOneOf(Array.isArray(line) ? line : [line]);
    expect(await faultsOf(change)).toEqual([{ file, line: lines, message: expect.stringMatching(message) }]);
  });
}

const hero = (from: string, to: string): Files => ({ 'hero/placement.yaml': HERO.replace(from, to) });
const heroWith = (line: string): Files => ({ 'hero/placement.yaml': `${HERO}${line}\n` });
const sources = (from: string, to: string): Files => ({ 'content-sources.yaml': SOURCES.replace(from, to) });
const email = (text: string): Files => ({ 'hero/email.hbs': text });
const samples = (text: string): Files => ({ 'hero/samples.yaml': text });

const OTHER = 'title: T\nrecommendation: r\nitems: 1\ncontent: products\nbaseline: [a]\n';

describe('the starting point of this table', () => {
  it('has no fault', async () => {
    expect(await faultsOf({})).toEqual([]);
  });
});

describe('a placement.yaml', () => {
  const FILE = 'hero/placement.yaml';
  breaks([
    ['with an unknown key', heroWith('itmes: 3'), FILE, 6, /itmes is not a known key/],
    [
      'with an unknown key inside',
      heroWith('profile: { property: [x] }'),
      FILE,
      6,
      /profile\.property is not a known/,
    ],
    [
      'with an unknown key over several lines',
      heroWith('profil:\n  properties: [x]'),
      FILE,
      6,
      /profil is not a known/,
    ],
    ['that is no YAML', hero('Hero', '[Hero'), FILE, 2, /not valid YAML/],
    ['with a key twice', heroWith('title: Again'), FILE, 6, /YAML.*unique|twice/i],
    ['that is a list', { [FILE]: '- a\n- b\n' }, FILE, 1, /names with values/],
    ['that is a text', { [FILE]: 'hello\n' }, FILE, 1, /names with values/],
    ['with a reference to nothing', hero('title: Hero', 'title: *Sale*'), FILE, 1, /not valid YAML/],
    ['without recommendation', hero('recommendation: s234ssg\n', ''), FILE, 1, /recommendation is missing/],
    ['with an empty recommendation', hero('s234ssg', "''"), FILE, 2, /recommendation/],
    ['with a null recommendation', hero('s234ssg', 'null'), FILE, 2, /recommendation/],
    ['without title', hero('title: Hero\n', ''), FILE, 1, /title is missing/],
    ['without items', hero('items: 2\n', ''), FILE, 1, /items is missing/],
    ['with no items at all', hero('items: 2', 'items: 0'), FILE, 3, /items/],
    ['with too many items', hero('items: 2', 'items: 21'), FILE, 3, /items.*20/],
    ['with half an item', hero('items: 2', 'items: 1.5'), FILE, 3, /items/],
    ['with items in words', hero('items: 2', 'items: two'), FILE, 3, /items.*number/],
    ['without content', hero('content: products\n', ''), FILE, 1, /content is missing/],
    [
      'with an unknown content source',
      hero('products', 'prodcuts'),
      FILE,
      4,
      /"prodcuts".*content-sources\.yaml/,
    ],
    ['without baseline', hero('baseline: [a, b, c]\n', ''), FILE, 1, /baseline is missing/],
    ['with a baseline item that is not there', hero('[a, b, c]', '[a, z, c]'), FILE, 5, /"z".*products/],
    ['with a baseline item that lacks a field', hero('[a, b, c]', '[a, e]'), FILE, 5, /"e".*no content/],
    ['with a baseline item on its own line', hero('[a, b, c]', '\n  - a\n  - z'), FILE, 7, /"z"/],
    ['with one item for a baseline', hero('[a, b, c]', 'a'), FILE, 5, /baseline/],
    ['enabled by a text', heroWith('enabled: "no"'), FILE, 6, /enabled/],
    ['with an alias in capitals', heroWith('aliases: [Old]'), FILE, 6, /aliases\.0.*lower-case/],
    ['with an alias that looks like a suffix', heroWith('aliases: [old.json]'), FILE, 6, /aliases\.0/],
    ['with one alias as a text', heroWith('aliases: old'), FILE, 6, /aliases/],
    ['with its own name for an alias', heroWith('aliases: [hero]'), FILE, 6, /"hero"/],
    ['with an alias twice', heroWith('aliases: [old, old]'), FILE, 6, /"old"/],
    ['with a deadline that is no time', heroWith('deadline: 800'), FILE, 6, /deadline/],
    ['with a deadline in words', heroWith('deadline: soon'), FILE, 6, /deadline.*800ms/],
    ['with a deadline that Braze does not wait for', heroWith('deadline: 2s'), FILE, 6, /deadline.*1900ms/],
    ['with an age that is no time', heroWith('fresh: 1 hour'), FILE, 6, /fresh.*6h/],
    ['with an age of nothing', heroWith('stale: 0s'), FILE, 6, /stale.*1000ms/],
    ['with a look-up group in capitals', heroWith('lookup_group: News'), FILE, 6, /lookup_group.*lower-case/],
    ['with an unknown project', heroWith('project: shop'), FILE, 6, /"shop".*AMPLITUDE_PROJECTS/],
    [
      'with two properties of one name',
      heroWith('profile: { properties: [plan, gp:plan] }'),
      FILE,
      6,
      /profile_plan twice/,
    ],
    [
      'with a property named like a cohort',
      heroWith('profile: { properties: [cohort_x], cohorts: [x] }'),
      FILE,
      6,
      /profile_cohort_x twice/,
    ],
  ]);
});

describe('names', () => {
  breaks([
    [
      'a folder in capitals',
      { 'Promo/placement.yaml': OTHER },
      'Promo/placement.yaml',
      null,
      /"Promo".*lower-case/,
    ],
    [
      'a folder with a dot',
      { 'promo.v2/placement.yaml': OTHER },
      'promo.v2/placement.yaml',
      null,
      /"promo\.v2"/,
    ],
    [
      'a folder with a blank',
      { 'my promo/placement.yaml': OTHER },
      'my promo/placement.yaml',
      null,
      /"my promo"/,
    ],
    [
      'two placements of one name',
      { 'brand/hero/placement.yaml': OTHER },
      'hero/placement.yaml',
      [1],
      /"hero".*brand\/hero/,
    ],
    [
      'an alias that is a placement',
      { 'promo/placement.yaml': `${OTHER}aliases: [hero]\n` },
      'promo/placement.yaml',
      6,
      /"hero"/,
    ],
    [
      'one alias for two placements',
      {
        'hero/placement.yaml': `${HERO}aliases: [old]\n`,
        'promo/placement.yaml': `${OTHER}aliases: [new, old]\n`,
      },
      'promo/placement.yaml',
      6,
      /"old".*"hero"/,
    ],
    [
      'templates without placement.yaml',
      { 'promo/email.hbs': '<p>x</p>' },
      'promo',
      null,
      /no placement\.yaml/,
    ],
    ['templates in no folder', { 'email.hbs': '<p>x</p>' }, '', null, /no placement\.yaml/],
  ]);
});

describe('a content-sources.yaml', () => {
  const FILE = 'content-sources.yaml';
  breaks([
    ['that is missing', { [FILE]: null }, FILE, null, /missing/],
    ['that is no YAML', sources('key: sku', 'key: [sku'), FILE, 5, /not valid YAML/],
    ['with a type that there is not', sources('type: file', 'type: ftp'), FILE, 2, /products\.type/],
    [
      'without a path',
      sources('  path: content/products.csv\n', ''),
      FILE,
      [1, 2],
      /products\.path is missing/,
    ],
    ['without a key', sources('  key: sku\n', ''), FILE, [1, 2], /products\.key is missing/],
    [
      'with an unknown key',
      sources('key: sku', 'key: sku\n  kye: x'),
      FILE,
      5,
      /products\.kye is not a known key/,
    ],
    [
      'with a field in capitals',
      sources('title: name', 'Title: name\n    title: name'),
      FILE,
      6,
      /Title.*lower-case/,
    ],
    [
      'with a field that begins with a digit',
      sources('    url:', '    2nd: name\n    url:'),
      FILE,
      7,
      /2nd.*lower-case/,
    ],
    [
      'with an unknown option of a field',
      sources('title: name', 'title: { from: name, maximum: 3 }'),
      FILE,
      6,
      /products\.fields\.title/,
    ],
    [
      'with a field type that there is not',
      sources('url: link', 'url: { from: link, type: uri }'),
      FILE,
      7,
      /url/,
    ],
    [
      'with a link of no scheme',
      sources('url: link', 'url: { from: link, type: link }'),
      FILE,
      7,
      /fields\.url/,
    ],
    [
      'with a link that would run as a script',
      sources('    url:', '    app: { from: link, type: link, schemes: [javascript] }\n    url:'),
      FILE,
      7,
      /javascript/,
    ],
    ['with a currency that is none', sources('USD', 'dollars'), FILE, 9, /fields\.price/],
    [
      'with a length of none',
      sources('title: name', 'title: { from: name, max: 0 }'),
      FILE,
      6,
      /fields\.title/,
    ],
    ['that requires a field which it has not', sources('[title, url]', '[title, urls]'), FILE, 10, /urls/],
    ['with a field called id', sources('title: name', 'title: name\n    id: sku'), FILE, 7, /id is a name/],
    [
      'with a field called count',
      sources('title: name', 'title: name\n    count: sku'),
      FILE,
      7,
      /count is a name/,
    ],
    [
      'with a field called position',
      sources('title: name', 'title: name\n    position: sku'),
      FILE,
      7,
      /position/,
    ],
    [
      'with a field called click_url',
      sources('title: name', 'title: name\n    click_url: link'),
      FILE,
      7,
      /click_url/,
    ],
    [
      'with a field that is also a display form',
      sources('title: name', 'title: name\n    price_text: price'),
      FILE,
      7,
      /price_text.*price/,
    ],
  ]);

  it('with a fault does not hide the faults of the placements that name it', async () => {
    const faults = await faultsOf({ ...sources('key: sku', 'kye: sku'), ...hero('items: 2', 'items: 0') });
    expect(faults.map(({ file }) => file)).toContain('content-sources.yaml');
    expect(faults.map(({ file }) => file)).toContain('hero/placement.yaml');
    expect(faults.some(({ message }) => /"products" is not in/.test(message))).toBe(false);
  });
});

describe('a content file', () => {
  const FILE = 'content/products.csv';
  breaks([
    ['that is missing', { [FILE]: null }, FILE, null, /no such file/],
    ['that is empty', { [FILE]: '' }, FILE, null, /no items/],
    ['without a column', { [FILE]: 'sku,name,image,price\na,A,,\n' }, FILE, 1, /link/],
    ['that is no CSV', { [FILE]: 'sku,name,link,image,price\na,A\n' }, FILE, 2, /not valid CSV/],
    [
      'of an ending that is not known',
      sources('products.csv', 'products.xls'),
      'content/products.xls',
      null,
      /./,
    ],
  ]);
});

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

describe('a samples.yaml', () => {
  const FILE = 'hero/samples.yaml';
  breaks([
    ['that is no YAML', samples('a:\n  items: [a\n'), FILE, 3, /not valid YAML/],
    ['that shows what there is not', samples('a:\n  shows: success\n'), FILE, 2, /a\.shows.*treatment/],
    ['with an unknown key', samples('a:\n  show: control\n'), FILE, 2, /a\.show is not a known key/],
    [
      'with a name in capitals',
      samples('LongTitles:\n  shows: treatment\n'),
      FILE,
      1,
      /LongTitles.*lower-case/,
    ],
    ['with a field that there is not', samples('a:\n  fields:\n    titel: X\n'), FILE, 3, /titel.*title/],
    ['with an empty field', samples('a:\n  fields:\n    title: ""\n'), FILE, 3, /a\.fields\.title/],
    ['with a sample that is a text', samples('a: treatment\n'), FILE, 1, /^a (?!is missing)/],
    ['with a list for a field', samples('a:\n  fields:\n    title: [x]\n'), FILE, 3, /a\.fields\.title/],
    ['with an item that is not there', samples('a:\n  items: [a, z]\n'), FILE, 2, /"z"/],
    ['that is a list', samples('- a\n'), FILE, 1, /names with values/],
  ]);
});

describe('a test-people.yaml', () => {
  const FILE = 'test-people.yaml';
  breaks([
    ['that is no YAML', { [FILE]: 'a: [\n' }, FILE, 2, /not valid YAML/],
    [
      'with a sample that there is not',
      { [FILE]: 'a: treatment\nb: treatmnt\n' },
      FILE,
      2,
      /"treatmnt".*treatment/,
    ],
    ['with a list', { [FILE]: 'a: [treatment]\n' }, FILE, 1, /./],
    ['that is a list', { [FILE]: '- a\n- b\n' }, FILE, 1, /names with values/],
  ]);

  it('with a fault does not repeat who it is about', async () => {
    const faults = await faultsOf({
      'test-people.yaml': 'anna@example.com: treatmnt\ncarl@example.com: [1]\n',
    });
    expect(faults.length).toBeGreaterThan(0);
    expect(JSON.stringify(faults)).not.toContain('example.com');
  });
});

describe('several faults', () => {
  it('of several files are reported in one run', async () => {
    const faults = await faultsOf({
      ...heroWith('itmes: 3'),
      'promo/placement.yaml': `${OTHER}project: shop\n`,
      'promo/email.hbs': '{{{x}}}',
      'partials/note.hbs': '{{upper x}}',
      'test-people.yaml': 'a: nobody\n',
      'Bad/placement.yaml': OTHER,
    });
    expect(faults.map(({ file, line }) => `${file}:${line}`).sort()).toEqual([
      'Bad/placement.yaml:null',
      'hero/placement.yaml:6',
      'partials/note.hbs:1',
      'promo/email.hbs:1',
      'promo/placement.yaml:6',
      'test-people.yaml:1',
    ]);
  });

  it('of one file are reported in one run', async () => {
    const faults = await faultsOf({
      'hero/placement.yaml': 'titel: T\nitems: none\ncontent: products\nbaseline: [a]\n',
    });
    expect(faults.map(({ line, message }) => `${line} ${message.split(' ')[0]}`).sort()).toEqual([
      '1 recommendation',
      '1 titel',
      '1 title',
      '2 items',
    ]);
  });

  it('of one baseline are reported in one run', async () => {
    const faults = await faultsOf(hero('[a, b, c]', '[x, a, y]'));
    expect(faults.map(({ message }) => message)).toEqual([
      expect.stringMatching(/"x"/),
      expect.stringMatching(/"y"/),
    ]);
  });
});
