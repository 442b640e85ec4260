import { describe, expect, it } from 'vitest';
import { createClock } from '../support/clock.ts';
import { GOOD, PRODUCTS_CSV, UNUSABLE } from '../support/products.ts';
import { broken, nobody, overLimit, treatment, wrongKey } from '../support/replies.ts';
import { STUDIO } from '../support/service.ts';
import { attributesOf, decode, openStudio } from '../support/studio.ts';
import { type TemplateChanges, writeTemplates } from '../support/templates.ts';
import { writeFiles } from '../support/versions.ts';

const MINUTE_MS = 60_000;
const HERO = '/studio/placements/hero';

const openWith = (changes: TemplateChanges) => openStudio({ templates: writeTemplates(changes) });

/** The row of a placement in the list. */
function rowOf(html: string, name: string): string {
  return html.split('<tr role="row"').find((row) => row.includes(`<code>${name}</code>`)) ?? '';
}

const inPlain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('the list of placements', () => {
  it('has every placement under its folder, with its project and languages', async () => {
    const { get } = await openStudio({
      templates: writeTemplates({
        'texts/default.yaml': 'cta: Go\n',
        'texts/de.yaml': 'cta: Los\n',
        'texts/pt-BR.yaml': 'cta: Vai\n',
        'brand/team/spring/placement.yaml':
          'title: Spring sale\nrecommendation: s1\nitems: 1\ncontent: products\nbaseline: [investing-101]\nproject: shop\nlocale: fr\n',
      }),
      settings: { AMPLITUDE_PROJECTS: 'shop', AMPLITUDE_SECRET_KEY_SHOP: 'another-secret-key-5Lm' },
    });
    const { html, text } = await get('/studio');
    const folders = Array.from(html.matchAll(/<h2 id="folder-\d">([^<]*)</g), ([, label]) => label);
    expect(folders).toEqual(['In the templates folder itself', 'brand', 'brand/team']);
    expect(text).toContain('Spring sale spring shop Default, German, French, Brazilian Portuguese None yet');
    expect(text).toContain('Home page hero hero main Default, German, Brazilian Portuguese None yet');
    expect(rowOf(html, 'off')).toContain('Switched off');
  });

  it('tells what callers got in the last day, and who called last', async () => {
    const clock = createClock();
    const studio = await openStudio({ clock });
    studio.allowLookUps(3);
    studio.amplitude.plan('new', nobody());
    for (const id of ['ann', 'carl', 'new', 'inlay-sample-treatment', ''])
      await studio.service.get(`/v1/placements/hero?user_id=${id}`);
    await studio.service.get('/v1/placements/old-hero?user_id=ann', STUDIO);
    const { text, html } = await studio.get('/studio');
    expect(inPlain(text)).toContain(
      '5 answers: 40 % recommended, 20 % control group, 40 % other default: 20 % because Amplitude does not know the person, 20 % because the message named nobody',
    );
    expect(text).toContain('Nov 27, 2026, 12:00 AM UTC by marta');
    expect(rowOf(html, 'strip')).toContain('No calls');
    clock.advance(25 * 60 * MINUTE_MS);
    const later = await studio.get('/studio');
    expect(rowOf(later.html, 'hero')).toMatch(/Nov 27, 2026.*No calls/s);
  });

  it('is searched by name, title, alias, folder, project and recommendation, and hides the rest', async () => {
    const { get } = await openStudio();
    const foundWith = async (query: string): Promise<string[]> => {
      const { html } = await get(`/studio?q=${encodeURIComponent(query)}`);
      return ['hero', 'off', 'strip'].filter((name) => !/^[^>]* hidden/.test(rowOf(html, name)));
    };
    expect(await foundWith('')).toEqual(['hero', 'off', 'strip']);
    expect(await foundWith(' HOME ')).toEqual(['hero']);
    expect(await foundWith('old-hero')).toEqual(['hero']);
    expect(await foundWith('brand')).toEqual(['strip']);
    expect(await foundWith('r222')).toEqual(['strip']);
    expect(await foundWith('s234ssg')).toEqual(['hero', 'off']);
    expect(await foundWith('"><script>')).toEqual([]);
    expect((await get('/studio?q=nothing')).html).toMatch(/data-nothing>No placement matches/);
    expect((await get('/studio?q=hero')).html).toMatch(/data-nothing hidden>/);
  });

  it('lists calls to placements that do not exist, by caller, with what was meant', async () => {
    const { service, get } = await openStudio();
    for (let call = 0; call < 3; call += 1) await service.get('/v1/placements/herro?user_id=x');
    await service.get('/v1/placements/herro.html?user_id=x', STUDIO);
    await service.get('/v1/placements/%3Cscript%3Ealert(1)%3C%2Fscript%3E?user_id=x');
    const { text, html } = await get('/studio');
    expect(text).toContain('herro : 3 calls by braze, 1 call by marta. Did they mean hero ?');
    expect(html).not.toContain('<script>alert');
  });

  it('no longer lists them once the name is an alias', async () => {
    const templates = writeTemplates();
    const { service, get } = await openStudio({ templates });
    await service.get('/v1/placements/herro?user_id=x');
    expect((await get('/studio')).text).toContain('Calls to placements that do not exist');
    writeFiles(templates, {
      'off/placement.yaml':
        'title: Off\nrecommendation: s2\nitems: 1\ncontent: products\nbaseline: [investing-101]\naliases: [herro]\n',
    });
    await service.app.lookForChanges();
    expect((await get('/studio')).text).not.toContain('Calls to placements that do not exist');
  });
});

