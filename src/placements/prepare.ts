import { readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Block } from '../domain/block.ts';
import type { Content, ContentShape } from '../domain/content.ts';
import { decide } from '../domain/decision.ts';
import type { Template } from '../domain/message.ts';
import type { Placement } from '../domain/placement.ts';
import { createSamples, type Sample, usualSampleIds } from '../domain/sample.ts';
import { traitNames } from '../domain/traits.ts';
import type { FoundPlacement } from './find.ts';
import { parseSamples } from './people-files.ts';
import { locateInLayers, NAME, parsePlacement } from './placement-file.ts';
import type { FolderTools, OpenedSource, PreparedPlacement, SharedFiles } from './prepared.ts';
import type { Sources } from './shared-files.ts';
import { faultOf, type Locate, type Report, readYaml } from './yaml.ts';

type Preparing<Source extends OpenedSource> = {
  readonly root: string;
  readonly tools: FolderTools<Source>;
  readonly report: Report;
  readonly sources: Sources<Source>;
} & SharedFiles;

/** Reads one placement and all that lies in its folder; null if it cannot be used at all. */
export async function preparePlacement<Source extends OpenedSource>(
  found: FoundPlacement,
  preparing: Preparing<Source>,
): Promise<PreparedPlacement<Source> | null> {
  const { tools, report, sources } = preparing;
  const name = basename(found.folder);
  if (!NAME.test(name)) {
    const message = `lies in "${name}"; a placement's folder is its name: lower-case letters, digits and hyphens`;
    report({ file: found.yaml.file, line: null, message });
    return null;
  }
  const placement = parsePlacement(name, found.layers, report);
  if (!placement) return null;
  const locate = locateInLayers(found.layers);
  if (placement.project !== null && !tools.projects.includes(placement.project)) {
    const message = `project "${placement.project}" is not in AMPLITUDE_PROJECTS`;
    report({ ...locate(['project']), message });
  }
  const source = sources?.get(placement.content);
  if (sources && source === undefined) {
    const message = `content "${placement.content}" is not in content-sources.yaml`;
    report({ ...locate(['content']), message });
  }
  if (!source) return null;
  checkBaseline(placement, source, locate, report);
  return {
    placement,
    folder: relative(preparing.root, found.folder),
    source,
    templates: await compileTemplates(found, placement, source, preparing),
    samples: readSamples(found, placement, source, preparing),
  };
}

function checkBaseline(placement: Placement, { has }: OpenedSource, locate: Locate, report: Report): void {
  placement.baseline.forEach((id, index) => {
    if (has(id) !== false) return;
    const message = `baseline item "${id}" has no content in ${placement.content}`;
    report({ ...locate(['baseline', index]), message });
  });
}

async function compileTemplates(
  { folder, files }: FoundPlacement,
  placement: Placement,
  { shape, schemes }: OpenedSource,
  { root, tools, report, partials, texts }: Preparing<OpenedSource>,
): Promise<Map<string, Template>> {
  const templates = new Map<string, Template>();
  const trial = trialBlocks(placement, shape);
  for (const file of files.filter((name) => name.endsWith('.hbs'))) {
    const name = basename(file, '.hbs');
    const text = readFileSync(join(folder, file), 'utf8');
    const { fields, html } = shape;
    const traits = traitNames(placement);
    const source = { name, text, partials, texts, schemes, fields, html, traits };
    try {
      templates.set(name, tools.compileTemplate(source, trial));
    } catch (error) {
      report({ file: relative(root, join(folder, file)), ...faultOf(error) });
    }
    // Each takes milliseconds, in which answers wait while the folder is read anew.
    await nextTurn();
  }
  return templates;
}

/** A full block and a bare one, with which every template is tried before it may serve. */
function trialBlocks(placement: Placement, shape: ContentShape): Block[] {
  const full = Object.fromEntries(shape.fields.map((field) => [field, `https://example.com/${field}`]));
  const bare = Object.fromEntries(shape.fields.map((field) => [field, null]));
  return [full, bare].map((values) => ({
    placement,
    shape,
    decision: decide(placement, { status: 'unknown_user' }),
    items: Array.from({ length: placement.items }, (_, index) => {
      const content: Content = { id: `item-${index + 1}`, values };
      return { content, position: index + 1, url: null, clickUrl: null };
    }),
    traits: null,
    isSample: true,
  }));
}

function readSamples(
  { folder, files, yaml }: FoundPlacement,
  placement: Placement,
  { shape, has, someIds, schemes }: OpenedSource,
  { report, tools: { cleanHtml } }: Preparing<OpenedSource>,
): Map<string, Sample> {
  const name = 'samples.yaml';
  const own = files.includes(name) ? readYaml(join(folder, name), join(yaml.file, '..', name), report) : null;
  const rules = own ? parseSamples(own, { shape, has, schemes, cleanHtml }, report) : new Map();
  return createSamples(rules, usualSampleIds(placement, someIds));
}
