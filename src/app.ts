import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { Agent } from 'undici';
import { type Answer, createAnswer, type Question } from './answer.ts';
import { createRefusingConnector } from './content/addresses.ts';
import { createSources } from './content/open.ts';
import type { Clock } from './domain/clock.ts';
import type { Person } from './domain/person.ts';
import type { Placement } from './domain/placement.ts';
import { SAMPLE_PREFIX } from './domain/sample.ts';
import { createEventMetrics } from './event-metrics.ts';
import { startEvents } from './events/events.ts';
import { openFlags } from './flags/open.ts';
import { startForgetting } from './forget.ts';
import { startForgetNews } from './forget-news.ts';
import { createAuthorize } from './http/access.ts';
import { createCors } from './http/cors.ts';
import { createFindCaller } from './http/credentials.ts';
import { createDocsRoutes } from './http/docs.ts';
import { createReadyRoute, live, type Readiness } from './http/health.ts';
import { createLinkRoute } from './http/links.ts';
import { createMetricsRoute } from './http/metrics-route.ts';
import { createOpenLookupLimit } from './http/open-lookups.ts';
import { createPeopleRoute } from './http/people.ts';
import { createPlacementRoute } from './http/placements.ts';
import { createPrefetchUserRoute } from './http/prefetch-users.ts';
import { createPrefetchRoutes } from './http/prefetches.ts';
import { createProblemHandler, Problem } from './http/problem.ts';
import { createResultsRoute } from './http/results.ts';
import { createSimulatedCall } from './http/simulated-call.ts';
import { createStudioRoute } from './http/studio.ts';
import { createStudioEvents } from './http/studio-events.ts';
import { createJoin } from './join.ts';
import { createClickUrls } from './links/click-urls.ts';
import { createSeals } from './links/seals.ts';
import { createTokens, linkKeyText } from './links/tokens.ts';
import type { LivePlacement } from './live-templates.ts';
import { createAnswerLog } from './log.ts';
import { createLookAhead, createPinAhead, type PinAhead } from './look-ahead.ts';
import { createMetrics } from './metrics.ts';
import { createPins, pinPrefixOf } from './pins/pins.ts';
import { readAudience } from './prefetch/audience.ts';
import { type Prefetches, startPrefetches } from './prefetch/prefetches.ts';
import { startRegistry } from './prefetch/registry.ts';
import { createPeople, MAX_CALLS, MAX_CALLS_BEHIND, profilePrefixesOf } from './profile/people.ts';
import { renderPage } from './render/page.ts';
import { createArmFlips } from './results/arm-flips.ts';
import { createDashboard } from './results/dashboard.ts';
import { createResults } from './results/results.ts';
import { servedOf } from './served.ts';
import type { Settings } from './settings.ts';
import { guardStore } from './store/guarded.ts';
import { createMemoryOutbox } from './store/memory-outbox.ts';
import { openStore } from './store/open.ts';
import { createLiquidBench } from './studio/bench/bench.ts';
import { createReader } from './studio/reader.ts';
import { createStudio } from './studio/studio.ts';
import { createBenchCall, createStudioParts } from './studio-parts.ts';
import { openTemplates } from './templates.ts';
import { startDailyClicks } from './traffic/daily-clicks.ts';
import { createTrafficRecorder } from './traffic/recorder.ts';
import { startSharedTraffic } from './traffic/shared-traffic.ts';
import { addReasons } from './traffic/snapshot.ts';

/** What a test, or the sandbox, puts in the place of the real thing. */
export type Overrides = {
  readonly log: Logger;
  readonly clock?: Clock;
};

export type App = {
  readonly express: Express;
  readonly placements: () => readonly Placement[];
  /** Lists of people that are looked up ahead of a send. */
  readonly prefetches: Prefetches;
  /** By name or alias, lower case. */
  readonly findPlacement: (name: string) => LivePlacement | null;
  /** The items that a recommendation can choose from, as far as they are known; what the sandbox recommends. */
  readonly itemIds: (recommendation: string) => readonly string[];
  /** Reads the templates folder again now if it changed, and not only in a moment. */
  readonly lookForChanges: () => Promise<void>;
  /** For `/readyz`; ready from the start, until someone says otherwise. */
  readonly readiness: Readiness;
  /** Stops what goes on behind the answers and frees everything that was made here. Safe to call twice. */
  readonly close: () => Promise<void>;
};

const SYSTEM_CLOCK: Clock = { monotonic: () => performance.now(), wall: () => Date.now() };

