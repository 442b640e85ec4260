import { describe, expect, it } from 'vitest';
import { GOOD } from '../support/products.ts';
import { treatment } from '../support/replies.ts';
import {
  FALLBACK,
  heroWith,
  of,
  openLinks,
  pathOf,
  productsWithout,
  urlOf,
  WITHOUT_HERO,
} from './following.ts';

describe('the link of an item, /c', () => {
  it('leads to the item’s URL, by a redirect that nobody keeps', async () => {
    const { ask, follow } = await openLinks();
    const { item_2_click_url, item_2_url } = await ask('ann');
    const answer = await follow(pathOf(item_2_click_url));
    expect(answer).toMatchObject({ status: 302, body: '' });
    expect(answer.headers).toMatchObject({
      location: item_2_url,
      'cache-control': 'no-store',
      'content-length': '0',
    });
  });

  it('goes on working when the recommendation, the item and the whole placement are gone', async () => {
    const { amplitude, ask, lead, change, counted } = await openLinks();
    const { item_1_click_url } = await ask('ann');
    amplitude.plan('ann', treatment('index-funds'));
    await change({ ...WITHOUT_HERO, ...productsWithout(GOOD[0]) });
    expect((await ask('ann')).code).toBe('unknown_placement');
    expect(await lead(pathOf(item_1_click_url))).toBe(urlOf(GOOD[0]));
    expect(await counted()).toEqual({ 'c unknown item person': 1 });
  });

  it('goes on working when the placement has another name, as long as the old one is an alias', async () => {
    const { ask, lead, change, counted } = await openLinks();
    const { item_1_click_url } = await ask('ann');
    await change({ ...WITHOUT_HERO, 'front/placement.yaml': heroWith().replace('old-hero', 'hero') });
    expect(await lead(pathOf(item_1_click_url))).toBe(urlOf(GOOD[0]));
    expect(await counted()).toEqual({ 'c front item person': 1 });
  });

  it('of a placement that is switched off leads to what was shown', async () => {
    const { ask, lead, change } = await openLinks();
    const { item_1_click_url } = await ask('ann');
    await change({ 'hero/placement.yaml': heroWith('enabled: false') });
    expect(await lead(pathOf(item_1_click_url))).toBe(urlOf(GOOD[0]));
  });

  it('is found in any case, under an alias, and with slashes too many', async () => {
    const { ask, lead } = await openLinks();
    const path = pathOf((await ask('ann')).item_1_click_url);
    const others = ['/c/HERO/', '/C/Hero/', '/c/old-hero/', '//c//hero/', '/c/h%65ro/'].map((begin) =>
      path.replace('/c/hero/', begin),
    );
    for (const other of [...others, `${path}/`, `${path}//`, `${path}?`, `${path}?a=b#c`]) {
      expect(await lead(other)).toBe(urlOf(GOOD[0]));
    }
  });

  it('has the parameters of the placement and those of Movable Ink, and keeps those that are there', async () => {
    const links = ['links: { utm_source: "{{channel}}", utm_campaign: "{{campaign}}", ref: z }'];
    const { ask, lead } = await openLinks({ 'hero/placement.yaml': heroWith(...links) });
    const { item_1_click_url } = await ask('ann', 'campaign=weekly&channel=e%20mail');
    expect(await lead(`${pathOf(item_1_click_url)}?mi_u=7%261&x=2&utm_source=evil&mi_ecmp=`)).toBe(
      `${urlOf(GOOD[0])}&utm_source=e%20mail&utm_campaign=weekly&mi_u=7%261&mi_ecmp=`,
    );
  });

  it.each(['limit=1', `exclude=${GOOD[0]}`, 'position=2', 'shape=flat', ''])(
    'of an answer with %s leads to what that shows',
    async (more) => {
      const { ask, lead } = await openLinks();
      const answer = await ask('ann', `campaign=weekly&${more}`);
      const links = Object.keys(answer).filter((key) => key.endsWith('click_url') && answer[key] !== null);
      expect(links.length).toBeGreaterThan(0);
      for (const key of links) {
        expect(await lead(pathOf(answer[key]))).toBe(answer[key.replace('click_url', 'url')]);
      }
    },
  );

  it('is the same in two answers, and another for another person, campaign and position', async () => {
    const { ask } = await openLinks();
    const [once, again] = [await ask('ann'), await ask('ann')];
    expect(again).toEqual(once);
    const all = [once, await ask('bob'), await ask('ann', 'campaign=other')];
    const links = all.flatMap((answer) => [1, 2, 3].map((position) => answer[`item_${position}_click_url`]));
    expect(new Set(links).size).toBe(9);
  });

  it('leads to an app where that is the item’s own link, and nothing else does', async () => {
    const fields =
      'title: name, title_short: name, description: description, image_url: image, price: { from: price, type: number, currency: USD }';
    const source = `products:
  type: file
  path: content/products.csv
  key: sku
  fields: { ${fields}, url: { from: deep_link, type: link, schemes: [https, myapp] } }
`;
    const { ask, lead } = await openLinks({ 'content-sources.yaml': source });
    const { item_1_click_url } = await ask('ann');
    expect(await lead(pathOf(item_1_click_url))).toBe(`myapp://learn/${GOOD[0]}`);
    expect(await lead(`/go/hero/1?${of('ann')}`)).toBe(`myapp://learn/${GOOD[0]}`);
    for (const query of [
      'url=myapp://evil',
      'mi_u=myapp://evil',
      'campaign=myapp://evil',
      'fallback_url=myapp://evil',
    ]) {
      expect(await lead(`/go/hero/1?${query}`)).toMatch(
        /^myapp:\/\/learn\/investing-101(\?mi_u=myapp%3A%2F%2Fevil)?$/,
      );
      expect(await lead(`/go/hero/9?${query}`)).toBe(FALLBACK);
    }
  });
});
