import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { checkDefaults } from './placement-file.ts';
import { type Report, readYaml, type YamlFile } from './yaml.ts';

/** Not placements: shared files, and what mounted volumes and editors hide. */
const NOT_PLACEMENTS = new Set(['content', 'partials', 'texts']);

/** A folder with a `placement.yaml`. */
export type FoundPlacement = {
  readonly folder: string;
  readonly files: readonly string[];
  /** Its `placement.yaml`. */
  readonly yaml: YamlFile;
  /** That file behind the `defaults.yaml` files above it, outermost first. */
  readonly layers: readonly YamlFile[];
};

/**
 * All placements in a folder and below, each with the `defaults.yaml` files above it, outermost first. None is read before
 * it is asked for, since answers wait meanwhile.
 */
export function* findPlacements(
  root: string,
  report: Report,
  folder: string = root,
  inherited: readonly YamlFile[] = [],
): Generator<FoundPlacement> {
  const names = readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();
  const at = (name: string): string => relative(root, join(folder, name));
  const folders: string[] = [];
  const files: string[] = [];
  for (const name of names) {
    // What it leads to, not the directory entry: mounted volumes are made of symbolic links.
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    if (!stats) report({ file: at(name), line: null, message: 'is a link to nothing' });
    else if (stats.isDirectory()) folders.push(name);
    else files.push(name);
  }

  const own = files.includes('defaults.yaml')
    ? readYaml(join(folder, 'defaults.yaml'), at('defaults.yaml'), report)
    : null;
  const defaults = own && checkDefaults(own, report) ? [...inherited, own] : inherited;
  if (files.includes('placement.yaml')) {
    const yaml = readYaml(join(folder, 'placement.yaml'), at('placement.yaml'), report);
    if (yaml) yield { folder, files, yaml, layers: [...defaults, yaml] };
  } else if (files.some((file) => file.endsWith('.hbs'))) {
    report({ file: at('.'), line: null, message: 'holds templates but no placement.yaml' });
  }
  for (const name of folders) {
    if (folder === root && NOT_PLACEMENTS.has(name)) continue;
    yield* findPlacements(root, report, join(folder, name), defaults);
  }
}
