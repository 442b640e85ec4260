import { describe, expect, it } from 'vitest';
import type { Block } from '../../../src/domain/block.ts';
import { checkMessage } from '../../../src/studio/checks/check-message.ts';
import type { CheckReport } from '../../../src/studio/checks/finding.ts';
import { contentOf, placementWith } from '../../domain/examples.ts';
import { ask, CASES, PLACEMENTS } from '../../templates/answers.ts';
import { blockOf } from './messages.ts';

/** Where the sandbox's links lead. */
const PUBLIC_URL = new URL('http://127.0.0.1:3000');

const FORMS = [
  { template: 'email', kind: 'html' },
  { template: 'message', kind: 'html' },
  { template: 'email', kind: 'text' },
] as const;

/** Samples that are made to show too few items. */
const FEWER: readonly string[] = ['one-item', 'two-items'];

describe.each(FORMS)('$template as $kind', ({ template, kind }) => {
  it.each(CASES)(
    'of %s has nothing wrong but its sample content, for the sample %s',
    async (name, sample) => {
      const { findings } = await report(name, sample, template, kind);
      const told = findings.filter(({ severity }) => severity !== 'note').map(({ check }) => check);
      expect(told).toEqual(FEWER.includes(sample) ? ['item_count', 'examples'] : ['examples']);
    },
  );

  it.each(CASES)('of %s has few notes for the sample %s', async (name, sample) => {
    const { findings } = await report(name, sample, template, kind);
    const notes = findings.filter(({ severity }) => severity === 'note').map(({ check }) => check);
    const expected = ['link_parameters', 'own_links'];
    expect(notes).toEqual(
      template === 'email' && kind === 'html' ? ['client_support', ...expected] : expected,
    );
  });
});

it('what is wrong with a sample template after all is found', async () => {
  const html = await ask('home-hero.html', 'treatment');
  const broken = html
    .replace('</table>', '')
    .replace(/alt="[^"]*"/, '')
    .replace('https://images.', 'http://images.');
  const { findings } = await checkMessage({ ...(await messageOf('home-hero', 'treatment')), body: broken });
  const checks = findings.filter(({ severity }) => severity !== 'note').map(({ check }) => check);
  expect(checks).toEqual(expect.arrayContaining(['open_tags', 'image_text', 'image_address']));
});

async function report(
  name: string,
  sample: string,
  template: 'email' | 'message',
  kind: 'html' | 'text',
): Promise<CheckReport> {
  const body = await ask(`${name}.${kind === 'html' ? 'html' : 'txt'}`, sample, { template });
  return checkMessage({ ...(await messageOf(name, sample)), kind, medium: template, body });
}

async function messageOf(name: string, sample: string) {
  const wanted = PLACEMENTS.find((placement) => placement.name === name)?.items ?? 0;
  return {
    ...({ kind: 'html', medium: 'email' } as const),
    ...{ leftOut: [], wanted, publicUrl: PUBLIC_URL, block: await blockFor(name, sample, wanted) },
  };
}

/** The block of which a list of items tells. */
async function blockFor(name: string, sample: string, items: number): Promise<Block> {
  const answer = JSON.parse(await ask(`${name}.json`, sample, { shape: 'list' }));
  const block = blockOf([], { placement: placementWith({ name, items }) });
  return {
    ...block,
    decision: { variant: answer.variant, reason: answer.reason, itemIds: [] },
    items: answer.items.map(({ id, url, click_url }: Record<string, string>, index: number) => ({
      content: contentOf(id ?? ''),
      ...{ position: index + 1, url, clickUrl: click_url },
    })),
  };
}
