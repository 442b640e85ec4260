import { isIP } from 'node:net';
import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { parseRedisUrl } from './redis-url.ts';

// What the value of an environment variable may look like, and what is said if it does not. No message repeats a value,
// since it may be a secret.

export function requiredText(what: string) {
  return z.string(`is required: ${what}`);
}

export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+$/, message)
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message));
}

export function duration(minMs: number, maxMs: number) {
  return z.string().transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== null && ms >= minMs && ms <= maxMs) return ms;
    context.addIssue(`must be a time from ${minMs}ms to ${maxMs}ms, written as 800ms, 30s, 6h or 30d`);
    return z.NEVER;
  });
}

export const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('must be JSON');
    return z.NEVER;
  }
});

export const storeUrl = z
  .string()
  .refine(
    (url) => /^(memory:$|sqlite:.)/.test(url) || parseRedisUrl(url) !== null,
    'must be redis://host:port, rediss://host:port, sqlite:path or memory:',
  );

/** Plain http would send a key or a password in the clear, so it is for this machine only. */
export const secureUrl = z.string().transform((text, context) => {
  const url = URL.parse(text);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return url;
  context.addIssue('must be an https URL (plain http only to 127.0.0.1, ::1 or localhost)');
  return z.NEVER;
});

/** Every link in every message begins with it. */
export const publicUrl = secureUrl.refine(
  ({ username, password, search, hash }) => `${username}${password}${search}${hash}` === '',
  'must be an origin and perhaps a path, without credentials, ? or #',
);

/** A destination: any web address, without credentials. */
export const webUrl = z.string().transform((text, context) => {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && `${url.username}${url.password}` === '') return url.href;
  context.addIssue('must be an absolute http(s) URL');
  return z.NEVER;
});

const MIN_KEY_LENGTH = 16;

export const signingKeys = z.string().transform((text, context) => {
  const keys = text.trim().split(/\s+/);
  if (keys.every((key) => key.length >= MIN_KEY_LENGTH && new Set(key).size >= 6)) return keys;
  context.addIssue(
    `must be secrets of ${MIN_KEY_LENGTH} or more random characters, separated by white space`,
  );
  return z.NEVER;
});

/** `*` would let every web site call with a marketer's credentials, and `null` every sandboxed frame. */
export const origins = z.string().transform((text, context) => {
  const parsed = text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map(parseOrigin);
  if (parsed.every((origin) => origin !== null)) return [...new Set(parsed)];
  context.addIssue(
    'must be origins such as https://www.example.com, separated by white space; never * or null',
  );
  return z.NEVER;
});

/** As browsers write it: lower case, punycode, no default port. A host with `*` would parse, and match nothing. */
function parseOrigin(text: string): string | null {
  const origin = /^https?:\/\/[^/\\?#@]+\/?$/i.test(text) ? URL.parse(text)?.origin : null;
  return origin && !origin.includes('*') ? origin : null;
}

/** What Express's `trust proxy` takes. */
export function isProxyList(text: string): boolean {
  if (/^\d{1,2}$/.test(text)) return true;
  return text.split(',').every((part) => {
    const [address = '', bits, ...rest] = part.trim().split('/');
    if (['loopback', 'linklocal', 'uniquelocal'].includes(address)) return bits === undefined;
    const width = { 4: 32, 6: 128 }[isIP(address)];
    return (
      width !== undefined &&
      rest.length === 0 &&
      (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= width))
    );
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

export const NO_KEY = 'must be printable ASCII without white space';
export const secretKey = z.string().regex(/^[\x21-\x7e]+$/, NO_KEY);

export type NameAndPassword = { readonly name: string; readonly password: string };

export const namesAndPasswords = z.string().transform((text, context): NameAndPassword[] => {
  const pairs = text.trim().split(/\s+/);
  if (pairs.some((pair) => !/^[^:]+:.+$/.test(pair))) {
    context.addIssue('must be name:password pairs separated by white space');
    return z.NEVER;
  }
  return pairs.map((pair) => {
    const colon = pair.indexOf(':');
    return { name: pair.slice(0, colon), password: pair.slice(colon + 1) };
  });
});
