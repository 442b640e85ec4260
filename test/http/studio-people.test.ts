import { describe, expect, it } from 'vitest';
import { GOOD } from '../support/products.ts';
import { broken, nobody, overLimit } from '../support/replies.ts';
import { STUDIO } from '../support/service.ts';
import { attributesOf, openStudio, type StudioPage, type StudioService } from '../support/studio.ts';
import { writeTemplates } from '../support/templates.ts';

const HERO = '/studio/placements/hero';
const ID = 'anna+48291@example.com';

const peopleOf = (...ids: readonly string[]) => ids.map((id) => ({ kind: 'user_id', id }));

/** What a page says of the first real person on it. */
function paneOf({ html }: StudioPage): string {
  return /<article class="pane" id="pane-person-1".*?<\/article>/s.exec(html)?.[0] ?? '';
}

function show({ post }: StudioService, id: string, query = ''): Promise<StudioPage> {
  return post(`${HERO}${query}`, { people: peopleOf(id) });
}

function lookUp({ post }: StudioService, id: string, query = ''): Promise<StudioPage> {
  return post(`${HERO}/look-ups${query}`, { people: peopleOf(id), person: '0' });
}

describe('a real person', () => {
  it('of whom nothing is stored gets the default, and is not looked up for it', async () => {
    const studio = await openStudio();
    const page = await show(studio, ID);
    expect(page.status).toBe(200);
    expect(paneOf(page)).toContain('Default (nothing is stored of this person)');
    expect(paneOf(page)).toContain('Looking this person up logs an exposure in Amplitude');
    expect(paneOf(page)).toContain('All about investing-101');
  });

  it('whom a message has asked for is shown as the message showed them', async () => {
    const studio = await openStudio();
    studio.allowLookUps(2);
    await studio.service.get(`/v1/placements/hero?user_id=ann`);
    await studio.service.get(`/v1/placements/hero?user_id=carl`);
    const ann = paneOf(await show(studio, 'ann'));
    expect(ann).toContain('>Recommended<');
    expect(ann).toContain('what Amplitude said before');
    expect(ann).toContain(`All about ${GOOD[0]}`);
    expect(ann).not.toContain('logs an exposure');
    const carl = paneOf(await show(studio, 'carl'));
    expect(carl).toContain('Default (control group)');
    expect(carl).toContain('is_control: true');
    expect(carl).not.toContain(`All about ${GOOD[0]}`);
  });

  it('is shown by device id, too, which is another one', async () => {
    const studio = await openStudio();
    studio.allowLookUps(1);
    await studio.service.get('/v1/placements/hero?device_id=ann');
    const people = [{ kind: 'device_id', id: 'ann' }, ...peopleOf('ann')];
    const { text } = await studio.post(HERO, { people });
    expect(text).toMatch(/Device ann Recommended/);
    expect(text).toMatch(/User ann Default \(nothing is stored/);
  });

  it('is shown as their pin says in the send of this name, and as Amplitude says in any other', async () => {
    const studio = await openStudio();
    studio.allowLookUps(1);
    await studio.service.get('/v1/placements/hero?user_id=carl&campaign=weekly');
    const pinned = paneOf(await show(studio, 'carl', '?campaign=weekly'));
    expect(pinned).toContain('Default (control group)');
    expect(pinned).toContain('the decision pinned for this send');
    expect(paneOf(await show(studio, 'carl', '?campaign=other'))).toContain('what Amplitude said before');
    expect(paneOf(await show(studio, 'carl'))).toContain('what Amplitude said before');
  });

  it.each([
    ['{{${user_id}}}', 'Default (because a merge tag was not filled in)'],
    ['x'.repeat(257), 'Default (because the id cannot be one)'],
    ['a\u0000b', 'Default (because the id cannot be one)'],
  ])('that no id can be is told as messages would be: %.20s', async (id, served) => {
    const studio = await openStudio();
    const pane = paneOf(await show(studio, id));
    expect(pane).toContain(served);
    expect(pane).not.toContain('logs an exposure');
    expect((await lookUp(studio, id)).status).toBe(400);
  });

  it('can be added by a form without any script, and goes with the form that looks them up', async () => {
    const { post } = await openStudio();
    const page = await post(HERO, { people: peopleOf('one'), id: ' two ', kind: 'device_id', edits: '{}' });
    expect(page.text).toMatch(/User one .* Device two /);
    const people = [...peopleOf('one'), { kind: 'device_id', id: 'two' }];
    expect(attributesOf(page.html, 'value')).toContain(JSON.stringify(people));
    const again = await post(HERO, { people: JSON.stringify(people), id: 'two', kind: 'device_id' });
    expect(again.html.match(/pane-person-\d"/g)).toHaveLength(2);
  });
});

describe('looking somebody up', () => {
  it('makes one call of the Profile API, shows what it said, and pins nothing', async () => {
    const studio = await openStudio();
    studio.allowLookUps(1);
    const page = await lookUp(studio, 'carl', '?campaign=weekly');
    expect(paneOf(page)).toContain('Default (control group)');
    expect(studio.amplitude.calls.map(({ person }) => person)).toEqual(['carl']);
    expect(paneOf(await show(studio, 'carl', '?campaign=weekly'))).toContain('what Amplitude said before');
    expect(paneOf(await lookUp(studio, 'carl'))).toContain('Default (control group)');
  });

  it('is done once however often it is asked for at once', async () => {
    const studio = await openStudio();
    studio.allowLookUps(1);
    await Promise.all([lookUp(studio, 'ann'), lookUp(studio, 'ann'), lookUp(studio, 'ann')]);
    expect(studio.amplitude.callsFor('ann')).toHaveLength(1);
  });

  it('says that Amplitude does not know somebody, which is stored', async () => {
    const studio = await openStudio();
    studio.allowLookUps(1);
    studio.amplitude.plan('new', nobody());
    expect(paneOf(await lookUp(studio, 'new'))).toContain(
      'Default (because Amplitude does not know the person)',
    );
    expect(paneOf(await show(studio, 'new'))).toContain(
      'Default (because Amplitude does not know the person)',
    );
  });

  it.each([
    ['failed', broken, 'because Amplitude failed'],
    ['had enough', overLimit(), 'because the look-up budget was used up'],
  ])('says why nothing came of it where Amplitude %s', async (_name, reply, because) => {
    const studio = await openStudio();
    studio.amplitude.plan('ann', reply);
    const page = await lookUp(studio, 'ann');
    studio.allowLookUps(studio.amplitude.calls.length);
    expect(studio.amplitude.calls.length).toBeGreaterThan(0);
    expect(page.status).toBe(200);
    expect(paneOf(page)).toContain(`Nothing came of looking this person up, ${because}.`);
    expect(paneOf(page)).toContain('Look up and log an exposure');
  });

  it('needs somebody to be named', async () => {
    const { post } = await openStudio();
    for (const form of [
      {},
      { people: peopleOf('ann') },
      { people: peopleOf('ann'), person: '1' },
      { person: '0' },
    ])
      expect((await post(`${HERO}/look-ups`, form)).text).toContain('Say who is to be looked up.');
  });

  it('is written down without the person', async () => {
    const studio = await openStudio();
    studio.allowLookUps(1);
    await lookUp(studio, ID);
    const lines = studio.service.log.filter((line) => line.includes('looked up from Studio'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ caller: 'marta', placement: 'hero' }]);
  });

  it('says whose placements it is an exposure to, where several are looked up together', async () => {
    const group = (name: string, recommendation: string) =>
      `title: ${name}\nrecommendation: ${recommendation}\nitems: 2\ncontent: products\nbaseline: [investing-101, what-is-a-cd]\nlookup_group: newsletter\n`;
    const templates = writeTemplates({
      'brand/strip/placement.yaml': group('Strip of two', 'r222two'),
      'brand/grid/placement.yaml': group('Grid', 'g444grid'),
    });
    const studio = await openStudio({ templates });
    const { html } = await studio.post('/studio/placements/strip', { people: peopleOf('ann') });
    expect(html).toContain('logs an exposure in Amplitude</b>, also to g444grid.');
    expect(html).toContain('Looked up together with');
  });
});

describe('nothing else', () => {
  it('looks anybody up: not an address, not a form, not another page', async () => {
    const studio = await openStudio();
    for (const path of [
      `${HERO}?user_id=ann&id=ann&people=${encodeURIComponent(JSON.stringify(peopleOf('ann')))}`,
      `${HERO}/look-ups?person=0`,
      `${HERO}/braze?campaign=w`,
      `${HERO}/movable-ink`,
      '/studio',
      '/studio/status',
    ])
      await studio.get(path);
    await studio.post(HERO, { people: peopleOf('ann'), person: '0', id: 'bob' });
    await studio.post(`${HERO}?campaign=weekly`, { people: peopleOf('ann') });
    await studio.service.post('/v1/placements/hero?user_id=inlay-sample-treatment', STUDIO);
    const message =
      '{% connected_content https://inlay.example.com/v1/placements/hero?user_id=ann :basic_auth inlay :save reco %}{{reco.item_1_title}}';
    const { text } = await studio.post(`${HERO}/braze/bench`, { message });
    expect(text).toContain('All about investing-101');
  });

  it('counts as a call: previews and tries are in no figure', async () => {
    const studio = await openStudio();
    await studio.get(HERO);
    await studio.get(`${HERO}/movable-ink`);
    await studio.post(HERO, { people: peopleOf('ann') });
    expect((await studio.get('/studio/status')).text).toContain('No message has called in the last hour.');
    expect((await studio.get('/studio')).text).toMatch(/Home page hero hero main Default None yet No calls/);
  });
});

describe('the id of a real person', () => {
  it('is in no line of the log and in no address of a page', async () => {
    const studio = await openStudio();
    studio.allowLookUps(1);
    const pages = [
      await show(studio, ID, '?campaign=weekly'),
      await lookUp(studio, ID),
      await studio.post(`${HERO}?show=keys`, { people: peopleOf(ID) }),
      await studio.post(HERO, { people: peopleOf(`${ID}\u0000`) }),
      await studio.post(HERO, { people: `[{"kind":"user_id","id":"${ID}"` }),
      await studio.post('/studio/placements/nope', { people: peopleOf(ID) }),
    ];
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 200, 400, 404]);
    for (const { html } of pages) {
      const addresses = ['href', 'action', 'src', 'data-address'].flatMap((name) => attributesOf(html, name));
      expect(addresses.join(' ')).not.toMatch(/48291/);
    }
    expect(studio.service.log.join('')).not.toMatch(/48291/);
    expect((await studio.service.get('/metrics', STUDIO)).text).not.toMatch(/48291/);
  });

  it('is forgotten with the person', async () => {
    const studio = await openStudio();
    studio.allowLookUps(1);
    await lookUp(studio, 'ann');
    await fetch(`${studio.service.url}/v1/people?user_id=ann`, {
      method: 'DELETE',
      headers: {
        authorization: `Basic ${Buffer.from(`${STUDIO.name}:${STUDIO.password}`).toString('base64')}`,
      },
    });
    expect(paneOf(await show(studio, 'ann'))).toContain('nothing is stored of this person');
  });
});