describe('the page of a placement', () => {
  it('shows sample people side by side, in the words of marketers', async () => {
    const { get } = await openStudio();
    const { text } = await get(`${HERO}?who=treatment,control,unknown,empty,outage`);
    for (const expected of [
      'Has a recommendation Recommended',
      'Control group Default (control group)',
      'Unknown to Amplitude Default (because Amplitude does not know the person)',
      'Nothing recommended Default (because there is no recommendation)',
      'Amplitude is down Default (because Amplitude failed)',
    ])
      expect(text).toContain(expected);
    const [main = ''] = (await get(HERO)).text.split('Where each field comes from').slice(0, 1);
    expect(main).not.toMatch(/\b(baseline|fallback|variant|treatment)\b/i);
  });

  it('renders what a call renders, to the byte', async () => {
    const { get, service } = await openStudio();
    for (const [show, suffix, more] of [
      ['block', 'html', ''],
      ['block&template=message', 'html', '&template=message'],
      ['block&page=1&width=375', 'html', '&page=1&width=375'],
      ['block&position=2', 'html', '&position=2'],
      ['block&limit=1&exclude=mortgage-rates-primer', 'html', '&limit=1&exclude=mortgage-rates-primer'],
      ['block&campaign=w&channel=email&locale=de', 'html', '&campaign=w&channel=email&locale=de'],
    ]) {
      const { html } = await get(`${HERO}?who=treatment&show=${show}`);
      const call = await service.get(`/v1/placements/hero.${suffix}?user_id=inlay-sample-treatment${more}`);
      expect(attributesOf(html, 'data-html')).toEqual([call.text]);
    }
    const { html } = await get(`${HERO}?who=treatment&show=text`);
    const call = await service.get('/v1/placements/hero.txt?user_id=inlay-sample-treatment');
    expect(decode(/<pre class="plain"[^>]*>([^<]*)<\/pre>/.exec(html)?.[1] ?? '')).toBe(call.text);
  });

  it('shows the keys of the JSON that a call answers, with what each person gets', async () => {
    const { get, service } = await openStudio();
    const { html, text } = await get(`${HERO}?who=treatment,outage&show=keys`);
    const { body } = await service.get('/v1/placements/hero?user_id=inlay-sample-treatment');
    const keys = attributesOf(html, 'data-copy').map((liquid) => /^\{\{reco\.(\w+)\}\}$/.exec(liquid)?.[1]);
    expect(keys).toEqual(Object.keys(body));
    expect(text).toContain('reason Copy recommended upstream_error');
    expect(text).toContain('item_1_image_url Copy https://images.example.com/mortgage-rates-primer.jpg');
  });

  it('has the HTML as numbered lines, to which findings lead', async () => {
    const { get } = await openStudio();
    const { html } = await get(`${HERO}?who=treatment&show=source`);
    expect(html).toContain('<li id="treatment-1">&lt;table&gt;</li>');
    const places = attributesOf(html, 'href').filter((href) => href.includes('#treatment-'));
    expect(places.length).toBeGreaterThan(0);
    for (const href of places) expect(html).toContain(`id="${href.split('#')[1]}"`);
    expect(attributesOf((await get(`${HERO}?show=text`)).html, 'href').join()).not.toContain('#treatment-');
  });

  it.each([
    ['e-mail', '', /1\.\d KB, 1 % of 102 KB: what Gmail shows of a whole e-mail/],
    ['message', '&template=message', /\d+ B, \d+ % of 2 KB: a whole Content Card/],
    ['text of a message', '&template=message&show=text', /% of 3\.8 KB: a whole push message/],
  ])('compares the size of an %s with what its channel takes', async (_name, query, expected) => {
    const { get } = await openStudio();
    expect(inPlain((await get(`${HERO}?who=treatment${query}`)).text)).toMatch(expected);
  });

  it('tells what was dropped and why', async () => {
    const studio = await openStudio();
    studio.allowLookUps(1);
    studio.amplitude.plan('ann', treatment(...UNUSABLE, GOOD[0]));
    await studio.service.get('/v1/placements/hero?user_id=ann');
    const { text } = await studio.post(`${HERO}?who=`, { people: [{ kind: 'user_id', id: 'ann' }] });
    expect(text).toContain('gone The content source has no item of this id.');
    expect(text).toContain('no-title A field that every item needs is missing or cannot be used.');
    expect(text).toContain('Items shown 1 of up to 3');
    expect(text).toContain('User ann Recommended');
  });

  it.each([
    [
      'without an e-mail',
      { 'hero/email.hbs': null, 'hero/email.txt.hbs': null },
      ['Message', 'HTML source', 'JSON keys'],
    ],
    ['without plain text', { 'hero/email.txt.hbs': null }, ['E-mail', 'Message', 'HTML source', 'JSON keys']],
    ['without HTML', { 'hero/email.hbs': null, 'hero/message.hbs': null }, ['Plain text', 'JSON keys']],
    [
      'without any template',
      { 'hero/email.hbs': null, 'hero/message.hbs': null, 'hero/email.txt.hbs': null },
      ['JSON keys'],
    ],
  ] as const)('%s has the forms that there are', async (_name, changes, expected) => {
    const { get } = await openWith(changes);
    for (const query of ['', '?show=block', '?show=source', '?show=text', '?template=email']) {
      const { html, status, text } = await get(`${HERO}${query}`);
      const [, tabs = ''] = /<nav class="tabs" aria-label="Form">(.*?)<\/nav>/s.exec(html) ?? [];
      expect([status, Array.from(tabs.matchAll(/>([^<]+)<\/a>/g), ([, label]) => label)]).toEqual([
        200,
        [...expected],
      ]);
      expect(tabs.match(/aria-current/g)).toHaveLength(1);
      expect(text).not.toContain('undefined');
    }
    expect((await get(`${HERO}/braze`)).status).toBe(200);
    expect((await get(`${HERO}/movable-ink`)).status).toBe(200);
  });

  it('with one item', async () => {
    const { get } = await openWith({
      'hero/placement.yaml':
        'title: One\nrecommendation: s1\nitems: 1\ncontent: products\nbaseline: [investing-101]\n',
    });
    const { text } = await get(HERO);
    expect(text).toContain('1 item');
    expect(text).toContain('Items shown 1 of up to 1');
  });

  it('that is switched off says so of everybody', async () => {
    const { get } = await openStudio();
    const { text } = await get('/studio/placements/off?who=treatment,control');
    expect(text).toContain('Has a recommendation Default (because the placement is switched off)');
    expect(text).toContain('Control group Default (because the placement is switched off)');
  });

  it('says where there is nobody, and where there is nothing to show', async () => {
    const { get } = await openStudio();
    expect((await get(`${HERO}?who=`)).text).toContain('Choose somebody above to see what they get.');
    const all = [...GOOD, 'investing-101', 'what-is-a-cd', 'retirement-goals', 'budgeting-basics'].join();
    const { text } = await get(`${HERO}?who=control&exclude=${all}`);
    expect(text).toContain('There is nothing to show: the message stays empty in this place.');
  });

  it('has numbers in the digits of the reader', async () => {
    const { get } = await openStudio();
    const german = await get(`${HERO}?who=treatment`, STUDIO, { 'Accept-Language': 'de-DE,de;q=0.9' });
    expect(inPlain(german.text)).toMatch(/ 1,\d KB, /);
  });

  it('leads to its set-ups and back with the same view', async () => {
    const { get } = await openStudio();
    const query = '?who=control&width=375&campaign=weekly';
    for (const page of [HERO, `${HERO}/braze`, `${HERO}/movable-ink`]) {
      const { html } = await get(`${page}${query}`);
      const [, tabs = ''] = /<nav class="tabs" aria-label="Home page hero">(.*?)<\/nav>/s.exec(html) ?? [];
      expect(attributesOf(tabs, 'href')).toEqual([
        `${HERO}${query}`,
        `${HERO}/results${query}`,
        `${HERO}/braze${query}`,
        `${HERO}/movable-ink${query}`,
      ]);
    }
  });

  it('with a text of 100,000 characters in every field stays a page', async () => {
    const long = 'x'.repeat(1_000_000);
    const { get } = await openWith({
      'content/products.csv': PRODUCTS_CSV.replace('All about investing-101 &', `${long} &`),
    });
    for (const show of ['block', 'text', 'source', 'keys']) {
      const { status, html } = await get(`${HERO}?who=control,outage&show=${show}`);
      expect([status, html.length < 2_000_000]).toEqual([200, true]);
      expect(html).toContain('more characters)');
    }
  });
});

