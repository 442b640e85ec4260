import { looksLikeDispatchId } from '../domain/campaign.ts';
import type { Texts } from '../domain/texts.ts';
import { describeBraze } from '../setup/braze.ts';
import type { BrazeSend, SetUp, SetUpSection } from '../setup/describe.ts';
import { describeMovableInk } from '../setup/movable-ink.ts';
import { type ChromeParts, FRAME_PATH, pathOf, type Visit, viewChrome } from './chrome.ts';
import type { StudioPlacement } from './placement.ts';
import { viewHead } from './placement-head.ts';
import { formatPreviewState, htmlTemplatesOf, type PreviewState } from './preview-state.ts';
import { type RetryReach, warnOfReach } from './retry-reach.ts';

export type SetUpParts = ChromeParts & {
  /** Where messages reach the service. */
  readonly publicUrl: URL;
  /** The key of a placement's positional links. */
  readonly keyOf: (placement: string) => string;
};

/** What a set-up is written for. */
export function setUpOf({ placement, source, templates }: StudioPlacement, parts: SetUpParts): SetUp {
  return {
    placement,
    shape: source.shape,
    templates: [
      ...htmlTemplatesOf(templates),
      ...[...templates.keys()].filter((name) => name.endsWith('.txt')),
    ],
    publicUrl: parts.publicUrl.href.replace(/\/$/, ''),
    key: parts.keyOf(placement.name),
  };
}

export type BrazeView = Pick<BrazeSend, 'onUnavailable'> & {
  readonly placed: StudioPlacement;
  readonly texts: Texts;
  readonly state: PreviewState;
  /** What was pasted to be tried, and what came of it; null before that. */
  readonly bench: object | null;
  readonly message: string | null;
  /** How many people the message goes to, and what is looked up ahead of it. */
  readonly reach: Pick<RetryReach, 'people' | 'prefetches' | 'budgetPerMinute' | 'nowMs'>;
};

/** How to set a placement into a Braze message, and a place to try one. */
export function viewBraze(parts: SetUpParts, visit: Visit, view: BrazeView): object {
  const { placed, texts, state, onUnavailable, bench, message, reach } = view;
  const { placement } = placed;
  const { campaign } = state;
  const sections = describeBraze(setUpOf(placed, parts), { campaign, onUnavailable });
  const isRetry = onUnavailable === 'retry';
  return {
    chrome: viewChrome(parts, visit, `${placement.title} in Braze`, { placement: placement.name }),
    head: viewHead(placed, texts, visit.reader, 'braze', state),
    ...{ path: `${pathOf(placement.name)}/braze`, campaign, isRetry, sections, bench },
    query: formatBrazeQuery(state, isRetry, reach.people),
    frame: FRAME_PATH,
    looksLikeDispatchId: campaign !== null && looksLikeDispatchId(campaign),
    people: reach.people,
    prefetchHref: prefetchHref(placement.name, campaign),
    warnings: isRetry
      ? [warnOfReach({ ...reach, placement: placement.name, campaign }, visit.reader), RETRY, CONTROL]
      : [CONTROL],
    message: message ?? exampleOf(sections),
  };
}

/** Where a prefetch for this send is started. */
export function prefetchHref(placement: string, campaign: string | null): string {
  const query = new URLSearchParams({ placement, ...(campaign !== null && { campaign }) });
  return `/studio/prefetches?${query}`;
}

function formatBrazeQuery(state: PreviewState, isRetry: boolean, people: number | null): string {
  const query = new URLSearchParams(formatPreviewState(state));
  if (isRetry) query.set('on_unavailable', 'retry');
  if (people !== null) query.set('people', String(people));
  return query.size === 0 ? '' : `?${query}`;
}

const RETRY = {
  key: 'retry',
  tone: 'warning',
  title: 'Whoever Braze’s five retries do not reach gets no message.',
  text: 'Use it where no message is better than the default, and for an audience that the look-up budget can serve.',
};

const CONTROL = {
  key: 'control',
  tone: 'note',
  title: 'Never abort because variant is “baseline” or a recommendation is missing.',
  text: 'The control group gets the default on purpose. A message that skips them takes them out of the experiment, and its results mean nothing any more. Guard with has_items alone: it is false only where there is nothing to show.',
};

/** Something to begin with: the tag that brings its own markup. */
function exampleOf(sections: readonly SetUpSection[]): string {
  const own = sections.find(({ code }) => code?.includes('{% for'));
  return own?.code ?? sections.find(({ code }) => code !== null)?.code ?? '';
}

export type MovableInkView = {
  readonly placed: StudioPlacement;
  readonly texts: Texts;
  readonly state: PreviewState;
  /** As samples get them. */
  readonly answers: readonly SetUpSection[];
};

export function viewMovableInk(
  parts: SetUpParts,
  visit: Visit,
  { placed, texts, state, answers }: MovableInkView,
): object {
  const { placement } = placed;
  return {
    chrome: viewChrome(parts, visit, `${placement.title} in Movable Ink`, { placement: placement.name }),
    head: viewHead(placed, texts, visit.reader, 'movable-ink', state),
    sections: [...describeMovableInk(setUpOf(placed, parts)), ...answers],
  };
}
