import { describe, expect, it } from 'vitest';
import { treatment } from '../support/replies.ts';
import { BROWSER, of, openLinks, pathOf } from './following.ts';

describe('inlay_links_total', () => {
  it('tells by which link people came and where it led', async () => {
    const { amplitude, ask, follow, counted } = await openLinks();
    amplitude.plan('uno', treatment('index-funds'));
    await ask('uno');
    const { item_1_click_url } = await ask('ann');
    for (const target of [
      pathOf(item_1_click_url),
      pathOf(item_1_click_url),
      '/c/hero/junk',
      `/go/hero/1?${of('ann')}`,
      `/go/old-hero/2?${of('ann')}`,
      `/go/hero/1?${of('bob')}`,
      `/go/hero/2?${of('uno')}`,
      `/img/hero/1?${of('ann')}`,
      `/img/hero/1?${of('bob')}`,
      `/img/hero/0?${of('ann')}`,
      `/page/hero?${of('ann')}`,
      `/page/hero?${of('bob')}`,
      `/page/hero?${of('uno')}&position=3`,
    ]) {
      await follow(target);
    }
    expect(await counted()).toEqual({
      'c hero item person': 2,
      'c hero fallback person': 1,
      'go hero item person': 2,
      'go hero baseline person': 1,
      'go hero fallback person': 1,
      'img hero item person': 1,
      'img hero baseline person': 1,
      'img hero fallback person': 1,
      'page hero item person': 1,
      'page hero baseline person': 1,
      'page hero fallback person': 1,
    });
  });

  it('has one name for all placements that are not there', async () => {
    const { follow, counted } = await openLinks();
    for (let made = 0; made < 50; made += 1) {
      await follow(`/c/made-up-${made}/x`);
      await follow(`/go/made-up-${made}/1`);
    }
    expect(await counted()).toEqual({ 'c unknown fallback person': 50, 'go unknown fallback person': 50 });
  });

  it.each([
    ['a browser', { 'User-Agent': BROWSER }, 'person'],
    [
      'an app on a phone',
      {
        'User-Agent':
          'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
      },
      'person',
    ],
    ['a user agent of 40 KB', { 'User-Agent': `${BROWSER} ${'x'.repeat(40_000)}` }, 'person'],
    ['no user agent', { 'User-Agent': '' }, 'person'],
    ['a scanner of mail', { 'User-Agent': 'Mozilla/5.0 (compatible; Proofpoint URL Defense)' }, 'machine'],
    ['another one', { 'User-Agent': 'Barracuda Sentinel (EE)' }, 'machine'],
    [
      'a messenger that makes a preview',
      { 'User-Agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' },
      'machine',
    ],
    ['Microsoft Office', { 'User-Agent': 'Mozilla/4.0 (compatible; ms-office; MSOffice 16)' }, 'machine'],
    ['a program', { 'User-Agent': 'python-requests/2.32' }, 'machine'],
    ['a browser that fetches ahead', { 'Sec-Purpose': 'prefetch;prerender' }, 'machine'],
    ['an older one', { Purpose: 'prefetch' }, 'machine'],
    ['Safari’s top sites', { 'X-Purpose': 'preview' }, 'machine'],
    ['an old Firefox', { 'X-Moz': 'prefetch' }, 'machine'],
    ['a browser with another purpose', { 'Sec-Purpose': 'translate' }, 'person'],
  ])('takes %s for what it is, each time', async (_case, headers, by) => {
    const { follow, counted } = await openLinks();
    for (let time = 0; time < 2; time += 1) await follow('/go/hero/1', { headers });
    expect(await counted()).toEqual({ [`go hero baseline ${by}`]: 2 });
  });

  it.each(['HEAD', 'POST', 'OPTIONS'])('takes %s for a machine', async (method) => {
    const { follow, counted } = await openLinks();
    await follow('/go/hero/1', { method });
    expect(await counted()).toEqual({ 'go hero baseline machine': 1 });
  });
});