describe('the set-up for Braze', () => {
  it('is filled with the name of the send, its credentials, escaping, guard and loop', async () => {
    const { get } = await openStudio();
    const { text } = await get(`${HERO}/braze?campaign=weekly-2026-11-27`);
    expect(text).toContain(
      '{% connected_content https://inlay.example.com/v1/placements/hero.json?user_id={{${user_id} | url_param_escape}}&campaign=weekly-2026-11-27&channel=email&escape=html&shape=list :basic_auth inlay :save reco %}',
    );
    expect(text).toContain('{% if reco.has_items %} {% for item in reco.items %}');
    expect(text).toContain(':cache_max_age 300');
    expect(text).not.toContain('NAME-OF-THIS-SEND');
    expect((await get(`${HERO}/braze`)).text).toContain('campaign=NAME-OF-THIS-SEND');
  });

  it('sends the default, or retries; and warns of both, and never to abort', async () => {
    const { get } = await openStudio();
    const serve = (await get(`${HERO}/braze?campaign=w`)).text;
    const retry = (await get(`${HERO}/braze?campaign=w&on_unavailable=retry`)).text;
    for (const text of [serve, retry]) {
      expect(text).toContain(
        'Retry. Braze comes back up to five times; after its last attempt the message is not sent',
      );
      expect(text).toContain('Never abort because variant is “baseline” or a recommendation is missing.');
    }
    expect(retry).toContain('&on_unavailable=retry :basic_auth inlay :retry %}');
    expect(retry).toContain('Whoever Braze’s five retries do not reach gets no message.');
    expect(serve).not.toContain('Whoever Braze’s five retries');
    expect(serve).not.toContain(':retry %}');
  });

  it('warns of a dispatch id, and encodes what is no part of an address', async () => {
    const { get } = await openStudio();
    const id = '5f0e9c2a8b7d6e5f4a3b2c1d';
    expect((await get(`${HERO}/braze?campaign=${id}`)).text).toContain(
      'looks like one of Braze’s dispatch ids',
    );
    const odd = await get(`${HERO}/braze?campaign=${encodeURIComponent('a&b "c" <d> {{e}}')}`);
    expect(odd.text).toContain('campaign=a%26b%20%22c%22%20%3Cd%3E%20%7B%7Be%7D%7D&');
  });

  it('tries a message for every sample, and keeps what was pasted', async () => {
    const { post } = await openStudio();
    const message =
      '{% connected_content https://inlay.example.com/v1/placements/hero?user_id={{${user_id} | url_param_escape}} :basic_auth inlay :save reco %}\n<h1>{{reco.item_1_title}}</h1>{{reco.nothing}}';
    const { html, text } = await post(`${HERO}/braze/bench`, { message });
    expect(attributesOf(html, 'id').filter((id) => /^bench-frame-/.test(id))).toHaveLength(7);
    expect(text).toContain('Has a recommendation Sent');
    expect(html).toContain('&lt;h1&gt;{{reco.item_1_title}}&lt;/h1&gt;');
    expect(attributesOf(html, 'data-html')[0]).toContain('<h1>All about mortgage-rates-primer');
    expect(text).toMatch(/Line 2 .*nothing/);
  });
});