/** Half a second to connect is already most of an answer's time. */
const CONNECT_TIMEOUT_MS = 700;

/** Of the memory cache: pins live longer than look-ups, and are read from the store in microseconds. */
const PIN_CACHE_PART = 0.25;

/** To each content source. */
const MAX_CONTENT_CONNECTIONS = 8;

/** Amplitude answers no more questions of results at once; and platforms cut off what takes 30 s. */
const MAX_DASHBOARD_CONNECTIONS = 5;
const DASHBOARD_TIMEOUT_MS = 25_000;
const DASHBOARD_CONNECT_TIMEOUT_MS = 5_000;
/** How many people of one prefetch each store has room for. */
const MAX_PEOPLE = { memory: 100_000, sqlite: 5_000_000, redis: 5_000_000 } as const;

/** How long one operation of the store may hold up an answer. */
const STORE_TIMEOUT_MS = 100;

/**
 * Joins the parts. The only place that makes clients, pools, caches and timers; it never listens. Rejects with a
 * `TemplatesError`, a `FlagProviderError`, or where a store's file cannot be used.
 */
export async function createApp(settings: Settings, { log, clock = SYSTEM_CLOCK }: Overrides): Promise<App> {
  const onUnexpected = (error: unknown): void => log.error({ err: error }, 'unexpected error');
  const metrics = createMetrics();
  const store = guardStore(await openStore(settings.store, clock, log), {
    timeoutMs: STORE_TIMEOUT_MS,
    onFailure: metrics.countStoreFailure,
    onHealth: (isHealthy) =>
      log.warn({ store: settings.store.kind }, isHealthy ? 'store is back' : 'store is left alone'),
  });
  // Over HTTP/2 one aborted request was seen to take others of its session with it.
  const connecting = { timeout: CONNECT_TIMEOUT_MS, allowH2: false };
  const dispatcher = new Agent({
    connections: MAX_CALLS + MAX_CALLS_BEHIND,
    connect: connecting,
    pipelining: 1,
    allowH2: false,
  });
  const contentDispatcher = new Agent({
    connections: MAX_CONTENT_CONNECTIONS,
    connect: createRefusingConnector(connecting),
    pipelining: 1,
    allowH2: false,
  });
  const dashboardDispatcher = new Agent({
    connections: MAX_DASHBOARD_CONNECTIONS,
    connect: { ...connecting, timeout: DASHBOARD_CONNECT_TIMEOUT_MS },
    pipelining: 1,
    allowH2: false,
  });
  const flags = await openFlags(settings.flags, { metrics, log });
  const sources = createSources({
    store: store.entries,
    dispatcher: contentDispatcher,
    clock,
    metrics,
    log,
  });
  const closeAll = async (): Promise<void> => {
    await flags.close();
    await Promise.all([dispatcher.close(), contentDispatcher.close(), dashboardDispatcher.destroy()]);
    await store.close();
  };
  const templates = await openTemplates({ settings, sources, flags, metrics, log }).catch(async (error) => {
    await closeAll();
    throw error;
  });
  const armFlips = createArmFlips();
  const registry = startRegistry({ store, wallNow: clock.wall });
  let pinAhead: PinAhead = async () => {};
  const people = await createPeople({
    settings: { ...settings, memoryCacheBytes: settings.memoryCacheBytes * (1 - PIN_CACHE_PART) },
    findPlan: (name) => templates.current().placements.get(name)?.plan ?? null,
    onFound: async ({ placement, person, campaign }) => {
      if (campaign !== null) await pinAhead(placement, person, campaign);
    },
    keepMs: () => templates.current().longestUseMs,
    holds: registry.holds,
    store,
    dispatcher,
    metrics,
    onArmFlip: (recommendation) => {
      metrics.countArmFlip();
      armFlips.count(recommendation);
    },
    clock,
    log,
  });

  const pins = createPins({
    store: store.entries,
    isShared: store.isShared,
    cacheBytes: settings.memoryCacheBytes * PIN_CACHE_PART,
    wallNow: clock.wall,
  });
  const seals = createSeals(settings.linkSigningKeys);
  const tokens = createTokens(seals);
  const answer = createAnswer({
    lookUp: people.lookUp,
    recall: people.recall,
    pins,
    pinForMs: settings.pinForMs,
    join: createJoin({ passGate: flags.pass, wallNow: clock.wall }),
    linkFor: createClickUrls(tokens, settings.publicUrl),
    wallNow: clock.wall,
  });
  const events = startEvents({
    store,
    spare: createMemoryOutbox(clock.monotonic),
    prefix: settings.mode === 'sandbox' ? 'sandbox-events' : 'events',
    apiKeys: settings.apiKeys,
    projects: [...settings.secretKeys.keys()],
    url: settings.eventsApiUrl,
    dispatcher,
    metrics: createEventMetrics(metrics.registry),
    clock,
    log,
  });
  const onServed = (question: Question, result: Answer): void => {
    const served = servedOf(question, result);
    if (served) events.served(served);
  };
  const findPlacement = (name: string) => templates.current().placements.get(name) ?? null;
  const findTestPerson = (id: string) => templates.current().testPeople.get(id) ?? null;

  pinAhead = createPinAhead({
    findServed: findPlacement,
    answer,
    deadlineMs: settings.answerDeadlineMs,
    now: clock.monotonic,
  });
  const isSample = ({ id }: Person): boolean => id.startsWith(SAMPLE_PREFIX) || findTestPerson(id) !== null;
  // Where the store does not answer yet, what is held is known as soon as it does.
  await registry.read().catch(() => {});
  const prefetches = startPrefetches({
    store,
    registry,
    lookAhead: createLookAhead({
      findServed: findPlacement,
      lookUpFor: people.lookUpFor,
      isSample,
      isBusy: people.waitingList.isBusy,
      pin: pinAhead,
    }),
    findPlan: (name) => findPlacement(name)?.plan ?? null,
    budgetUse: people.budgetUse,
    maxPeople: MAX_PEOPLE[store.kind],
    wallNow: clock.wall,
    onResult: metrics.countPrefetched,
    log,
  });
  metrics.addPrefetchGauge(prefetches.isRunning);

  const placementNames = () => templates.current().all.map(({ placement }) => placement.name);
  const forgetHere = (person: Person): void => {
    prefetches.forget(person);
    people.forget(person);
    pins.forget(person);
    events.forget(person);
  };
  const news = store.isShared
    ? startForgetNews({ store, onForgotten: forgetHere, wallNow: clock.wall })
    : null;
  const forgetting = startForgetting({
    removeStored: async (person) => {
      const prefixes = [...profilePrefixesOf(person, [...settings.secretKeys.keys()]), pinPrefixOf(person)];
      await Promise.all([
        ...prefixes.map(store.entries.removeAll),
        people.waitingList.remove(placementNames(), person),
        prefetches.remove(person),
        events.removeStored(person),
      ]);
    },
    forgetHere,
    tellOthers: async (person) => news?.tell(person),
  });

  const readiness: Readiness = { ready: true };
  let closing: Promise<void> | null = null;
  const recorder = createTrafficRecorder(clock.wall);
  const traffic = startSharedTraffic(recorder, store.entries, clock.wall);
  const clicks = startDailyClicks({ store: store.entries, slot: traffic.slot, wallNow: clock.wall });
  const authorize = createAuthorize(createFindCaller(settings.credentials), (credential) => {
    const { role, name, slot } = credential;
    metrics.markCredentialUse({ role, name, slot: String(slot) });
    recorder.markCredential(credential);
  });
  const ownOrigin = settings.publicUrl.origin;

  const storeState = () => ({ kind: store.kind, isHealthy: store.isHealthy() });

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('trust proxy', settings.trustProxy);
  app.all(
    '/v1/placements/:placement',
    createPlacementRoute({
      authorize,
      ownOrigin,
      cors: createCors(settings.corsOrigins),
      findPlacement,
      findTestPerson,
      answer,
      wait: async (placement, person) => {
        metrics.countQueued();
        // Without the store nobody is kept; the retry will ask by itself.
        await people.waitingList
          .add({ placement: placement.name, person, campaign: null, priority: 'live' })
          .catch(() => {});
      },
      renderPage,
      deadlineMs: settings.answerDeadlineMs,
      now: clock.monotonic,
      store: storeState,
      onAnswer: metrics.countAnswer,
      onCall: recorder.countAnswer,
      onUnknown: recorder.countUnknown,
      onLeftOut: metrics.countLeftOut,
      logAnswer: createAnswerLog(log),
      onServed,
      readiness,
    }),
  );
  const results = createResults({
    dashboard: createDashboard({
      url: settings.dashboardApiUrl,
      apiKeys: settings.apiKeys,
      secretKeys: settings.secretKeys,
      dispatcher: dashboardDispatcher,
      wallNow: clock.wall,
    }),
    store: store.entries,
    clock,
    timeoutMs: DASHBOARD_TIMEOUT_MS,
    observe: metrics.countDashboardCall,
    reasonCounts: async (placement) => addReasons((await traffic.ofAll()).placements[placement]?.hours ?? []),
    armFlips: armFlips.of,
    placements: () => templates.current().all.map(({ placement }) => placement),
  });
  app.all(
    '/v1/results/:placement',
    createResultsRoute({ authorize, ownOrigin, findPlacement, fetch: results.fetch, wallNow: clock.wall }),
  );
  app.all(
    '/v1/prefetches/users',
    createPrefetchUserRoute({
      authorize,
      ownOrigin,
      findPlacement,
      isSample,
      wait: (placement, person, campaign) =>
        people.waitingList.add({ placement, person, campaign, priority: 'refresh' }),
    }),
  );
  const prefetchRoutes = createPrefetchRoutes({
    authorize,
    ownOrigin,
    findPlacement,
    readAudience,
    prefetches,
    wallNow: clock.wall,
  });
  app.all('/v1/prefetches', prefetchRoutes.all);
  app.all('/v1/prefetches/:id', prefetchRoutes.one);
  app.all('/v1/prefetches/:id/:action', prefetchRoutes.control);
  app.all('/v1/people', createPeopleRoute(authorize, ownOrigin, forgetting.forget));
  app.use(
    createLinkRoute({
      findPlacement,
      findTestPerson,
      answer: async (question, deadline) => {
        const result = await answer(question, deadline);
        onServed(question, result);
        return result;
      },
      findPin: pins.find,
      openToken: tokens.open,
      isKeyOf: (placement, key) => seals.verify(linkKeyText(placement), key),
      mayLookUp: createOpenLookupLimit(settings.budgetPerMinute / settings.replicas, clock.monotonic),
      renderPage,
      fallbackUrl: settings.fallbackUrl,
      deadlineMs: settings.answerDeadlineMs,
      now: clock.monotonic,
      onLink: metrics.countLink,
      onClick: (click) => {
        clicks.count(click);
        events.clicked(click);
      },
      onUnexpected,
      readiness,
    }),
  );
  const simulateCall = createSimulatedCall({
    ...{ findPlacement, findTestPerson, answer, renderPage, store: storeState },
    deadlineMs: settings.answerDeadlineMs,
    now: clock.monotonic,
  });
  const bench = createLiquidBench({
    call: createBenchCall(settings.publicUrl, simulateCall, clock.monotonic),
    log,
  });
  const studio = createStudio(
    createStudioParts({
      ...{ settings, templates, answer, renderPage, store, traffic, simulateCall, clock },
      gauges: people.gauges,
      keyOf: (placement) => seals.sign(linkKeyText(placement)),
      runBench: bench.run,
      results: results.fetch,
      clicks: clicks.of,
      prefetches,
    }),
  );
  const studioEvents = createStudioEvents({ onChange: templates.onChange, readiness });
  app.use(
    '/studio',
    createStudioRoute({
      ...{ authorize, ownOrigin, studio, readiness },
      wallNow: clock.wall,
      isOn: settings.credentials.some(({ role }) => role === 'studio'),
      events: studioEvents.stream,
      createVisit: async (caller, acceptLanguage) => {
        const { base, modules } = await studio.assets();
        return { caller, reader: createReader(acceptLanguage), assets: base, modules };
      },
      onProblem: metrics.countProblem,
      onUnexpected: (error, requestId) =>
        log.error({ err: error, request_id: requestId }, 'unexpected error'),
      onLookUp: (caller, placement) => log.info({ caller, placement }, 'looked up from Studio'),
    }),
  );
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

  return {
    express: app,
    placements: () => templates.current().all.map(({ placement }) => placement),
    findPlacement,
    prefetches,
    itemIds: (recommendation) =>
      templates.current().all.find(({ placement }) => placement.recommendation === recommendation)?.source
        .someIds ?? [],
    lookForChanges: templates.look,
    readiness,
    close: () => {
      studioEvents.close();
      closing ??= prefetches
        .stop()
        .then(registry.stop)
        .then(() => people.close())
        .then(bench.close)
        .then(() => forgetting.stop())
        .then(() => news?.stop())
        .then(clicks.stop)
        .then(traffic.stop)
        .then(() => events.close())
        .then(() => templates.close())
        .then(closeAll);
      return closing;
    },
  };
}
