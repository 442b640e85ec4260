import { describe, expect, it } from 'vitest';
import { BASELINE, GOOD } from '../support/products.ts';
import { nobody, treatment } from '../support/replies.ts';
import { FALLBACK, heroWith, imageOf, keyOf, of, openLinks, productsWithout, urlOf } from './following.ts';

describe('the link of a position, /go', () => {
  it('leads to the item that was shown, though another is recommended by now', async () => {
    const { amplitude, ask, lead } = await openLinks();
    const shown = await ask('ann');
    amplitude.plan('ann', treatment(...[...GOOD].reverse()));
    for (const position of [1, 2, 3]) {
      expect(await lead(`/go/hero/${position}?${of('ann')}`)).toBe(shown[`item_${position}_url`]);
    }
    expect(await lead(`/go/hero/1?${of('ann').replace('user_id', 'device_id')}`)).toBe(urlOf(BASELINE[0]));
  });

  it('leads to the item that was shown, though it is gone from the catalogue', async () => {
    const { ask, lead, change } = await openLinks();
    await ask('ann');
    await change(productsWithout(GOOD[0]));
    expect(await lead(`/go/hero/1?${of('ann')}`)).toBe(urlOf(GOOD[0]));
    expect(await lead(`/go/hero/2?${of('ann')}`)).toBe(urlOf(GOOD[1]));
  });

  it.each([
    ['of another campaign', of('ann', 'other')],
    ['of somebody else', of('bob')],
    ['without a campaign', `user_id=ann&key=${keyOf('hero')}`],
    ['with a campaign that was not filled in', of('ann', '[campaign]')],
    ['without a person', `campaign=weekly&key=${keyOf('hero')}`],
    ['with an id that was not filled in', of('[user_id]')],
    ['without a key', 'user_id=ann&campaign=weekly'],
    ['with the key of another placement', of('ann', 'weekly', keyOf('strip'))],
    ['with the key of another service', of('ann', 'weekly', keyOf('hero', 'some-other-key-Wz83-bT6q-maple'))],
    ['with a key cut off', of('ann', 'weekly', keyOf('hero').slice(0, -1))],
    ['with a key and more', of('ann', 'weekly', `${keyOf('hero')}A`)],
    ['with an endless key', of('ann', 'weekly', 'A'.repeat(9_000))],
    ['with nothing', ''],
  ])('%s leads to the baseline’s', async (_case, query) => {
    const { ask, lead } = await openLinks();
    await ask('ann');
    expect(await lead(`/go/hero/2?${query}`)).toBe(urlOf(BASELINE[1]));
  });

  it.each([
    '0',
    '00',
    '01',
    '4',
    '20',
    '21',
    '1e9',
    '1000000000',
    '-1',
    '+1',
    '1.0',
    '1%00',
    '%31%20',
    '..',
    '..%2f',
    '',
    '%',
    '%zz',
    'one',
    '[item_index]',
    '１',
  ])('of the position %j leads to the fallback, whoever follows it', async (position) => {
    const { ask, lead } = await openLinks();
    await ask('ann');
    expect(await lead(`/go/hero/${encodeURI(position).replaceAll('%25', '%')}?${of('ann')}`)).toBe(FALLBACK);
    expect(await lead(`/go/hero/${encodeURI(position).replaceAll('%25', '%')}`)).toBe(
      position === '4' ? FALLBACK : FALLBACK,
    );
  });

  it('beyond what was shown leads to the fallback, as the image there does', async () => {
    const { amplitude, ask, lead } = await openLinks({
      'hero/placement.yaml': heroWith(
        'fallback_url: https://shop.example.com/new',
        'fallback_image_url: https://shop.example.com/new.png',
      ),
    });
    amplitude.plan('ann', treatment('index-funds'));
    expect((await ask('ann')).item_count).toBe(1);
    expect(await lead(`/go/hero/1?${of('ann')}`)).toBe(urlOf('index-funds'));
    for (const position of [2, 3, 4]) {
      expect(await lead(`/go/hero/${position}?${of('ann')}`)).toBe('https://shop.example.com/new');
      expect(await lead(`/img/hero/${position}?${of('ann')}`)).toBe('https://shop.example.com/new.png');
    }
  });

  it('adds what the pin knows to the link: reason, channel, campaign, position', async () => {
    const links =
      'links: { r: "{{reason}}-{{variant}}", ch: "{{channel}}", c: "{{campaign}}", p: "{{position}}-{{item_id}}" }';
    const { ask, lead } = await openLinks({ 'hero/placement.yaml': heroWith(links) });
    const shown = await ask('carl', 'campaign=weekly&channel=email');
    expect(await lead(`/go/hero/2?${of('carl')}`)).toBe(shown.item_2_url);
    expect(await lead(`/go/hero/2?${of('carl')}&mi_u=a%0d%0ab`)).toBe(`${shown.item_2_url}&mi_u=a%0D%0Ab`);
  });

  it('and its image agree when the placement is switched off in between', async () => {
    const { ask, lead, change } = await openLinks();
    await ask('ann');
    await change({ 'hero/placement.yaml': heroWith('enabled: false') });
    expect(await lead(`/go/hero/1?${of('ann')}`)).toBe(urlOf(BASELINE[0]));
    expect(await lead(`/img/hero/1?${of('ann')}`)).toBe(imageOf(BASELINE[0]));
  });

  it('of a placement that was renamed still has its key', async () => {
    const { ask, lead, change } = await openLinks();
    await change({
      'hero/placement.yaml': heroWith('fallback_url: https://shop.example.com/').replace('old-hero', 'front'),
    });
    await ask('ann');
    expect(await lead(`/go/front/1?${of('ann')}`)).toBe(urlOf(GOOD[0]));
    expect(await lead(`/go/front/1?${of('ann', 'weekly', keyOf('front'))}`)).toBe(urlOf(GOOD[0]));
    expect(await lead(`/go/front/1?${of('ann', 'weekly', keyOf('old-hero'))}`)).toBe(urlOf(BASELINE[0]));
  });

  it('follows what was shown to an open that took too long', async () => {
    const { amplitude, ask, lead } = await openLinks({}, { settings: { ANSWER_DEADLINE: '300ms' } });
    amplitude.plan('ann', { fault: 'hang' });
    const shown = await ask('ann');
    expect(shown.reason).toBe('timeout');
    for (const position of [1, 2, 3]) {
      expect(await lead(`/go/hero/${position}?${of('ann')}`)).toBe(shown[`item_${position}_url`]);
    }
    expect(amplitude.calls).toHaveLength(1);
  });

  it('reads campaign and ids as the placement does, however they arrive', async () => {
    const { ask, lead } = await openLinks();
    const campaigns = [
      'we%20ekly',
      '%20weekly%20',
      'Wo%CC%88che',
      '%3Cb%3Eweekly%3C%2Fb%3E',
      '%7B%7B',
      `${'%C3%A4'.repeat(64)}`,
    ];
    for (const campaign of campaigns) {
      await ask('ann+b@example.com', `campaign=${campaign}`);
      expect(await lead(`/go/hero/1?${of('ann+b@example.com', campaign)}`)).toBe(urlOf(GOOD[0]));
    }
  });

  it('leads a person whom Amplitude does not know to the baseline that was shown', async () => {
    const { amplitude, ask, lead } = await openLinks();
    amplitude.plan('eve', nobody());
    const shown = await ask('eve');
    expect(shown.reason).toBe('unknown_user');
    expect(await lead(`/go/hero/3?${of('eve')}`)).toBe(shown.item_3_url);
  });
});
