import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { type AesSiv, createAesSiv } from './aes-siv.ts';

/** Seals and signs what stands in public links. */
export type Seals = {
  /**
   * Encrypts and authenticates (AES-SIV, RFC 5297), bound to a purpose: base64url. The same text gives the same seal, so
   * that answers can be repeated byte by byte.
   */
  readonly seal: (purpose: string, text: string) => string;
  /** The text, or null for what was not sealed here for this purpose, or was changed. */
  readonly unseal: (purpose: string, sealed: string) => string | null;
  /** A signature that everyone may see, 22 characters. */
  readonly sign: (text: string) => string;
  /** For a bounded number of texts: their signatures are kept. */
  readonly verify: (text: string, signature: string) => boolean;
};

type Key = { readonly sealing: AesSiv; readonly signing: Uint8Array };

const SIGNATURE_BYTES = 16;

/** The longest seal that is opened, in characters. Whoever seals keeps below. */
const MAX_SEALED = 10_000;

/** From secrets, newest first: the first seals and signs, and what any of them did counts. */
export function createSeals(secrets: readonly string[]): Seals {
  const keys = secrets.map(deriveKey);
  const [newest] = keys;
  if (!newest) throw new Error('there must be a key to seal with');

  const signatures = new Map<string, readonly Buffer[]>();
  const signaturesOf = (text: string): readonly Buffer[] => {
    const known = signatures.get(text) ?? keys.map((key) => Buffer.from(signWith(key, text)));
    signatures.set(text, known);
    return known;
  };

  return {
    seal: (purpose, text) =>
      newest.sealing.encrypt(Buffer.from(purpose), Buffer.from(text)).toString('base64url'),
    unseal: (purpose, sealed) => {
      if (sealed.length > MAX_SEALED) return null;
      const bytes = Buffer.from(sealed, 'base64url');
      // Decoding passes over strange characters and unused bits: only the spelling that we gave is ours.
      if (bytes.toString('base64url') !== sealed) return null;
      const associated = Buffer.from(purpose);
      for (const { sealing } of keys) {
        const text = sealing.decrypt(associated, bytes);
        if (text !== null) return text.toString();
      }
      return null;
    },
    sign: (text) => signWith(newest, text),
    verify: (text, signature) => {
      const given = Buffer.from(signature);
      // Every key is tried, so that the time tells nothing of which one fits.
      const fitting = signaturesOf(text).filter(
        (own) => own.length === given.length && timingSafeEqual(own, given),
      );
      return fitting.length > 0;
    },
  };
}

/** Each use has a key of its own (HKDF, RFC 5869). */
function deriveKey(secret: string): Key {
  const derive = (use: string, bytes: number): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', secret, '', `inlay ${use}`, bytes));
  return { sealing: createAesSiv(derive('link seal', 32)), signing: derive('link signature', 32) };
}

function signWith({ signing }: Key, text: string): string {
  return createHmac('sha256', signing)
    .update(text)
    .digest()
    .subarray(0, SIGNATURE_BYTES)
    .toString('base64url');
}
