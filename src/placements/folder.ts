import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Block } from '../domain/block.ts';
import type { Content, ContentShape } from '../domain/content.ts';
import { decide } from '../domain/decision.ts';
import type { Template } from '../domain/message.ts';
import type { Placement } from '../domain/placement.ts';
import { createSamples, type Sample, usualSampleIds } from '../domain/sample.ts';
import { parseContentSources, type SourceDeclaration } from './content-sources-file.ts';
import { type FoundPlacement, findPlacements } from './find.ts';
import { parseSamples, parseTestPeople } from './people-files.ts';
import { NAME, parsePlacement } from './placement-file.ts';
import { type Fault, readYaml, type YamlFile } from './yaml.ts';

/** A content source as far as placements need it: what its items look like, and which there are if it can tell. */
export type OpenedSource = {
  readonly shape: ContentShape;
  /** URL schemes that its links may have. */
  readonly schemes: readonly string[];
  /** Ids that can be shown, or null if they cannot be listed. */
  readonly ids: readonly string[] | null;
};

/** A placement with all that was prepared for it. */
export type PreparedPlacement<Source extends OpenedSource = OpenedSource> = {
  readonly placement: Placement;
  readonly source: Source;
  /** By file name without `.hbs`: `email`, `email.txt`. */
  readonly templates: ReadonlyMap<string, Template>;
  readonly samples: ReadonlyMap<string, Sample>;
};

/** Everything in the templates folder, checked and ready. */
export type TemplatesFolder<Source extends OpenedSource = OpenedSource> = {
  /** By name and by alias. */
  readonly placements: ReadonlyMap<string, PreparedPlacement<Source>>;
  /** Real ids → the sample that they get. */
  readonly testPeople: ReadonlyMap<string, string>;
};

/** What reading the folder needs from elsewhere. Both throw errors with a `line` for what is wrong in a file. */
export type FolderTools<Source extends OpenedSource> = {
  readonly openSource: (declaration: SourceDeclaration, folder: string) => Source;
  readonly checkPartial: (text: string, isText: boolean, partials: ReadonlyMap<string, string>) => void;
  readonly compileTemplate: (
    source: { name: string; text: string; partials: ReadonlyMap<string, string>; schemes: readonly string[] },
    trial: readonly Block[],
  ) => Template;
  /** Names of the Amplitude projects that there are keys for. */
  readonly projects: readonly string[];
};

export type FolderResult<Source extends OpenedSource> =
  | { readonly folder: TemplatesFolder<Source> }
  | { readonly faults: readonly Fault[] };

/** Reads and checks the whole folder. All faults are reported in one run. */
export function readTemplatesFolder<Source extends OpenedSource>(
  root: string,
  tools: FolderTools<Source>,
): FolderResult<Source> {
  const faults: Fault[] = [];
  const report = (fault: Fault): void => void faults.push(fault);
  if (!existsSync(root)) return { faults: [{ file: root, line: null, message: 'is not a folder' }] };
  const reader: Reader<Source> = { root, tools, report };

  const sources = openSources(reader);
  const partials = readPartials(reader);
  const placements = new Map<string, PreparedPlacement<Source>>();
  for (const found of findPlacements(root, report)) {
    const prepared = preparePlacement(reader, found, sources, partials);
    if (prepared) addPlacement(reader, placements, prepared, found.yaml);
  }
  const people = readOptional(reader, 'test-people.yaml');
  const testPeople = people ? parseTestPeople(people, report) : new Map<string, string>();
  if (placements.size === 0 && faults.length === 0) {
    report({ file: '.', line: null, message: 'holds no placement: a folder with a placement.yaml' });
  }
  return faults.length > 0 ? { faults } : { folder: { placements, testPeople } };
}

type Reader<Source extends OpenedSource> = {
  readonly root: string;
  readonly tools: FolderTools<Source>;
  readonly report: (fault: Fault) => void;
};

function readOptional(reader: Reader<OpenedSource>, file: string): YamlFile | null {
  const path = join(reader.root, file);
  return existsSync(path) ? readYaml(path, file, reader.report) : null;
}

/** A source whose file is at fault is null, so that its placements are still checked but for that. */
function openSources<Source extends OpenedSource>(reader: Reader<Source>): Map<string, Source | null> {
  const file = 'content-sources.yaml';
  if (!existsSync(join(reader.root, file))) {
    reader.report({ file, line: null, message: 'is missing: it says where items come from' });
    return new Map();
  }
  const yaml = readOptional(reader, file);
  const sources = new Map<string, Source | null>();
  for (const name of Object.keys(yaml?.data ?? {})) sources.set(name, null);
  for (const declaration of yaml ? parseContentSources(yaml, reader.report) : []) {
    try {
      sources.set(declaration.name, reader.tools.openSource(declaration, reader.root));
    } catch (error) {
      reader.report({ file: declaration.path, ...faultOf(error) });
    }
  }
  return sources;
}

