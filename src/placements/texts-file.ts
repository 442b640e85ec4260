import { z } from 'zod';
import { parseLocale } from '../domain/locale.ts';
import { DEFAULT_TEXTS, type Texts } from '../domain/texts.ts';
import { cleanText } from '../text.ts';
import { check } from './check.ts';
import { locateIn, type Report, type YamlFile } from './yaml.ts';

/** As clean as content, since both end up in the same messages. */
const text = z
  .union([z.string(), z.number()], 'must be a text')
  .transform((written) => cleanText(String(written)) ?? '');

const TextsFile = z.record(z.string(), text);

/** Words by locale. Each language may leave texts to the default, and none can have one that the default lacks. */
export function parseTexts(files: ReadonlyMap<string, YamlFile>, report: Report): Texts {
  const texts = new Map<string, ReadonlyMap<string, string>>();
  const known = Object.keys(files.get(DEFAULT_TEXTS)?.data ?? {});
  for (const [name, yaml] of files) {
    const locale = name === DEFAULT_TEXTS ? name : parseLocale(name);
    if (locale === null) {
      report({ file: yaml.file, line: null, message: 'is named for no locale, such as de or de-AT' });
      continue;
    }
    const words = new Map(Object.entries(check(TextsFile, yaml.data, locateIn(yaml), report) ?? {}));
    texts.set(locale, words);
    for (const key of files.has(DEFAULT_TEXTS) ? words.keys() : []) {
      if (known.includes(key)) continue;
      report({ ...locateIn(yaml)([key]), message: `${key} is not in texts/${DEFAULT_TEXTS}.yaml` });
    }
  }
  return texts;
}
