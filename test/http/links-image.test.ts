import { describe, expect, it } from 'vitest';
import { BASELINE, GOOD } from '../support/products.ts';
import { treatment } from '../support/replies.ts';
import { heroWith, imageOf, of, openLinks, productsWithout } from './following.ts';

describe('the image of a position, /img', () => {
  it('is that of the item to which its link leads', async () => {
    const { amplitude, ask, lead } = await openLinks();
    await ask('ann');
    amplitude.plan('ann', treatment(...[...GOOD].reverse()));
    for (const position of [1, 2, 3]) {
      expect(await lead(`/img/hero/${position}?${of('ann')}`)).toBe(imageOf(GOOD[position - 1]));
      expect(await lead(`/img/hero/${position}?${of('bob')}`)).toBe(imageOf(BASELINE[position - 1]));
    }
  });

  it('stays in its place when an item before it is gone', async () => {
    const { ask, lead, follow, change } = await openLinks();
    await ask('ann');
    await change(productsWithout(GOOD[0]));
    expect((await follow(`/img/hero/1?${of('ann')}`)).headers['content-type']).toBe('image/gif');
    expect(await lead(`/img/hero/2?${of('ann')}`)).toBe(imageOf(GOOD[1]));
    expect(await lead(`/img/hero/3?${of('ann')}`)).toBe(imageOf(GOOD[2]));
  });

  it('is one transparent pixel where there is none', async () => {
    const { amplitude, ask, follow } = await openLinks();
    amplitude.plan('ann', treatment('no-image'));
    await ask('ann');
    for (const target of [
      `/img/hero/1?${of('ann')}`,
      '/img/hero/4',
      '/img/hero/0',
      '/img/nothing/1',
      '/img',
      '/img/hero/1/2',
      '/img/%ff/1',
    ]) {
      const { status, headers } = await follow(target);
      expect([target, status]).toEqual([target, 200]);
      expect(headers).toMatchObject({
        'content-type': 'image/gif',
        'content-length': '42',
        'cache-control': 'no-store',
      });
    }
  });

  it('is the placement’s fallback image where it has one', async () => {
    const { amplitude, ask, lead, follow } = await openLinks({
      'hero/placement.yaml': heroWith('fallback_image_url: https://shop.example.com/new.png'),
    });
    amplitude.plan('ann', treatment('no-image'));
    await ask('ann');
    expect(await lead(`/img/hero/1?${of('ann')}`)).toBe('https://shop.example.com/new.png');
    expect(await lead('/img/hero/9')).toBe('https://shop.example.com/new.png');
    expect((await follow('/img/nothing/1')).status).toBe(200);
  });

  it.each([
    'javascript:alert(1)',
    '/c/hero/x',
    '//evil.example/x',
    'image.png',
    'data:image/png;base64,AAAA',
  ])('is never %s, though the catalogue says so in a field of text', async (text) => {
    const fields = 'title: name, url: product_url, image_url: { from: description, type: text }';
    const { follow } = await openLinks({
      ...{ 'brand/strip/placement.yaml': null, 'brand/strip/email.hbs': null },
      ...{ 'off/placement.yaml': null, 'off/email.hbs': null },
      'hero/placement.yaml': heroWith().replace(/baseline: .*/, 'baseline: [investing-101]'),
      ...{ 'hero/email.hbs': '<p>{{item.title}}</p>', 'hero/message.hbs': null, 'hero/email.txt.hbs': null },
      'content-sources.yaml': `products:\n  type: file\n  path: content/products.csv\n  key: sku\n  fields: { ${fields} }\n`,
      'content/products.csv': `sku,name,product_url,description\ninvesting-101,a,https://www.example.com/,"${text}"\n`,
    });
    expect((await follow('/go/hero/1')).headers.location).toBe('https://www.example.com/');
    expect((await follow('/img/hero/1')).headers['content-type']).toBe('image/gif');
  });
});
