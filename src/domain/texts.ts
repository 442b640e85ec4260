import { localeChain } from './locale.ts';

/** Words in templates, by locale and key; `default` has every key. */
export type Texts = ReadonlyMap<string, ReadonlyMap<string, string>>;

export const DEFAULT_TEXTS = 'default';

/** Stands for texts that cannot be told, since their file is at fault: what uses them is not to be blamed for it. */
export const UNKNOWN_TEXTS: Texts = new Map();

/** The text in the nearest language that has it: `de-AT` → `de` → default. Null if there is no such key. */
export function findText(texts: Texts, key: string, locale: string | null): string | null {
  for (const language of localeChain(locale)) {
    const text = texts.get(language)?.get(key);
    if (text !== undefined) return text;
  }
  return texts.get(DEFAULT_TEXTS)?.get(key) ?? null;
}
