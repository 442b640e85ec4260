import type { Reason } from '../domain/decision.ts';
import type { Person } from '../domain/person.ts';
import type { Texts } from '../domain/texts.ts';
import type { SetUpSection } from '../setup/describe.ts';
import { type Assets, loadAssets } from './assets.ts';
import { type BenchRunner, viewBench } from './bench-view.ts';
import type { ChromeParts, Visit } from './chrome.ts';
import { type Calls, viewIndex } from './index-page.ts';
import { renderView } from './pages.ts';
import type { StudioPlacement } from './placement.ts';
import { type PlacementPageParts, viewPlacement } from './placement-page.ts';
import type { createRealLookUp } from './preview.ts';
import { parsePreviewState } from './preview-state.ts';
import type { PrivateView } from './private-view.ts';
import { type PageProblem, viewProblem } from './problem-page.ts';
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
    readonly sampleAnswers: (placement: string) => Promise<readonly SetUpSection[]>;
  };

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
  readonly status: (visit: Visit, isThisReplica: boolean) => Promise<string>;
  /** Without a visit nothing of the service is shown, since whoever sees it may be anybody. */
  readonly problem: (problem: PageProblem, visit: Visit | null) => Promise<string>;
};

export function createStudio(parts: StudioParts): Studio {
  const { findPlacement, texts } = parts;
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
      const view = { placed, texts: texts(), state, onUnavailable, bench, message } as const;
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
    status: async (visit, isThisReplica) =>
      renderView('status', viewStatus(parts, visit, await parts.status(isThisReplica), isThisReplica)),
    problem: async (problem, visit) => {
      const { base } = await loadAssets();
      return renderView('error', viewProblem(parts, problem, base, visit));
    },
  };
}
