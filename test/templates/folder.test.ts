import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { expect, it } from 'vitest';
import { ask, askItems, PLACEMENTS, warnings } from './answers.ts';

const CATALOGUE = join(import.meta.dirname, '../../templates/content/products.csv');

it('every row of the sample catalogue can be shown', () => {
  expect(warnings).toEqual([]);
});

it('the sample catalogue leads to nobody’s site', () => {
  const rows: Record<string, string>[] = parseCsv(readFileSync(CATALOGUE), { columns: true });
  for (const { product_url = '', image = '', deep_link = '' } of rows) {
    expect(product_url).toMatch(/^https:\/\/www\.example\.com\//);
    expect(image).toMatch(/^(https:\/\/images\.example\.com\/|$)/);
    expect(deep_link).toMatch(/^myapp:\/\//);
  }
});

it.each(PLACEMENTS)('$name fills its $items places for treatment and baseline', async ({ name, items }) => {
  expect(await askItems(name, 'treatment')).toHaveLength(items);
  expect(await askItems(name, 'control')).toHaveLength(items);
});

it.each([
  ['qa-anna', 'treatment'],
  ['qa-carl', 'control'],
])('the test recipient %s gets the sample %s', async (id, sample) => {
  expect(await ask('home-hero.html', 'unused', { user_id: id })).toBe(await ask('home-hero.html', sample));
});
