import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Placement } from '../domain/placement.ts';
import { type FoundPlacement, findPlacements } from './find.ts';
import { parseTestPeople } from './people-files.ts';
import { preparePlacement } from './prepare.ts';
import type { FolderResult, FolderTools, OpenedSource, PreparedPlacement } from './prepared.ts';
import { openSources, readPartials } from './shared-files.ts';
import { type Fault, type Report, readYaml } from './yaml.ts';

/** Reads and checks the whole folder. All faults are reported in one run. */
export function readTemplatesFolder<Source extends OpenedSource>(
  root: string,
  tools: FolderTools<Source>,
): FolderResult<Source> {
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    return { faults: [{ file: root, line: null, message: 'is not a folder' }] };
  }
  const faults: Fault[] = [];
  const report: Report = (fault) => void faults.push(fault);

  const sources = openSources(root, tools, report);
  const partials = readPartials(root, tools, report);
  const found = findPlacements(root, report);
  const placements = new Map<string, PreparedPlacement<Source>>();
  const files = new Map<Placement, FoundPlacement>();
  for (const one of found) {
    const prepared = preparePlacement(one, { root, tools, report, sources, partials });
    if (!prepared) continue;
    files.set(prepared.placement, one);
    addPlacement(placements, prepared, files, report);
  }
  if (found.length === 0 && faults.length === 0) {
    report({ file: '.', line: null, message: 'holds no placement: a folder with a placement.yaml' });
  }
  const testPeople = readTestPeople(root, report);
  return faults.length > 0 ? { faults } : { folder: { placements, testPeople } };
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
