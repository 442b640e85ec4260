import type { Texts } from '../domain/texts.ts';
import { alertOfOutage } from './alerts.ts';
import { type ChromeParts, groupByFolder, pathOf, type Visit, viewChrome } from './chrome.ts';
import { languagesOf } from './languages.ts';
import { nearestName } from './nearest-name.ts';
import type { Minute } from './outage.ts';
import type { StudioPlacement } from './placement.ts';
import { addReasons, drawShares, type ReasonCounts, sayShares, totalOf } from './shares.ts';

/** What was called in the last day, by placement, and by names that no placement has. Times in wall-clock milliseconds. */
export type Calls = {
  readonly nowMs: number;
  /** The last hour, of all placements. */
  readonly minutes: readonly Minute[];
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

/** A name that nobody has can be called by anyone, often. */
const MAX_UNKNOWN = 20;

/** All placements by folder, and what their callers got. Those that are not searched for are there, and hidden. */
export function viewIndex(
  parts: ChromeParts,
  visit: Visit,
  { query, isThisReplica, calls, texts }: IndexView,
): object {
  const { reader } = visit;
  const all = parts.placements();
  const wanted = query.trim().toLowerCase();
  const isFound = (one: StudioPlacement): boolean => findText(one).includes(wanted);
  const unknown = listUnknown(calls.unknown, all, visit);
  return {
    chrome: viewChrome(parts, visit, 'Placements', { section: 'placements' }),
    ...{ query, isThisReplica, isNothing: !all.some(isFound) },
    alerts: [alertOfOutage(calls.minutes, calls.nowMs, reader) ?? []].flat(),
    unknown: unknown.slice(0, MAX_UNKNOWN),
    furtherUnknown: Math.max(0, unknown.length - MAX_UNKNOWN),
    folders: groupByFolder(all).map(({ label, placements }) => ({
      label,
      isHidden: !placements.some(isFound),
      placements: placements.map((one) => ({
        ...viewRow(one, calls, texts, visit),
        isHidden: !isFound(one),
      })),
    })),
  };
}

/** Those that still nobody has, most often called first. */
function listUnknown(unknown: Calls['unknown'], all: readonly StudioPlacement[], visit: Visit): object[] {
  const names = all.flatMap(({ placement }) => [placement.name, ...placement.aliases]);
  return Object.entries(unknown)
    .filter(([name]) => !names.includes(name.toLowerCase()))
    .map(([name, { callers }]) => ({ name, callers, total: totalOf(callers) }))
    .sort((a, b) => b.total - a.total)
    .map(({ name, callers }) => ({
      name,
      calls: sayCallers(callers, visit),
      meant: nearestName(name, names),
    }));
}

/** `312 calls by braze, 2 calls by cms` */
function sayCallers(callers: Readonly<Record<string, number>>, { reader }: Visit): string {
  return Object.entries(callers)
    .sort(([, a], [, b]) => b - a)
    .map(([caller, calls]) => `${reader.count(calls, 'call')} by ${caller}`)
    .join(', ');
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
