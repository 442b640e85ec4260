import type { Texts } from '../domain/texts.ts';
import { viewChecks } from './checks-view.ts';
import { type ChromeParts, FRAME_PATH, pathOf, type Visit, viewChrome } from './chrome.ts';
import { hrefOf, viewControls } from './controls.ts';
import { viewEditors } from './editors.ts';
import { tableKeys } from './keys.ts';
import { makePanes, type PaneParts, type PaneView, viewPane } from './panes.ts';
import { viewHead } from './placement-head.ts';
import { formatPreviewState } from './preview-state.ts';
import { countEdits, describeOrigins } from './why.ts';

export type PlacementPageParts = ChromeParts & PaneParts & { readonly publicUrl: URL };

export type PlacementView = PaneView & { readonly texts: Texts };

/** A placement as several people get it, side by side. */
export async function viewPlacement(
  parts: PlacementPageParts,
  visit: Visit,
  view: PlacementView,
): Promise<object> {
  const { placed, texts, state, people, edits } = view;
  const { placement, plan } = placed;
  const { reader } = visit;
  const panes = await makePanes(parts, view);
  const edited = countEdits(edits);
  const unedited = edited > 0 ? await makePanes(parts, { ...view, people: [], edits: {} }) : panes;
  const previews = panes.map(({ preview }) => preview);
  const checked = panes.filter(({ preview }) => preview.isKnown);
  return {
    chrome: viewChrome(parts, visit, placement.title, { placement: placement.name }),
    head: viewHead(placed, texts, reader, '', state),
    ...{ path: pathOf(placement.name), query: formatPreviewState(state), frame: FRAME_PATH, state },
    together: plan.together.filter((one) => one !== plan.recommendation).join(', '),
    ...viewControls(view, reader),
    isKeys: state.show === 'keys',
    keys: tableKeys(placed, previews, state),
    panes: panes.map((pane) => viewPane(pane, view, reader)),
    checks: await viewChecks(checked, parts.publicUrl, linesOf(view)),
    editors: viewEditors(
      placed,
      unedited.map(({ preview }) => preview),
      edits,
    ),
    origins: describeOrigins(placed, state.locale ?? placement.locale),
    source: viewSource(placed, visit),
    hasPeople: people.length > 0,
    // For the forms, which work without scripts too.
    peopleJson: JSON.stringify(people.map(({ kind, id }) => ({ kind, id }))),
    editsJson: JSON.stringify(edits),
    edited,
  };
}

function viewSource({ source }: PlacementView['placed'], { reader }: Visit): object {
  const { lastGoodAtMs = null, trouble = null } = source.status?.() ?? {};
  const { type } = source.origin;
  return {
    ...{ name: source.name, isFile: type === 'file', type: TYPES[type], trouble },
    last: lastGoodAtMs === null ? null : reader.moment(lastGoodAtMs),
  };
}

const TYPES = { file: 'file', http: 'HTTP', postgres: 'SQL' } as const;

/** Where the lines of a message are shown with their numbers; null where what is shown has others. */
function linesOf({ placed, state }: PlacementView): string | null {
  return state.show === 'text' || state.template === null
    ? null
    : hrefOf(placed, { ...state, show: 'source' });
}
