import { describe, expect, it } from 'vitest';
import { type Files, faultsOf, VALID } from './examples.ts';
import { breaks, changed } from './fault-table.ts';

const HERO = VALID['hero/placement.yaml'] ?? '';

const hero = (from: string, to: string): Files => changed('hero/placement.yaml', from, to);
const heroWith = (lines: string): Files => ({ 'hero/placement.yaml': `${HERO}${lines}\n` });
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
    ['with a name that nothing can have', heroWith('profile:\n  __proto__: x'), FILE, 7, /__proto__/],
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
    ['with an age of nothing', heroWith('stale: 0s'), FILE, 6, /stale.*from 1s to 90d/],
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

describe('results', () => {
  const FILE = 'hero/placement.yaml';
  const SHARE = /results\.control_share must be a number between 0 and 1, as 0\.1 for 10 %/;
  breaks([
    [
      'with an unknown key',
      heroWith('results:\n  outcom: Purchase'),
      FILE,
      7,
      /results\.outcom is not a known key/,
    ],
    ['that are a text', heroWith('results: Purchase'), FILE, 6, /results must hold names with values/],
    ['with a share in percent', heroWith('results: { control_share: 10 }'), FILE, 6, SHARE],
    ['with a share as a text', heroWith('results: { control_share: 10% }'), FILE, 6, SHARE],
    ['without a control group', heroWith('results: { control_share: 0 }'), FILE, 6, SHARE],
    ['with nothing but control', heroWith('results: { control_share: 1 }'), FILE, 6, SHARE],
    [
      'with an empty outcome',
      heroWith('results: { outcome: "" }'),
      FILE,
      6,
      /results\.outcome must be a name/,
    ],
    [
      'with a list of outcomes',
      heroWith('results: { outcome: [a, b] }'),
      FILE,
      6,
      /results\.outcome must be a name/,
    ],
    ['with white space around a name', heroWith('results: { exposure_event: " x" }'), FILE, 6, /white space/],
    [
      'without exposure event',
      heroWith('results: { exposure_event: null }'),
      FILE,
      6,
      /results\.exposure_event/,
    ],
    [
      'with a window without unit',
      heroWith('results: { conversion_window: 30 }'),
      FILE,
      6,
      /conversion_window.*30d/,
    ],
    ['with a window of years', heroWith('results: { conversion_window: 366d }'), FILE, 6, /from 1s to 365d/],
  ]);
});

describe('links', () => {
  const FILE = 'hero/placement.yaml';
  const QUOTES = /links\.a must be a text; with \{\{…\}\} in it, in quotes/;
  const BRACE = /links\.a has a brace that belongs to no variable/;
  breaks([
    [
      'with an unknown variable',
      heroWith('links:\n  a: b\n  utm: "{{chanel}}"'),
      FILE,
      8,
      /links\.utm speaks of \{\{chanel\}\}; there are placement, .*channel/,
    ],
    [
      'with a path for a variable',
      heroWith('links: { a: "{{item.id}}" }'),
      FILE,
      6,
      /speaks of \{\{item\.id\}\}; .*item_id/,
    ],
    ['with three braces', heroWith('links: { a: "{{{channel}}}" }'), FILE, 6, BRACE],
    ['with one brace', heroWith('links: { a: "{channel}" }'), FILE, 6, BRACE],
    ['with braces that are not closed', heroWith('links: { a: "{{channel" }'), FILE, 6, BRACE],
    ['with braces without quotes', heroWith('links: { a: {{channel}} }'), FILE, 6, QUOTES],
    ['with a list for a value', heroWith('links:\n  a: [b]'), FILE, 7, QUOTES],
    ['with nothing for a value', heroWith('links:\n  a:'), FILE, 7, QUOTES],
    ['with an empty value', heroWith('links:\n  a: ""'), FILE, 7, /links\.a/],
    [
      'with a name of two words',
      heroWith('links: { a b: c }'),
      FILE,
      6,
      /links\.a b must be the name of a parameter/,
    ],
    ['as a list', heroWith('links: [a]'), FILE, 6, /links must hold names with values/],
    ['as a text', heroWith('links: utm_source=inlay'), FILE, 6, /links must hold names with values/],
  ]);
});

