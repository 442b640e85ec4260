import { localeChain } from './locale.ts';

/** Words in templates, by locale and key; `default` has every key. */
export type Texts = ReadonlyMap<string, ReadonlyMap<string, string>>;

export const DEFAULT_TEXTS = 'default';

/** The text in the nearest language that has it: `de-AT` → `de` → default. Null if there is no such key. */
export function findText(texts: Texts, key: string, locale: string | null): string | null {
  for (const language of localeChain(locale)) {
    const text = texts.get(language)?.get(key);
    if (text !== undefined) return text;
  }
  return texts.get(DEFAULT_TEXTS)?.get(key) ?? null;
}
