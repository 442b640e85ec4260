import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { Agent } from 'undici';
import { type Answer, createAnswer, type Question } from './answer.ts';
import { createRefusingConnector } from './content/addresses.ts';
import { createSources } from './content/open.ts';
import type { Clock } from './domain/clock.ts';
import type { Person } from './domain/person.ts';
import type { Placement } from './domain/placement.ts';
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
import { createProblemHandler, Problem } from './http/problem.ts';
import { createJoin } from './join.ts';
import { createClickUrls } from './links/click-urls.ts';
import { createSeals } from './links/seals.ts';
import { createTokens, linkKeyText } from './links/tokens.ts';
import type { LivePlacement } from './live-templates.ts';
import { createAnswerLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { createPins, pinPrefixOf } from './pins/pins.ts';
import { createPeople, MAX_CALLS, profilePrefixesOf } from './profile/people.ts';
import { renderPage } from './render/page.ts';
import { servedOf } from './served.ts';
import type { Settings } from './settings.ts';
import { guardStore } from './store/guarded.ts';
import { createMemoryOutbox } from './store/memory-outbox.ts';
import { openStore } from './store/open.ts';
import { openTemplates } from './templates.ts';

/** What a test, or the sandbox, puts in the place of the real thing. */
export type Overrides = {
  readonly log: Logger;
  readonly clock?: Clock;
};

export type App = {
  readonly express: Express;
  readonly placements: () => readonly Placement[];
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
    connections: MAX_CALLS,
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
    await Promise.all([dispatcher.close(), contentDispatcher.close()]);
    await store.close();
  };
  const templates = await openTemplates({ settings, sources, flags, metrics, log }).catch(async (error) => {
    await closeAll();
    throw error;
  });
  const people = await createPeople({
    settings: { ...settings, memoryCacheBytes: settings.memoryCacheBytes * (1 - PIN_CACHE_PART) },
    findPlan: (name) => templates.current().placements.get(name)?.plan ?? null,
    keepMs: () => templates.current().longestUseMs,
    store,
    dispatcher,
    metrics,
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
    recallTraits: people.recallTraits,
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

  const placementNames = () => templates.current().all.map(({ placement }) => placement.name);
  const forgetHere = (person: Person): void => {
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
        events.removeStored(person),
      ]);
    },
    forgetHere,
    tellOthers: async (person) => news?.tell(person),
  });

  const readiness: Readiness = { ready: true };
  let closing: Promise<void> | null = null;
  const authorize = createAuthorize(createFindCaller(settings.credentials), ({ role, name, slot }) =>
    metrics.markCredentialUse({ role, name, slot: String(slot) }),
  );
  const ownOrigin = settings.publicUrl.origin;

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
        await people.waitingList.add(placement, person);
      },
      renderPage,
      deadlineMs: settings.answerDeadlineMs,
      now: clock.monotonic,
      store: () => ({ kind: store.kind, isHealthy: store.isHealthy() }),
      onAnswer: metrics.countAnswer,
      onLeftOut: metrics.countLeftOut,
      logAnswer: createAnswerLog(log),
      onServed,
      readiness,
    }),
  );
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
      onClick: events.clicked,
      onUnexpected,
      readiness,
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
      'GET /docs tells what there is: /v1/placements/{placement}, /c, /go, /img, /page, /livez, /readyz, /metrics, …',
    );
  });
  app.use(createProblemHandler(log, metrics.countProblem, readiness));

  return {
    express: app,
    placements: () => templates.current().all.map(({ placement }) => placement),
    findPlacement,
    itemIds: (recommendation) =>
      templates.current().all.find(({ placement }) => placement.recommendation === recommendation)?.source
        .someIds ?? [],
    lookForChanges: templates.look,
    readiness,
    close: () => {
      closing ??= people
        .close()
        .then(() => forgetting.stop())
        .then(() => news?.stop())
        .then(() => events.close())
        .then(() => templates.close())
        .then(closeAll);
      return closing;
    },
  };
}
