import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resolveLinks } from '../../src/content/contentful.ts';
import { valueAt } from '../../src/content/fields.ts';
import type { Row } from '../../src/content/source.ts';

type Answer = { readonly items: readonly Row[]; readonly includes?: object };

const read = (name: string): Answer =>
  JSON.parse(readFileSync(new URL(`../fixtures/cms/${name}.json`, import.meta.url), 'utf8'));

const link = (linkType: string, id: string) => ({ sys: { type: 'Link', linkType, id } });
const entry = (id: string, fields: object) => ({ sys: { type: 'Entry', id }, fields });

const resolve = (answer: Answer) => resolveLinks(answer, answer.items);

describe('a link', () => {
  it('is replaced by the asset or entry that the answer includes', () => {
    const [, tea] = resolve(read('contentful'));
    expect(valueAt(tea, 'fields.image.fields.file.url')).toMatch(
      /^\/\/images\.ctfassets\.net\/.*green_tea\.jpg$/,
    );
    expect(valueAt(tea, 'fields.brand.fields.name')).toBe('Teahouse');
  });

  it('behind a link is replaced too', () => {
    const [, tea] = resolve(read('contentful'));
    expect(valueAt(tea, 'fields.brand.fields.logo.fields.title')).toBe('Teahouse logo');
  });

  it('may lead to another item, which Contentful does not include again', () => {
    const [, tea] = resolve(read('contentful'));
    expect(valueAt(tea, 'fields.related.0.fields.title')).toBe('Blue mug');
  });

  it('to what is not published is null', () => {
    const [mug] = resolve(read('contentful'));
    expect(mug).toMatchObject({ fields: { image: null } });
  });

  it('is replaced in each language', () => {
    const [tea] = resolve(read('contentful-all-locales'));
    expect(valueAt(tea, 'fields.title.de-DE')).toBe('Grüner Tee');
    expect(valueAt(tea, 'fields.image.en-US.fields.file.en-US.fileName')).toBe('green_tea.jpg');
  });

  it('is replaced wherever in the fields it stands', () => {
    const logo = { sys: { type: 'Asset', id: 'logo' }, fields: { title: 'Logo' } };
    const fields = { list: [[link('Asset', 'logo')]], text: { data: { target: link('Asset', 'logo') } } };
    const answer = { items: [entry('a', fields)], includes: { Asset: [logo] } };
    expect(resolve(answer)).toEqual([entry('a', { list: [[logo]], text: { data: { target: logo } } })]);
  });

  it('to an entry is not one to an asset with the same id', () => {
    const asset = { sys: { type: 'Asset', id: 'same' }, fields: {} };
    const answer = { items: [entry('a', { to: link('Entry', 'same') })], includes: { Asset: [asset] } };
    expect(resolve(answer)).toEqual([entry('a', { to: null })]);
  });

  it('of another kind stays, as do those outside the fields', () => {
    const row = {
      sys: { type: 'Entry', id: 'a', space: link('Space', 's') },
      metadata: { tags: [link('Tag', 't'), link('Asset', 'x')] },
      fields: { other: { sys: { type: 'ResourceLink', linkType: 'Contentful:Entry', urn: 'crn:…' } } },
    };
    expect(resolve({ items: [row] })).toEqual([row]);
  });
});

describe('what turns in a circle', () => {
  it('ends after some rounds', () => {
    const answer = {
      items: [entry('a', { to: link('Entry', 'b') }), entry('b', { to: link('Entry', 'a') })],
    };
    const [row] = resolve(answer);
    expect(valueAt(row, 'fields.to.fields.to.fields.to.sys.id')).toBe('b');
    expect(valueAt(row, 'fields.to.fields.to.fields.to.fields.to.fields.to.fields.to')).toBeNull();
    expect(() => JSON.stringify(row)).not.toThrow();
  });

  it('costs little, however many links there are', () => {
    const names = Array.from({ length: 200 }, (_, index) => `entry-${index}`);
    const all = names.map((name) => link('Entry', name));
    const rows = resolve({ items: names.map((name) => entry(name, { related: all })) });
    expect(valueAt(rows[0], 'fields.related.199.fields.related.7.sys.id')).toBe('entry-7');
  });
});

describe('odd answers', () => {
  it.each<[name: string, answer: unknown]>([
    ['nothing is included', {}],
    ['what is included is no list', { items: 'a', includes: { Asset: 1, Entry: null } }],
    ['what is included is nothing', { items: [null, 1], includes: { Asset: [null, {}] } }],
    ['there is only a list', []],
  ])('lose their links when %s', (_name, answer) => {
    expect(resolveLinks(answer, [entry('a', { to: link('Asset', 'x') })])).toEqual([
      entry('a', { to: null }),
    ]);
  });

  it('keep rows without fields, and fields without links', () => {
    const rows = [
      { sys: { id: 'a' } },
      entry('b', { text: 'x', none: null, sys: 'no link', list: [1, { a: [] }] }),
    ];
    expect(resolveLinks({}, rows)).toEqual(rows);
  });

  it('lose what is nested beyond all measure', () => {
    let deep: unknown = 'bottom';
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(() => resolveLinks({}, [entry('a', { deep })])).not.toThrow();
  });

  it('cannot reach a prototype', () => {
    const answer = JSON.parse('{"items":[{"fields":{"__proto__":{"polluted":true}}}]}');
    const [row] = resolve(answer);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(JSON.stringify(row)).toBe('{"fields":{"__proto__":{"polluted":true}}}');
  });

  it('are left as they were', () => {
    const answer = read('contentful');
    resolve(answer);
    expect(answer).toEqual(read('contentful'));
  });
});
