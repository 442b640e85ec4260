import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { checkDefaults } from './placement-file.ts';
import { type Fault, readYaml, type YamlFile } from './yaml.ts';

/** Not placements: shared files, and what mounted volumes and editors hide. */
const NOT_PLACEMENTS = new Set(['content', 'partials', 'texts']);

/** A folder with a `placement.yaml`. */
export type FoundPlacement = {
  readonly folder: string;
  readonly files: readonly string[];
  readonly yaml: YamlFile;
  readonly defaults: readonly YamlFile[];
};

/** All placements in a folder and below, each with the `defaults.yaml` files above it, outermost first. */
export function findPlacements(
  root: string,
  report: (fault: Fault) => void,
  folder: string = root,
  inherited: readonly YamlFile[] = [],
): FoundPlacement[] {
  const names = readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();
  // stat, not the directory entry: mounted volumes are made of symbolic links.
  const folders = names.filter((name) => statSync(join(folder, name)).isDirectory());
  const files = names.filter((name) => !folders.includes(name));
  const at = (name: string): string => relative(root, join(folder, name));

  const own = files.includes('defaults.yaml')
    ? readYaml(join(folder, 'defaults.yaml'), at('defaults.yaml'), report)
    : null;
  const defaults = own && checkDefaults(own, report) ? [...inherited, own] : inherited;
  const found: FoundPlacement[] = [];
  if (files.includes('placement.yaml')) {
    const yaml = readYaml(join(folder, 'placement.yaml'), at('placement.yaml'), report);
    if (yaml) found.push({ folder, files, yaml, defaults });
  } else if (files.some((file) => file.endsWith('.hbs'))) {
    report({ file: at('.'), line: null, message: 'holds templates but no placement.yaml' });
  }
  for (const name of folders) {
    if (folder === root && NOT_PLACEMENTS.has(name)) continue;
    found.push(...findPlacements(root, report, join(folder, name), defaults));
  }
  return found;
}
