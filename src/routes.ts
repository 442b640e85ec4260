import express, { type Express } from 'express';
import type { Logger } from 'pino';
import type { Answer, Question } from './answer.ts';
import type { Deadline } from './deadline.ts';
import type { Clock } from './domain/clock.ts';
import type { Person } from './domain/person.ts';
import type { Events } from './events/events.ts';
import type { Forgetting } from './forget.ts';
import { createAuthorize } from './http/access.ts';
import { createCors } from './http/cors.ts';
import { createFindCaller } from './http/credentials.ts';
import { createDocsRoutes } from './http/docs.ts';
import { createReadyRoute, live, type Readiness } from './http/health.ts';
import { createLinkRoute, type LinkRouteParts } from './http/links.ts';
import { createMetricsRoute } from './http/metrics-route.ts';
import { createOpenLookupLimit } from './http/open-lookups.ts';
import { createPeopleRoute } from './http/people.ts';
import { createPlacementRoute, type PlacementRouteParts } from './http/placements.ts';
import { createPrefetchUserRoute } from './http/prefetch-users.ts';
import { createPrefetchRoutes } from './http/prefetches.ts';
import { createProblemHandler, Problem } from './http/problem.ts';
import type { FindTestPerson } from './http/question.ts';
import { createResultsRoute } from './http/results.ts';
import type { SimulatedCallParts } from './http/simulated-call.ts';
import type { Seals } from './links/seals.ts';
import { linkKeyText, type Tokens } from './links/tokens.ts';
import type { LivePlacement } from './live-templates.ts';
import { createAnswerLog } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Pins } from './pins/pins.ts';
import { readAudience } from './prefetch/audience.ts';
import type { Prefetches } from './prefetch/prefetches.ts';
import type { People } from './profile/people.ts';
import { renderPage } from './render/page.ts';
import type { FetchResults } from './results/results.ts';
import { servedOf } from './served.ts';
import type { Settings } from './settings.ts';
import type { GuardedStore } from './store/guarded.ts';
import { createStudioRoutes } from './studio-routes.ts';
import type { Templates } from './templates.ts';
import type { DailyClicks } from './traffic/daily-clicks.ts';
import type { TrafficRecorder } from './traffic/recorder.ts';
import type { SharedTraffic } from './traffic/shared-traffic.ts';

/** The parts that routes call. */
export type RoutesParts = {
  readonly settings: Settings;
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly store: GuardedStore;
  readonly templates: Templates;
  readonly findPlacement: (name: string) => LivePlacement | null;
  readonly findTestPerson: FindTestPerson;
  /** People to test with, who are never looked up. */
  readonly isSample: (person: Person) => boolean;
  readonly answer: (question: Question, deadline: Deadline) => Promise<Answer>;
  readonly people: People;
  readonly pins: Pins;
  readonly seals: Seals;
  readonly tokens: Tokens;
  readonly prefetches: Prefetches;
  readonly results: FetchResults;
  readonly events: Events;
  readonly recorder: TrafficRecorder;
  readonly traffic: SharedTraffic;
  readonly clicks: DailyClicks;
  readonly forget: Forgetting['forget'];
  readonly readiness: Readiness;
};

export type Routes = {
  readonly express: Express;
  /** Ends what would outlast its request. Safe to call twice. */
  readonly close: () => Promise<void>;
};

