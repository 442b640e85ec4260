import { describe, expect, it } from 'vitest';
import { BASELINE, GOOD } from '../support/products.ts';
import { METRICS } from '../support/service.ts';
import { FALLBACK, keyOf, of, openLinks, pathOf, urlOf } from './following.ts';

describe('keys', () => {
  const [OLD, NEW] = ['old-link-key-Hs83-rP1w-aspen', 'new-link-key-Vd27-kM6y-cedar'];

  it('that are older still open links, and those taken away lead to the fallback', async () => {
    const old = await openLinks({}, { settings: { LINK_SIGNING_KEYS: OLD } });
    const path = pathOf((await old.ask('ann')).item_1_click_url);
    const between = await openLinks({}, { settings: { LINK_SIGNING_KEYS: `${NEW} ${OLD}` } });
    expect(await between.lead(path)).toBe(urlOf(GOOD[0]));
    await between.ask('ann');
    expect(await between.lead(`/go/hero/1?${of('ann', 'weekly', keyOf('hero', OLD))}`)).toBe(urlOf(GOOD[0]));
    expect(await between.lead(`/go/hero/1?${of('ann', 'weekly', keyOf('hero', NEW))}`)).toBe(urlOf(GOOD[0]));
    const after = await openLinks({}, { settings: { LINK_SIGNING_KEYS: NEW } });
    await after.ask('ann');
    expect(await after.lead(path)).toBe(FALLBACK);
    expect(await after.lead(`/go/hero/1?${of('ann', 'weekly', keyOf('hero', OLD))}`)).toBe(
      urlOf(BASELINE[0]),
    );
  });

  it('do not stand in the metrics or the log, nor does who clicked', async () => {
    const { ask, follow, service } = await openLinks();
    const { item_1_click_url } = await ask('PERSON');
    await follow(`${pathOf(item_1_click_url)}?mi_u=PERSON`);
    for (const kind of ['go', 'img']) await follow(`/${kind}/hero/1?${of('PERSON', 'PERSON')}`);
    await follow(`/page/hero?${of('PERSON', 'PERSON')}`);
    await follow('/go/PERSON/1');
    const { text } = await service.get('/metrics', METRICS);
    const written = [...service.log, text].join('\n');
    expect(written).not.toContain('PERSON');
    expect(written).not.toContain(keyOf('hero'));
    expect(written).not.toContain(String(item_1_click_url).slice(-30));
  });
});

describe('samples', () => {
  it('have links that work and are not counted', async () => {
    const { ask, lead, follow, counted } = await openLinks();
    for (const id of ['inlay-sample-treatment', 'qa-anna']) {
      const shown = await ask(id);
      expect(shown).toMatchObject({ is_sample: true, is_treatment: true });
      expect(await lead(pathOf(shown.item_1_click_url))).toBe(shown.item_1_url);
      expect(await lead(`/go/hero/1?${of(id)}`)).toBe(shown.item_1_url);
      expect(await lead(`/img/hero/1?${of(id)}`)).toBe(shown.item_1_image_url);
      expect((await follow(`/page/hero?${of(id)}`)).body).toContain(`data-id="${shown.item_1_id}"`);
    }
    expect(await counted()).toEqual({});
  });

  it('need the key', async () => {
    const { lead } = await openLinks();
    expect(await lead('/go/hero/1?user_id=inlay-sample-treatment')).toBe(urlOf(BASELINE[0]));
  });

  it('that are no URLs lead to the fallback', async () => {
    const samples = 'odd:\n  shows: treatment\n  fields: { url: not a link }\n';
    const { ask, lead } = await openLinks({ 'hero/samples.yaml': samples });
    const shown = await ask('inlay-sample-odd');
    expect(shown.item_1_url).toBe('not a link');
    expect(await lead(pathOf(shown.item_1_click_url))).toBe(FALLBACK);
    expect(await lead(`/go/hero/1?${of('inlay-sample-odd')}`)).toBe(FALLBACK);
  });
});
