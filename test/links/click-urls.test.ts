import { describe, expect, it } from 'vitest';
import { createClickUrls, type LinkedAnswer } from '../../src/links/click-urls.ts';
import { createSeals } from '../../src/links/seals.ts';
import { createTokens } from '../../src/links/tokens.ts';
import { contentOf, placementWith } from '../domain/examples.ts';

const tokens = createTokens(createSeals(['link-key-Rw51-tC9h-willow']));

const ANSWER: LinkedAnswer = {
  placement: placementWith({ name: 'hero' }),
  person: { kind: 'user_id', id: 'ann' },
  isSample: false,
  reason: 'recommended',
  message: { campaign: 'weekly', channel: 'email', locale: 'de' },
};
const ITEM = { content: contentOf('a'), position: 1, url: 'https://www.example.com/a' };

/** What the link tells, made for this answer. */
function openLink(change: Partial<LinkedAnswer>) {
  const url = createClickUrls(tokens, new URL('https://inlay.example.com'))({ ...ANSWER, ...change })(ITEM);
  return tokens.open('hero', url.slice('https://inlay.example.com/c/hero/'.length));
}

describe('the link of an item', () => {
  it.each([
    ['https://inlay.example.com', 'https://inlay.example.com/c/hero/'],
    ['https://inlay.example.com/', 'https://inlay.example.com/c/hero/'],
    ['https://example.com/inlay', 'https://example.com/inlay/c/hero/'],
    ['https://example.com/inlay/', 'https://example.com/inlay/c/hero/'],
  ])('lies below %s', (publicUrl, beginning) => {
    const url = createClickUrls(tokens, new URL(publicUrl))(ANSWER)(ITEM);
    expect(url.startsWith(beginning)).toBe(true);
    expect(url.slice(beginning.length)).toMatch(/^[\w-]+\.[\w-]+$/);
  });

  it('tells who, which item and in which message', () => {
    expect(openLink({})).toEqual({
      person: ANSWER.person,
      isSample: false,
      reason: 'recommended',
      campaign: 'weekly',
      channel: 'email',
      position: 1,
      itemId: 'a',
      url: 'https://www.example.com/a',
    });
  });

  it.each(['no_user', 'unresolved_merge_tag', 'invalid_user'] as const)(
    'knows nobody where there is %s',
    (person) => {
      expect(openLink({ person, reason: person })).toMatchObject({ person: null, reason: person });
    },
  );

  it('of a sample does not tell whose id it was', () => {
    expect(openLink({ isSample: true })).toMatchObject({ person: null, isSample: true });
  });

  it('is the item’s own where that is too long to be wrapped', () => {
    const url = 'https://www.example.com/'.padEnd(2_001, 'x');
    const toClickUrl = createClickUrls(tokens, new URL('https://inlay.example.com'))(ANSWER);
    expect(toClickUrl({ ...ITEM, url })).toBe(url);
  });
});
