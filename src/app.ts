import type { Express } from 'express';
import type { Logger } from 'pino';
import { Agent } from 'undici';
import { createAnswer } from './answer.ts';
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
import type { Readiness } from './http/health.ts';
import { createJoin } from './join.ts';
import { createClickUrls } from './links/click-urls.ts';
import { createSeals } from './links/seals.ts';
import { createTokens } from './links/tokens.ts';
import type { LivePlacement } from './live-templates.ts';
import { createLookAhead, createPinAhead, type PinAhead } from './look-ahead.ts';
import { createMetrics } from './metrics.ts';
import { createPins, pinPrefixOf } from './pins/pins.ts';
import { type Prefetches, startPrefetches } from './prefetch/prefetches.ts';
import { startRegistry } from './prefetch/registry.ts';
import { createPeople, MAX_CALLS, MAX_CALLS_BEHIND, profilePrefixesOf } from './profile/people.ts';
import { createArmFlips } from './results/arm-flips.ts';
import { createDashboard } from './results/dashboard.ts';
import { createResults } from './results/results.ts';
import { createRoutes } from './routes.ts';
import type { Settings } from './settings.ts';
import { guardStore } from './store/guarded.ts';
import { createMemoryOutbox } from './store/memory-outbox.ts';
import { openStore } from './store/open.ts';
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
  const placements = () => templates.current().all.map(({ placement }) => placement);
  const findPlacement = (name: string) => templates.current().placements.get(name) ?? null;
  const findPlan = (name: string) => findPlacement(name)?.plan ?? null;
  const findTestPerson = (id: string) => templates.current().testPeople.get(id) ?? null;
  const isSample = ({ id }: Person): boolean => id.startsWith(SAMPLE_PREFIX) || findTestPerson(id) !== null;

  const armFlips = createArmFlips();
  const registry = startRegistry({ store, wallNow: clock.wall });
  let pinAhead: PinAhead = async () => {};
  const people = await createPeople({
    settings: { ...settings, memoryCacheBytes: settings.memoryCacheBytes * (1 - PIN_CACHE_PART) },
    findPlan,
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
  pinAhead = createPinAhead({
    findServed: findPlacement,
    answer,
    deadlineMs: settings.answerDeadlineMs,
    now: clock.monotonic,
  });
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
    findPlan,
    budgetUse: people.budgetUse,
    maxPeople: MAX_PEOPLE[store.kind],
    wallNow: clock.wall,
    onResult: metrics.countPrefetched,
    log,
  });
  metrics.addPrefetchGauge(prefetches.isRunning);

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
        people.waitingList.remove(
          placements().map(({ name }) => name),
          person,
        ),
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
    placements,
  });
  const routes = createRoutes({
    ...{ settings, log, clock, metrics, store, templates, findPlacement, findTestPerson, isSample, answer },
    ...{ people, pins, seals, tokens, prefetches, results, events, recorder, traffic, clicks, readiness },
    forget: forgetting.forget,
  });

  return {
    express: routes.express,
    placements,
    findPlacement,
    prefetches,
    itemIds: (recommendation) =>
      templates.current().all.find(({ placement }) => placement.recommendation === recommendation)?.source
        .someIds ?? [],
    lookForChanges: templates.look,
    readiness,
    close: () => {
      closing ??= routes
        .close()
        .then(prefetches.stop)
        .then(registry.stop)
        .then(() => people.close())
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
