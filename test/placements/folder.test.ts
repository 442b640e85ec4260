import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blockWith, NO_MESSAGE } from '../render/examples.ts';
import { faultsOf, folderOf, loadedWith, readFolder, VALID, writeFolder } from './examples.ts';

const HERO = VALID['hero/placement.yaml'] ?? '';

/** A placement with nothing but what it must say. */
function placement(change: Readonly<Record<string, string>> = {}): string {
  const keys = {
    title: 'T',
    recommendation: 'r',
    items: '1',
    content: 'products',
    baseline: '[a]',
    ...change,
  };
  return Object.entries(keys)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}

describe('a folder without fault', () => {
  it('gives each placement with its content, templates and samples', async () => {
    const hero = (await loadedWith()).placements.get('hero');
    expect(hero?.placement).toEqual({
      name: 'hero',
      title: 'Hero',
      recommendation: 's234ssg',
      items: 2,
      content: 'products',
      baseline: ['a', 'b', 'c'],
      enabled: true,
      aliases: [],
      project: null,
      lookupGroup: null,
      freshMs: null,
      staleMs: null,
      staleIfErrorMs: null,
      deadlineMs: null,
      locale: null,
      fallbackUrl: null,
      fallbackImageUrl: null,
      openLookups: false,
      links: [],
      gate: null,
      profile: { properties: [], cohorts: [], predictions: [] },
      results: {
        outcome: null,
        exposureEvent: '[Recs] Recommendation Event',
        controlProperty: 'recommendations.recommendation_control',
        recommendationProperty: null,
        controlShare: null,
        conversionWindowMs: 2_592_000_000,
      },
    });
    expect(hero?.source.someIds).toEqual(['a', 'b', 'c', 'd']);
    expect([...(hero?.templates.keys() ?? [])].sort()).toEqual(['email', 'email.txt']);
    expect(hero?.samples.get('short')).toMatchObject({ lookup: { items: ['d'] } });
  });

  it('gives the names by which results are asked for', async () => {
    const results =
      'results: { outcome: "ce:Bought [x]", exposure_event: Seen, control_property: c, recommendation_property: r, control_share: 0.05, conversion_window: 7d }';
    const { placements } = await loadedWith({ 'hero/placement.yaml': `${HERO}${results}\n` });
    expect(placements.get('hero')?.placement.results).toEqual({
      outcome: 'ce:Bought [x]',
      exposureEvent: 'Seen',
      controlProperty: 'c',
      recommendationProperty: 'r',
      controlShare: 0.05,
      conversionWindowMs: 604_800_000,
    });
  });

  it('gives the people to test with', async () => {
    expect([...(await loadedWith()).testPeople]).toEqual([
      ['qa-anna', 'treatment'],
      ['qa-carl', 'control'],
    ]);
  });

  it('needs neither people to test with nor samples, partials or templates', async () => {
    const { placements, testPeople } = await loadedWith({
      'test-people.yaml': null,
      'hero/samples.yaml': null,
      'hero/email.hbs': null,
      'hero/email.txt.hbs': null,
      'partials/button.hbs': null,
    });
    expect([placements.size, testPeople.size]).toEqual([1, 0]);
  });

  it.each(['test-people.yaml', 'hero/samples.yaml', 'defaults.yaml', 'hero/defaults.yaml'])(
    'takes an empty %s, or one of comments',
    async (file) => {
      expect(await faultsOf({ [file]: '' })).toEqual([]);
      expect(await faultsOf({ [file]: '# nothing yet\n' })).toEqual([]);
    },
  );

  it('reads all that a placement may say', async () => {
    const yaml = `${HERO}enabled: false
aliases: [old-hero, older-hero]
project: shop
lookup_group: newsletter
fresh: 1h
stale: 2h
stale_if_error: 1d
deadline: 500ms
profile: { properties: [plan_type, gp:points], cohorts: [u567uui], predictions: [t456tth] }
`;
    const { placements } = await loadedWith({ 'hero/placement.yaml': yaml }, { projects: ['shop'] });
    expect(placements.get('old-hero')).toBe(placements.get('hero'));
    expect(placements.get('older-hero')).toBe(placements.get('hero'));
    expect(placements.get('hero')?.placement).toMatchObject({
      enabled: false,
      project: 'shop',
      lookupGroup: 'newsletter',
      freshMs: 3_600_000,
      staleMs: 7_200_000,
      staleIfErrorMs: 86_400_000,
      deadlineMs: 500,
      profile: { properties: ['plan_type', 'gp:points'], cohorts: ['u567uui'], predictions: ['t456tth'] },
    });
  });

  it('reads a profile that names one kind alone', async () => {
    const { placements } = await loadedWith({
      'hero/placement.yaml': `${HERO}profile: { cohorts: [u567uui] }\n`,
    });
    expect(placements.get('hero')?.placement.profile).toEqual({
      properties: [],
      cohorts: ['u567uui'],
      predictions: [],
    });
  });
});

