import { z } from 'zod';
import { parseLocale } from '../domain/locale.ts';
import { DEFAULT_TEXTS, type Texts, UNKNOWN_TEXTS } from '../domain/texts.ts';
import { cleanText } from '../text.ts';
import { check } from './check.ts';
import { locateIn, type Report, type YamlFile } from './yaml.ts';

/** As clean as content, since both end up in the same messages. */
const text = z
  .union([z.string(), z.number()], 'must be a text')
  .transform((written) => cleanText(String(written)) ?? '');

/** Files by name without `.yaml`; one that cannot be read is null. */
export type TextFiles = ReadonlyMap<string, YamlFile | null>;

/** Words by locale. Each language may leave texts to the default, and none can have one that the default lacks. */
export function parseTexts(files: TextFiles, report: Report): Texts {
  const texts = new Map<string, ReadonlyMap<string, string>>();
  const sources = new Map<string, string>();
  for (const [name, yaml] of files) {
    if (!yaml) continue;
    const locale = name === DEFAULT_TEXTS ? name : parseLocale(name);
    const other = locale === null ? undefined : sources.get(locale);
    if (locale === null) {
      report({ file: yaml.file, line: null, message: 'is named for no locale, such as de or de-AT' });
    } else if (other !== undefined) {
      report({ file: yaml.file, line: null, message: `is for the same locale as ${other}` });
    } else {
      sources.set(locale, yaml.file);
      texts.set(locale, readWords(yaml, report));
    }
  }
  const usual = files.get(DEFAULT_TEXTS);
  if (files.size > 0 && !usual) return UNKNOWN_TEXTS;
  if (usual) for (const yaml of files.values()) reportLonely(yaml, usual, report);
  return texts;
}

/** A text at fault is blank, so that the templates that use it are not blamed. */
function readWords(yaml: YamlFile, report: Report): Map<string, string> {
  const read = (key: string, written: unknown): string => {
    const checked = check(z.object({ [key]: text }), { [key]: written }, locateIn(yaml), report);
    return checked?.[key] ?? '';
  };
  return new Map(Object.entries(yaml.data).map(([key, written]) => [key, read(key, written)]));
}

/** Whoever speaks another language would find no such text. */
function reportLonely(yaml: YamlFile | null, usual: YamlFile, report: Report): void {
  for (const key of Object.keys(yaml?.data ?? {})) {
    if (!yaml || Object.hasOwn(usual.data, key)) continue;
    report({ ...locateIn(yaml)([key]), message: `${key} is not in ${usual.file}` });
  }
}