describe('the set-up for Movable Ink', () => {
  it('has data source, header, fields, links, images, web crop, and answers of samples', async () => {
    const { get } = await openStudio();
    const { text } = await get(`${HERO}/movable-ink`);
    for (const expected of [
      'https://inlay.example.com/v1/placements/hero.json?user_id=[user_id]&campaign=[campaign]&item_index=[item_index]',
      'Authorization: Basic',
      'item_click_url',
      'https://inlay.example.com/go/hero/3?user_id=[user_id]&campaign=[campaign]&key=',
      'https://inlay.example.com/img/hero/1?',
      '#mi_size_container',
      'Sample answer: control',
      '"reason": "upstream_error"',
    ])
      expect(text).toContain(expected);
  });
});

describe('the status', () => {
  it('tells of an outage in words, on the list of placements as well, until it is over', async () => {
    const clock = createClock();
    const studio = await openStudio({ clock });
    for (const id of ['a', 'b', 'c', 'd']) await studio.service.get(`/v1/placements/hero?user_id=${id}`);
    clock.advance(7 * 60 * MINUTE_MS);
    studio.amplitude.planForAll(broken);
    for (const id of ['a', 'b', 'c', 'd', 'e'])
      await studio.service.get(`/v1/placements/strip?user_id=${id}`);
    for (const path of ['/studio/status', '/studio']) {
      expect(inPlain((await studio.get(path)).text)).toContain(
        'Amplitude is failing since Nov 27, 2026, 7:00 AM UTC (1 min). Since then 0 % got recommendations from the store, 100 % the default. Pause the send in Braze to wait',
      );
    }
    studio.amplitude.planForAll(treatment(...GOOD));
    clock.advance(MINUTE_MS);
    for (const id of ['f', 'g', 'h']) await studio.service.get(`/v1/placements/strip?user_id=${id}`);
    const { text } = await studio.get('/studio/status');
    studio.allowLookUps(studio.amplitude.calls.length);
    expect(text).not.toContain('Amplitude is failing');
    expect(text).toContain('All is well.');
  });

  it('tells a used-up budget and a wrong key from an outage', async () => {
    const studio = await openStudio();
    studio.amplitude.planForAll(overLimit());
    for (const id of ['a', 'b', 'c', 'd']) await studio.service.get(`/v1/placements/hero?user_id=${id}`);
    const throttled = (await studio.get('/studio/status')).text;
    expect(throttled).toContain('The look-up budget was used up. 4 answers in the last hour');
    expect(throttled).toContain('Amplitude throttled us at');
    expect(throttled).not.toContain('Amplitude is failing');

    const other = await openStudio();
    other.amplitude.planForAll(wrongKey);
    for (const id of ['a', 'b', 'c', 'd']) await other.service.get(`/v1/placements/hero?user_id=${id}`);
    const rejected = (await other.get('/studio/status')).text;
    expect(rejected).toContain('Amplitude refuses our key or address. 4 answers');
    expect(rejected).not.toContain('Amplitude is failing');
    for (const one of [studio, other]) one.allowLookUps(one.amplitude.calls.length);
  });

  it('is that of all replicas, or of this one', async () => {
    const { get } = await openStudio();
    const all = await get('/studio/status');
    const own = await get('/studio/status?replicas=this');
    expect(all.html).toMatch(/aria-current="page">All replicas/);
    expect(own.html).toMatch(/aria-current="page">This replica/);
  });

  it('has a small chart, with the same figures in a table', async () => {
    const studio = await openStudio();
    studio.allowLookUps(2);
    for (const id of ['ann', 'carl', '']) await studio.service.get(`/v1/placements/hero?user_id=${id}`);
    const { html, text } = await studio.get('/studio/status');
    expect(html.match(/<rect class="(recommended|control|fallback)"/g)).toHaveLength(3);
    expect(inPlain(text)).toContain(
      'Recommended 1 33 % Default (control group) 1 33 % Default (because the message named nobody) 1 33 %',
    );
  });

  it('lists rows of content that cannot be shown, with their lines', async () => {
    const { get } = await openStudio();
    const { text } = await get('/studio/status');
    expect(text).toContain('products file 5 rows with faults');
    expect(text).toContain('Line 18 item "no-title" lacks title and will not be shown');
  });
});

describe('no page', () => {
  it.each(['/studio', '/studio/status', HERO, `${HERO}?show=keys`, `${HERO}/braze`, `${HERO}/movable-ink`])(
    'has an id twice, or a secret: %s',
    async (path) => {
      const { get, service } = await openStudio();
      await service.get('/v1/placements/herro?user_id=x');
      const { html } = await get(path);
      const ids = attributesOf(html, 'id');
      expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
      expect(html).not.toMatch(/amplitude-secret-key|caller-Xk29|studio-Wq83|metrics-Lh51|link-signing-key/);
      expect(html).not.toMatch(/\bundefined\b|\[object |NaN/);
    },
  );
});
