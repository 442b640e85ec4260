/** The locale in which numbers and dates are written where nothing else is asked for. */
export const DEFAULT_LOCALE = 'en-US';

/** Longer than any that somebody speaks; callers name them, and they become keys of what is kept. */
const MAX_LENGTH = 64;

/**
 * `de_AT` → `de-AT`, `IW` → `he`; null for what names no language. Only language, script, region and variant count: what
 * follows behind a single letter (`-u-ca-buddhist`, `-x-…`) would change calendars and digits, and find no text.
 */
export function parseLocale(text: string): string | null {
  const tag = text.trim().replaceAll('_', '-');
  if (tag.length > MAX_LENGTH || !/^(?!und\b)[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(tag)) return null;
  try {
    return new Intl.Locale(tag).baseName;
  } catch {
    return null;
  }
}

/** `de-AT` → `de-AT`, `de`, for a locale from `parseLocale`. The default is not among them, since it is no locale. */
export function localeChain(locale: string | null): readonly string[] {
  if (locale === null) return NO_CHAIN;
  const parts = locale.split('-');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
}

const NO_CHAIN: readonly string[] = [];
