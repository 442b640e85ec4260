// What most catalogues hold already is in normal form, and parsing it would cost most of the time that loading takes.
// Each character can be read in one way only, so that no text takes long.
const NORMAL_URL = /^https:\/\/(?:(?!xn--)[a-z0-9-]+\.)+[a-z]{2,}(?:\/[\w~-][\w.~-]*)+(?:\?[\w.~=&-]*)?$/;

/**
 * An absolute URL of one of the schemes in normal form, safe in an attribute and for Liquid; else null. A relative one
 * is resolved against `base`, where there is one.
 */
export function parseUrl(
  text: string,
  schemes: readonly string[],
  base: string | null = null,
): string | null {
  if (schemes.includes('https') && NORMAL_URL.test(text)) return text;
  const trimmed = text.trim();
  const url = trimmed === '' ? null : URL.parse(trimmed, base ?? undefined);
  if (!url || !schemes.includes(url.protocol.slice(0, -1))) return null;
  if (url.username !== '' || url.password !== '') return null;
  return url.href.replace(/[{}()"'<>`\\\s]/g, percentEncode);
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
