import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { BASELINE, GOOD } from '../support/products.ts';
import { makeFolder } from '../support/templates.ts';
import { heroWith, imageOf, keyOf, of, openLinks, urlOf } from './following.ts';

const PEOPLE = Array.from({ length: 300 }, (_, index) => `person-${index}@example.com`);

/** The service with a store whose rows can be read behind its back. */
async function open(hero = heroWith()) {
  const file = join(makeFolder(), 'store.db');
  const links = await openLinks(
    { 'hero/placement.yaml': hero },
    { settings: { STORE_URL: `sqlite:${file}`, PROFILE_BUDGET_PER_MINUTE: '100' } },
  );
  let calls = 0;
  /** What is kept by now: writes go in turn, and a message to somebody new is the last of them. */
  const rows = async (): Promise<string[]> => {
    calls += 1;
    await links.ask(`last-${calls}`);
    const db = new DatabaseSync(file, { readOnly: true });
    const kept = ['entries', 'queue'].flatMap((table) => db.prepare(`SELECT key FROM ${table}`).all());
    db.close();
    const keys = kept.map(({ key }) => String(key));
    if (!keys.some((key) => key.includes(`last-${calls}`))) throw new Error('the last write is missing');
    return keys.filter((key) => !key.includes('last-')).sort();
  };
  /** Whom Amplitude was asked for, besides. */
  const people = (): string[] =>
    links.amplitude.calls.map(({ person }) => person).filter((person) => !person.startsWith('last-'));
  return { ...links, rows, people };
}

describe('whoever tries ids through public links', () => {
  it.each([
    ['with the key', keyOf('hero')],
    ['without it', ''],
    ['with that of another placement', keyOf('strip')],
  ])('%s has nobody looked up and leaves nothing in the store', async (_case, key) => {
    const { follow, lead, rows, people } = await open();
    const before = await rows();
    for (const [index, person] of PEOPLE.entries()) {
      const query = of(person, `campaign-${index % 7}`, key);
      expect(await lead(`/go/hero/1?${query}`)).toBe(urlOf(BASELINE[0]));
      expect(await lead(`/img/hero/2?${query}`)).toBe(imageOf(BASELINE[1]));
      expect((await follow(`/page/hero?${query}`)).body).toContain(`data-id="${BASELINE[0]}"`);
      await follow(`/c/hero/${person}?${query}`);
      await follow(`/go/hero/1?${query.replace('user_id', 'device_id')}&locale=de-${index}`);
      await follow(`/img/hero/1?${query}`, { method: 'HEAD' });
    }
    expect(await rows()).toEqual(before);
    expect(people()).toEqual([]);
  });

  it('finds those alone whom a message has reached, and only what the message has shown', async () => {
    const { ask, lead, follow, rows, people } = await open();
    await ask('ann');
    const before = await rows();
    const found = [];
    for (const person of [...PEOPLE.slice(0, 20), 'ann', 'Ann', 'ann%20x', 'an']) {
      found.push(await lead(`/go/hero/1?${of(person)}`));
    }
    expect(found.filter((url) => url === urlOf(GOOD[0]))).toHaveLength(1);
    const { body } = await follow(`/page/hero?${of('ann')}`);
    expect(body).not.toContain('ann');
    expect(await rows()).toEqual(before);
    expect(people()).toEqual(['ann']);
  });
});

it('a language counts with the key alone, since content sources are asked in so many and no more', async () => {
  const fields = [
    'title: { from: { de: description, default: name } }',
    'title_short: name, description: description, url: product_url, image_url: image',
    'price: { from: price, type: number, currency: USD }',
  ];
  const { follow } = await openLinks({
    'content-sources.yaml': `products:
  type: file
  path: content/products.csv
  key: sku
  fields: { ${fields.join(', ')} }
`,
  });
  const titleIn = async (query: string) =>
    /title="([^"]*)"/.exec((await follow(`/page/strip?locale=de${query}`)).body)?.[1];
  expect(await titleIn(`&key=${keyOf('strip')}`)).toBe(`What ${BASELINE[0]} means in practice`);
  expect(await titleIn('')).toBe(`All about ${BASELINE[0]} &amp; more`);
  expect(await titleIn(`&key=${keyOf('hero')}`)).toBe(`All about ${BASELINE[0]} &amp; more`);
});

describe('a placement that opens look-ups', () => {
  const OPEN = heroWith('open_lookups: true');

  it('has people looked up by images and pages with its key, up to a part of the budget, and never by /go', async () => {
    const { amplitude, lead, follow } = await open(OPEN);
    expect(await lead(`/go/hero/1?${of('ann')}`)).toBe(urlOf(BASELINE[0]));
    expect(await lead(`/img/hero/1?user_id=ann&campaign=weekly`)).toBe(imageOf(BASELINE[0]));
    expect(await lead(`/img/hero/1?user_id=ann&key=${keyOf('hero')}`)).toBe(imageOf(BASELINE[0]));
    expect(await lead(`/img/hero/1?${of('ann')}`, { method: 'HEAD' })).toBe(imageOf(BASELINE[0]));
    expect(await lead(`/img/hero/1?${of('ann')}`, { method: 'POST' })).toBe(imageOf(BASELINE[0]));
    expect(amplitude.calls).toHaveLength(0);

    expect(await lead(`/img/hero/1?${of('ann')}`)).toBe(imageOf(GOOD[0]));
    expect(await lead(`/go/hero/1?${of('ann')}`)).toBe(urlOf(GOOD[0]));
    expect((await follow(`/page/hero?${of('bob')}`)).body).toContain(`data-id="${GOOD[2]}"`);
    expect(amplitude.calls).toHaveLength(2);

    for (const person of PEOPLE) await follow(`/img/hero/1?${of(person)}`);
    // A fifth of a hundred, of which one address has half.
    expect(amplitude.calls).toHaveLength(10);
    expect(await lead(`/img/hero/3?${of('ann')}`)).toBe(imageOf(GOOD[2]));
  });

  it('costs one look-up for the images of one message, and all agree', async () => {
    const { amplitude, lead } = await open(OPEN);
    const people = PEOPLE.slice(0, 10);
    const images = await Promise.all(
      people.flatMap((person) => [1, 2, 3].map((position) => lead(`/img/hero/${position}?${of(person)}`))),
    );
    expect(images).toEqual(people.flatMap(() => GOOD.slice(0, 3).map(imageOf)));
    expect(amplitude.calls).toHaveLength(10);
  });

  it('is not kept busy by one person in endless campaigns', async () => {
    const { follow, rows } = await open(OPEN);
    for (let campaign = 0; campaign < 100; campaign += 1)
      await follow(`/img/hero/1?${of('ann', `c${campaign}`)}`);
    expect((await rows()).filter((key) => /^=pin\n.*\nann\n/.test(key))).toHaveLength(10);
  });

  it('lets messages have the rest of the budget', async () => {
    const { ask, follow } = await open(OPEN);
    for (const person of PEOPLE) await follow(`/img/hero/1?${of(person)}`);
    const reasons = [];
    for (let person = 0; person < 80; person += 1) reasons.push((await ask(`recipient-${person}`)).reason);
    expect(new Set(reasons)).toEqual(new Set(['recommended']));
  });

  it('looks nobody up while it is switched off', async () => {
    const { amplitude, lead } = await open(heroWith('open_lookups: true', 'enabled: false'));
    expect(await lead(`/img/hero/1?${of('ann')}`)).toBe(imageOf(BASELINE[0]));
    expect(amplitude.calls).toHaveLength(0);
  });
});