describe('what a placement says of its messages', () => {
  const heroWith = async (lines: string) => {
    const files = { 'hero/placement.yaml': `${HERO}${lines}`, 'flags.yaml': 'flags: {}\n' };
    return (await loadedWith(files)).placements.get('hero')?.placement;
  };

  it('are link parameters, in order, with variables between words', async () => {
    const written = 'links:\n  utm_source: inlay\n  utm_campaign: "{{campaign}}-{{ position }}"\n  v: 2\n';
    expect((await heroWith(written))?.links).toEqual([
      { name: 'utm_source', parts: ['inlay'] },
      { name: 'utm_campaign', parts: [{ variable: 'campaign' }, '-', { variable: 'position' }] },
      { name: 'v', parts: ['2'] },
    ]);
  });

  it.each<[string, string]>([
    ['de', 'de'],
    ['de_AT', 'de-AT'],
    ['PT-br', 'pt-BR'],
    ['no', 'no'],
  ])('is the locale %s', async (written, expected) => {
    expect((await heroWith(`locale: ${written}\n`))?.locale).toBe(expected);
  });

  it('is a gate, which is closed where its flag cannot be told, unless it says otherwise', async () => {
    expect((await heroWith('gate: { flag: "show-{id}" }\n'))?.gate).toEqual({
      flag: 'show-{id}',
      default: false,
    });
    expect((await heroWith('gate: { flag: "{placement}-{id}", default: true }\n'))?.gate).toEqual({
      flag: '{placement}-{id}',
      default: true,
    });
  });
});

