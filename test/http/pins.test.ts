import { describe, expect, it } from 'vitest';
import { type Call, openAmplitude, type Plan, type Reply } from '../support/amplitude.ts';
import { createClock } from '../support/clock.ts';
import { type CmsItem, openCms } from '../support/cms.ts';
import { BASELINE, GOOD, PRODUCTS_CSV } from '../support/products.ts';
import { broken, control, knownWith, nobody, overLimit, treatment, wrongKey } from '../support/replies.ts';
import { openService } from '../support/service.ts';
import { type TemplateChanges, writeTemplates } from '../support/templates.ts';
import { writeFiles } from '../support/versions.ts';
import { itemIds } from './answers.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;

const SHOWN = BASELINE.slice(0, 3).join(' ');
const RECOMMENDED = GOOD.slice(0, 3).join(' ');

/** A busy machine may be late with its timers. */
const LENIENCE_MS = 300;

/** Recommends all good products. */
function treated(call: Call): Reply {
  const plan = treatment(...GOOD);
  return typeof plan === 'function' ? plan(call) : plan;
}

type Opening = { readonly templates?: TemplateChanges; readonly settings?: Readonly<Record<string, string>> };

async function open({ templates = {}, settings = {} }: Opening = {}) {
  const amplitude = await openAmplitude();
  amplitude.planForAll(treatment(...GOOD));
  const clock = createClock();
  const folder = writeTemplates(templates);
  const service = await openService({ amplitude, clock, settings, templates: folder });
  const get = (query: string, what = 'hero') => service.get(`/v1/placements/${what}?${query}`);
  /** Why, and what is shown; the status where that is not 200. */
  const ask = async (query: string, what = 'hero') => {
    const { status, body } = await get(query, what);
    return status === 200 ? `${body.reason}: ${itemIds(body).join(' ')}` : String(status);
  };
  const change = async (files: TemplateChanges) => {
    writeFiles(folder, files);
    await service.app.lookForChanges();
  };
  return { amplitude, clock, service, get, ask, change };
}

const ANN = 'user_id=ann&campaign=weekly';

describe('an answer with a campaign', () => {
  it('is what later calls get, byte for byte and without a call, not even to refresh', async () => {
    const { amplitude, clock, get } = await open();
    const first = (await get(ANN)).text;
    amplitude.plan('ann', control(...GOOD));
    for (const passedMs of [0, 7 * HOUR_MS, 25 * HOUR_MS, 8 * DAY_MS, 20 * DAY_MS]) {
      clock.advance(passedMs);
      expect((await get(ANN)).text).toBe(first);
    }
    expect(amplitude.calls).toHaveLength(1);
    clock.advance(2 * DAY_MS);
    expect((await get(ANN)).body.reason).toBe('control');
  });

  it('tells the same of the person, as long as that is known', async () => {
    const { amplitude, get } = await open();
    amplitude.planForAll((call) => {
      const { userData } = treated(call).body as { userData: object };
      return { body: { userData: { ...userData, amp_props: { plan_type: 'gold' } } } };
    });
    const first = await get(ANN, 'strip');
    expect(first.body.profile_plan_type).toBe('gold');
    expect((await get(ANN, 'strip')).text).toBe(first.text);
    expect(amplitude.calls).toHaveLength(1);
  });

  it('is not changed by other recommendations or another arm; one without is', async () => {
    const { amplitude, clock, ask } = await open();
    amplitude.plan('ann', treatment(...GOOD), treatment(...[...GOOD].reverse()), control(...GOOD));
    expect(await ask(ANN)).toBe(`recommended: ${RECOMMENDED}`);
    const changes: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      clock.advance(2 * DAY_MS);
      changes.push(await ask('user_id=ann'));
      expect(await ask(ANN)).toBe(`recommended: ${RECOMMENDED}`);
    }
    expect(changes).toEqual([
      `recommended: ${[...GOOD].reverse().slice(0, 3).join(' ')}`,
      `control: ${SHOWN}`,
    ]);
  });

  it('is the same decision in every form and by every name of the placement', async () => {
    const { amplitude, service, get, ask } = await open();
    await ask(ANN);
    amplitude.plan('ann', control(...GOOD));
    for (const what of ['hero.json', 'old-hero', 'OLD-HERO.json', 'Hero/']) {
      expect(await ask(ANN, what)).toBe(`recommended: ${RECOMMENDED}`);
    }
    for (const what of ['hero.html', 'old-hero.txt']) {
      expect((await get(ANN, what)).text).toContain(GOOD[0]);
    }
    const posted = await service.post('/v1/placements/hero').send({ user_id: 'ann', campaign: 'weekly' });
    expect(posted.body.reason).toBe('recommended');
    expect(amplitude.calls).toHaveLength(1);
  });

  it.each([
    ['Weekly', 'weekly'],
    ['summer sale', 'summersale'],
    ['*', '**'],
    ['a:b', 'a\\b'],
    ['süß 🎁', 'süss 🎁'],
    ['100%', '100%25'],
    ['é'.repeat(64), `${'é'.repeat(63)}e`],
  ])('belongs to the campaign of exactly that name: %s and not %s', async (one, other) => {
    const { amplitude, clock, ask } = await open();
    const query = (campaign: string) => `user_id=ann&campaign=${encodeURIComponent(campaign)}`;
    await ask(query(one));
    amplitude.plan('ann', control(...GOOD));
    clock.advance(2 * DAY_MS);
    expect(await ask(query(other))).toBe(`control: ${SHOWN}`);
    expect(await ask(query(one))).toBe(`recommended: ${RECOMMENDED}`);
    // White space around it is nobody's.
    expect(await ask(query(` ${one}\n`))).toBe(`recommended: ${RECOMMENDED}`);
  });

  it('that is a merge tag is one without', async () => {
    const { clock, amplitude, ask } = await open();
    const query = `user_id=ann&campaign=${encodeURIComponent('{{campaign.${name}}}')}`;
    await ask(query);
    amplitude.plan('ann', control(...GOOD));
    clock.advance(2 * DAY_MS);
    expect(await ask(query)).toBe(`control: ${SHOWN}`);
  });
});

