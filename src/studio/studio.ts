import type { DayRange } from '../domain/day.ts';
import type { Reason } from '../domain/decision.ts';
import type { Person } from '../domain/person.ts';
import type { Prefetch, PrefetchWish } from '../domain/prefetch.ts';
import type { Results, ResultsFault, ResultsQuestion } from '../domain/results.ts';
import type { Texts } from '../domain/texts.ts';
import type { SetUpSection } from '../setup/describe.ts';
import { type Assets, loadAssets } from './assets.ts';
import { type BenchRunner, viewBench } from './bench-view.ts';
import type { ChromeParts, Visit } from './chrome.ts';
import { type Calls, viewIndex } from './index-page.ts';
import { renderView } from './pages.ts';
import type { StudioPlacement } from './placement.ts';
import { type PlacementPageParts, viewPlacement } from './placement-page.ts';
import { viewPrefetches, viewPrefetchPage } from './prefetch-pages.ts';
import type { createRealLookUp } from './preview.ts';
import { parsePreviewState } from './preview-state.ts';
import type { PrivateView } from './private-view.ts';
import { type PageProblem, viewProblem } from './problem-page.ts';
import { type PositionClicks, viewResults } from './results-page.ts';
import { type SetUpParts, viewBraze, viewMovableInk } from './setup-pages.ts';
import type { ServiceStatus } from './status.ts';
import { viewStatus } from './status-page.ts';

/** What Studio is made of. Nothing here looks anybody up but `lookUp`. */
export type StudioParts = ChromeParts &
  PlacementPageParts &
  SetUpParts & {
    /** By name or alias, lower case. */
    readonly findPlacement: (name: string) => StudioPlacement | null;
    readonly texts: () => Texts;
    /** What was called lately, as this replica saw it or as all did. */
    readonly calls: (isThisReplica: boolean) => Promise<Calls>;
    readonly status: (isThisReplica: boolean) => Promise<ServiceStatus>;
    readonly lookUp: ReturnType<typeof createRealLookUp>;
    readonly runBench: BenchRunner;
    /** Each rejects where the store does not answer. */
    readonly prefetches: {
      readonly list: () => Promise<readonly Prefetch[]>;
      readonly get: (id: string) => Promise<Prefetch | null>;
      readonly control: (id: string, wish: PrefetchWish) => Promise<Prefetch | null>;
    };
    readonly budgetPerMinute: number;
    readonly results: (question: ResultsQuestion) => Promise<Results | ResultsFault>;
    /** Clicks in these days, as far as the store answers. */
    readonly clicks: (range: DayRange) => Promise<readonly PlacementClicks[]>;
    /** Milliseconds. */
    readonly wallNow: () => number;
    readonly sampleAnswers: (placement: string) => Promise<readonly SetUpSection[]>;
  };

type PlacementClicks = PositionClicks & {
  readonly placement: string;
  readonly campaign: string | null;
  readonly channel: string | null;
};

/** What results are asked for. */
export type ResultsAsked = Pick<ResultsQuestion, 'range' | 'outcome' | 'campaign' | 'channel'>;

/** The pages of Studio as HTML. Those of a placement are null where there is none of that name. */
export type Studio = {
  readonly assets: () => Promise<Assets>;
  /** The name of a placement that may be called by an alias; null for none. Lower case. */
  readonly nameOf: (written: string) => string | null;
  readonly index: (visit: Visit, query: string, isThisReplica: boolean) => Promise<string>;
  readonly placement: (
    visit: Visit,
    name: string,
    query: URLSearchParams,
    privately: PrivateView,
  ) => Promise<string | null>;
  /** Looks a real person up, which logs an exposure. Gives why nothing came of it, or null; undefined without placement. */
  readonly lookUp: (
    name: string,
    person: Person,
    query: URLSearchParams,
  ) => Promise<Reason | null | undefined>;
  /** `message` is one to be tried; null for none. */
  readonly braze: (
    visit: Visit,
    name: string,
    query: URLSearchParams,
    message: string | null,
  ) => Promise<string | null>;
  readonly movableInk: (visit: Visit, name: string, query: URLSearchParams) => Promise<string | null>;
  readonly results: (
    visit: Visit,
    name: string,
    query: URLSearchParams,
    asked: ResultsAsked,
  ) => Promise<string | null>;
  readonly prefetches: (visit: Visit, query: URLSearchParams) => Promise<string>;
  /** Null if there is none of this id. Rejects where the store does not answer, as the next does. */
  readonly prefetch: (visit: Visit, id: string) => Promise<string | null>;
  readonly controlPrefetch: (visit: Visit, id: string, wish: PrefetchWish) => Promise<string | null>;
  readonly status: (visit: Visit, isThisReplica: boolean) => Promise<string>;
  /** Without a visit nothing of the service is shown, since whoever sees it may be anybody. */
  readonly problem: (problem: PageProblem, visit: Visit | null) => Promise<string>;
};