describe('a locale', () => {
  const FILE = 'hero/placement.yaml';
  const LOCALE = /locale must be a locale such as de or de-AT/;
  breaks([
    ['that is a language’s name', heroWith('locale: german'), FILE, 6, LOCALE],
    ['that is the default', heroWith('locale: default'), FILE, 6, LOCALE],
    ['that is a number', heroWith('locale: 49'), FILE, 6, LOCALE],
    ['that is a list', heroWith('locale: [de]'), FILE, 6, LOCALE],
  ]);
});

const FLAGS =
  'flags:\n  show-a:\n    state: ENABLED\n    variants: { "on": true, "off": false }\n    defaultVariant: "on"\n';

describe('a gate', () => {
  const FILE = 'hero/placement.yaml';
  const gate = (written: string): Files => ({ ...heroWith(`gate: ${written}`), 'flags.yaml': FLAGS });
  const NEEDS = /gate needs feature flags: a flags\.yaml .*or FLAG_PROVIDER/;
  breaks([
    ['without a place for the id', gate('{ flag: show }'), FILE, 6, /gate\.flag must hold \{id\}/],
    ['with an empty flag', gate('{ flag: "" }'), FILE, 6, /gate\.flag must hold \{id\}/],
    ['without flag', gate('{ default: true }'), FILE, 6, /gate\.flag is missing/],
    [
      'with a default in words',
      gate('\n  flag: "{id}"\n  default: "yes"'),
      FILE,
      8,
      /gate\.default must be true or false/,
    ],
    [
      'with an unknown key',
      gate('{ flag: "{id}", otherwise: true }'),
      FILE,
      6,
      /gate\.otherwise is not a known key/,
    ],
    ['that is a text', gate('show-{id}'), FILE, 6, /gate must hold names with values/],
    ['without any flags', { ...gate('{ flag: "{id}" }'), 'flags.yaml': null }, FILE, 6, NEEDS],
    [
      'of several placements without any flags',
      {
        'defaults.yaml': '# ours\ngate: { flag: "{id}" }\n',
        'promo/placement.yaml': OTHER,
      },
      'defaults.yaml',
      2,
      NEEDS,
    ],
  ]);

  it('needs no file where flags come from a provider', async () => {
    expect(await faultsOf(heroWith('gate: { flag: "{id}" }'), { hasFlagProvider: true })).toEqual([]);
  });
});

describe('a flags.yaml', () => {
  const FILE = 'flags.yaml';
  const gated = heroWith('gate: { flag: "{id}" }');
  breaks([
    ['that is no YAML', { ...gated, [FILE]: 'flags: [\n' }, FILE, 2, /not valid YAML/],
    ['that is empty', { ...gated, [FILE]: '' }, FILE, 1, /flags/],
    ['that is a list', { ...gated, [FILE]: '- a\n' }, FILE, 1, /names with values/],
    [
      'with a default that is no variant',
      { ...gated, [FILE]: FLAGS.replace('t: "on"', 't: gone') },
      FILE,
      2,
      /flags\.show-a.*gone/,
    ],
    [
      'with a state that there is not',
      { ...gated, [FILE]: FLAGS.replace('ENABLED', 'ON') },
      FILE,
      3,
      /flags\.show-a\.state/,
    ],
    [
      'with a flag at fault that nobody uses',
      { [FILE]: FLAGS.replace('ENABLED', 'ON') },
      FILE,
      3,
      /flags\.show-a\.state/,
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
    [
      'with a link that could not come',
      samples('a:\n  fields:\n    url: javascript:x\n'),
      FILE,
      3,
      /a\.fields\.url is a link/,
    ],
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
