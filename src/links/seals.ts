import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { aessiv } from '@noble/ciphers/aes.js';

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
  readonly verify: (text: string, signature: string) => boolean;
};

type Key = { readonly sealing: Uint8Array; readonly signing: Uint8Array };

const SIGNATURE_BYTES = 16;

/** No seal of ours is longer: a destination of some thousand characters. */
const MAX_SEALED = 8_192;

/** From secrets, newest first: the first seals, and all unseal. */
export function createSeals(secrets: readonly string[]): Seals {
  const keys = secrets.map(deriveKey);
  const [newest] = keys;
  if (!newest) throw new Error('there must be a key to seal with');

  const signWith = ({ signing }: Key, text: string): Buffer =>
    createHmac('sha256', signing).update(text).digest().subarray(0, SIGNATURE_BYTES);

  return {
    seal: (purpose, text) => {
      const cipher = aessiv(newest.sealing, Buffer.from(purpose));
      return Buffer.from(cipher.encrypt(Buffer.from(text))).toString('base64url');
    },
    unseal: (purpose, sealed) => {
      if (sealed.length > MAX_SEALED || !/^[\w-]+$/.test(sealed)) return null;
      const bytes = Buffer.from(sealed, 'base64url');
      // The last character may have unused bits: only the spelling that we gave is ours.
      if (bytes.toString('base64url') !== sealed) return null;
      for (const { sealing } of keys) {
        const text = decrypt(sealing, purpose, bytes);
        if (text !== null) return text;
      }
      return null;
    },
    sign: (text) => signWith(newest, text).toString('base64url'),
    verify: (text, signature) => {
      const given = Buffer.from(signature, 'base64url');
      if (given.length !== SIGNATURE_BYTES) return false;
      return keys.filter((key) => timingSafeEqual(signWith(key, text), given)).length > 0;
    },
  };
}

/** Each use has a key of its own (HKDF, RFC 5869). */
function deriveKey(secret: string): Key {
  const derive = (use: string, bytes: number): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', secret, '', `inlay ${use}`, bytes));
  return { sealing: derive('link seal', 64), signing: derive('link signature', 32) };
}

function decrypt(key: Uint8Array, purpose: string, bytes: Buffer): string | null {
  try {
    const text = Buffer.from(aessiv(key, Buffer.from(purpose)).decrypt(bytes));
    return text.toString('utf8');
  } catch {
    // Only that it does not fit, or is too short to be a seal.
    return null;
  }
}
