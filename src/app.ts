import { resolve } from 'node:path';
import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { Agent } from 'undici';
import { createAnswer } from './answer.ts';
import { loadFileSource } from './content/file.ts';
import type { Clock } from './domain/clock.ts';
import { type LookupPlan, planLookups } from './domain/lookup-plan.ts';
import type { Placement } from './domain/placement.ts';
import { createAuthorize } from './http/access.ts';
import { createFindCaller } from './http/credentials.ts';
import { createReadyRoute, live, type Readiness } from './http/health.ts';
import { createMetricsRoute } from './http/metrics-route.ts';
import { createPlacementRoute, type ServedPlacement } from './http/placements.ts';
import { createProblemHandler, Problem } from './http/problem.ts';
import { createAnswerLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { readTemplatesFolder } from './placements/folder.ts';
import type { Fault } from './placements/yaml.ts';
import { createPeople, MAX_CALLS } from './profile/people.ts';
import { createJsonRenderer } from './render/flat-json.ts';
import { renderPage } from './render/page.ts';
import { checkSource, compileTemplate } from './render/template.ts';
import type { Settings } from './settings.ts';
import { guardStore } from './store/guarded.ts';
import { openStore } from './store/open.ts';

/** What a test, or the sandbox, puts in the place of the real thing. */
export type Overrides = {
  readonly log: Logger;
  readonly clock?: Clock;
};

export type App = {
  readonly express: Express;
  readonly placements: readonly Placement[];
  /** The items that a recommendation can choose from, as far as they are known; what the sandbox recommends. */
  readonly itemIds: (recommendation: string) => readonly string[];
  /** For `/readyz`; ready from the start, until someone says otherwise. */
  readonly readiness: Readiness;
  /** Stops what goes on behind the answers and frees everything that was made here. Safe to call twice. */
  readonly close: () => Promise<void>;
};

/** The templates folder cannot be used. All of its faults. */
export class TemplatesError extends Error {
  override readonly name = 'TemplatesError';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(`${faults.length} faults in the templates folder`);
    this.faults = faults;
  }
}

const SYSTEM_CLOCK: Clock = { monotonic: () => performance.now(), wall: () => Date.now() };

/** Half a second to connect is already most of an answer's time. */
const CONNECT_TIMEOUT_MS = 700;

/** How long one operation of the store may hold up an answer. */
const STORE_TIMEOUT_MS = 100;

/**
 * Joins the parts. The only place that makes clients, pools, caches and timers; it never listens. Rejects with a
 * `TemplatesError`, or where a store's file cannot be used.
 */
export async function createApp(settings: Settings, { log, clock = SYSTEM_CLOCK }: Overrides): Promise<App> {
  const { placements, testPeople } = loadTemplates(settings, log);
  const all = [...new Set(placements.values())].map(({ placement }) => placement);
  const plans = planLookups(all, settings.windows);

  const metrics = createMetrics();
  const store = guardStore(await openStore(settings.store, clock, log), {
    timeoutMs: STORE_TIMEOUT_MS,
    onFailure: metrics.countStoreFailure,
    onHealth: (isHealthy) =>
      log.warn({ store: settings.store.kind }, isHealthy ? 'store is back' : 'store is left alone'),
  });
  const dispatcher = new Agent({
    connections: MAX_CALLS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    pipelining: 1,
  });
  const people = await createPeople({ settings, plans, store, dispatcher, metrics, clock, log });
  const planFor = (placement: Placement): LookupPlan => plans.get(placement) ?? unknownPlacement(placement);

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
      findPlacement: (name) => placements.get(name) ?? null,
      findTestPerson: (id) => testPeople.get(id) ?? null,
      answer: createAnswer({ lookUp: people.lookUp, planFor }),
      wait: async (placement, person) => {
        metrics.countQueued();
        await people.waitingList.add(placement, person);
      },
      renderPage,
      deadlineMs: settings.answerDeadlineMs,
      now: clock.monotonic,
      store: () => ({ kind: store.kind, isHealthy: store.isHealthy() }),
      onAnswer: metrics.countAnswer,
      logAnswer: createAnswerLog(log),
      readiness,
    }),
  );
  app.get('/livez', live);
  app.get('/readyz', createReadyRoute(readiness));
  app.get('/metrics', createMetricsRoute(metrics.registry, authorize, ownOrigin));
  app.use(() => {
    throw new Problem(
      'not_found',
      'The routes are /v1/placements/{placement}, /livez, /readyz and /metrics.',
    );
  });
  app.use(createProblemHandler(log, metrics.countProblem, readiness));

  return {
    express: app,
    placements: all,
    itemIds: (recommendation) =>
      [...placements.values()].find(({ placement }) => placement.recommendation === recommendation)
        ?.itemIds ?? [],
    readiness,
    close: () => {
      closing ??= people
        .close()
        .then(() => dispatcher.close())
        .then(() => store.close());
      return closing;
    },
  };
}

function unknownPlacement({ name }: Placement): never {
  throw new Error(`no look-up was planned for the placement ${name}`);
}

function loadTemplates(settings: Settings, log: Logger) {
  const result = readTemplatesFolder(resolve(settings.templatesDir), {
    openSource: ({ path, ...declaration }, folder) => {
      const source = loadFileSource({ ...declaration, path: resolve(folder, path) });
      for (const { line, message } of source.faults) log.warn({ file: path, line }, `content row ${message}`);
      return source;
    },
    checkPartial: checkSource,
    compileTemplate,
    projects: [...settings.secretKeys.keys()].filter((project) => project !== null),
  });
  if ('faults' in result) throw new TemplatesError(result.faults);
  const { placements, testPeople } = result.folder;
  const served = new Map<string, ServedPlacement & { itemIds: readonly string[] }>();
  for (const [name, prepared] of placements) {
    const renderJson = createJsonRenderer(prepared.placement, prepared.source.shape);
    served.set(name, { ...prepared, renderJson, itemIds: prepared.source.ids ?? [] });
  }
  return { placements: served, testPeople };
}
