import { describe, expect, it } from 'vitest';
import { BASELINE, GOOD } from '../support/products.ts';
import { keyOf, of, openLinks, pathOf, productsWithout } from './following.ts';

describe('a page to crop, /page', () => {
  it('shows what was pinned, one item or all, with its link', async () => {
    const { ask, follow, lead } = await openLinks();
    const shown = await ask('ann');
    const whole = await follow(`/page/hero?${of('ann')}`);
    expect(whole.status).toBe(200);
    expect(whole.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
    });
    for (const id of GOOD.slice(0, 3)) expect(whole.body).toContain(`data-id="${id}"`);
    expect(whole.body).not.toContain('mi_dynamic_link');
    const one = await follow(`/page/hero?${of('ann')}&position=2&width=300&height=200`);
    expect(one.body).toContain('#mi_size_container{width:300px;height:200px;');
    expect(one.body).toContain(`data-id="${GOOD[1]}"`);
    expect(one.body).not.toContain(`data-id="${GOOD[0]}"`);
    const link = /id="mi_dynamic_link" href="([^"]*)"/.exec(one.body)?.[1];
    expect(await lead(pathOf(link?.replaceAll('&#x3D;', '=')))).toBe(shown.item_2_url);
  });

  it('leaves the place of an item empty that has gone, as its link still leads there', async () => {
    const { ask, follow, lead, change } = await openLinks();
    const shown = await ask('ann');
    await change(productsWithout(GOOD[0]));
    const pages = [];
    for (const position of ['', '&position=1', '&position=2', '&position=3']) {
      const { body } = await follow(`/page/hero?${of('ann')}${position}`);
      pages.push(Array.from(body.matchAll(/data-id="([^"]*)"/g), ([, id]) => id));
    }
    expect(pages).toEqual([GOOD.slice(1, 3), [], [GOOD[1]], [GOOD[2]]]);
    expect(await lead(`/go/hero/1?${of('ann')}`)).toBe(shown.item_1_url);
  });

  it.each([
    ['without a key', 'user_id=ann&campaign=weekly'],
    ['for whom nothing is pinned', of('bob')],
    ['with a template that is not there', `${of('bob')}&template=none`],
    ['with a template of plain text', `${of('bob')}&template=email.txt`],
    ['with sizes that are none', `${of('bob')}&width=0&height=1e3&position=99&locale=!!`],
  ])('%s shows the baseline', async (_case, query) => {
    const { ask, follow } = await openLinks();
    await ask('ann');
    const { status, body } = await follow(`/page/hero?${query}`);
    expect(status).toBe(200);
    for (const id of BASELINE.slice(0, 3)) expect(body).toContain(`data-id="${id}"`);
    expect(body).toContain('#mi_size_container{width:600px;overflow');
  });

  it.each(['/page/nothing', '/page', '/page/hero/1', '/page/%ff', '/page/..%2fhero'])(
    '%s is a page with nothing on it, that can still be cropped',
    async (target) => {
      const { follow } = await openLinks();
      const { status, body } = await follow(`${target}?${of('ann')}`);
      expect(status).toBe(200);
      expect(body).toContain('id="mi_size_container"');
      expect(body).not.toContain('data-id');
    },
  );

  it('shows nothing of what is known of the person, even where people may be looked up', async () => {
    const template = '<p>{{profile.plan_type}} {{#each items}}{{title}} {{/each}}</p>\n';
    const yaml = `title: Strip
recommendation: r222two
items: 2
content: products
baseline: [investing-101, what-is-a-cd]
profile: { properties: [plan_type] }
open_lookups: true
`;
    const { amplitude, ask, follow } = await openLinks({
      'brand/strip/placement.yaml': yaml,
      'brand/strip/email.hbs': template,
    });
    amplitude.planForAll(({ parameters }) => ({
      body: {
        userData: {
          user_id: parameters.get('user_id'),
          recommendations: [{ rec_id: 'r222two', is_control: false, items: [...GOOD] }],
          amp_props: { plan_type: 'SECRET-PLAN' },
        },
      },
    }));
    const key = keyOf('strip');
    for (const user of ['ann', 'bob', 'ann']) {
      const { body } = await follow(`/page/strip?${of(user, 'weekly', key)}`);
      expect(body).toContain(`All about ${GOOD[0]}`);
      expect(body).not.toContain('SECRET');
    }
    expect((await ask('ann', 'campaign=weekly', 'strip')).profile_plan_type).toBe('SECRET-PLAN');
  });
});
