import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseContentSources } from './content-sources-file.ts';
import type { FolderTools, OpenedSource } from './prepared.ts';
import { faultOf, type Report, readYaml } from './yaml.ts';

const SOURCES_FILE = 'content-sources.yaml';

/** Sources by name; one that is at fault is null, and so are all if the file is, so that nothing is blamed twice. */
export type Sources<Source> = ReadonlyMap<string, Source | null> | null;

export function openSources<Source extends OpenedSource>(
  root: string,
  { openSource }: FolderTools<Source>,
  report: Report,
): Sources<Source> {
  const path = join(root, SOURCES_FILE);
  if (!existsSync(path)) {
    report({ file: SOURCES_FILE, line: null, message: 'is missing: it says where items come from' });
    return null;
  }
  const yaml = readYaml(path, SOURCES_FILE, report);
  if (!yaml) return null;
  const sources = new Map<string, Source | null>();
  for (const name of Object.keys(yaml.data)) sources.set(name, null);
  for (const declaration of parseContentSources(yaml, report)) {
    try {
      sources.set(declaration.name, openSource(declaration, root));
    } catch (error) {
      report({ file: declaration.path, ...faultOf(error) });
    }
  }
  return sources;
}

/** The shared pieces by name. One that is at fault is blank, so that the templates that call it are not blamed. */
export function readPartials(
  root: string,
  { checkPartial }: Pick<FolderTools<OpenedSource>, 'checkPartial'>,
  report: Report,
): ReadonlyMap<string, string> {
  const folder = join(root, 'partials');
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.hbs')) : [];
  const read = new Map(
    files.map((file) => [basename(file, '.hbs'), readFileSync(join(folder, file), 'utf8')]),
  );
  const partials = new Map(read);
  for (const [name, text] of read) {
    try {
      checkPartial(text, name.endsWith('.txt'), read);
    } catch (error) {
      report({ file: join('partials', `${name}.hbs`), ...faultOf(error) });
      partials.set(name, '');
    }
  }
  return partials;
}
