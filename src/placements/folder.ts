import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Placement } from '../domain/placement.ts';
import { type FoundPlacement, findPlacements } from './find.ts';
import { parseTestPeople } from './people-files.ts';
import { locateInLayers } from './placement-file.ts';
import { preparePlacement } from './prepare.ts';
import type { FolderResult, FolderTools, OpenedSource, PreparedPlacement } from './prepared.ts';
import { openSources, readPartials, readTexts } from './shared-files.ts';
import { type Fault, locateIn, type Report, readYaml } from './yaml.ts';

const FLAGS_FILE = 'flags.yaml';

/** Reads and checks the whole folder. All faults are reported in one run. */
export async function readTemplatesFolder<Source extends OpenedSource>(
  root: string,
  tools: FolderTools<Source>,
): Promise<FolderResult<Source>> {
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    return { faults: [{ file: root, line: null, message: 'is not a folder' }] };
  }
  const faults: Fault[] = [];
  // A fault in what several share, such as `defaults.yaml`, is one fault.
  const report: Report = (fault) => {
    if (!faults.some((other) => isDeepStrictEqual(other, fault))) faults.push(fault);
  };

  const sources = await openSources(root, tools, report);
  const texts = readTexts(root, report);
  const partials = readPartials(root, texts, tools, report);
  const placements = new Map<string, PreparedPlacement<Source>>();
  const files = new Map<Placement, FoundPlacement>();
  for (const one of findPlacements(root, report)) {
    const prepared = await preparePlacement(one, { root, tools, report, sources, partials, texts });
    if (!prepared) continue;
    files.set(prepared.placement, one);
    addPlacement(placements, prepared, files, report);
  }
  if (placements.size === 0 && faults.length === 0) {
    report({ file: '.', line: null, message: 'holds no placement: a folder with a placement.yaml' });
  }
  const testPeople = readTestPeople(root, report);
  const hasFlags = existsSync(join(root, FLAGS_FILE));
  const flags = hasFlags ? readFlags(root, tools, report) : null;
  if (!hasFlags && !tools.hasFlagProvider) reportGates(files, report);
  if (faults.length > 0) return { faults };
  const opened = [...(sources?.values() ?? [])].filter((source) => source !== null);
  return { folder: { placements, testPeople, sources: opened, texts, flags } };
}

/** Without any flag every item would be at its default for ever, which nobody means. */
function reportGates(files: ReadonlyMap<Placement, FoundPlacement>, report: Report): void {
  for (const [{ gate }, { layers }] of files) {
    if (gate === null) continue;
    const message = `gate needs feature flags: a ${FLAGS_FILE} in the templates folder, or FLAG_PROVIDER`;
    report({ ...locateInLayers(layers)(['gate']), message });
  }
}

/** The definitions of `flags.yaml`; null if they cannot be read. */
function readFlags(root: string, { checkFlags }: FolderTools<OpenedSource>, report: Report): unknown {
  const yaml = readYaml(join(root, FLAGS_FILE), FLAGS_FILE, report);
  if (!yaml) return null;
  for (const { path, message } of checkFlags(yaml.data)) report({ ...locateIn(yaml)(path), message });
  return yaml.data;
}

function readTestPeople(root: string, report: Report): Map<string, string> {
  const file = 'test-people.yaml';
  const yaml = existsSync(join(root, file)) ? readYaml(join(root, file), file, report) : null;
  return yaml ? parseTestPeople(yaml, report) : new Map();
}

function addPlacement<Source extends OpenedSource>(
  placements: Map<string, PreparedPlacement<Source>>,
  prepared: PreparedPlacement<Source>,
  files: ReadonlyMap<Placement, FoundPlacement>,
  report: Report,
): void {
  const { placement } = prepared;
  const yaml = files.get(placement)?.yaml;
  for (const name of [placement.name, ...placement.aliases]) {
    const other = placements.get(name);
    if (!other) {
      placements.set(name, prepared);
    } else if (yaml) {
      const place = dirname(files.get(other.placement)?.yaml.file ?? '');
      const message = `has the name "${name}", which the placement "${other.placement.name}" in ${place} has too`;
      report({ file: yaml.file, line: yaml.lineOf(['aliases']), message });
    }
  }
}
