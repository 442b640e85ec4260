import { type BinaryToTextEncoding, createHash, createHmac } from 'node:crypto';
import { toText } from './values.ts';

export const HASH_FILTERS = {
  md5: hash('md5'),
  sha1: hash('sha1'),
  sha2: hash('sha256'),
  hmac_sha1: hmac('sha1', 'hex'),
  hmac_sha1_hex: hmac('sha1', 'hex'),
  hmac_sha1_base64: hmac('sha1', 'base64'),
  hmac_sha256: hmac('sha256', 'hex'),
  hmac_sha256_hex: hmac('sha256', 'hex'),
  hmac_sha256_base64: hmac('sha256', 'base64'),
  hmac_sha512: hmac('sha512', 'hex'),
};

function hash(algorithm: string) {
  return (value: unknown): string => createHash(algorithm).update(toText(value)).digest('hex');
}

function hmac(algorithm: string, encoding: BinaryToTextEncoding) {
  return (value: unknown, key: unknown): string =>
    createHmac(algorithm, toText(key)).update(toText(value)).digest(encoding);
}
