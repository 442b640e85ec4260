import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createClock } from '../support/clock.ts';
import { BASELINE, GOOD, PRODUCTS_CSV } from '../support/products.ts';
import { treatment } from '../support/replies.ts';
import { makeFolder } from '../support/templates.ts';
import { makeReleases, versionFiles, versionsIn, writeFiles } from '../support/versions.ts';
import { itemIds } from './answers.ts';
import { openReloading as open } from './reloading.ts';

const REFUSED = 'inlay_templates_reloads_total{result="refused"}';
const FAULTS = 'inlay_templates_faults';
const APPLIED = 'inlay_templates_reloads_total{result="applied"}';

/** A placement of two items, with these lines besides. */
const placement = (...lines: readonly string[]): string => `title: One more
recommendation: s234ssg
items: 2
content: products
baseline: [investing-101, what-is-a-cd]
${lines.join('\n')}
`;

const SOURCES = `products:
  type: file
  path: content/products.csv
  key: sku
  fields: { title: name, title_short: name, description: description, url: product_url, image_url: image, price: { from: price, type: number, currency: USD } }
`;

const STATUS_OF_EACH = ['hero', 'old-hero', 'strip', 'fresh'];

describe('without a restart', () => {
  const statuses = async (ask: (what: string) => PromiseLike<{ status: number }>) => {
    const answers = [];
    for (const name of STATUS_OF_EACH) answers.push((await ask(name)).status);
    return answers;
  };

  it('a new placement answers, and one that is removed is unknown', async () => {
    const { ask, change, templates } = await open();
    expect(await statuses(ask)).toEqual([200, 200, 200, 404]);
    rmSync(join(templates, 'brand'), { recursive: true });
    await change({ 'new/fresh/placement.yaml': placement() });
    expect(await statuses(ask)).toEqual([200, 200, 404, 200]);
    expect(itemIds((await ask('fresh', 'carl')).body)).toEqual(BASELINE.slice(0, 2));
  });

  it('an alias moves to another placement', async () => {
    const { ask, change } = await open();
    await change({
      'hero/placement.yaml': placement(),
      'fresh/placement.yaml': placement('aliases: [old-hero]'),
    });
    expect((await ask('old-hero')).body.placement).toBe('fresh');
    expect((await ask('hero')).body.placement).toBe('hero');
  });

  it('a placement is switched off and on, and nobody is looked up in between', async () => {
    const { ask, change, amplitude } = await open();
    await change({ 'hero/placement.yaml': placement('enabled: false') });
    expect((await ask('hero')).body.reason).toBe('disabled');
    expect(amplitude.calls).toHaveLength(0);
    await change({ 'hero/placement.yaml': placement('enabled: true') });
    expect((await ask('hero')).body.reason).toBe('recommended');
  });

  it('a deadline changes', async () => {
    const { ask, change, amplitude } = await open({ 'hero/placement.yaml': placement('deadline: 100ms') });
    const late = treatment(...GOOD);
    amplitude.planForAll((call) => ({ ...(typeof late === 'function' ? late(call) : late), afterMs: 400 }));
    expect((await ask('hero', 'bea')).body.reason).toBe('timeout');
    await change({ 'hero/placement.yaml': placement('deadline: 1900ms') });
    expect((await ask('hero', 'bob')).body.reason).toBe('recommended');
  });

  it('a template, a partial and a text change', async () => {
    const { ask, change } = await open({ 'texts/default.yaml': 'words: Of old\n' });
    await change({
      'brand/strip/email.hbs': '<p>Template {{text "words"}} {{#each items}}{{> link}}{{/each}}</p>',
    });
    expect((await ask('strip.html')).text).toContain('Template Of old');
    await change({ 'partials/link.hbs': 'Partial', 'texts/default.yaml': 'words: Of late\n' });
    expect((await ask('strip.html')).text.trim()).toBe('<p>Template Of late PartialPartial</p>');
  });

  it('a catalogue changes, wherever it lies', async () => {
    const outside = join(makeFolder(), 'outside.csv');
    const releases = makeReleases();
    const { 'content-sources.yaml': sources = '', 'products.csv': rows = '' } = versionFiles(1);
    writeFiles('/', { [outside]: rows });
    releases.release(1, { 'content-sources.yaml': sources.replace('products.csv', outside) });
    const { ask, change } = await open({}, { templates: releases.current });
    const { item_1_title: before } = (await ask('hero', 'carl')).body;
    // Of the same size, written over it, and put into its place.
    writeFiles('/', { [outside]: rows.replaceAll('of', 'as') });
    await change({});
    expect((await ask('hero', 'carl')).body.item_1_title).toBe(before.replace('of', 'as'));
    writeFiles('/', { [`${outside}.new`]: rows });
    renameSync(`${outside}.new`, outside);
    await change({});
    expect((await ask('hero', 'carl')).body.item_1_title).toBe(before);
  });

  it('what is read from a catalogue changes', async () => {
    const { ask, change } = await open();
    expect((await ask('hero')).body.item_1_title).toMatch(/^All about/);
    await change({ 'content-sources.yaml': SOURCES.replace('title: name', 'title: description') });
    expect((await ask('hero')).body.item_1_title).toMatch(/in practice$/);
  });

  it('a flag changes', async () => {
    const flags = (variant: string) => `flags:
  show-${GOOD[0]}: { state: ENABLED, variants: { yes: true, no: false }, defaultVariant: "${variant}" }
`;
    const { ask, change } = await open({
      'flags.yaml': flags('yes'),
      'hero/placement.yaml': placement("gate: { flag: 'show-{id}', default: true }"),
    });
    expect(itemIds((await ask('hero')).body)[0]).toBe(GOOD[0]);
    await change({ 'flags.yaml': flags('no') });
    expect(itemIds((await ask('hero')).body)[0]).toBe(GOOD[1]);
  });

  it('people to test with change', async () => {
    const { ask, change } = await open();
    await change({ 'test-people.yaml': 'ann: control\n' });
    expect((await ask('hero')).body).toMatchObject({ is_sample: true, reason: 'control' });
    expect((await ask('hero', 'qa-anna')).body.is_sample).toBe(false);
  });

  it('each change is logged and counted once, and nothing is while nothing changes', async () => {
    const { service, change, metric } = await open();
    await change({ 'fresh/placement.yaml': placement() });
    await change({});
    const told = service.log.filter((line) => line.includes('templates folder was read again'));
    expect(told.map((line) => JSON.parse(line))).toMatchObject([{ level: 30, placements: 4 }]);
    expect([await metric(APPLIED), await metric(REFUSED), await metric(FAULTS)]).toEqual([1, null, 0]);
  });
});