describe('words that somebody typed', () => {
  const [ID_OF_FIRST] = GOOD;

  it('stand in the place of content for samples, and for nobody else', async () => {
    const studio = await openStudio();
    studio.allowLookUps(1);
    await studio.service.get('/v1/placements/hero?user_id=ann');
    const edits = { [ID_OF_FIRST]: { title: 'Typed & tried' } };
    const page = await studio.post(`${HERO}?who=treatment`, { people: peopleOf('ann'), edits });
    const [sample = ''] = page.html.split('id="pane-person-1"');
    expect(sample).toContain('Typed &amp; tried');
    expect(paneOf(page)).toContain('>Recommended<');
    expect(paneOf(page)).not.toContain('Typed');
    expect(page.text).toContain('You see 1 value of your own.');
    expect((await studio.get(`${HERO}?who=treatment`)).text).not.toContain('Typed');
    expect(studio.service.log.join('')).not.toContain('Typed');
  });

  it.each([
    ['a required field is empty', { title: '' }, 'Without it, a message leaves this item out.'],
    ['there is no such field', { nothing: 'x' }, 'You see 1 value of your own.'],
    ['a field has an odd name', JSON.parse('{"__proto__":"x","constructor":"y"}'), 'of your own'],
    ['nothing is changed', {}, 'Recommended'],
  ])('harm nothing where %s', async (_name, fields, expected) => {
    const { post } = await openStudio();
    const page = await post(`${HERO}?who=treatment`, { edits: { [ID_OF_FIRST]: fields } });
    expect([page.status, page.text]).toEqual([200, expect.stringContaining(expected)]);
  });
});
