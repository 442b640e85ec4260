/** The locale in which numbers and dates are written where nothing else is asked for. */
export const DEFAULT_LOCALE = 'en-US';

/** `de_AT` → `de-AT`; null for what names no language. */
export function parseLocale(text: string): string | null {
  const tag = text.trim().replaceAll('_', '-');
  if (!/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(tag)) return null;
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}

/** `de-AT` → `de-AT`, `de`. The default is not among them, since it is no locale. */
export function localeChain(locale: string | null): readonly string[] {
  if (locale === null) return NO_CHAIN;
  const parts = locale.split('-');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
}

const NO_CHAIN: readonly string[] = [];