describe('a fault', () => {
  const BROKEN = { 'hero/email.hbs': '<p>\n{{#each items}}\n{{titel}}\n{{/each}}', 'strip/x.hbs': '' };

  it('leaves every answer as it was, byte for byte, until the next version without fault', async () => {
    const { ask, change } = await open();
    const askAll = async () => {
      const answers = [];
      for (const what of ['hero', 'hero.html', 'hero.txt', 'strip.html', 'old-hero']) {
        answers.push((await ask(what)).text, (await ask(what, 'carl')).text);
      }
      return answers;
    };
    const before = await askAll();
    await change({ ...BROKEN, 'hero/placement.yaml': placement(), 'partials/link.hbs': 'Partial' });
    expect(await askAll()).toEqual(before);
    await change({ 'strip/x.hbs': null, 'hero/email.hbs': '<p>New</p>' });
    expect((await ask('hero.html')).text.trim()).toBe('<p>New</p>');
    expect((await ask('strip.html')).text).toContain('Partial');
  });

  it('is logged with file and line, once, and counted until it is gone', async () => {
    const { change, errors, metric } = await open();
    await change(BROKEN);
    await change({});
    expect(errors()).toMatchObject([
      {
        level: 50,
        file: 'hero/email.hbs',
        line: 3,
        msg: expect.stringMatching(/^templates folder: uses "titel"/),
      },
      {
        level: 50,
        file: 'strip',
        line: null,
        msg: 'templates folder: holds templates but no placement.yaml',
      },
      { level: 50, faults: 2, msg: 'templates folder: its last good version goes on' },
    ]);
    expect([await metric(FAULTS), await metric(REFUSED), await metric(APPLIED)]).toEqual([2, 1, null]);
    await change({ 'strip/x.hbs': null, 'hero/email.hbs': '<p>' });
    expect([await metric(FAULTS), await metric(REFUSED), await metric(APPLIED)]).toEqual([0, 1, 1]);
  });

  it('is a baseline without content in the next catalogue', async () => {
    const { ask, change, errors } = await open();
    const before = (await ask('hero', 'carl')).text;
    const rows = PRODUCTS_CSV.split('\n').filter((line) => !line.includes(BASELINE[0]));
    await change({ 'content/products.csv': rows.join('\n') });
    expect(errors().map(({ file }) => file)).toContain('hero/placement.yaml');
    expect((await ask('hero', 'carl')).text).toBe(before);
  });

  it.each<[string, (root: string) => void, string]>([
    [
      'an empty folder',
      (root) => mkdirSync(root),
      'templates folder: is missing: it says where items come from',
    ],
    ['a folder gone', () => {}, 'templates folder: is not a folder'],
    ['a file in its place', (root) => writeFiles('/', { [root]: '' }), 'templates folder: is not a folder'],
  ])('is %s, and the folder may come back', async (_what, replace, message) => {
    const { ask, change, errors, service, templates, metric } = await open();
    const before = (await ask('hero')).text;
    renameSync(templates, `${templates}-away`);
    replace(templates);
    await service.app.lookForChanges();
    expect(errors()[0]?.msg).toBe(message);
    expect((await ask('hero')).text).toBe(before);
    rmSync(templates, { recursive: true, force: true });
    renameSync(`${templates}-away`, templates);
    await change({});
    expect([await metric(FAULTS), await metric(APPLIED)]).toEqual([0, 1]);
    expect((await ask('hero')).text).toBe(before);
  });

  it('is a catalogue outside of the folder that is not there yet', async () => {
    const { ask, change, errors } = await open();
    const outside = join(makeFolder(), 'later.csv');
    await change({ 'content-sources.yaml': SOURCES.replace('content/products.csv', outside) });
    expect(errors()[0]).toMatchObject({ file: outside, msg: 'templates folder: there is no such file' });
    writeFiles('/', { [outside]: PRODUCTS_CSV.replaceAll('All about', 'Later on') });
    await change({});
    expect((await ask('hero')).body.item_1_title).toMatch(/^Later on/);
  });

  it.each<[string, string, string]>([
    ['a link to the folder it lies in', '.', 'hero/link'],
    ['a link to itself', 'link', 'hero/link'],
    ['a link to nothing', 'nowhere', 'hero/link'],
  ])('is %s', async (_what, target, file) => {
    const { ask, change, errors, templates, metric } = await open();
    const before = (await ask('hero')).text;
    symlinkSync(target, join(templates, 'hero/link'));
    await change({});
    expect(errors()[0]?.file).toBe(file);
    expect((await ask('hero')).text).toBe(before);
    rmSync(join(templates, 'hero/link'));
    await change({});
    expect(await metric(FAULTS)).toBe(0);
  });
});

