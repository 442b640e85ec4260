import type { Route } from 'playwright-core';
import { expect, it } from 'vitest';
import { describeInChromium } from '../movable-ink/browsers.ts';
import { copyTemplates } from '../support/studio.ts';
import { writeFiles } from '../support/versions.ts';
import { openBoth } from './browser.ts';

const BRAZE = '/studio/placements/home-hero/braze';

describeInChromium('the set-ups', (browser) => {
  async function open(path: string) {
    const templates = copyTemplates({ 'home-hero/samples.yaml': null });
    const viewer = await openBoth(browser(), { templates });
    await viewer.open(path);
    const copied = () => viewer.page.evaluate('navigator.clipboard.readText()');
    return { ...viewer, templates, copied };
  }

  it('for Braze are filled with the name of the send as it is typed, ready to be copied', async () => {
    const { page, settle, address, copied } = await open(`${BRAZE}?who=control`);
    const codes = page.locator('.code pre');
    expect((await codes.allInnerTexts()).join()).toContain('campaign=NAME-OF-THIS-SEND');
    await page.locator('#campaign').fill('weekly-2026-11-27');
    await settle();
    const tags = (await codes.allInnerTexts()).filter((code) => code.includes('{% connected_content'));
    expect(tags.length).toBeGreaterThan(3);
    expect(tags.every((tag) => tag.includes('campaign=weekly-2026-11-27'))).toBe(true);
    expect(address()).toBe(`${BRAZE}?who=control&campaign=weekly-2026-11-27&on_unavailable=serve`);
    expect(await page.evaluate('document.activeElement.id')).toBe('campaign');

    await page.getByText('Retry.').click();
    await settle();
    expect(await page.locator('#warning-retry').innerText()).toContain(
      'retries do not reach gets no message',
    );
    await page.getByRole('button', { name: 'Copy: Your own markup' }).click();
    await expect.poll(copied).toContain('on_unavailable=retry :basic_auth inlay :save reco :retry %}');
    expect(await copied()).toContain('{% for item in reco.items %}');

    await page.locator('#campaign').fill('5f0e9c2a8b7d6e5f4a3b2c1d');
    await settle();
    expect(await page.locator('#dispatch').innerText()).toContain('one of Braze’s dispatch ids');
    await page.getByRole('link', { name: 'Preview' }).click();
    await settle();
    expect(await page.locator('#campaign').inputValue()).toBe('5f0e9c2a8b7d6e5f4a3b2c1d');
    expect(await page.locator('.pane').count()).toBe(1);
  });

  it('try a whole message, keep what was pasted and what came of it, and try again when a template is saved', async () => {
    const { page, settle, studio, templates } = await open(BRAZE);
    const message = page.locator('#message');
    await page.locator('#campaign').fill('weekly');
    await settle();
    expect(await message.inputValue()).toContain('campaign=weekly');

    const pasted =
      '{% connected_content https://inlay.example.com/v1/placements/home-hero.html?user_id={{${user_id} | url_param_escape}} :basic_auth inlay %}\n<p>Bye {{${first_name}}}</p>{{nothing.there}}';
    await message.fill(pasted);
    await page.getByRole('button', { name: 'Render it for every sample' }).click();
    const results = page.locator('#bench-results .pane');
    await results.first().waitFor();
    await settle();
    expect(await results.count()).toBe(7);
    expect(await page.locator('#bench-results').getByText('Line 2').first().isVisible()).toBe(true);
    const rendered = page.frameLocator('#bench-frame-treatment');
    expect(await rendered.getByText('Bye Anna').count()).toBe(1);

    // Another name of the send is no reason to lose either.
    await page.locator('#campaign').fill('monthly');
    await settle();
    expect([await message.inputValue(), await results.count()]).toEqual([pasted, 7]);
    writeFiles(templates, { 'home-hero/email.hbs': '<p>Saved meanwhile {{title}}</p>\n' });
    await studio.service.app.lookForChanges();
    await rendered.getByText('Saved meanwhile').waitFor();
    await settle();
    expect(await message.inputValue()).toBe(pasted);
    expect(await page.getByRole('button', { name: 'Render it for every sample' }).isEnabled()).toBe(true);
  });

  it('finish what they try, though something is typed or the page is looked at again meanwhile', async () => {
    const { page, settle } = await open(BRAZE);
    const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const hold = async (route: Route): Promise<void> => {
      asked.resolve();
      await held.promise;
      await route.continue();
    };
    await page.route('**/braze/bench*', hold, { times: 1 });
    await page.getByRole('button', { name: 'Render it for every sample' }).click();
    await asked.promise;
    await page.locator('#campaign').fill('weekly');
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    expect(await page.locator('[data-busy]').innerText()).toBe('Rendering…');
    held.resolve();
    await settle();
    expect(await page.locator('#bench-results .pane').count()).toBe(7);
    expect((await page.locator('.code pre').allInnerTexts()).join()).toContain('campaign=weekly');
  });

  it('for Movable Ink are copied as they stand', async () => {
    const { page, copied } = await open('/studio/placements/home-hero/movable-ink');
    await page.getByRole('button', { name: 'Copy: Data source' }).click();
    await expect
      .poll(copied)
      .toBe(
        'https://inlay.example.com/v1/placements/home-hero.json?user_id=[user_id]&campaign=[campaign]&item_index=[item_index]',
      );
    await page.getByRole('button', { name: 'Copy: Links of the images' }).click();
    await expect
      .poll(copied)
      .toMatch(/^https:\/\/inlay\.example\.com\/go\/home-hero\/1\?.*\n.*\/2\?.*\n.*\/3\?.*$/);
    await page.getByRole('navigation', { name: 'On this page' }).getByText('Web crop').click();
    expect(await page.getByRole('heading', { name: 'Web crop' }).isVisible()).toBe(true);
    expect(await page.evaluate('document.activeElement.tagName')).toBe('BODY');
  });
});
