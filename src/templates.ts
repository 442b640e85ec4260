import { relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { OpenedContent, Sources } from './content/open.ts';
import { type LookupPlan, planLookups } from './domain/lookup-plan.ts';
import type { Flags } from './flags/open.ts';
import type { Metrics } from './metrics.ts';
import { readTemplatesFolder } from './placements/folder.ts';
import type { FolderResult, PreparedPlacement, TemplatesFolder } from './placements/prepared.ts';
import { fingerprint } from './placements/watch.ts';
import type { Fault } from './placements/yaml.ts';
import { type Reload, startReload } from './reload.ts';
import { createJsonRenderer, type RenderJson } from './render/flat-json.ts';
import { rememberTemplates } from './render/remembered.ts';
import { checkSource } from './render/template.ts';
import type { Settings } from './settings.ts';

/** The templates folder cannot be used. All of its faults. */
export class TemplatesError extends Error {
  override readonly name = 'TemplatesError';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(`${faults.length} faults in the templates folder`);
    this.faults = faults;
  }
}

/** A placement with all that answers are made with. */
export type LivePlacement = PreparedPlacement<OpenedContent> & {
  readonly plan: LookupPlan;
  readonly renderJson: RenderJson;
};

/** The templates folder as it was last without fault. Replaced whole, so that no answer sees two versions. */
export type LiveTemplates = {
  /** By name and by alias. */
  readonly placements: ReadonlyMap<string, LivePlacement>;
  /** Each once. */
  readonly all: readonly LivePlacement[];
  /** Real ids → the sample that they get. */
  readonly testPeople: ReadonlyMap<string, string>;
  /** By name alone. */
  readonly plansByName: ReadonlyMap<string, LookupPlan>;
  /** The longest that any placement uses what Amplitude said. Milliseconds. */
  readonly longestUseMs: number;
};

export type TemplatesParts = {
  readonly settings: Settings;
  readonly sources: Sources;
  readonly flags: Pick<Flags, 'check' | 'use' | 'isExternal'>;
  readonly metrics: Metrics;
  readonly log: Logger;
};

export type Templates = {
  readonly current: () => LiveTemplates;
  /** What keeps the folder as it is now from being used; none while it is in use. */
  readonly faults: () => readonly Fault[];
  /** Looks for changes now, besides twice a second by itself. */
  readonly look: Reload['look'];
  readonly close: () => Promise<void>;
};

/** How long the start waits for the baselines' content; it comes later where its source is slow. */
const WARM_UP_MS = 1_000;

/** Reads the templates folder, and again whenever it changes. Rejects with a `TemplatesError` if it cannot be used. */
export async function openTemplates(parts: TemplatesParts): Promise<Templates> {
  const { settings, sources, flags, metrics, log } = parts;
  const root = resolve(settings.templatesDir);
  const read = createReader(root, parts);
  const before = await fingerprint(root, []);
  const first = await read();
  if ('faults' in first) {
    await sources.keepOnly([]);
    throw new TemplatesError(first.faults);
  }
  let live = goLive(first.folder, settings);
  let faults: readonly Fault[] = [];
  flags.use(first.folder.flags);
  await Promise.race([keepBaselinesWarm(live), sleep(WARM_UP_MS, undefined, { ref: false })]);

  const use = async (folder: TemplatesFolder<OpenedContent>): Promise<void> => {
    live = goLive(folder, settings);
    faults = [];
    flags.use(folder.flags);
    await sources.keepOnly(folder.sources);
    void keepBaselinesWarm(live);
    log.info({ placements: live.all.length }, 'templates folder was read again');
  };

  const refuse = async (found: readonly Fault[]): Promise<void> => {
    faults = found;
    await sources.keepOnly(live.all.map(({ source }) => source));
    for (const { file, line, message } of found) log.error({ file, line }, `templates folder: ${message}`);
    log.error({ faults: found.length }, 'templates folder: its last good version goes on');
  };

  const look = (): Promise<string> => fingerprint(root, filesOf(live));
  const wasChanged = (await fingerprint(root, [])) !== before;
  const reload = startReload(wasChanged ? '' : await look(), {
    look,
    read: async () => {
      const result = await read();
      return {
        apply: async () => {
          const isGood = 'folder' in result;
          metrics.countReload(isGood ? 'applied' : 'refused');
          metrics.setFolderFaults(isGood ? 0 : result.faults.length);
          await (isGood ? use(result.folder) : refuse(result.faults));
        },
      };
    },
    onUnexpected: (error) => log.error({ err: error }, 'unexpected error'),
  });

  return {
    current: () => live,
    faults: () => faults,
    look: reload.look,
    close: async () => {
      await reload.stop();
      await sources.keepOnly([]);
    },
  };
}

function createReader(
  root: string,
  { settings, sources, flags }: TemplatesParts,
): () => Promise<FolderResult<OpenedContent>> {
  const remembered = rememberTemplates();
  const tools = {
    openSource: sources.open,
    checkPartial: checkSource,
    compileTemplate: remembered.compile,
    checkFlags: flags.check,
    hasFlagProvider: flags.isExternal,
    projects: [...settings.secretKeys.keys()].filter((project) => project !== null),
    variables: settings.contentVariables,
  };
  return async () => {
    try {
      return await readTemplatesFolder(root, tools);
    } catch (error) {
      // Something was taken away while it was read; what comes instead is seen at the next look.
      const { code, path } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      const file = path === undefined ? '.' : relative(root, path);
      return { faults: [{ file, line: null, message: `cannot be read (${code})` }] };
    } finally {
      remembered.forgetUnused();
    }
  };
}

function goLive(folder: TemplatesFolder<OpenedContent>, { windows }: Settings): LiveTemplates {
  const prepared = [...new Set(folder.placements.values())];
  const plans = planLookups(
    prepared.map(({ placement }) => placement),
    windows,
  );
  const placements = new Map<string, LivePlacement>();
  const all: LivePlacement[] = [];
  for (const one of prepared) {
    const { placement, source } = one;
    const plan = plans.get(placement);
    if (!plan) throw new Error(`no look-up was planned for the placement ${placement.name}`);
    const live = { ...one, plan, renderJson: createJsonRenderer(placement, source.shape) };
    all.push(live);
    for (const name of [placement.name, ...placement.aliases]) placements.set(name, live);
  }
  return {
    placements,
    all,
    testPeople: folder.testPeople,
    plansByName: new Map(all.map(({ placement, plan }) => [placement.name, plan])),
    longestUseMs: Math.max(...all.map(({ plan }) => plan.windows.staleIfErrorMs)),
  };
}

async function keepBaselinesWarm({ all }: LiveTemplates): Promise<void> {
  const baselines = Map.groupBy(all, ({ source }) => source);
  const warming = [...baselines].map(async ([source, placements]) => {
    const ids = new Set(placements.flatMap(({ placement }) => placement.baseline));
    const locales = new Set(placements.map(({ placement }) => placement.locale));
    if ('keepWarm' in source) await source.keepWarm([...ids], [...locales]);
  });
  await Promise.all(warming);
}

/** Catalogues may lie outside of the folder. */
function filesOf({ all }: LiveTemplates): string[] {
  return [...new Set(all.flatMap(({ source }) => ('path' in source ? [source.path] : [])))];
}