describe('what a call asks for', () => {
  it('is picked from the whole that is pinned, also by the first', async () => {
    const { amplitude, clock, ask, get } = await open();
    expect(await ask(`${ANN}&limit=1&exclude=${GOOD[0]}`)).toBe(`recommended: ${GOOD[1]}`);
    amplitude.plan('ann', control(...GOOD));
    clock.advance(2 * DAY_MS);
    expect(await ask(ANN)).toBe(`recommended: ${RECOMMENDED}`);
    expect(await ask(`${ANN}&exclude=${GOOD[0]},${GOOD[2]}`)).toBe(`recommended: ${GOOD[1]} ${GOOD[3]}`);
    expect((await get(`${ANN}&position=3`)).body.item_id).toBe(GOOD[2]);
    expect(amplitude.calls).toHaveLength(1);
  });

  it('is the same for many who ask at the same moment', async () => {
    const { amplitude, service } = await open();
    amplitude.plan('ann', (call) => ({ ...treated(call), afterMs: 50 }));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => service.get(`/v1/placements/hero?${ANN}`).then(({ text }) => text)),
    );
    expect(new Set(answers).size).toBe(1);
    expect(amplitude.calls).toHaveLength(1);
  });
});

describe('what a failure led to', () => {
  it.each<readonly [string, Plan]>([
    ['timeout', (call) => ({ ...treated(call), afterMs: 600 })],
    ['upstream_error', broken],
    ['throttled', overLimit()],
    ['invalid_response', { body: '<html>' }],
    ['upstream_rejected', wrongKey],
  ])('holds for a minute, in which nobody is asked: %s', async (reason, plan) => {
    const { amplitude, clock, ask } = await open({ settings: { ANSWER_DEADLINE: '300ms' } });
    amplitude.plan('ann', plan);
    expect(await ask(ANN)).toBe(`${reason}: ${SHOWN}`);
    const calls = amplitude.calls.length;
    amplitude.plan('ann', treatment(...GOOD));
    clock.advance(MINUTE_MS - 1);
    expect(await ask(ANN)).toBe(`${reason}: ${SHOWN}`);
    expect(amplitude.calls).toHaveLength(calls);
    await amplitude.ended(calls);
    // Enough for the budget after a 429 as well.
    clock.advance(10 * MINUTE_MS);
    expect([await ask(ANN), await ask(ANN)]).toEqual(Array(2).fill(`recommended: ${RECOMMENDED}`));
  });

  it('is pinned before it leaves and in time, where the look-up used up all there was', async () => {
    const { amplitude, get } = await open({ settings: { ANSWER_DEADLINE: '400ms' } });
    amplitude.plan('ann', { fault: 'hang' });
    const startedAt = performance.now();
    const { body } = await get(ANN);
    expect(body.reason).toBe('timeout');
    expect(performance.now() - startedAt).toBeLessThan(400 + LENIENCE_MS);
    expect((await get(`${ANN}&explain=1`)).body.explain_cache).toBe('pinned');
  });

  it.each<readonly [string, Plan]>([
    ['no_recommendation', knownWith(null)],
    ['unknown_user', nobody()],
    ['control', control(...GOOD)],
    ['no_content', treatment('gone')],
  ])('is no failure, and holds for long: %s', async (reason, plan) => {
    const { amplitude, clock, ask } = await open();
    amplitude.plan('ann', plan);
    expect(await ask(ANN)).toBe(`${reason}: ${SHOWN}`);
    amplitude.plan('ann', treatment(...GOOD));
    clock.advance(29 * DAY_MS);
    expect(await ask(ANN)).toBe(`${reason}: ${SHOWN}`);
  });
});