describe('while the folder is read again', () => {
  it('answers go on for twenty versions, none with an error or with parts of two', async () => {
    const releases = makeReleases();
    releases.release(0);
    const { amplitude, ask, service, errors } = await open({}, { templates: releases.current });
    amplitude.planForAll(treatment('x', 'y', 'z'));
    let isOver = false;
    const seen = new Set<string>();
    const hammer = async (what: string, user: string) => {
      let last = 0;
      while (!isOver) {
        const { status, text } = await ask(what, user);
        const versions = versionsIn(text);
        expect([status, versions.length, text]).toEqual([200, 1, text]);
        expect(versions[0]).toBeGreaterThanOrEqual(last);
        last = versions[0] ?? 0;
        seen.add(`${what} ${user} ${last}`);
      }
    };
    const hammers = ['hero', 'hero.html'].flatMap((what) =>
      ['ann', 'carl'].map((user) => hammer(what, user)),
    );
    for (let version = 1; version <= 20; version += 1) {
      releases.release(version);
      await service.app.lookForChanges();
      expect(versionsIn((await ask('hero')).text)).toEqual([version]);
    }
    isOver = true;
    await Promise.all(hammers);
    expect(errors()).toEqual([]);
    expect(seen.size).toBeGreaterThan(40);
  }, 60_000);

  it('the service can be closed', async () => {
    const { change, service, errors } = await open();
    const changing = change({ 'hero/email.hbs': '<p>New</p>' });
    await service.app.close();
    await changing;
    expect(errors()).toEqual([]);
  });
});

describe('who waits for a look-up', () => {
  async function waiting() {
    const clock = createClock();
    const opened = await open({}, { clock, settings: { PROFILE_BUDGET_PER_MINUTE: '1' } });
    await opened.ask('strip', 'ann');
    const { status } = await opened.service.get('/v1/placements/hero?user_id=bob&on_unavailable=retry');
    expect(status).toBe(500);
    return { ...opened, clock };
  }

  it('gets it after the placement was given another name, and has the old one as an alias', async () => {
    const { templates, change, clock, amplitude } = await waiting();
    renameSync(join(templates, 'hero'), join(templates, 'fresh'));
    await change({ 'fresh/placement.yaml': placement('aliases: [hero]') });
    clock.advance(64_000);
    await amplitude.called(2);
    expect(amplitude.callsFor('bob')).toHaveLength(1);
  });

  it('costs no call where the placement is gone', async () => {
    const { templates, change, clock, amplitude, metric } = await waiting();
    rmSync(join(templates, 'hero'), { recursive: true });
    await change({});
    clock.advance(64_000);
    await expect.poll(() => metric('inlay_waiting_people')).toBe(0);
    expect(amplitude.callsFor('bob')).toHaveLength(0);
  });
});
