import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Authorize } from './http/access.ts';
import type { Readiness } from './http/health.ts';
import { createSimulatedCall, type SimulatedCallParts } from './http/simulated-call.ts';
import { createStudioRoute } from './http/studio.ts';
import { createStudioEvents } from './http/studio-events.ts';
import type { Seals } from './links/seals.ts';
import { linkKeyText } from './links/tokens.ts';
import type { Metrics } from './metrics.ts';
import type { People } from './profile/people.ts';
import type { FetchResults } from './results/results.ts';
import { createLiquidBench } from './studio/bench/bench.ts';
import { createReader } from './studio/reader.ts';
import { createStudio } from './studio/studio.ts';
import { createBenchCall, createStudioParts, type StudioSources } from './studio-parts.ts';
import type { Templates } from './templates.ts';
import type { DailyClicks } from './traffic/daily-clicks.ts';

type SharedSources = Pick<StudioSources, 'settings' | 'store' | 'traffic' | 'prefetches' | 'clock'>;

export type StudioRoutesParts = SharedSources & {
  readonly authorize: Authorize;
  readonly ownOrigin: string;
  /** How calls of placements are answered. */
  readonly answering: SimulatedCallParts;
  readonly templates: Templates;
  readonly people: Pick<People, 'gauges'>;
  readonly seals: Pick<Seals, 'sign'>;
  readonly results: FetchResults;
  readonly clicks: Pick<DailyClicks, 'of'>;
  readonly metrics: Pick<Metrics, 'countProblem'>;
  readonly log: Logger;
  readonly readiness: Readiness;
};

export type StudioRoutes = {
  readonly route: RequestHandler;
  /** Ends open pages' streams and messages that are tried. Safe to call twice. */
  readonly close: () => Promise<void>;
};

/** Studio: its pages, the stream that refreshes them, and the bench on which messages are tried. */
export function createStudioRoutes(parts: StudioRoutesParts): StudioRoutes {
  const { settings, store, traffic, prefetches, clock, authorize, ownOrigin } = parts;
  const { answering, templates, people, seals, log, readiness } = parts;
  const { answer, renderPage } = answering;
  const simulateCall = createSimulatedCall(answering);
  const bench = createLiquidBench({
    call: createBenchCall(settings.publicUrl, simulateCall, clock.monotonic),
    log,
  });
  const studio = createStudio(
    createStudioParts({
      ...{ settings, templates, answer, renderPage, store, traffic, prefetches, simulateCall, clock },
      gauges: people.gauges,
      keyOf: (placement) => seals.sign(linkKeyText(placement)),
      runBench: bench.run,
      results: parts.results.fetch,
      clicks: parts.clicks.of,
    }),
  );
  const events = createStudioEvents({ onChange: templates.onChange, readiness });
  const route = createStudioRoute({
    ...{ authorize, ownOrigin, studio, readiness },
    wallNow: clock.wall,
    isOn: settings.credentials.some(({ role }) => role === 'studio'),
    events: events.stream,
    createVisit: async (caller, acceptLanguage) => {
      const { base, modules } = await studio.assets();
      return { caller, reader: createReader(acceptLanguage), assets: base, modules };
    },
    onProblem: parts.metrics.countProblem,
    onUnexpected: (error, requestId) => log.error({ err: error, request_id: requestId }, 'unexpected error'),
    onLookUp: (caller, placement) => log.info({ caller, placement }, 'looked up from Studio'),
  });
  return {
    route,
    close: async () => {
      events.close();
      await bench.close();
    },
  };
}
