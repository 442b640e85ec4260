import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REASONS } from '../../src/domain/decision.ts';
import { createSeals } from '../../src/links/seals.ts';
import { createTokens, type LinkSubject, type LinkTarget } from '../../src/links/tokens.ts';

const SECRET = 'link-key-Rw51-tC9h-willow';
const open = () => createTokens(createSeals([SECRET]));

const ANN: LinkSubject = {
  person: { kind: 'user_id', id: 'ann@example.com' },
  isSample: false,
  reason: 'recommended',
  campaign: 'weekly-2026-11-27',
  channel: 'email',
};
const TARGET: LinkTarget = { position: 2, itemId: 'index-funds', url: 'https://www.example.com/a?b=c#d' };

/** The token of a click, as a message would have it. */
function tokenOf(subject = ANN, target = TARGET, placement = 'hero', tokens = open()): string {
  return tokens.join(tokens.sealSubject(placement, subject), tokens.sealTarget(placement, target) ?? '');
}

/** Whatever may stand in an id, a campaign, a channel: no control characters, and no half characters. */
const text = (maxLength: number) =>
  fc.string({ unit: 'grapheme', maxLength }).filter((value) => !/\p{Cc}/u.test(value));
const filled = (maxLength: number) => text(maxLength).filter((value) => value !== '');

describe('a token', () => {
  it('tells all that it was made with, whoever and whatever that is', () => {
    const tokens = open();
    const person = fc.record({ kind: fc.constantFrom('user_id', 'device_id'), id: filled(200) });
    const subjects = fc.record({
      person: fc.option(person),
      isSample: fc.constant(false),
      reason: fc.constantFrom(...REASONS),
      campaign: fc.option(filled(60)),
      channel: fc.option(filled(60)),
    });
    const targets = fc.record({
      position: fc.integer({ min: 1, max: 20 }),
      itemId: filled(100),
      url: filled(100).map((path) => `https://www.example.com/${encodeURI(path)}`),
    });
    fc.assert(
      fc.property(subjects, targets, (subject, target) => {
        const token = tokenOf(subject, target, 'hero', tokens);
        expect(tokens.open('hero', token)).toEqual({ ...subject, ...target });
      }),
      { numRuns: 300 },
    );
  });

  it('of a sample knows nobody', () => {
    const token = tokenOf({ ...ANN, person: null, isSample: true });
    expect(open().open('hero', token)).toMatchObject({ person: null, isSample: true });
  });

  it('has characters only that need no encoding anywhere', () => {
    expect(tokenOf()).toMatch(/^[\w-]+\.[\w-]+$/);
  });

  it('is the same for the same, so that answers can be repeated, and differs for every other', () => {
    expect(tokenOf()).toBe(tokenOf());
    const others = [
      tokenOf({ ...ANN, person: { kind: 'device_id', id: 'ann@example.com' } }),
      tokenOf({ ...ANN, campaign: null }),
      tokenOf({ ...ANN, channel: ANN.campaign, campaign: ANN.channel }),
      tokenOf({ ...ANN, reason: 'control' }),
      tokenOf(ANN, { ...TARGET, position: 3 }),
      tokenOf(ANN, TARGET, 'strip'),
    ];
    expect(new Set([tokenOf(), ...others]).size).toBe(others.length + 1);
  });

  // It stands in messages for months: whoever changes the form must go on reading this one.
  it('that was made by the first version opens for ever', () => {
    const token =
      'HRZjSV9D6cbra54kuBI5yRBIDd0lAFMKFGSH3dxfX_Hg12XKX_T4NHQgYHMlusWaVN5Qv0CndJfIwrvsxke1y3h6OvZs.alVbbmq6o2QJ6fEg_o3yzdd91GQ41qqIFOA1kP_KPeIsyRX9biZ6m3hypwjdr8jb9b48FuId3nvYhsLu6A';
    expect(open().open('hero', token)).toEqual({ ...ANN, ...TARGET });
    expect(tokenOf()).toBe(token);
  });

  it('is not made for a destination that mail clients would not follow', () => {
    const long = (length: number) => ({ ...TARGET, url: 'https://www.example.com/'.padEnd(length, 'x') });
    expect(open().sealTarget('hero', long(2_001))).toBeNull();
    // The longest of everything still opens.
    const target = { ...long(2_000), itemId: '漢'.repeat(256) };
    const subject = {
      ...ANN,
      person: { kind: 'user_id', id: 'x'.repeat(256) },
      campaign: 'c'.repeat(128),
      channel: '漢'.repeat(128),
    } as const;
    expect(open().open('hero', tokenOf(subject, target))).toEqual({ ...subject, ...target });
  });
});

describe('a token that somebody changed', () => {
  const token = tokenOf();

  it('opens with no character replaced', () => {
    const tokens = open();
    for (let at = 0; at < token.length; at += 1) {
      for (const other of ['A', '_', '.', '0', '%', 'é']) {
        if (token[at] === other) continue;
        expect(tokens.open('hero', `${token.slice(0, at)}${other}${token.slice(at + 1)}`)).toBeNull();
      }
    }
  });

  it('opens at no other length', () => {
    const tokens = open();
    for (let length = 0; length < token.length; length += 1) {
      expect(tokens.open('hero', token.slice(0, length))).toBeNull();
      expect(tokens.open('hero', token.slice(length + 1))).toBeNull();
    }
    for (const more of ['A', '.', '.A', '=', ' ', '\n', '\0', `.${token}`]) {
      expect(tokens.open('hero', `${token}${more}`)).toBeNull();
      expect(tokens.open('hero', `${more}${token}`)).toBeNull();
    }
  });

  it('opens for no other placement, nor with one half of its own', () => {
    const tokens = open();
    const [by = '', to = ''] = token.split('.');
    const [otherBy = '', otherTo = ''] = tokenOf(ANN, TARGET, 'strip').split('.');
    expect(tokens.open('strip', token)).toBeNull();
    for (const mixed of [
      `${otherBy}.${to}`,
      `${by}.${otherTo}`,
      `${to}.${by}`,
      `${by}.${by}`,
      `${to}.${to}`,
    ]) {
      expect(tokens.open('hero', mixed)).toBeNull();
      expect(tokens.open('strip', mixed)).toBeNull();
    }
  });

  it('leads to an item of the same placement at most, with halves of two links for it', () => {
    const other = tokenOf(
      { ...ANN, person: { kind: 'user_id', id: 'bob' } },
      { ...TARGET, position: 1, url: 'https://www.example.com/b' },
    );
    const mixed = `${token.split('.')[0]}.${other.split('.')[1]}`;
    expect(open().open('hero', mixed)).toMatchObject({
      person: ANN.person,
      url: 'https://www.example.com/b',
    });
  });

  it('opens before and after it was opened rightly', () => {
    const tokens = open();
    const changed = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    expect(tokens.open('hero', changed)).toBeNull();
    expect(tokens.open('hero', token)).not.toBeNull();
    expect(tokens.open('hero', changed)).toBeNull();
    expect(tokens.open('strip', token)).toBeNull();
    expect(tokens.open('hero', token)).toEqual(tokens.open('hero', token));
  });
});