describe('on_unavailable=retry', () => {
  const RETRY = `${ANN}&on_unavailable=retry`;

  it('is never held to a fallback, and what it gets in the end is what everyone gets', async () => {
    const { amplitude, ask } = await open();
    amplitude.plan('ann', broken);
    expect(await ask(ANN)).toBe(`upstream_error: ${SHOWN}`);
    expect(await ask(RETRY)).toBe('500');
    amplitude.plan('ann', treatment(...GOOD));
    expect(await ask(ANN)).toBe(`upstream_error: ${SHOWN}`);
    expect(await ask(RETRY)).toBe(`recommended: ${RECOMMENDED}`);
    expect(await ask(ANN)).toBe(`recommended: ${RECOMMENDED}`);
  });

  it('pins no 500', async () => {
    const { amplitude, ask } = await open();
    amplitude.plan('ann', broken);
    expect(await ask(RETRY)).toBe('500');
    amplitude.plan('ann', treatment(...GOOD));
    expect(await ask(ANN)).toBe(`recommended: ${RECOMMENDED}`);
  });

  it('follows what was decided', async () => {
    const { amplitude, clock, ask } = await open();
    await ask(ANN);
    amplitude.plan('ann', broken);
    clock.advance(9 * DAY_MS);
    expect(await ask(RETRY)).toBe(`recommended: ${RECOMMENDED}`);
    expect(amplitude.calls).toHaveLength(1);
  });
});

describe('nothing is pinned', () => {
  it.each([
    ['for a sample', 'user_id=inlay-sample-treatment', 'hero'],
    ['for a real recipient who is one', 'user_id=qa-anna', 'hero'],
    ['without an id', 'user_id=', 'hero'],
    ['for a merge tag', 'user_id=%5Buser_id%5D', 'hero'],
    ['for an id that is too long', `user_id=${'x'.repeat(300)}`, 'hero'],
    ['while the placement is off', 'user_id=ann', 'off'],
  ])('%s', async (_case, query, what) => {
    const { amplitude, get } = await open();
    for (let time = 0; time < 2; time += 1) {
      const { body } = await get(`${query}&campaign=weekly&explain=1`, what);
      expect(body.explain_cache).toBe('bypass');
    }
    expect(amplitude.calls).toHaveLength(0);
  });
});

