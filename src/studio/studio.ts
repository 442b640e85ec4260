import type { Person } from '../domain/person.ts';
import type { Texts } from '../domain/texts.ts';
import type { SetUpSection } from '../setup/describe.ts';
import { type Assets, loadAssets } from './assets.ts';
import { type BenchRunner, viewBench } from './bench-view.ts';
import type { ChromeParts, Visit } from './chrome.ts';
import { type Calls, viewIndex } from './index-page.ts';
import { renderView } from './pages.ts';
import type { Edits, StudioPlacement } from './placement.ts';
import { type PlacementPageParts, viewPlacement } from './placement-page.ts';
import type { createRealLookUp } from './preview.ts';
import { parsePreviewState } from './preview-state.ts';
import { type SetUpParts, viewBraze, viewMovableInk } from './setup-pages.ts';
import { type ServiceStatus, viewStatus } from './status-page.ts';

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

/** What of a view does not stand in its address. */
export type PrivateView = { readonly people: readonly Person[]; readonly edits: Edits };

/** The pages of Studio as HTML; null where there is no such placement. */
export type Studio = {
  readonly assets: () => Promise<Assets>;
  readonly index: (visit: Visit, query: string, isThisReplica: boolean) => Promise<string>;
  readonly placement: (
    visit: Visit,
    name: string,
    query: URLSearchParams,
    privately: PrivateView,
  ) => Promise<string | null>;
  /** Looks a real person up, which logs an exposure. False if there is no such placement. */
  readonly lookUp: (name: string, person: Person, query: URLSearchParams) => Promise<boolean>;
  /** `message` is one to be tried; null for none. */
  readonly braze: (
    visit: Visit,
    name: string,
    query: URLSearchParams,
    message: string | null,
  ) => Promise<string | null>;
  readonly movableInk: (visit: Visit, name: string) => Promise<string | null>;
  readonly status: (visit: Visit, isThisReplica: boolean) => Promise<string>;
};

export function createStudio(parts: StudioParts): Studio {
  const { findPlacement, texts } = parts;
  return {
    assets: loadAssets,
    index: async (visit, query, isThisReplica) => {
      const calls = await parts.calls(isThisReplica);
      return renderView('index', viewIndex(parts, visit, { query, isThisReplica, calls, texts: texts() }));
    },
    placement: async (visit, name, query, { people, edits }) => {
      const placed = findPlacement(name);
      if (!placed) return null;
      const state = parsePreviewState(query, placed);
      const view = { placed, texts: texts(), state, people, edits };
      return renderView('placement', await viewPlacement(parts, visit, view));
    },
    lookUp: async (name, person, query) => {
      const placed = findPlacement(name);
      if (!placed) return false;
      await parts.lookUp(placed, person, parsePreviewState(query, placed));
      return true;
    },
    braze: async (visit, name, query, message) => {
      const placed = findPlacement(name);
      if (!placed) return null;
      const { campaign } = parsePreviewState(query, placed);
      const onUnavailable = query.get('on_unavailable') === 'retry' ? 'retry' : 'serve';
      const bench = message === null ? null : await viewBench(parts.runBench, placed, message, visit.reader);
      const view = { placed, texts: texts(), campaign, onUnavailable, bench, message } as const;
      return renderView('braze', viewBraze(parts, visit, view));
    },
    movableInk: async (visit, name) => {
      const placed = findPlacement(name);
      if (!placed) return null;
      const answers = await parts.sampleAnswers(placed.placement.name);
      return renderView('movable-ink', viewMovableInk(parts, visit, { placed, texts: texts(), answers }));
    },
    status: async (visit, isThisReplica) =>
      renderView('status', viewStatus(parts, visit, await parts.status(isThisReplica), isThisReplica)),
  };
}

/** A page that says what is wrong. It shows nothing of the service, since whoever sees it may be anybody. */
export function renderError(
  assets: Assets,
  problem: {
    readonly status: number;
    readonly heading: string;
    readonly detail: string;
    readonly again: string | null;
  },
): string {
  const chrome = {
    title: problem.heading,
    assets: assets.base,
    modules: [],
    sections: [],
    folders: [],
    faults: [],
  };
  return renderView('error', { chrome, ...problem });
}
