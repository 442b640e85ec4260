import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DEFAULT_TEXTS, type Texts } from '../domain/texts.ts';
import { parseContentSources } from './content-sources-file.ts';
import type { FolderTools, OpenedSource, SharedFiles } from './prepared.ts';
import { parseTexts } from './texts-file.ts';
import { faultOf, type Report, readYaml } from './yaml.ts';

const SOURCES_FILE = 'content-sources.yaml';

/** Sources by name; one that is at fault is null, and so are all if the file is, so that nothing is blamed twice. */
export type Sources<Source> = ReadonlyMap<string, Source | null> | null;

export async function openSources<Source extends OpenedSource>(
  root: string,
  { openSource, variables }: FolderTools<Source>,
  report: Report,
): Promise<Sources<Source>> {
  const path = join(root, SOURCES_FILE);
  if (!existsSync(path)) {
    report({ file: SOURCES_FILE, line: null, message: 'is missing: it says where items come from' });
    return null;
  }
  const yaml = readYaml(path, SOURCES_FILE, report);
  if (!yaml) return null;
  const sources = new Map<string, Source | null>();
  for (const name of Object.keys(yaml.data)) sources.set(name, null);
  for (const { declaration, line } of parseContentSources(yaml, variables, report)) {
    try {
      sources.set(declaration.name, await openSource(declaration, root));
    } catch (error) {
      const fault = faultOf(error);
      if (declaration.type === 'file') report({ file: declaration.path, ...fault });
      else report({ file: SOURCES_FILE, line, message: `${declaration.name}.url ${fault.message}` });
    }
  }
  return sources;
}

/** One that is at fault is blank, so that the templates that call it are not blamed. */
export function readPartials(
  root: string,
  texts: Texts,
  { checkPartial }: Pick<FolderTools<OpenedSource>, 'checkPartial'>,
  report: Report,
): SharedFiles['partials'] {
  const read = new Map(
    namesIn(root, 'partials', '.hbs').map((name) => [
      name,
      readFileSync(join(root, 'partials', `${name}.hbs`), 'utf8'),
    ]),
  );
  const partials = new Map(read);
  for (const [name, text] of read) {
    try {
      checkPartial(text, name.endsWith('.txt'), { partials: read, texts });
    } catch (error) {
      report({ file: join('partials', `${name}.hbs`), ...faultOf(error) });
      partials.set(name, '');
    }
  }
  return partials;
}

/** `texts/de.yaml` and its like; empty if there are none. */
export function readTexts(root: string, report: Report): Texts {
  const names = namesIn(root, 'texts', '.yaml');
  const files = new Map(
    names.map((name) => {
      const file = join('texts', `${name}.yaml`);
      return [name, readYaml(join(root, file), file, report)] as const;
    }),
  );
  if (names.length > 0 && !files.has(DEFAULT_TEXTS)) {
    const message = `is missing: it has every text for whoever speaks none of ${names.join(', ')}`;
    report({ file: join('texts', `${DEFAULT_TEXTS}.yaml`), line: null, message });
  }
  return parseTexts(files, report);
}

function namesIn(root: string, folder: string, ending: string): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((file) => file.endsWith(ending) && !file.startsWith('.'))
    .map((file) => basename(file, ending))
    .sort();
}