export function createStudio(parts: StudioParts): Studio {
  const { findPlacement, texts } = parts;
  const showPrefetch = (visit: Visit, prefetch: Prefetch | null): string | null =>
    prefetch && renderView('prefetch', viewPrefetchPage(parts, visit, prefetch));
  return {
    assets: loadAssets,
    nameOf: (written) => findPlacement(written)?.placement.name ?? null,
    index: async (visit, query, isThisReplica) => {
      const calls = await parts.calls(isThisReplica);
      return renderView('index', viewIndex(parts, visit, { query, isThisReplica, calls, texts: texts() }));
    },
    placement: async (visit, name, query, privately) => {
      const placed = findPlacement(name);
      if (!placed) return null;
      const view = { placed, texts: texts(), state: parsePreviewState(query, placed), ...privately };
      return renderView('placement', await viewPlacement(parts, visit, view));
    },
    lookUp: async (name, person, query) => {
      const placed = findPlacement(name);
      if (!placed) return undefined;
      const { trace } = await parts.lookUp(placed, person, parsePreviewState(query, placed));
      return trace.failure;
    },
    braze: async (visit, name, query, message) => {
      const placed = findPlacement(name);
      if (!placed) return null;
      const state = parsePreviewState(query, placed);
      const onUnavailable = query.get('on_unavailable') === 'retry' ? 'retry' : 'serve';
      const bench = message === null ? null : await viewBench(parts.runBench, placed, message, visit.reader);
      const reach = {
        people: parsePeople(query.get('people')),
        prefetches: onUnavailable === 'retry' ? await parts.prefetches.list().catch(() => null) : null,
        budgetPerMinute: parts.budgetPerMinute,
        nowMs: parts.wallNow(),
      };
      const view = { placed, texts: texts(), state, onUnavailable, bench, message, reach } as const;
      return renderView('braze', viewBraze(parts, visit, view));
    },
    movableInk: async (visit, name, query) => {
      const placed = findPlacement(name);
      if (!placed) return null;
      const state = parsePreviewState(query, placed);
      const answers = await parts.sampleAnswers(placed.placement.name);
      const view = { placed, texts: texts(), state, answers };
      return renderView('movable-ink', viewMovableInk(parts, visit, view));
    },
    results: async (visit, name, query, asked) => {
      const placed = findPlacement(name);
      if (!placed) return null;
      const { placement, plan } = placed;
      const found = await parts.results({ placement, windows: plan.windows, ...asked });
      const clicks = await findClicks(parts, placement.name, asked).catch(() => null);
      const state = parsePreviewState(query, placed);
      const view = { placed, texts: texts(), state, asked, found, clicks, nowMs: parts.wallNow() };
      return renderView('results', viewResults(parts, visit, view));
    },
    prefetches: async (visit, query) => {
      const prefetches = await parts.prefetches.list().catch(() => null);
      const [chosen, campaign] = [query.get('placement'), query.get('campaign')];
      return renderView('prefetches', viewPrefetches(parts, visit, { prefetches, chosen, campaign }));
    },
    prefetch: async (visit, id) => showPrefetch(visit, await parts.prefetches.get(id)),
    controlPrefetch: async (visit, id, wish) => showPrefetch(visit, await parts.prefetches.control(id, wish)),
    status: async (visit, isThisReplica) =>
      renderView('status', viewStatus(parts, visit, await parts.status(isThisReplica), isThisReplica)),
    problem: async (problem, visit) => {
      const { base } = await loadAssets();
      return renderView('error', viewProblem(parts, problem, base, visit));
    },
  };
}

/** Null for what is no number of people. */
function parsePeople(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}

/** Clicks on a placement's items, most first. */
async function findClicks(
  { clicks }: StudioParts,
  placement: string,
  { range, campaign, channel }: ResultsAsked,
): Promise<PositionClicks[]> {
  const all = await clicks(range);
  const own = all.filter(
    (one) =>
      one.placement === placement &&
      (campaign === null || one.campaign === campaign) &&
      (channel === null || one.channel === channel),
  );
  const byPlace = Map.groupBy(own, ({ position, itemId }) => `${position}\n${itemId}`);
  return [...byPlace.values()]
    .map(([first, ...others]) => ({
      position: first?.position ?? 0,
      itemId: first?.itemId ?? '',
      clicks: others.reduce((sum, one) => sum + one.clicks, first?.clicks ?? 0),
    }))
    .sort((a, b) => b.clicks - a.clicks || a.position - b.position);
}
