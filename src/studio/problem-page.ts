import { type ChromeParts, pathOf, type Visit, viewChrome } from './chrome.ts';
import { nearestName } from './nearest-name.ts';
import type { StudioPlacement } from './placement.ts';

/** What a page of its own says of a problem. */
export type PageProblem = {
  readonly status: number;
  readonly heading: string;
  readonly detail: string;
  /** The placement that was asked for; null if it is about none. */
  readonly placement: string | null;
  /** An address to go on to; null for none. */
  readonly again: string | null;
};

/**
 * A page that says what is wrong. Without a visit whoever sees it may be anybody, so it shows nothing of the service;
 * `assets` is what the addresses of styles begin with.
 */
export function viewProblem(
  parts: ChromeParts & { readonly findPlacement: (name: string) => StudioPlacement | null },
  { status, heading, detail, placement, again }: PageProblem,
  assets: string,
  visit: Visit | null,
): object {
  const label = visit ? 'All placements' : 'Try again';
  return {
    ...{ status, heading, detail },
    chrome: visit
      ? viewChrome(parts, visit, heading, {})
      : { title: heading, assets, visit: null, faults: [] },
    meant: visit && placement !== null ? findMeant(parts, placement) : null,
    next: again === null ? { href: '/studio', label } : { href: again, label: 'Go on to Studio' },
  };
}

/** The placement that somebody most likely meant. */
function findMeant(
  { placements, findPlacement }: Parameters<typeof viewProblem>[0],
  written: string,
): object | null {
  const names = placements().flatMap(({ placement }) => [placement.name, ...placement.aliases]);
  const meant = findPlacement(nearestName(written, names) ?? '');
  return meant && { href: pathOf(meant.placement.name), title: meant.placement.title };
}
