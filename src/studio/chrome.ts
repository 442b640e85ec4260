import type { StudioPlacement } from './placement.ts';
import type { Reader } from './reader.ts';
import { count } from './words.ts';

/** A fault of the templates folder. */
export type FolderFault = { readonly file: string; readonly line: number | null; readonly message: string };

/** What every page has around it. */
export type ChromeParts = {
  readonly placements: () => readonly StudioPlacement[];
  readonly faults: () => readonly FolderFault[];
  readonly isSandbox: boolean;
};

export type Section = 'placements' | 'prefetch' | 'status';

/** Whoever reads a page, and where its files are. */
export type Visit = {
  /** The name of the credentials. */
  readonly caller: string;
  readonly reader: Reader;
  /** What the addresses of styles and scripts begin with. */
  readonly assets: string;
  readonly modules: readonly string[];
};

const SECTIONS: readonly (readonly [Section, string, string])[] = [
  ['placements', '/studio', 'Placements'],
  ['prefetch', '/studio/prefetches', 'Prefetch'],
  ['status', '/studio/status', 'Status'],
];

/** `current` is the section, or the placement that the page is about; none for a page that is neither. */
export function viewChrome(
  { placements, faults, isSandbox }: ChromeParts,
  { caller, assets, modules }: Visit,
  title: string,
  current: { readonly section?: Section; readonly placement?: string },
): object {
  const found = faults();
  return {
    ...{ title, assets, isSandbox, faults: found, visit: { caller, modules } },
    sections: SECTIONS.map(([section, href, label]) => ({
      ...{ href, label, isCurrent: section === current.section },
      alert:
        section === 'status' && found.length > 0
          ? `${count(found.length, 'fault')} in the templates folder`
          : null,
    })),
    folders: groupByFolder(placements()).map(({ label, placements }) => ({
      label,
      placements: placements.map(({ placement }) => ({
        href: pathOf(placement.name),
        title: placement.title,
        isCurrent: placement.name === current.placement,
      })),
    })),
  };
}

/** The address of the empty document that previews are put into. */
export const FRAME_PATH = '/studio/frame';

export function pathOf(placement: string): string {
  return `/studio/placements/${placement}`;
}

/** The folders that hold placements, such as a brand or a team, in the order of their names; those in none first. */
export function groupByFolder(
  placements: readonly StudioPlacement[],
): { readonly label: string; readonly placements: readonly StudioPlacement[] }[] {
  const groups = Map.groupBy(placements, parentOf);
  return [...groups.entries()]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([label, members]) => ({
      label,
      placements: members.toSorted((a, b) => a.placement.title.localeCompare(b.placement.title)),
    }));
}

/** `newsletter/reading-list` → `newsletter`; empty for one that lies in the templates folder itself. */
export function parentOf({ folder }: Pick<StudioPlacement, 'folder'>): string {
  return folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '';
}
