import type { OpenedContent } from './content/open.ts';
import { type LookupPlan, planLookups } from './domain/lookup-plan.ts';
import type { PreparedPlacement, TemplatesFolder } from './placements/prepared.ts';
import { createJsonRenderer, type RenderJson } from './render/flat-json.ts';
import type { Settings } from './settings.ts';

/** A placement with all that answers are made with. */
export type LivePlacement = PreparedPlacement<OpenedContent> & {
  readonly plan: LookupPlan;
  readonly renderJson: RenderJson;
};

/** One version of the templates folder, replaced whole, so that no answer sees two of them. */
export type LiveTemplates = Omit<TemplatesFolder<OpenedContent>, 'placements'> & {
  /** By name and by alias. */
  readonly placements: ReadonlyMap<string, LivePlacement>;
  /** Each once. */
  readonly all: readonly LivePlacement[];
  /** The longest that any placement uses what Amplitude said. Milliseconds. */
  readonly longestUseMs: number;
};

/** Makes a folder without fault ready to answer from. */
export function prepareTemplates(
  folder: TemplatesFolder<OpenedContent>,
  { windows }: Pick<Settings, 'windows'>,
): LiveTemplates {
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
  const longestUseMs = Math.max(...all.map(({ plan }) => plan.windows.staleIfErrorMs));
  return { ...folder, placements, all, longestUseMs };
}

/** Has those of its sources that answer over the network keep the baselines at hand. Resolves when each was asked. */
export async function keepBaselinesWarm(
  { all }: LiveTemplates,
  isAsked: (source: OpenedContent) => boolean,
): Promise<void> {
  const warming = [...Map.groupBy(all, ({ source }) => source)].map(async ([source, placements]) => {
    const ids = new Set(placements.flatMap(({ placement }) => placement.baseline));
    const locales = new Set(placements.map(({ placement }) => placement.locale));
    if ('keepWarm' in source && isAsked(source)) await source.keepWarm([...ids], [...locales]);
  });
  await Promise.all(warming);
}