describe('texts', () => {
  const TEXTS = {
    'texts/default.yaml': 'cta: "More & more"\nyear: 2027\nempty: ""\n',
    'texts/de_AT.yaml': 'cta: Mehr\n',
  };
  const textOf = async (template: string, locale: string | null): Promise<string | undefined> => {
    const folder = await loadedWith({ ...TEXTS, 'hero/email.hbs': template });
    return folder.placements.get('hero')?.templates.get('email')?.(blockWith(1), { ...NO_MESSAGE, locale });
  };

  it.each<[string | null, string]>([
    ['de-AT', 'Mehr'],
    ['de', 'More &amp; more'],
    ['de-CH', 'More &amp; more'],
    [null, 'More &amp; more'],
  ])('come in the locale %s as %j', async (locale, expected) => {
    expect(await textOf('<p>{{text "cta"}}</p>', locale)).toBe(`<p>${expected}</p>`);
  });

  it('may be numbers, or empty', async () => {
    expect(await textOf('<p>{{text "year"}}|{{text "empty"}}</p>', 'de-AT')).toBe('<p>2027|</p>');
  });

  it('hold no markup and no Liquid that runs', async () => {
    const folder = await loadedWith({
      'texts/default.yaml': 'cta: "<b>{{ x }}</b>{"\n',
      'hero/email.txt.hbs': '{{text "cta"}}',
    });
    const text = folder.placements.get('hero')?.templates.get('email.txt')?.(blockWith(1), NO_MESSAGE);
    expect(text).not.toMatch(/<b>|\{\{|\{$/);
  });
});

describe('a field of type html', () => {
  const SOURCES = VALID['content-sources.yaml'] ?? '';
  const HTML = {
    'content-sources.yaml': SOURCES.replace(
      'title: name',
      'title: name\n    body: { from: name, type: html }',
    ),
    'content/products.csv':
      'sku,name,link,image,price\na,<p>A <i>b</i><script>x</script></p>,https://x.example/a,,1\n',
    'hero/placement.yaml': placement(),
    'hero/samples.yaml':
      'odd: { fields: { title: "<p>1 < 2</p>", body: "<p>1 < 2</p><script>x</script>" } }\n',
  };

  it('is told of in the shape of its source, so that templates and answers know it', async () => {
    const source = (await loadedWith(HTML)).placements.get('hero')?.source;
    expect(source?.shape).toMatchObject({
      fields: ['title', 'body', 'url', 'image_url', 'price', 'price_text'],
      html: ['body'],
    });
  });

  it('is sanitised in a sample as in content, where a text has no markup', async () => {
    const hero = (await loadedWith(HTML)).placements.get('hero');
    const sample = hero?.samples.get('odd')?.alter?.({ id: 'a', values: {} }, hero.source.shape);
    expect(sample?.values).toEqual({ title: '1 < 2', body: '<p>1 &lt; 2</p>' });
  });
});

describe('sources', () => {
  it('that are remote let placements name items that nobody can know of', async () => {
    const { placements, sources } = await loadedWith(
      {
        'content-sources.yaml': `products:
  type: http
  preset: contentful
  url: "https://cdn.example/entries?sys.id[in]={ids}&access_token=\${CONTENT_TOKEN}"
  fields: { title: fields.title, url: fields.link }
stock:
  type: postgres
  url: "\${CONTENT_DATABASE_URL}"
  query: select * from product where sku = any($1)
  key: sku
  fields: { title: name }
`,
        'hero/placement.yaml': placement({ baseline: '[whatever]' }),
        'hero/samples.yaml': 'some: { items: [another] }\n',
      },
      { variables: { CONTENT_TOKEN: 't', CONTENT_DATABASE_URL: 'postgres://inlay:pw@db.example/shop' } },
    );
    expect(placements.get('hero')?.source.has('whatever')).toBeNull();
    expect(sources.map(({ name }) => name)).toEqual(['products', 'stock']);
  });
});

describe('flags', () => {
  it('are handed on as they are written', async () => {
    const flag = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'on' };
    const { flags } = await loadedWith({ 'flags.yaml': JSON.stringify({ flags: { 'show-a': flag } }) });
    expect(flags).toEqual({ flags: { 'show-a': flag } });
  });

  it('are null without a file', async () => {
    expect((await loadedWith()).flags).toBeNull();
  });
});

describe('ids are read as they are written', () => {
  it.each(['1234', '0123', '1e3', '12345678901234567890', '1234e56', '0x1f', '1.50', '2026-11-27'])(
    'the recommendation %s',
    async (id) => {
      const { placements } = await loadedWith({ 'hero/placement.yaml': HERO.replace('s234ssg', id) });
      expect(placements.get('hero')?.placement.recommendation).toBe(id);
    },
  );

  it('items that look like numbers', async () => {
    const ids = ['007', '12345678901234567890', '1e3'];
    const csv = `sku,name,link,image,price\n${ids.map((id) => `${id},N,https://x.example/,,1`).join('\n')}\n`;
    const { placements } = await loadedWith({
      'content/products.csv': csv,
      'hero/placement.yaml': placement({ baseline: `[${ids.join(', ')}]` }),
      'hero/samples.yaml': `s: { items: [${ids.join(', ')}] }\n`,
    });
    expect(placements.get('hero')?.placement.baseline).toEqual(ids);
    expect(placements.get('hero')?.samples.get('s')).toMatchObject({ lookup: { items: ids } });
  });

  it('people to test with, who would otherwise be looked up after all', async () => {
    const ids = ['1001', '007', '12345678901234567890', '1e3', 'anna@example.com'];
    const { testPeople } = await loadedWith({
      'test-people.yaml': ids.map((id) => `${id}: treatment\n`).join(''),
    });
    expect([...testPeople.keys()]).toEqual(ids);
  });
});

describe('what a sample says instead', () => {
  it('is as clean as content, or a fault', async () => {
    const fields = '{ title: "<b>{{x}}</b>", url: "javascript:alert(1)" }';
    const root = writeFolder({ ...VALID, 'hero/samples.yaml': `odd:\n  fields: ${fields}\n` });
    const result = await readFolder(root);
    if ('faults' in result)
      return expect(result.faults[0]).toMatchObject({ file: 'hero/samples.yaml', line: 2 });
    const hero = result.folder.placements.get('hero');
    const content = { id: 'a', values: { title: 'A', url: 'https://x.example/', image_url: null } };
    const altered = hero?.samples.get('odd')?.alter?.(content, hero.source.shape);
    expect(altered?.values.title).not.toMatch(/<b>|\{\{/);
    expect(altered?.values.url).not.toMatch(/^javascript:/);
  });
});

describe('where placements lie', () => {
  it('in subfolders, under the name of their own folder', async () => {
    const { placements } = await loadedWith({
      'brand/team/promo/placement.yaml': placement(),
      'hero/inner/placement.yaml': placement(),
    });
    expect([...placements.keys()].sort()).toEqual(['hero', 'inner', 'promo']);
  });

  it('not in what hidden folders hold, nor in content, partials and texts', async () => {
    const broken = 'title: [';
    const { placements } = await loadedWith({
      '.git/x/placement.yaml': broken,
      '..2026_11_27/hero/placement.yaml': broken,
      'content/x/placement.yaml': broken,
      'texts/x/placement.yaml': broken,
      'hero/.email.hbs': '{{#if',
      '.placement.yaml': broken,
    });
    expect([...placements.keys()]).toEqual(['hero']);
  });

  it('behind symbolic links, as in a mounted volume', async () => {
    const root = writeFolder(VALID);
    const data = join(root, '..2026_11_27');
    mkdirSync(data);
    for (const name of ['hero', 'content', 'partials', 'content-sources.yaml', 'test-people.yaml']) {
      renameSync(join(root, name), join(data, name));
      symlinkSync(join('..data', name), join(root, name));
    }
    symlinkSync('..2026_11_27', join(root, '..data'));
    const { placements, testPeople } = folderOf(await readFolder(root));
    expect([...placements.keys()]).toEqual(['hero']);
    expect(testPeople.size).toBe(2);
  });

  it('a link to nothing is a fault, not a crash', async () => {
    const root = writeFolder(VALID);
    symlinkSync('gone', join(root, 'hero', 'message.hbs'));
    const result = await readFolder(root);
    const faults = 'faults' in result ? result.faults : [];
    expect(faults).toEqual([{ file: 'hero/message.hbs', line: null, message: expect.any(String) }]);
  });

  it('and files beside them that mean nothing are left alone', async () => {
    const { placements } = await loadedWith({
      'README.md': '# Templates',
      'hero/notes.txt': '{{#if',
      'hero/email.hbs~': '{{#if',
      'empty/readme.txt': 'x',
    });
    expect([...(placements.get('hero')?.templates.keys() ?? [])].sort()).toEqual(['email', 'email.txt']);
  });
});

describe('defaults', () => {
  it('are inherited from outer folders by inner ones, and a placement’s own file wins', async () => {
    const { placements } = await loadedWith({
      'defaults.yaml': 'content: products\nitems: 1\ntitle: Outer\nrecommendation: outer\n',
      'brand/defaults.yaml': 'items: 2\ntitle: Inner\n',
      'brand/promo/placement.yaml': 'title: Own\nbaseline: [a]\n',
      'other/placement.yaml': 'baseline: [b]\n',
    });
    expect(placements.get('promo')?.placement).toMatchObject({
      title: 'Own',
      items: 2,
      recommendation: 'outer',
      content: 'products',
    });
    expect(placements.get('other')?.placement).toMatchObject({
      title: 'Outer',
      items: 1,
      recommendation: 'outer',
    });
  });

  it('hold for the placement in their own folder too, and for nothing beside it', async () => {
    const { placements } = await loadedWith({
      'promo/defaults.yaml': 'items: 3\n',
      'promo/placement.yaml': placement({ items: '' }),
    });
    expect(placements.get('promo')?.placement.items).toBe(3);
    expect(placements.get('hero')?.placement.items).toBe(2);
  });

  it('can be overruled with a null', async () => {
    const { placements } = await loadedWith(
      {
        'defaults.yaml':
          'project: shop\ndeadline: 300ms\nlocale: de\nlinks: { a: b }\ngate: { flag: "{id}" }\nresults: { outcome: x }\n',
        'hero/placement.yaml': `${HERO}project: null\ndeadline: null\nlocale: null\nlinks: null\ngate: null\nresults: null\n`,
      },
      { projects: ['shop'] },
    );
    expect(placements.get('hero')?.placement).toMatchObject({
      project: null,
      deadlineMs: null,
      locale: null,
      links: [],
      gate: null,
      results: { outcome: null },
    });
  });

  it('with a fault are reported once and where they are, not for each placement', async () => {
    const faults = await faultsOf({
      'defaults.yaml': '\nitem: 3\n',
      'promo/placement.yaml': placement(),
      'other/placement.yaml': placement(),
    });
    expect(faults).toEqual([
      { file: 'defaults.yaml', line: 2, message: expect.stringMatching(/item\b.*known/) },
    ]);
  });

  it('with a wrong project are reported once, where the project is named', async () => {
    const faults = await faultsOf({
      'defaults.yaml': '# ours\nproject: shop\n',
      'promo/placement.yaml': placement(),
    });
    expect(faults).toEqual([{ file: 'defaults.yaml', line: 2, message: expect.stringMatching(/"shop"/) }]);
  });
});

describe('without a usable folder', () => {
  it('that is not there, there is one fault', async () => {
    expect(await readFolder('/nonexistent/templates')).toEqual({
      faults: [{ file: '/nonexistent/templates', line: null, message: 'is not a folder' }],
    });
  });

  it('that is a file, there is one fault', async () => {
    const root = writeFolder(VALID);
    writeFileSync(join(root, 'file'), 'x');
    expect(await readFolder(join(root, 'file'))).toEqual({
      faults: [{ file: join(root, 'file'), line: null, message: 'is not a folder' }],
    });
  });

  it('that is empty, the fault says what is missing', async () => {
    const result = await readFolder(writeFolder({ 'README.md': '' }));
    expect('faults' in result && result.faults).toContainEqual({
      file: 'content-sources.yaml',
      line: null,
      message: expect.stringMatching(/missing/),
    });
  });

  it('that holds no placement, the fault says so', async () => {
    const root = writeFolder(VALID);
    rmSync(join(root, 'hero'), { recursive: true });
    const result = await readFolder(root);
    expect('faults' in result && result.faults).toEqual([
      { file: '.', line: null, message: expect.stringMatching(/no placement/) },
    ]);
  });
});
