import type { Texts } from '../domain/texts.ts';
import { type ChromeParts, groupByFolder, pathOf, type Visit, viewChrome } from './chrome.ts';
import { languagesOf } from './languages.ts';
import { nearestName } from './nearest-name.ts';
import type { StudioPlacement } from './placement.ts';
import { addReasons, drawShares, type ReasonCounts, sayShares, totalOf } from './shares.ts';

/** What was called in the last day, by placement, and by names that no placement has. Times in wall-clock milliseconds. */
export type Calls = {
  readonly placements: Readonly<
    Record<
      string,
      {
        readonly lastAtMs: number;
        readonly lastCaller: string;
        readonly hours: readonly { readonly reasons: ReasonCounts }[];
      }
    >
  >;
  readonly unknown: Readonly<Record<string, { readonly callers: Readonly<Record<string, number>> }>>;
};

export type IndexView = {
  readonly query: string;
  readonly isThisReplica: boolean;
  readonly calls: Calls;
  readonly texts: Texts;
};

/** All placements by folder, and what their callers got. */
export function viewIndex(
  parts: ChromeParts,
  visit: Visit,
  { query, isThisReplica, calls, texts }: IndexView,
): object {
  const wanted = query.trim().toLowerCase();
  const all = parts.placements();
  const found = all.filter((one) => wanted === '' || findText(one).includes(wanted));
  const names = all.flatMap(({ placement }) => [placement.name, ...placement.aliases]);
  return {
    chrome: viewChrome(parts, visit, 'Placements', { section: 'placements' }),
    ...{ query, isThisReplica },
    unknown: Object.entries(calls.unknown)
      .map(([name, { callers }]) => ({ name, callers, total: totalOf(callers) }))
      .sort((a, b) => b.total - a.total)
      .map(({ name, callers }) => ({
        name,
        calls: sayCallers(callers, visit),
        meant: nearestName(name, names),
      })),
    folders: viewFolders(found, calls, texts, visit),
  };
}

/** `312 calls by braze, 2 calls by cms` */
function sayCallers(callers: Readonly<Record<string, number>>, { reader }: Visit): string {
  return Object.entries(callers)
    .sort(([, a], [, b]) => b - a)
    .map(([caller, calls]) => `${reader.number(calls)} ${calls === 1 ? 'call' : 'calls'} by ${caller}`)
    .join(', ');
}

function viewFolders(found: readonly StudioPlacement[], calls: Calls, texts: Texts, visit: Visit): object[] {
  return groupByFolder(found).map(({ label, placements }) => ({
    label,
    placements: placements.map((one) => viewRow(one, calls, texts, visit)),
  }));
}

function viewRow(one: StudioPlacement, calls: Calls, texts: Texts, { reader }: Visit): object {
  const { name, title, enabled, project } = one.placement;
  const own = Object.hasOwn(calls.placements, name) ? calls.placements[name] : undefined;
  const reasons = addReasons(own?.hours ?? []);
  return {
    ...{ name, title, enabled, href: pathOf(name), project: project ?? 'main', find: findText(one) },
    languages: ['Default', ...languagesOf(one, texts).map(reader.language)].join(', '),
    last: own ? reader.moment(own.lastAtMs) : null,
    lastCaller: own?.lastCaller,
    answers: totalOf(reasons),
    parts: drawShares(reasons),
    summary: sayShares(reasons, reader),
  };
}

/** What the search looks through. */
function findText({ placement, folder }: StudioPlacement): string {
  const { name, title, aliases, recommendation, project } = placement;
  return [name, title, ...aliases, recommendation, project ?? '', folder].join(' ').toLowerCase();
}
