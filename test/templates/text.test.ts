import { expect, it } from 'vitest';
import { ask, askItems, CASES } from './answers.ts';

it.each(CASES)('plain text of %s names and links every item of the sample %s', async (placement, sample) => {
  const text = await ask(`${placement}.txt`, sample);
  for (const { title, click_url } of await askItems(placement, sample)) {
    expect(text).toContain(title);
    expect(text).toContain(click_url);
  }
});

it.each(CASES)('plain text of %s is free of markup and gaps for the sample %s', async (placement, sample) => {
  const text = await ask(`${placement}.txt`, sample);
  expect(text).not.toMatch(/<[a-z/!]|&[a-z#0-9]+;|\{\{/i);
  expect(text).not.toMatch(/\n{3,}/);
  expect(text).not.toMatch(/[ \t]+\n/);
});