function readPartials({ root, tools, report }: Reader<OpenedSource>): Map<string, string> {
  const folder = join(root, 'partials');
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.hbs')) : [];
  const partials = new Map(
    files.map((file) => [basename(file, '.hbs'), readFileSync(join(folder, file), 'utf8')]),
  );
  for (const [name, text] of partials) {
    try {
      tools.checkPartial(text, name.endsWith('.txt'), partials);
    } catch (error) {
      report({ file: join('partials', `${name}.hbs`), ...faultOf(error) });
    }
  }
  return partials;
}

function preparePlacement<Source extends OpenedSource>(
  reader: Reader<Source>,
  found: FoundPlacement,
  sources: ReadonlyMap<string, Source | null>,
  partials: ReadonlyMap<string, string>,
): PreparedPlacement<Source> | null {
  const { tools, report } = reader;
  const { yaml } = found;
  const name = basename(found.folder);
  if (!NAME.test(name)) {
    report({
      file: yaml.file,
      line: null,
      message: `lies in "${name}"; a placement's folder is its name: lower-case letters, digits and hyphens`,
    });
    return null;
  }
  const placement = parsePlacement(name, yaml, found.defaults, report);
  if (!placement) return null;
  if (placement.project !== null && !tools.projects.includes(placement.project)) {
    const message = `project "${placement.project}" is not in AMPLITUDE_PROJECTS`;
    report({ file: yaml.file, line: yaml.lineOf(['project']), message });
  }
  const source = sources.get(placement.content);
  if (source === undefined) {
    const message = `content "${placement.content}" is not in content-sources.yaml`;
    report({ file: yaml.file, line: yaml.lineOf(['content']), message });
  }
  if (!source) return null;
  checkBaseline(placement, source, yaml, report);
  return {
    placement,
    source,
    templates: compileTemplates(reader, found, placement, source, partials),
    samples: readSamples(reader, found, placement, source),
  };
}

function checkBaseline(
  placement: Placement,
  { ids }: OpenedSource,
  yaml: YamlFile,
  report: (fault: Fault) => void,
): void {
  if (ids === null) return;
  const known = new Set(ids);
  placement.baseline.forEach((id, index) => {
    if (known.has(id)) return;
    const message = `baseline item "${id}" has no content in ${placement.content}`;
    report({ file: yaml.file, line: yaml.lineOf(['baseline', index]), message });
  });
}

function compileTemplates(
  { root, tools, report }: Reader<OpenedSource>,
  { folder, files }: FoundPlacement,
  placement: Placement,
  { shape, schemes }: OpenedSource,
  partials: ReadonlyMap<string, string>,
): Map<string, Template> {
  const templates = new Map<string, Template>();
  for (const file of files.filter((name) => name.endsWith('.hbs'))) {
    const name = basename(file, '.hbs');
    const text = readFileSync(join(folder, file), 'utf8');
    try {
      templates.set(
        name,
        tools.compileTemplate({ name, text, partials, schemes }, trialBlocks(placement, shape)),
      );
    } catch (error) {
      report({ file: relative(root, join(folder, file)), ...faultOf(error) });
    }
  }
  return templates;
}

/** A full block and a bare one, with which every template is tried before it may serve. */
function trialBlocks(placement: Placement, shape: ContentShape): Block[] {
  const full = Object.fromEntries(shape.fields.map((field) => [field, `https://example.com/${field}`]));
  const bare = Object.fromEntries(shape.fields.map((field) => [field, null]));
  const lookup = { status: 'unknown_user' } as const;
  return [full, bare].map((values) => ({
    placement,
    shape,
    decision: decide(placement, lookup),
    items: Array.from({ length: placement.items }, (_, index) => {
      const content: Content = { id: `item-${index + 1}`, values };
      return { content, position: index + 1, clickUrl: null };
    }),
    traits: null,
    isSample: true,
  }));
}

function readSamples(
  { report }: Reader<OpenedSource>,
  { folder, files, yaml }: FoundPlacement,
  placement: Placement,
  { shape, ids }: OpenedSource,
): Map<string, Sample> {
  const name = 'samples.yaml';
  const file = join(yaml.file, '..', name);
  const own = files.includes(name) ? readYaml(join(folder, name), file, report) : null;
  const rules = own ? parseSamples(own, shape.fields, report) : new Map();
  return createSamples(rules, usualSampleIds(placement, ids));
}

function addPlacement<Source extends OpenedSource>(
  { report }: Reader<Source>,
  placements: Map<string, PreparedPlacement<Source>>,
  prepared: PreparedPlacement<Source>,
  yaml: YamlFile,
): void {
  for (const name of [prepared.placement.name, ...prepared.placement.aliases]) {
    const other = placements.get(name);
    if (other) {
      const message = `has the name "${name}", which the placement "${other.placement.name}" has too`;
      report({ file: yaml.file, line: yaml.lineOf(['aliases']), message });
    } else {
      placements.set(name, prepared);
    }
  }
}

function faultOf(error: unknown): { line: number | null; message: string } {
  if (!(error instanceof Error)) throw error;
  const line = 'line' in error && typeof error.line === 'number' ? error.line : null;
  return { line, message: error.message };
}