/** Puts the parts on their paths. */
export function createRoutes(parts: RoutesParts): Routes {
  const { settings, log, metrics, findPlacement, prefetches, recorder, readiness } = parts;
  const wallNow = parts.clock.wall;
  const ownOrigin = settings.publicUrl.origin;
  const authorize = createAuthorize(createFindCaller(settings.credentials), (credential) => {
    const { role, name, slot } = credential;
    metrics.markCredentialUse({ role, name, slot: String(slot) });
    recorder.markCredential(credential);
  });
  const access = { authorize, ownOrigin };
  const answering: Answering = {
    ...{ findPlacement, findTestPerson: parts.findTestPerson, answer: parts.answer, renderPage },
    deadlineMs: settings.answerDeadlineMs,
    now: parts.clock.monotonic,
    store: () => ({ kind: parts.store.kind, isHealthy: parts.store.isHealthy() }),
  };

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('trust proxy', settings.trustProxy);

  app.all('/v1/placements/:placement', createPlacementRoute(placementParts(parts, access, answering)));
  app.all(
    '/v1/results/:placement',
    createResultsRoute({ ...access, findPlacement, fetch: parts.results.fetch, wallNow }),
  );
  app.all(
    '/v1/prefetches/users',
    createPrefetchUserRoute({
      ...{ ...access, findPlacement, isSample: parts.isSample },
      wait: (placement, person, campaign) =>
        parts.people.waitingList.add({ placement, person, campaign, priority: 'refresh' }),
    }),
  );
  const ofPrefetches = createPrefetchRoutes({ ...access, findPlacement, readAudience, prefetches, wallNow });
  app.all('/v1/prefetches', ofPrefetches.all);
  app.all('/v1/prefetches/:id', ofPrefetches.one);
  app.all('/v1/prefetches/:id/:action', ofPrefetches.control);
  app.all('/v1/people', createPeopleRoute(authorize, ownOrigin, parts.forget));
  app.use(createLinkRoute(linkParts(parts, answering)));
  const studio = createStudioRoutes({ ...parts, ...access, answering });
  app.use('/studio', studio.route);
  app.get('/livez', live);
  app.get('/readyz', createReadyRoute(readiness));
  app.get('/metrics', createMetricsRoute(metrics.registry, authorize, ownOrigin));
  const { openApi, docs } = createDocsRoutes(settings.publicUrl, readiness);
  app.get('/openapi.json', openApi);
  app.get('/docs', docs);
  app.use(() => {
    throw new Problem(
      'not_found',
      'GET /docs tells what there is: /v1/placements/{placement}, /v1/prefetches, /v1/results/{placement}, /c, /go, /img, /page, /studio, /livez, /readyz, /metrics, …',
    );
  });
  app.use(createProblemHandler(log, metrics.countProblem, readiness));
  return { express: app, close: studio.close };
}

/** How calls of placements are answered, whoever makes them. */
type Answering = SimulatedCallParts;

type Access = Pick<PlacementRouteParts, 'authorize' | 'ownOrigin'>;

function placementParts(
  { settings, log, metrics, people, events, recorder, readiness }: RoutesParts,
  access: Access,
  answering: Answering,
): PlacementRouteParts {
  return {
    ...{ ...access, ...answering, readiness },
    cors: createCors(settings.corsOrigins),
    wait: async (placement, person) => {
      metrics.countQueued();
      // Without the store nobody is kept; the retry will ask by itself.
      await people.waitingList
        .add({ placement: placement.name, person, campaign: null, priority: 'live' })
        .catch(() => {});
    },
    onAnswer: metrics.countAnswer,
    onCall: recorder.countAnswer,
    onUnknown: recorder.countUnknown,
    onLeftOut: metrics.countLeftOut,
    logAnswer: createAnswerLog(log),
    onServed: (question, answer) => tellServed(events, question, answer),
  };
}

function linkParts(
  { settings, log, clock, metrics, pins, seals, tokens, events, clicks, readiness }: RoutesParts,
  answering: Answering,
): LinkRouteParts {
  return {
    ...{ ...answering, readiness },
    answer: async (question, deadline) => {
      const answer = await answering.answer(question, deadline);
      tellServed(events, question, answer);
      return answer;
    },
    findPin: pins.find,
    openToken: tokens.open,
    isKeyOf: (placement, key) => seals.verify(linkKeyText(placement), key),
    mayLookUp: createOpenLookupLimit(settings.budgetPerMinute / settings.replicas, clock.monotonic),
    fallbackUrl: settings.fallbackUrl,
    onLink: metrics.countLink,
    onClick: (click) => {
      clicks.count(click);
      events.clicked(click);
    },
    onUnexpected: (error) => log.error({ err: error }, 'unexpected error'),
  };
}

function tellServed(events: Events, question: Question, answer: Answer): void {
  const served = servedOf(question, answer);
  if (served) events.served(served);
}
