import { beforeAll, expect, it } from 'vitest';
import { describeInChromium } from '../movable-ink/browsers.ts';
import { control, treatment } from '../support/replies.ts';
import { copyTemplates } from '../support/studio.ts';
import { DESKTOP, openBoth, openViewer } from './browser.ts';

const HERO = '/studio/placements/home-hero';
const ITEMS = ['mortgage-rates-primer', 'setting-up-direct-deposit', 'index-funds-hands-on'];

describeInChromium('real people in Studio', (browser) => {
  let templates: string;
  beforeAll(() => {
    templates = copyTemplates();
  });

  /** A page with the form for real people open. */
  async function open() {
    const viewer = await openBoth(browser(), { templates });
    const { page, settle, studio } = viewer;
    studio.amplitude.planForAll(treatment(...ITEMS));
    studio.amplitude.plan('carl', control(...ITEMS));
    await viewer.open(`${HERO}?who=`);
    await page.getByText('+ A real person').click();
    const add = async (id: string): Promise<void> => {
      await page.locator('#person-id').fill(id);
      await page.locator('#person-id').press('Enter');
      await settle();
    };
    const served = () => page.locator('.pane .chip').allInnerTexts();
    return { ...viewer, add, served };
  }

  it('are added with Enter and shown as they are stored, beside each other, without a look-up', async () => {
    const { page, add, served, studio, preview } = await open();
    studio.allowLookUps(2);
    for (const id of ['ann', 'carl']) await studio.service.get(`/v1/placements/home-hero?user_id=${id}`);
    expect(await page.evaluate('document.activeElement.id')).toBe('person-id');
    await add('ann');
    expect(await page.locator('#person-id').inputValue()).toBe('');
    await add('carl');
    await add('somebody-else');
    expect(await served()).toEqual([
      'Recommended',
      'Default (control group)',
      'Default (nothing is stored of this person)',
    ]);
    expect(await page.locator('.pane h2').allInnerTexts()).toEqual([
      'User ann',
      'User carl',
      'User somebody-else',
    ]);
    expect(await preview('person-1').locator('body').innerText()).toContain('Mortgage rates');
    expect(await page.locator('#pane-person-3').isVisible()).toBe(true);
  });

  it('are in this tab alone: not in the address, not with a colleague, but over a reload', async () => {
    const { page, add, studio, address, settle, requests } = await open();
    await add('anna+48291@example.com');
    expect(address()).toBe(`${HERO}?who=`);
    await page.getByText('Control group', { exact: true }).click();
    await settle();
    await page.getByRole('link', { name: 'JSON keys' }).click();
    await settle();
    expect(await page.locator('.pane h2').allInnerTexts()).toEqual([
      'Control group',
      'User anna+48291@example.com',
    ]);
    await page.reload();
    await settle();
    expect(await page.locator('.pane').count()).toBe(2);
    expect(requests.join()).not.toContain('48291');
    const colleague = await openViewer(browser(), studio, { viewport: DESKTOP });
    await colleague.open(address());
    expect(await colleague.page.locator('.pane h2').allInnerTexts()).toEqual(['Control group']);
    expect(studio.service.log.join()).not.toContain('48291');
  });

  it('are looked up once, by a button that says what that does, even if it is pressed twice', async () => {
    const { page, add, served, studio, settle } = await open();
    studio.allowLookUps(1);
    await add('carl');
    const form = page.locator('.lookup');
    expect(await form.innerText()).toContain('Looking this person up logs an exposure in Amplitude');
    await form.getByRole('button', { name: 'Look up and log an exposure' }).dblclick();
    await settle();
    expect(await served()).toEqual(['Default (control group)']);
    expect(await form.count()).toBe(0);
    await page.reload();
    await settle();
    expect(await served()).toEqual(['Default (control group)']);
    expect(studio.amplitude.calls.map(({ person }) => person)).toEqual(['carl']);
  });

  it('about whom Amplitude says nothing are told of, and can be asked for again', async () => {
    const { page, add, served, studio, settle } = await open();
    studio.amplitude.plan('ann', { status: 500, body: 'broken' }, { status: 500, body: 'broken' });
    await add('ann');
    await page.getByRole('button', { name: 'Look up and log an exposure' }).click();
    await settle();
    expect(await page.getByRole('alert').innerText()).toContain('because Amplitude failed');
    studio.amplitude.plan('ann', treatment(...ITEMS));
    await page.getByRole('button', { name: 'Look up and log an exposure' }).click();
    await settle();
    expect(await served()).toEqual(['Recommended']);
    studio.allowLookUps(studio.amplitude.calls.length);
  });

  it('are taken away again, and are six at most', async () => {
    const { page, add, settle } = await open();
    for (let person = 1; person <= 6; person += 1) await add(`person-${person}`);
    await add('person-7');
    expect(await page.locator('#toast').innerText()).toContain('At most 6 people are shown at once');
    expect(await page.locator('.pane').count()).toBe(6);
    await page.getByRole('button', { name: 'Take away User person-2' }).click();
    await settle();
    await add('person-7');
    expect(await page.locator('.pane h2').allInnerTexts()).toEqual(
      ['1', '3', '4', '5', '6', '7'].map((number) => `User person-${number}`),
    );
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });

  it('with ids that cannot be one are told so, and break nothing', async () => {
    const { page, add, served, settle } = await open();
    await add('{{${user_id}}}');
    await add('x'.repeat(900));
    await add('  ');
    expect(await served()).toEqual([
      'Default (because a merge tag was not filled in)',
      'Default (because the id cannot be one)',
    ]);
    await page.getByRole('button', { name: /Take away User x/ }).click();
    await settle();
    expect(await served()).toHaveLength(1);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });
});
