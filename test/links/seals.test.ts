import { describe, expect, it } from 'vitest';
import { createSeals } from '../../src/links/seals.ts';

const OLD = 'old-link-key-Hs83-rP1w-aspen';
const NEW = 'new-link-key-Vd27-kM6y-cedar';

describe('a seal', () => {
  it('is the same for the same text, and says nothing of it', () => {
    const seals = createSeals([NEW]);
    const sealed = seals.seal('by hero', 'ann@example.com');
    expect(createSeals([NEW]).seal('by hero', 'ann@example.com')).toBe(sealed);
    expect(sealed).toMatch(/^[\w-]+$/);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('ann');
  });

  it('opens for its purpose alone', () => {
    const seals = createSeals([NEW]);
    const sealed = seals.seal('by hero', 'ann');
    expect(seals.unseal('by hero', sealed)).toBe('ann');
    for (const purpose of ['to hero', 'by strip', 'by her', 'by hero ', '']) {
      expect(seals.unseal(purpose, sealed)).toBeNull();
    }
  });

  it('gives any text back, in any script', () => {
    const seals = createSeals([NEW]);
    for (const text of ['', 'x', 'Jürgen Groß\n漢字 🎁', 'a'.repeat(7_000)]) {
      expect(seals.unseal('p', seals.seal('p', text))).toBe(text);
    }
  });

  it('opens in no other spelling of the same bytes', () => {
    const seals = createSeals([NEW]);
    // 16 bytes, so that the last character has four bits to spare.
    const sealed = seals.seal('p', '');
    expect(sealed).toHaveLength(22);
    const bytes = Buffer.from(sealed, 'base64url');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twins = [...alphabet].map((last) => `${sealed.slice(0, -1)}${last}`);
    const others = twins.filter((twin) => twin !== sealed && Buffer.from(twin, 'base64url').equals(bytes));
    expect(others).toHaveLength(15);
    for (const other of [...others, `${sealed}=`, `${sealed}==`, ` ${sealed}`, `${sealed}\n`, `${sealed}!`]) {
      expect(seals.unseal('p', other)).toBeNull();
    }
  });

  it.each(['', '.', '=', 'A', '%00', '\0', '../..', 'ä'.repeat(30), 'A'.repeat(100_000), '-'.repeat(9_000)])(
    'is not what somebody made up (%#)',
    (junk) => {
      expect(createSeals([NEW]).unseal('p', junk)).toBeNull();
    },
  );
});

describe('keys that rotate', () => {
  it('seal and sign with the newest, and open and verify what older ones did', () => {
    const before = createSeals([OLD]);
    const between = createSeals([NEW, OLD]);
    const sealed = before.seal('p', 'text');
    const signature = before.sign('hero');
    expect(between.unseal('p', sealed)).toBe('text');
    expect(between.verify('hero', signature)).toBe(true);
    expect(between.seal('p', 'text')).toBe(createSeals([NEW]).seal('p', 'text'));
    expect(between.sign('hero')).toBe(createSeals([NEW]).sign('hero'));
  });

  it('open and verify nothing any more once they are taken away', () => {
    const after = createSeals([NEW]);
    const before = createSeals([OLD]);
    expect(after.unseal('p', before.seal('p', 'text'))).toBeNull();
    expect(after.verify('hero', before.sign('hero'))).toBe(false);
  });
});

describe('a signature', () => {
  it('is for one text, and of 22 characters', () => {
    const seals = createSeals([NEW]);
    const signature = seals.sign('links of hero');
    expect(signature).toMatch(/^[\w-]{22}$/);
    expect(seals.verify('links of hero', signature)).toBe(true);
    expect(seals.verify('links of strip', signature)).toBe(false);
  });

  it('counts in the spelling that was given, at its whole length', () => {
    const seals = createSeals([NEW]);
    const signature = seals.sign('hero');
    const first = signature.startsWith('A') ? 'B' : 'A';
    const wrong = [
      '',
      signature.slice(0, -1),
      `${signature}A`,
      `${signature}=`,
      `${signature}\n`,
      `${first}${signature.slice(1)}`,
      signature.replace(/.$/, '!'),
      'ä'.repeat(11),
      'A'.repeat(100_000),
    ];
    for (const other of wrong) expect(seals.verify('hero', other)).toBe(false);
  });

  it('is no seal, and a seal no signature', () => {
    const seals = createSeals([NEW]);
    expect(seals.unseal('hero', seals.sign('hero'))).toBeNull();
    expect(seals.verify('hero', seals.seal('hero', 'x').slice(0, 22))).toBe(false);
  });
});
