import { describe, expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { BASELINE, GOOD } from '../support/products.ts';
import { control, treatment } from '../support/replies.ts';
import { openService } from '../support/service.ts';
import { itemIds } from './answers.ts';

async function open() {
  const amplitude = await openAmplitude();
  amplitude.plan('ann', treatment(...GOOD));
  amplitude.plan('carl', control(...GOOD));
  const service = await openService({ amplitude });
  const ask = async (query: string, user = 'ann') =>
    (await service.get(`/v1/placements/hero.json?user_id=${user}&${query}`)).body;
  return { amplitude, service, ask };
}

describe('position', () => {
  it.each(['position', 'item_index'])(
    'as %s gives that item alone, its keys without the number',
    async (name) => {
      const { ask } = await open();
      const body = await ask(`${name}=2`);
      expect(body).toMatchObject({ reason: 'recommended', has_items: true, item_id: GOOD[1] });
      expect(body).toMatchObject({
        item_title: 'All about setting-up-direct-deposit & more',
        item_url: 'https://www.example.com/learn/setting-up-direct-deposit?ref=a&x=1',
      });
      expect(Object.keys(body).filter((key) => /^item_\d/.test(key))).toEqual([]);
    },
  );

  it('gives the items of the whole answer, one by one', async () => {
    const { ask } = await open();
    const whole = await ask('');
    const single = [await ask('position=1'), await ask('position=2'), await ask('position=3')];
    expect(single.map(({ item_id }) => item_id)).toEqual(itemIds(whole));
  });

  it('behind the last item has the same keys with nulls', async () => {
    const { amplitude, ask } = await open();
    amplitude.plan('uno', treatment('index-funds'));
    const full = await ask('position=1', 'uno');
    const empty = await ask('position=3', 'uno');
    expect(Object.keys(empty)).toEqual(Object.keys(full));
    expect(empty).toMatchObject({ has_items: false, item_count: 0, item_id: null, item_title: null });
  });

  it.each(['0', '-1', '1.5', 'two', '1e9', '4'])('%s is refused', async (position) => {
    const { service } = await open();
    const answer = await service.get(`/v1/placements/hero.json?user_id=ann&position=${position}`);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_parameters']);
  });
});

describe('limit', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 3],
    [20, 3],
  ])('%i gives %i items', async (limit, count) => {
    const { ask } = await open();
    const body = await ask(`limit=${limit}`);
    expect(body.item_count).toBe(count);
    expect(itemIds(body)).toEqual(GOOD.slice(0, count));
  });

  it('leaves the keys of the other items, with nulls', async () => {
    const { ask } = await open();
    const limited = await ask('limit=1');
    expect(Object.keys(limited)).toEqual(Object.keys(await ask('')));
    expect(limited).toMatchObject({ item_2_id: null, item_2_url: null, item_3_price: null });
  });

  it('limits a baseline as well', async () => {
    const { ask } = await open();
    expect(itemIds(await ask('limit=1', 'carl'))).toEqual([BASELINE[0]]);
  });
});

describe('exclude', () => {
  it('leaves items out and backfills them by the next recommended ones', async () => {
    const { ask } = await open();
    const body = await ask(`exclude=${GOOD[0]},${GOOD[2]}`);
    expect(itemIds(body)).toEqual([GOOD[1], GOOD[3]]);
    expect(body).toMatchObject({ reason: 'recommended', variant: 'treatment', item_count: 2 });
  });

  it('leaves items out of a baseline and backfills them by the next ones', async () => {
    const { ask } = await open();
    const body = await ask(`exclude=${BASELINE[1]}`, 'carl');
    expect(itemIds(body)).toEqual([BASELINE[0], BASELINE[2], BASELINE[3]]);
  });

  it('of the whole baseline leaves nothing to show, in every form', async () => {
    const { service, ask } = await open();
    const query = `exclude=${BASELINE.join()}`;
    const body = await ask(query, 'carl');
    expect(body).toMatchObject({ reason: 'control', has_items: false, item_count: 0, item_1_id: null });
    const html = await service.get(`/v1/placements/hero.html?user_id=carl&${query}`);
    expect([html.status, html.text.trim()]).toEqual([200, expect.stringMatching(/^<!--(?:(?!-->).)*-->$/s)]);
    const text = await service.get(`/v1/placements/hero.txt?user_id=carl&${query}`);
    expect([text.status, text.text]).toEqual([200, '']);
  });

  it('of ids that nobody knows changes nothing', async () => {
    const { ask } = await open();
    expect(await ask('exclude=nothing,,%20')).toEqual(await ask(''));
  });

  it('works together with limit and position', async () => {
    const { ask } = await open();
    expect(itemIds(await ask(`exclude=${GOOD[0]}&limit=1`))).toEqual([GOOD[1]]);
    expect((await ask(`exclude=${GOOD[0]}&position=2`)).item_id).toBe(GOOD[2]);
  });
});

describe('shape=list', () => {
  it('gives the items as a list, in an object', async () => {
    const { ask } = await open();
    const { items, ...head } = await ask('shape=list');
    expect(head).toMatchObject({ placement: 'hero', reason: 'recommended', has_items: true, item_count: 3 });
    expect(items.map((item: { id: string }) => item.id)).toEqual(GOOD.slice(0, 3));
    expect(items[0]).toMatchObject({ title: 'All about mortgage-rates-primer & more', price: 40.5 });
    expect(Object.keys(head).filter((key) => /^item_\d/.test(key))).toEqual([]);
  });

  it('gives an empty list where there is nothing to show', async () => {
    const { ask } = await open();
    expect(await ask(`shape=list&exclude=${BASELINE.join()}`, 'carl')).toMatchObject({ items: [] });
  });

  it('is refused where the shape is none', async () => {
    const { service } = await open();
    const answer = await service.get('/v1/placements/hero.json?user_id=ann&shape=round');
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_parameters']);
  });
});

describe('template', () => {
  it('chooses another file of the placement', async () => {
    const { service } = await open();
    const email = await service.get('/v1/placements/hero.html?user_id=ann');
    const message = await service.get('/v1/placements/hero.html?user_id=ann&template=message');
    expect(email.text).toMatch(/^<table>/);
    expect(message.text).toMatch(/^<ul><li>/);
  });

  it.each([
    ['html', 'template=nothing'],
    ['txt', 'template=message'],
  ])('that a placement does not have as %s is a 404', async (suffix, query) => {
    const { service } = await open();
    const answer = await service.get(`/v1/placements/hero.${suffix}?user_id=ann&${query}`);
    expect([answer.status, answer.body.code]).toEqual([404, 'unknown_template']);
  });

  it('for plain text is missing where there is no such file', async () => {
    const { service } = await open();
    const answer = await service.get('/v1/placements/strip.txt?user_id=ann');
    expect([answer.status, answer.body.code]).toEqual([404, 'unknown_template']);
  });

  it.each(['../hero/email', '%2e%2e%2fhero%2femail', 'email.hbs'])('%s reaches no file', async (template) => {
    const { service } = await open();
    const answer = await service.get(`/v1/placements/strip.html?user_id=ann&template=${template}`);
    expect([400, 404]).toContain(answer.status);
  });
});