describe('when the templates folder is read again', () => {
  it('what was pinned stays, baselines too, and new people get the new', async () => {
    const { amplitude, ask, change } = await open();
    amplitude.plan('carl', control(...GOOD));
    amplitude.plan('cora', control(...GOOD));
    await Promise.all([ask(ANN), ask('user_id=carl&campaign=weekly')]);
    await change({
      'hero/placement.yaml': `title: Another
recommendation: other
items: 3
content: products
baseline: [${GOOD.slice(1).join()}]
`,
    });
    expect(await ask(ANN)).toBe(`recommended: ${RECOMMENDED}`);
    expect(await ask('user_id=carl&campaign=weekly')).toBe(`control: ${SHOWN}`);
    expect(await ask('user_id=cora&campaign=weekly')).toBe(`control: ${GOOD.slice(1).join(' ')}`);
  });

  it('an item that is gone gives its place to the next, for good', async () => {
    const { ask, change } = await open();
    await ask(ANN);
    await change({ 'content/products.csv': withoutProduct(GOOD[0]) });
    expect(await ask(ANN)).toBe(`recommended: ${GOOD.slice(1).join(' ')}`);
    await change({ 'content/products.csv': PRODUCTS_CSV });
    expect(await ask(ANN)).toBe(`recommended: ${GOOD.slice(1).join(' ')}`);
    expect(await ask('user_id=bob&campaign=weekly')).toBe(`recommended: ${RECOMMENDED}`);
  });

  it('a placement that shows fewer shows the first of them', async () => {
    const { ask, change } = await open();
    await ask(ANN);
    const placement = (items: number) => `title: Home page hero
recommendation: s234ssg
items: ${items}
content: products
baseline: [${BASELINE.join()}]
`;
    await change({ 'hero/placement.yaml': placement(2) });
    expect(await ask(ANN)).toBe(`recommended: ${GOOD.slice(0, 2).join(' ')}`);
    await change({ 'hero/placement.yaml': placement(4) });
    expect(await ask(ANN)).toBe(`recommended: ${GOOD.join(' ')}`);
  });
});

describe('while the content system is down', () => {
  const ITEMS: readonly CmsItem[] = [...BASELINE, ...GOOD].map((id) => ({
    id,
    name: `About ${id}`,
    link: `https://www.example.com/${id}`,
  }));

  async function openWithCms() {
    const cms = await openCms(ITEMS);
    const opened = await open({
      templates: {
        'content-sources.yaml': `products:
  type: http
  url: "${cms.url}"
  ids: repeated
  rows: items
  key: id
  fresh: 10m
  stale_if_error: 1h
  fields: { title: name, title_short: name, description: name, url: link, image_url: name, price_text: name }
  required: [title, url]
`,
      },
    });
    return { cms, ...opened };
  }

  it('nothing is pinned anew', async () => {
    const { cms, clock, ask } = await openWithCms();
    expect(await ask(ANN)).toBe(`recommended: ${RECOMMENDED}`);
    cms.mode = 'broken';
    clock.advance(2 * HOUR_MS);
    expect(await ask(ANN)).toBe('no_content: ');
    cms.mode = 'up';
    clock.advance(10 * MINUTE_MS);
    expect(await ask(ANN)).toBe(`recommended: ${RECOMMENDED}`);
  });

  it('a treatment without content is decided again after a minute', async () => {
    const { cms, clock, ask } = await openWithCms();
    cms.mode = 'broken';
    expect((await ask(ANN)).split(':')[0]).toBe('no_content');
    cms.mode = 'up';
    clock.advance(MINUTE_MS - 1);
    expect((await ask(ANN)).split(':')[0]).toBe('no_content');
    clock.advance(1);
    await expect.poll(() => ask('user_id=ann')).toBe(`recommended: ${RECOMMENDED}`);
    expect(await ask(ANN)).toBe(`recommended: ${RECOMMENDED}`);
  });

  it('the next one takes the place of an item that it does not have any more', async () => {
    const { cms, clock, ask } = await openWithCms();
    await ask(ANN);
    cms.items.delete(GOOD[0]);
    clock.advance(30 * MINUTE_MS);
    await expect.poll(() => ask(ANN)).toBe(`recommended: ${GOOD.slice(1).join(' ')}`);
  });
});

function withoutProduct(sku: string): string {
  return PRODUCTS_CSV.split('\n')
    .filter((line) => !line.startsWith(`"${sku}"`))
    .join('\n');
}
