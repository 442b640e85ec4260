import { caniemail } from 'caniemail';
import { HtmlValidate } from 'html-validate';
import { describe, expect, it } from 'vitest';
import { ask, askItems, CASES } from './answers.ts';

const htmlValidate = new HtmlValidate({
  root: true,
  extends: ['html-validate:recommended'],
  rules: {
    'no-inline-style': 'off', // Gmail drops style elements that stand in the body
    'no-deprecated-attr': 'off', // Outlook on Windows follows width, height, align and bgcolor rather than CSS
    'no-conditional-comment': 'off', // the only way to give Outlook on Windows a layout of its own
    'presentation-role-style': 'off', // mail clients know role="presentation"; role="none" is younger
    'prefer-tbody': 'off', // every parser adds it, and each layout table would pay for it
  },
});

/**
 * What a client lacks and is no loss, each with its reason. caniemail sees neither `calc()` nor
 * `prefers-color-scheme`: the columns have a percentage and a media query where calc() is unknown, and without
 * dark mode the light colours stay.
 */
const ACCEPTED: Readonly<Record<string, RegExp>> = {
  // Gmail on the mobile web gets its columns by calc(), Outlook on Windows by a table; both stay light.
  '@media': /^(gmail\.mobile-webmail|outlook\.windows(-mail)?)$/,
  // Square corners.
  'border-radius': /^outlook\.windows(-mail)?$/,
  // Columns come from a table.
  'min-width property': /^outlook\.windows(-mail)?$/,
  // Windows Mail is discontinued; it reads layout tables as tables.
  'role attribute': /^outlook\.windows-mail$/,
  // The visible label is read instead, and the linked title stands above it.
  'aria-label attribute': /^(outlook\.windows-mail|yahoo\..+)$/,
};

const REFUSED_TAG = /<\/?(script|iframe|svg|link|meta|title|object|embed|xml)\b/i;

describe.each(['email', 'message'])('%s', (template) => {
  it.each(CASES)('of %s is valid HTML for the sample %s', async (placement, sample) => {
    const html = await ask(`${placement}.html`, sample, { template });
    expect(await faultsOf(html)).toEqual([]);
  });

  it.each(CASES)('of %s is valid HTML in Outlook on Windows for the sample %s', async (placement, sample) => {
    const html = asOutlookReads(await ask(`${placement}.html`, sample, { template }));
    expect(await faultsOf(html)).toEqual([]);
  });

  it.each(CASES)(
    'of %s uses nothing that major clients lack, for the sample %s',
    async (placement, sample) => {
      const html = await ask(`${placement}.html`, sample, { template });
      expect(unsupportedIn(html)).toEqual([]);
    },
  );

  it.each(CASES)('of %s holds no tag that Braze refuses, for the sample %s', async (placement, sample) => {
    const html = await ask(`${placement}.html`, sample, { template });
    expect(html).not.toMatch(REFUSED_TAG);
  });

  it.each(CASES)('of %s links every item of the sample %s', async (placement, sample) => {
    const html = await ask(`${placement}.html`, sample, { template });
    for (const { click_url } of await askItems(placement, sample))
      expect(html).toContain(`href="${click_url}"`);
  });
});

it('shows other items to treatment than to control', async () => {
  expect(await ask('home-hero.html', 'control')).toContain('Investing 101');
  expect(await ask('home-hero.html', 'treatment')).not.toContain('Investing 101');
});

it('puts the topic in the place of a missing picture', async () => {
  const html = await ask('home-hero.html', 'no-images');
  expect(html).not.toContain('<img');
  expect(html).toContain('>Home buying</td>');
});

it('cuts titles that would break the cards', async () => {
  const html = await ask('home-hero.html', 'long-titles');
  expect(html).toContain('>When does refinancing your mortgage pay off,…<');
});

it('says Free for a price of zero and nothing for none', async () => {
  const html = await ask('home-hero.html', 'free-and-unpriced');
  const prices = html.match(/(?<=<td class="il-strong"[^>]*>)[^<]*(?=<\/td>)/g);
  expect(prices).toEqual(['Free', '', '$79.00']);
});

async function faultsOf(html: string): Promise<string[]> {
  const { results } = await htmlValidate.validateString(html);
  return results.flatMap(({ messages }) =>
    messages.map(({ ruleId, line, message }) => `${line} ${ruleId}: ${message}`),
  );
}

function asOutlookReads(html: string): string {
  return html.replace(/<!--\[if mso\]>(.*?)<!\[endif\]-->/gs, '$1');
}

function unsupportedIn(html: string): string[] {
  const { issues } = caniemail({ clients: ['gmail.*', 'outlook.*', 'apple-mail.*', 'yahoo.*'], html });
  return [...issues.errors].flatMap(([client, features]) =>
    features.filter(({ title }) => !ACCEPTED[title]?.test(client)).map(({ title }) => `${client}: ${title}`),
  );
}
