import { beforeAll, describe, expect, it } from 'vitest';
import { describeInChromium } from '../movable-ink/browsers.ts';
import { copyTemplates } from '../support/studio.ts';
import { DESKTOP, openBoth, openViewer, PHONE } from './browser.ts';

const HERO = '/studio/placements/home-hero';

/** The colour behind the block in the first preview. */
const COLOUR = `(() => {
  const inside = document.querySelector('#frame-treatment').contentWindow;
  return inside.getComputedStyle(inside.document.querySelector('.il-block')).backgroundColor;
})()`;

describeInChromium('the preview of a placement', (browser) => {
  let templates: string;
  beforeAll(() => {
    templates = copyTemplates();
  });
  const open = (viewing: Parameters<typeof openBoth>[2] = {}) => openBoth(browser(), { templates }, viewing);

  it('is there at once: under 100 kB over the wire, everything from the service itself', async () => {
    const { page, open: visit, requests, studio } = await open();
    const sizes: Promise<number>[] = [];
    page.on('requestfinished', (request) =>
      sizes.push(request.sizes().then((size) => size.responseBodySize + size.responseHeadersSize)),
    );
    const startedAt = performance.now();
    await visit(HERO);
    const ms = performance.now() - startedAt;
    // The stream of events goes on.
    await page.waitForLoadState('load');
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeLessThan(100_000);
    // On a quiet machine it is a fraction of a second.
    expect(ms).toBeLessThan(8_000);
    const foreign = requests.filter((request) => !request.includes(studio.service.url));
    expect(foreign.every((request) => request.startsWith('GET https://images.example.com/'))).toBe(true);
  });

  it('shows people side by side in the width that is chosen, typed or dragged, and says so in its address', async () => {
    const { page, open: visit, settle, address, preview } = await open();
    await visit(HERO);
    const widths = async (): Promise<unknown> =>
      page.evaluate(
        `[...document.querySelectorAll('#panes iframe')].map((frame) => frame.contentWindow.innerWidth)`,
      );
    expect(await widths()).toEqual([600, 600]);
    expect(await preview('treatment').getByText('Start learning').count()).toBe(3);

    await page.getByText('375', { exact: true }).click();
    await settle();
    expect([await widths(), address()]).toEqual([[375, 375], `${HERO}?width=375`]);
    expect(await page.locator('#pixels').inputValue()).toBe('375');

    await page.locator('#pixels').fill('733');
    await settle();
    expect([await widths(), address()]).toEqual([[733, 733], `${HERO}?width=733`]);
    expect(await page.locator('[data-free]').isChecked()).toBe(true);
    await page.locator('#pixels').fill('7');
    await settle();
    expect([await widths(), address()]).toEqual([[733, 733], `${HERO}?width=733`]);

    await page.locator('#panes').scrollIntoViewIfNeeded();
    const box = await page.locator('#pane-treatment .grip').boundingBox();
    if (!box) throw new Error('There is nothing to drag.');
    const [x, y] = [box.x + box.width / 2, box.y + 100];
    await page.mouse.move(x, y);
    await page.mouse.down();
    // Over the frame, too.
    await page.mouse.move(x - 150, y, { steps: 3 });
    expect(await widths()).toEqual([583, 583]);
    await page.mouse.move(x - 233, y, { steps: 3 });
    await page.mouse.up();
    await settle();
    expect([await widths(), address()]).toEqual([[500, 500], `${HERO}?width=500`]);
    await page.mouse.move(x, y);
    expect(await widths()).toEqual([500, 500]);

    await page.getByText('600', { exact: true }).click();
    await settle();
    expect([await widths(), address()]).toEqual([[600, 600], HERO]);
  });

  it('shows the dark that the template was written for', async () => {
    const { page, open: visit, settle, address } = await open();
    // An emulated scheme would reach into the frames.
    await page.emulateMedia({ colorScheme: null });
    await visit(HERO);
    expect(await page.evaluate(COLOUR)).toBe('rgb(243, 246, 250)');
    await page.getByText('Dark', { exact: true }).click();
    await settle();
    expect([await page.evaluate(COLOUR), address()]).toEqual(['rgb(15, 21, 29)', `${HERO}?scheme=dark`]);
    await page.getByText('Light', { exact: true }).click();
    await settle();
    expect(await page.evaluate(COLOUR)).toBe('rgb(243, 246, 250)');
  });

  it('has tabs for each form, and back and forward go through them', async () => {
    const { page, open: visit, settle, address } = await open();
    await visit(`${HERO}?width=375`);
    const tabs = page.getByRole('navigation', { name: 'Form' });
    const follow = async (name: string): Promise<void> => {
      await tabs.getByRole('link', { name }).click();
      await settle();
    };
    await follow('Plain text');
    expect(await page.locator('#pane-treatment pre').innerText()).toContain('Know your money better');
    await follow('HTML source');
    expect(await page.locator('#pane-treatment ol li').first().innerText()).toBe('<style>');
    await follow('JSON keys');
    expect(await page.locator('#keys').getByText('item_3_title', { exact: true }).isVisible()).toBe(true);
    expect(address()).toBe(`${HERO}?show=keys&width=375`);
    await page.getByText('Unknown to Amplitude').click();
    await settle();

    await page.goBack();
    await settle();
    expect(address()).toBe(`${HERO}?show=source&width=375`);
    expect(await tabs.locator('[aria-current]').innerText()).toBe('HTML source');
    // Though the box is the one that was pressed last.
    expect(await page.getByRole('checkbox', { name: 'Unknown to Amplitude' }).isChecked()).toBe(false);
    await page.goBack();
    await page.goBack();
    await settle();
    expect(await page.locator('#frame-treatment').isVisible()).toBe(true);
    await page.goForward();
    await page.goForward();
    await page.goForward();
    await settle();
    expect(address()).toBe(`${HERO}?who=treatment,control,unknown&show=keys&width=375`);
    expect(await page.getByRole('checkbox', { name: 'Unknown to Amplitude' }).isChecked()).toBe(true);
    await follow('Message');
    expect(await page.locator('#frame-unknown').isVisible()).toBe(true);
  });

  it('shows whoever is chosen, six at once, and nobody without a choice', async () => {
    const { page, open: visit, settle, address } = await open();
    await visit(HERO);
    const titles = () => page.locator('.pane h2').allInnerTexts();
    for (const name of ['Unknown to Amplitude', 'Amplitude is down', 'Long titles', 'One item'])
      await page.getByText(name, { exact: true }).click();
    await settle();
    expect(await titles()).toEqual([
      'Has a recommendation',
      'Control group',
      'Unknown to Amplitude',
      'Amplitude is down',
      'Long titles',
      'One item',
    ]);
    await page.getByText('No images', { exact: true }).click();
    await settle();
    expect(await page.locator('#toast').innerText()).toContain('At most 6 are shown side by side');
    expect(await page.getByLabel('No images').isChecked()).toBe(false);
    expect(await page.locator('.pane').count()).toBe(6);
    // They are beside each other, and scroll.
    const tops = await page.evaluate("[...document.querySelectorAll('.pane')].map((pane) => pane.offsetTop)");
    expect(new Set(tops as number[]).size).toBe(1);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(address()).toBe(`${HERO}?who=treatment,control,unknown,outage,long-titles,one-item`);

    await visit(`${HERO}?who=control`);
    await page.getByText('Control group', { exact: true }).first().click();
    await settle();
    expect(address()).toBe(`${HERO}?who=`);
    expect(await page.locator('#nobody').innerText()).toBe('Choose somebody above to see what they get.');
  });

  it('answers for a language, fewer items, one position, without some items, and as a whole page', async () => {
    const { page, open: visit, settle, address, preview } = await open();
    await visit(`${HERO}?who=treatment`);
    const block = preview('treatment').locator('body');
    await page.getByLabel('Language').selectOption({ label: 'German' });
    await settle();
    expect(await block.innerText()).toContain('Jetzt lernen');
    expect(address()).toContain('locale=de');

    await page.getByText('More', { exact: true }).click();
    const cards = preview('treatment').locator('.il-column');
    await page.locator('#limit').fill('2');
    await settle();
    expect(await cards.count()).toBe(2);
    await page.locator('#exclude').fill('mortgage-rates-primer, index-funds-hands-on');
    await settle();
    expect(await block.innerText()).not.toContain('Hypo');
    expect(address()).toContain('exclude=mortgage-rates-primer,index-funds-hands-on');
    await page.locator('#limit').fill('');
    await page.locator('#position').fill('3');
    await settle();
    expect(await cards.count()).toBe(1);
    await page.getByText('Whole page, for a web crop').click();
    await settle();
    const container = preview('treatment').locator('#mi_size_container');
    expect((await container.boundingBox())?.width).toBe(600);
    expect(await preview('treatment').locator('#mi_dynamic_link').getAttribute('href')).toMatch(/^https:/);
    expect(await page.locator('#more').getAttribute('open')).not.toBeNull();
    await page.locator('#position').fill('9');
    await settle();
    expect(await page.locator('.pane').count()).toBe(1);
  });

  it('tells where a link leads, and leads nowhere', async () => {
    const { page, open: visit, preview, requests } = await open();
    await visit(`${HERO}?who=treatment`);
    const before = requests.length;
    for (const button of ['left', 'middle'] as const) {
      await preview('treatment').getByText('Start learning').first().click({ button });
      await page
        .locator('#toast', { hasText: 'In a message this leads to https://inlay.example.com/c/' })
        .waitFor();
    }
    expect(requests.slice(before)).toEqual([]);
    expect(page.context().pages()).toHaveLength(1);
  });

  describe('other words', () => {
    it('are shown as they are typed, without losing focus or place, and nobody else sees them', async () => {
      const { page, open: visit, settle, preview, address, studio } = await open();
      await visit(HERO);
      await page.getByText('Try other words').click();
      const field = page.locator('#edit-mortgage-rates-primer-title_local');
      const title = preview('treatment').locator('.il-column a').first();
      await field.fill('Rates');
      await settle();
      expect(await title.innerText()).toBe('Rates');
      await field.press('Home');
      for (const key of 'Low ') await field.press(key === ' ' ? 'Space' : key);
      await settle();
      expect(await title.innerText()).toBe('Low Rates');
      expect(
        await page.evaluate('[document.activeElement.id, document.activeElement.selectionStart]'),
      ).toEqual(['edit-mortgage-rates-primer-title_local', 4]);
      expect(await page.locator('#edited').innerText()).toContain('You see 1 value of your own.');
      expect(await preview('control').locator('body').innerText()).not.toContain('Low Rates');
      expect(address()).toBe(HERO);

      // They stay with the tab: over another form, and over a reload.
      await page.getByRole('link', { name: 'Plain text' }).click();
      await settle();
      expect(await page.locator('#pane-treatment pre').innerText()).toContain('Low Rates');
      await page.reload();
      await settle();
      expect(await page.locator('#pane-treatment pre').innerText()).toContain('Low Rates');
      const colleague = await openViewer(browser(), studio, { viewport: DESKTOP });
      await colleague.open(address());
      expect(await colleague.page.locator('#pane-treatment pre').innerText()).not.toContain('Low Rates');
    });

    it('are over when the content’s own stand there again, or all at once', async () => {
      const { page, open: visit, settle, preview } = await open();
      await visit(`${HERO}?who=treatment`);
      await page.getByText('Try other words').click();
      const field = page.locator('#edit-mortgage-rates-primer-title');
      const original = await field.inputValue();
      await field.fill('');
      await settle();
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      expect(await page.locator('.missing').innerText()).toBe('Without it, a message leaves this item out.');
      await field.fill(original);
      await settle();
      expect(await page.locator('#edited').count()).toBe(0);
      await field.fill('One');
      await page.locator('#edit-index-funds-hands-on-price').fill('5');
      await settle();
      expect(await preview('treatment').locator('body').innerText()).toContain('$5.00');
      await page.getByRole('button', { name: 'Show what the content says' }).click();
      await settle();
      expect(await preview('treatment').locator('body').innerText()).not.toContain('$5.00');
      expect(await field.inputValue()).toBe(original);
      expect(await page.locator('#edited').count()).toBe(0);
    });

    it('are shown, too, where the tab can keep no more of them', async () => {
      const { page, open: visit, settle, preview } = await open();
      await visit(`${HERO}?who=treatment`);
      await page.getByText('Try other words').click();
      const title = preview('treatment').locator('.il-column a').first();
      const field = page.locator('#edit-mortgage-rates-primer-title_local');
      await field.fill('Kept');
      await settle();
      // As where it is full.
      await page.evaluate("Storage.prototype.setItem = () => { throw new Error('QuotaExceededError'); }");
      await field.fill('Not kept');
      await settle();
      expect(await title.innerText()).toBe('Not kept');
    });

    it('are what stands in the field, however fast somebody types', async () => {
      const { page, open: visit, settle, preview } = await open();
      await visit(`${HERO}?who=treatment`);
      await page.getByText('Try other words').click();
      const field = page.locator('#edit-mortgage-rates-primer-title_local');
      await field.fill('');
      await field.pressSequentially('A title of some length', { delay: 25 });
      expect(await field.inputValue()).toBe('A title of some length');
      await settle();
      expect(await preview('treatment').locator('.il-column a').first().innerText()).toBe(
        'A title of some length',
      );
    });
  });

  it('keeps what the reader opened and where they were, whatever changes', async () => {
    const { page, open: visit, settle } = await open();
    await visit(HERO);
    await page.locator('#why-control summary').click();
    await page.locator('#passed summary').click();
    await page.locator('#origins summary').click();
    await page.evaluate('scrollTo({ top: 700, behavior: "instant" })');
    await page.evaluate("document.querySelector('#panes').scrollLeft = 120");
    await page.evaluate(`document.querySelector('[value="dark"]').click()`);
    await settle();
    const openOnes = await page.evaluate(
      "[...document.querySelectorAll('details[open]')].map(({ id }) => id)",
    );
    expect(openOnes).toEqual(['why-treatment', 'passed', 'origins']);
    expect(await page.evaluate('[scrollY, document.querySelector("#panes").scrollLeft]')).toEqual([700, 120]);
  });

  it('is loaded once: another width or language reaches the frames that are there', async () => {
    const { page, open: visit, settle, requests } = await open();
    await visit(HERO);
    const frames = () => requests.filter((request) => request.endsWith('/studio/frame')).length;
    const before = frames();
    await page.getByText('375', { exact: true }).click();
    await settle();
    await page.getByLabel('Language').selectOption('de');
    await settle();
    await page.getByText('Unknown to Amplitude').click();
    await settle();
    expect(frames() - before).toBeLessThanOrEqual(1);
  });

  it('copies what is beside a button', async () => {
    const { page, open: visit } = await open();
    await visit(`${HERO}?who=treatment&show=keys`);
    const copied = () => page.evaluate('navigator.clipboard.readText()');
    await page.getByRole('button', { name: 'Copy {{reco.item_1_title}}', exact: true }).click();
    await page.locator('#toast[data-shown]', { hasText: 'Copied.' }).waitFor();
    expect(await copied()).toBe('{{reco.item_1_title}}');
    await visit(`${HERO}?who=treatment&show=source`);
    await page.getByRole('button', { name: 'Copy the HTML' }).click();
    await expect.poll(copied).toContain('</table>');
    const lines = await page.locator('#source-treatment li').allTextContents();
    expect(await copied()).toBe(lines.join('\n'));
  });

  it('fits a phone: the page never scrolls sideways, the block scrolls within its stage', async () => {
    const { page, open: visit } = await open({ viewport: PHONE });
    for (const show of ['block', 'text', 'source', 'keys']) {
      await visit(`${HERO}?show=${show}`);
      expect([show, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([
        show,
        PHONE.width,
      ]);
    }
    await visit(HERO);
    const sizes = await page.evaluate(`(() => {
      const pane = document.querySelector('#pane-treatment');
      const stage = pane.querySelector('.stage');
      return [pane.clientWidth < 390, stage.clientWidth < 390, stage.scrollWidth];
    })()`);
    expect(sizes).toEqual([true, true, 600]);
    expect(await page.locator('#why-treatment p').first().isVisible()).toBe(true);
  });

  it('is in the reader’s numbers and zone', async () => {
    const { page, open: visit, studio } = await open({ locale: 'de-DE', timezoneId: 'America/New_York' });
    studio.allowLookUps(1);
    await studio.service.get('/v1/placements/home-hero?user_id=ann');
    await visit(`${HERO}?who=treatment`);
    expect(await page.locator('.size').first().innerText()).toMatch(/\d,\d\sKB/);
    await visit('/studio');
    const time = page.locator('time').first();
    const iso = (await time.getAttribute('datetime')) ?? '';
    const expected = new Intl.DateTimeFormat('de-DE', { timeStyle: 'short', timeZone: 'America/New_York' });
    expect(await time.innerText()).toBe(expected.format(new Date(iso)));
  });

  it('can be used from the keyboard alone', async () => {
    const { page, open: visit, settle, address } = await open();
    await visit(HERO);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.getByRole('checkbox', { name: 'Unknown to Amplitude' }).focus();
    await page.keyboard.press('Space');
    await settle();
    expect(address()).toContain('unknown');
    expect(await page.evaluate('document.activeElement.value')).toBe('unknown');
    await page.getByLabel('600', { exact: true }).focus();
    await page.keyboard.press('ArrowLeft');
    await settle();
    expect(address()).toContain('width=375');
    expect(await page.evaluate('document.activeElement.value')).toBe('375');
    await page.getByRole('link', { name: 'JSON keys' }).focus();
    await page.keyboard.press('Enter');
    await settle();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('JSON keys');
    expect(address()).toContain('show=keys');
  });

  it('needs no JavaScript for anything but the look of a block and other words', async () => {
    const { page, studio } = await open({ javaScriptEnabled: false, viewport: DESKTOP });
    await page.goto(`${studio.service.url}${HERO}?show=text`);
    await page.getByText('Unknown to Amplitude').click();
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    expect(await page.locator('#pane-unknown pre').innerText()).toContain('Know your money better');
    await page.getByText('Show a real person').click();
    await page.locator('#person-id').fill('anna@example.com');
    await page.locator('#person-id').press('Enter');
    await page.locator('#pane-person-1').waitFor();
    expect(page.url()).not.toContain('anna');
    await page.getByRole('button', { name: 'Look up and log an exposure' }).waitFor();
  });
});
