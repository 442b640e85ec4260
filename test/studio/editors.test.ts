import { expect, it } from 'vitest';
import { viewEditors } from '../../src/studio/editors.ts';
import { tableKeys } from '../../src/studio/keys.ts';
import { contentOf } from '../domain/examples.ts';
import { placedWith, previewOf } from './examples.ts';

const PLACED = placedWith();

it('every field of every item that a sample shows can be typed over, each item once', () => {
  const previews = [
    previewOf('recommended', 'sample', { contents: [contentOf('a'), contentOf('b', { price: null })] }),
    previewOf('control', 'sample', { contents: [contentOf('b'), contentOf('c')] }),
  ];
  const editors = viewEditors(PLACED, previews, {});
  expect(editors.map(({ id, position }) => [id, position])).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 2],
  ]);
  expect(editors[1]?.fields.map(({ name, value, isRequired }) => [name, value, isRequired])).toEqual([
    ['title', 'Title of b', true],
    ['url', 'https://www.example.com/b', true],
    ['image_url', 'https://images.example.com/b.jpg', false],
    ['price', '', false],
  ]);
});

it('what real people get is not typed over', () => {
  expect(viewEditors(PLACED, [previewOf('recommended', 'person')], {})).toEqual([]);
});

it('a field shows what was typed, knows what the content says, and whether something is missing', () => {
  const previews = [previewOf('recommended', 'sample', { contents: [contentOf('a')] })];
  const [editor] = viewEditors(PLACED, previews, { a: { title: ' ', price: '7' }, other: { title: 'x' } });
  expect(editor?.fields).toMatchObject([
    { name: 'title', value: ' ', original: 'Title of a', isMissing: true },
    { name: 'url', isMissing: false },
    { name: 'image_url', isMissing: false },
    { name: 'price', value: '7', original: '29', isMissing: false },
  ]);
});

it('ids and fields with the names of built-in things are like any other', () => {
  const previews = [previewOf('recommended', 'sample', { contents: [contentOf('constructor')] })];
  expect(viewEditors(PLACED, previews, {})[0]?.fields[0]?.value).toBe('Title of constructor');
});

it('a text too long for a line is not typed over', () => {
  const contents = [contentOf('a', { title: 'x'.repeat(100_000) })];
  const [editor] = viewEditors(PLACED, [previewOf('recommended', 'sample', { contents })], {});
  expect(editor?.fields.map(({ isLong }) => isLong)).toEqual([true, false, false, false]);
});

it('keys stand side by side for several people, as Braze reads them, long values cut', () => {
  const placed = {
    ...PLACED,
    renderJson: () =>
      JSON.stringify({ has_items: true, item_1_title: 'y'.repeat(5_000), item_1_price: null }),
  };
  const previews = [previewOf('recommended', 'sample'), previewOf('control', 'sample')];
  const rows = tableKeys(placed, previews, { position: null });
  expect(rows.map(({ key, liquid, values }) => [key, liquid, values.length])).toEqual([
    ['has_items', '{{reco.has_items}}', 2],
    ['item_1_title', '{{reco.item_1_title}}', 2],
    ['item_1_price', '{{reco.item_1_price}}', 2],
  ]);
  expect(rows.map(({ values: [first] }) => [first?.text.length, first?.isNull])).toEqual([
    [4, false],
    [1_000 + '… (4000 more characters)'.length, false],
    [4, true],
  ]);
  expect(tableKeys(placed, [], { position: null })).toEqual([]);
});
