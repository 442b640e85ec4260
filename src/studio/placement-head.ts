import type { Texts } from '../domain/texts.ts';
import { parentOf, pathOf } from './chrome.ts';
import { languagesOf } from './languages.ts';
import type { StudioPlacement } from './placement.ts';
import { formatPreviewState, type PreviewState } from './preview-state.ts';
import type { Reader } from './reader.ts';

/** What the pages of one placement begin with. `current` is the end of the page's path; the view goes on on each. */
export function viewHead(
  placed: StudioPlacement,
  texts: Texts,
  { language }: Reader,
  current: '' | 'results' | 'braze' | 'movable-ink',
  state: PreviewState,
): object {
  const { name, title, enabled, recommendation, project, items, aliases } = placed.placement;
  const path = pathOf(name);
  const query = formatPreviewState(state);
  return {
    ...{ name, title, enabled, recommendation, project, items, aliases: aliases.join(', ') },
    parent: parentOf(placed),
    languages: ['Default language', ...languagesOf(placed, texts).map(language)].join(', '),
    tabs: TABS.map(([end, label]) => ({
      label,
      href: `${end === '' ? path : `${path}/${end}`}${query}`,
      isCurrent: end === current,
    })),
  };
}

const TABS = [
  ['', 'Preview'],
  ['results', 'Results'],
  ['braze', 'Braze'],
  ['movable-ink', 'Movable Ink'],
] as const;
